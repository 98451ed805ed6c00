-- Imports: what was read from a file or from Microsoft Entra ID, what it would change, and what became of it.
create table imports (
    id uuid not null primary key,
    source text collate "C" not null,
    state text collate "C" not null,
    name text collate "C" not null,
    -- Who began it, and who asked last for what it does now (JSON): the latter's rights count.
    started_by text collate "C" not null,
    acting text collate "C" not null,
    -- The saved import that it is a run of; such a run confirms itself.
    schedule_id uuid,
    options text collate "C" not null,
    -- Which upload the pieces of its file belong to, and their size once all are there.
    upload uuid,
    file_bytes bigint,
    -- What a reader found out: the tenant, whether it read everything, how many people are in no group.
    tenant_id uuid,
    complete boolean not null default false,
    ungrouped bigint,
    -- Where the work stands: the part of the phase, and the last row or id that is done.
    part text collate "C" not null default 'rows',
    place bigint not null default 0,
    place_id uuid,
    last_number bigint not null default 0,
    done bigint not null default 0,
    total bigint,
    errors bigint not null default 0,
    phase_started_at bigint,
    paused_until bigint,
    lease uuid,
    leased_until bigint not null default 0,
    -- Of the plan (JSON): the counts, and what must be approved. `plan_seq` is the end of the activity record then.
    plan text collate "C",
    approval text collate "C" not null default '[]',
    replanned text collate "C",
    plan_seq bigint not null default 0,
    outcome text collate "C",
    undone text collate "C",
    made_groups text collate "C" not null default '[]',
    failure text collate "C",
    created_at bigint not null,
    planned_at bigint,
    confirmed_at bigint,
    ended_at bigint,
    purged_at bigint,
    deleted_at bigint,
    version bigint not null
);
create index imports_created on imports (created_at, id);
create index imports_work on imports (state, leased_until);
create index imports_ended on imports (purged_at, ended_at);

-- An uploaded file in pieces, so that any server can read it; gone when the import ends.
create table import_chunks (
    import_id uuid not null,
    position bigint not null,
    bytes bytea not null,
    primary key (import_id, position)
);

-- One row of a source, or one person who left it. A million of them belong to one import, so nothing
-- cascades here: a worker clears them away in pieces.
create table import_rows (
    import_id uuid not null,
    -- The line, or the place in what was read.
    number bigint not null,
    object_id uuid,
    label text collate "C" not null,
    email text collate "C",
    -- What rows are compared and matched by; null where a row takes no part in that.
    email_key text collate "C",
    user_name_key text collate "C",
    -- Label and address as searches compare them.
    searched text collate "C" not null,
    -- The fields as they were read (JSON).
    data text collate "C" not null,
    verdict text collate "C",
    reason text collate "C",
    field text collate "C",
    message text collate "C",
    user_id uuid,
    base_version bigint,
    -- {field: {old, new}}, which is also what an undo goes back to.
    changes text collate "C",
    holds_role boolean not null default false,
    ticked boolean not null default false,
    -- What the row is once it is ticked.
    if_ticked text collate "C",
    result text collate "C",
    -- What an undo must know besides (JSON): groups joined, the version afterwards.
    applied text collate "C",
    undo text collate "C",
    primary key (import_id, number)
);
create index import_rows_email on import_rows (import_id, email_key, number) where email_key is not null;
create index import_rows_user_name on import_rows (import_id, user_name_key, number) where user_name_key is not null;
create index import_rows_user on import_rows (import_id, user_id, number) where user_id is not null;
create unique index import_rows_object on import_rows (import_id, object_id) where object_id is not null;
create index import_rows_verdict on import_rows (import_id, verdict, number) where verdict is not null;
create index import_rows_result on import_rows (import_id, result, number) where result is not null;
create index import_rows_reason on import_rows (import_id, reason, number) where reason is not null;
create index import_rows_search on import_rows (import_id, number, searched);

-- Groups of Microsoft Entra ID as they were read, and who is in them.
create table import_groups (
    import_id uuid not null,
    object_id uuid not null,
    name text collate "C" not null,
    description text collate "C",
    -- Whether everybody in it was read; only then is anybody removed.
    complete boolean not null,
    group_id uuid,
    verdict text collate "C",
    reason text collate "C",
    emptied boolean not null default false,
    old_name text collate "C",
    result text collate "C",
    primary key (import_id, object_id)
);
create table import_members (
    import_id uuid not null,
    group_object_id uuid not null,
    object_id uuid not null,
    primary key (import_id, group_object_id, object_id)
);
create index import_members_person on import_members (import_id, object_id);
-- The memberships that an import changed.
create table import_membership_changes (
    import_id uuid not null,
    group_id uuid not null,
    user_id uuid not null,
    added boolean not null,
    primary key (import_id, group_id, user_id)
);

-- Which person an object of a tenant is, whichever name or address it has now.
create table entra_links (
    tenant_id uuid not null,
    object_id uuid not null,
    user_id uuid not null constraint entra_links_user unique references users (id) on delete cascade,
    import_id uuid,
    linked_at bigint not null,
    -- Disabled by an import, so that one may enable them again.
    disabled_here boolean not null default false,
    primary key (tenant_id, object_id)
);
-- Which selections of the tenant a person was seen in: who is in none any more has left.
create table entra_sightings (
    tenant_id uuid not null,
    scope text collate "C" not null,
    object_id uuid not null,
    primary key (tenant_id, scope, object_id),
    foreign key (tenant_id, object_id) references entra_links (tenant_id, object_id) on delete cascade
);
create index entra_sightings_object on entra_sightings (tenant_id, object_id);
create table entra_group_links (
    tenant_id uuid not null,
    object_id uuid not null,
    group_id uuid not null constraint entra_group_links_group unique references groups (id) on delete cascade,
    import_id uuid,
    linked_at bigint not null,
    primary key (tenant_id, object_id)
);

-- What columns with these headers meant last time.
create table import_columns (
    headers_hash bytea not null primary key,
    columns text collate "C" not null,
    used_at bigint not null
);
