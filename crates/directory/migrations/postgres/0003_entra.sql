-- The connection to Microsoft Entra ID: one row or none. Sealed columns open with the installation's key only.
create table entra_connection (
    id bigint not null primary key check (id = 1),
    tenant text collate "C" not null,
    client_id uuid not null,
    cloud text collate "C" not null,
    login_url text collate "C",
    graph_url text collate "C",
    -- secret | certificate; none while nothing was given yet.
    credential text collate "C",
    secret bytea,
    secret_entered_at bigint,
    secret_expires_at bigint,
    private_key bytea,
    certificate text collate "C",
    thumbprint text collate "C",
    certificate_expires_at bigint,
    -- A certificate that waits until it has brought a token once.
    next_private_key bytea,
    next_certificate text collate "C",
    next_thumbprint text collate "C",
    next_expires_at bigint,
    -- application | delegated: on whose behalf tokens are asked for.
    way text collate "C" not null default 'application',
    refresh_token bytea,
    -- What Microsoft confirmed.
    tenant_id uuid,
    tenant_name text collate "C",
    last_token_at bigint,
    granted text collate "C" not null default '[]',
    missing text collate "C" not null default '[]',
    problem_code text collate "C",
    problem_message text collate "C",
    -- The end of the secret or certificate that was warned of.
    warned_of bigint,
    updated_at bigint not null,
    version bigint not null
);

-- Consents that were begun and have not come back: single use, bound to a browser's session.
create table entra_authorizations (
    state_hash bytea not null primary key,
    session_id uuid not null references sessions (id) on delete cascade,
    way text collate "C" not null,
    verifier bytea not null,
    expires_at bigint not null
);
create index entra_authorizations_session on entra_authorizations (session_id);
create index entra_authorizations_due on entra_authorizations (expires_at);

create table import_schedules (
    id uuid not null primary key,
    name text collate "C" not null,
    every text collate "C" not null,
    -- Minutes after midnight (of an hour: after the hour).
    minute bigint not null,
    -- 0 is Monday; for weekly ones only.
    weekday bigint,
    time_zone text collate "C" not null,
    enabled boolean not null,
    -- What is imported, JSON.
    options text collate "C" not null,
    owner_id uuid references users (id) on delete set null,
    next_run_at bigint not null,
    last_import_id uuid,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null
);
create index import_schedules_due on import_schedules (enabled, next_run_at);
create index import_schedules_owner on import_schedules (owner_id);

-- What Entra ID held when it was last read by a schedule of the whole tenant, so that the next run asks for changes only.
create table entra_mirrors (
    tenant_id uuid not null,
    -- users | groups
    part text collate "C" not null,
    -- Where the next changes are asked for; none until a whole read has ended.
    delta_link text collate "C",
    read_at bigint not null,
    primary key (tenant_id, part)
);
create table entra_mirror_users (
    tenant_id uuid not null,
    object_id uuid not null,
    data text collate "C" not null,
    generation bigint not null,
    primary key (tenant_id, object_id)
);
create table entra_mirror_groups (
    tenant_id uuid not null,
    object_id uuid not null,
    name text collate "C" not null,
    description text collate "C",
    generation bigint not null,
    primary key (tenant_id, object_id)
);
create table entra_mirror_members (
    tenant_id uuid not null,
    group_id uuid not null,
    member_id uuid not null,
    generation bigint not null,
    primary key (tenant_id, group_id, member_id)
);
