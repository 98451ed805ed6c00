-- The connection to Microsoft Entra ID: one row or none. Sealed columns open with the installation's key only.
create table entra_connection (
    id integer not null primary key check (id = 1),
    tenant text not null,
    client_id blob not null,
    cloud text not null,
    login_url text,
    graph_url text,
    -- secret | certificate; none while nothing was given yet.
    credential text,
    secret blob,
    secret_entered_at integer,
    secret_expires_at integer,
    private_key blob,
    certificate text,
    thumbprint text,
    certificate_expires_at integer,
    -- A certificate that waits until it has brought a token once.
    next_private_key blob,
    next_certificate text,
    next_thumbprint text,
    next_expires_at integer,
    -- application | delegated: on whose behalf tokens are asked for.
    way text not null default 'application',
    refresh_token blob,
    -- What Microsoft confirmed.
    tenant_id blob,
    tenant_name text,
    last_token_at integer,
    granted text not null default '[]',
    missing text not null default '[]',
    problem_code text,
    problem_message text,
    -- The end of the secret or certificate that was warned of.
    warned_of integer,
    updated_at integer not null,
    version integer not null
) strict;

-- Consents that were begun and have not come back: single use, bound to a browser's session.
create table entra_authorizations (
    state_hash blob not null primary key,
    session_id blob not null references sessions (id) on delete cascade,
    way text not null,
    verifier blob not null,
    expires_at integer not null
) strict;
create index entra_authorizations_session on entra_authorizations (session_id);
create index entra_authorizations_due on entra_authorizations (expires_at);

create table import_schedules (
    id blob not null primary key,
    name text not null,
    every text not null,
    -- Minutes after midnight (of an hour: after the hour).
    minute integer not null,
    -- 0 is Monday; for weekly ones only.
    weekday integer,
    time_zone text not null,
    enabled integer not null,
    -- What is imported, JSON.
    options text not null,
    owner_id blob references users (id) on delete set null,
    next_run_at integer not null,
    last_import_id blob,
    created_at integer not null,
    updated_at integer not null,
    version integer not null
) strict;
create index import_schedules_due on import_schedules (enabled, next_run_at);
create index import_schedules_owner on import_schedules (owner_id);

-- What Entra ID held when it was last read by a schedule of the whole tenant, so that the next run asks for changes only.
create table entra_mirrors (
    tenant_id blob not null,
    -- users | groups
    part text not null,
    -- Where the next changes are asked for; none until a whole read has ended.
    delta_link text,
    read_at integer not null,
    primary key (tenant_id, part)
) strict;
create table entra_mirror_users (
    tenant_id blob not null,
    object_id blob not null,
    data text not null,
    generation integer not null,
    primary key (tenant_id, object_id)
) strict, without rowid;
create table entra_mirror_groups (
    tenant_id blob not null,
    object_id blob not null,
    name text not null,
    description text,
    generation integer not null,
    primary key (tenant_id, object_id)
) strict, without rowid;
create table entra_mirror_members (
    tenant_id blob not null,
    group_id blob not null,
    member_id blob not null,
    generation integer not null,
    primary key (tenant_id, group_id, member_id)
) strict, without rowid;
