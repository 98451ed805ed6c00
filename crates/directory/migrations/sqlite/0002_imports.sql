-- Imports: what was read from a file or from Microsoft Entra ID, what it would change, and what became of it.
create table imports (
    id blob not null primary key,
    source text not null,
    state text not null,
    name text not null,
    -- Who began it, and who asked last for what it does now (JSON): the latter's rights count.
    started_by text not null,
    acting text not null,
    -- The saved import that it is a run of; such a run confirms itself.
    schedule_id blob,
    options text not null,
    -- Which upload the pieces of its file belong to, and their size once all are there.
    upload blob,
    file_bytes integer,
    -- What a reader found out: the tenant, whether it read everything, how many people are in no group.
    tenant_id blob,
    complete integer not null default 0,
    ungrouped integer,
    -- Where the work stands: the part of the phase, and the last row or id that is done.
    part text not null default 'rows',
    place integer not null default 0,
    place_id blob,
    last_number integer not null default 0,
    done integer not null default 0,
    total integer,
    errors integer not null default 0,
    phase_started_at integer,
    paused_until integer,
    lease blob,
    leased_until integer not null default 0,
    -- Of the plan (JSON): the counts, and what must be approved. `plan_seq` is the end of the activity record then.
    plan text,
    approval text not null default '[]',
    replanned text,
    plan_seq integer not null default 0,
    outcome text,
    undone text,
    made_groups text not null default '[]',
    failure text,
    created_at integer not null,
    planned_at integer,
    confirmed_at integer,
    ended_at integer,
    purged_at integer,
    deleted_at integer,
    version integer not null
) strict;
create index imports_created on imports (created_at, id);
create index imports_work on imports (state, leased_until);
create index imports_ended on imports (purged_at, ended_at);

-- An uploaded file in pieces, so that any server can read it; gone when the import ends.
create table import_chunks (
    import_id blob not null,
    position integer not null,
    bytes blob not null,
    primary key (import_id, position)
) strict, without rowid;

-- One row of a source, or one person who left it. A million of them belong to one import, so nothing
-- cascades here: a worker clears them away in pieces.
create table import_rows (
    import_id blob not null,
    -- The line, or the place in what was read.
    number integer not null,
    object_id blob,
    label text not null,
    email text,
    -- What rows are compared and matched by; null where a row takes no part in that.
    email_key text,
    user_name_key text,
    -- Label and address as searches compare them.
    searched text not null,
    -- The fields as they were read (JSON).
    data text not null,
    verdict text,
    reason text,
    field text,
    message text,
    user_id blob,
    base_version integer,
    -- {field: {old, new}}, which is also what an undo goes back to.
    changes text,
    holds_role integer not null default 0,
    ticked integer not null default 0,
    -- What the row is once it is ticked.
    if_ticked text,
    result text,
    -- What an undo must know besides (JSON): groups joined, the version afterwards.
    applied text,
    undo text,
    primary key (import_id, number)
) strict;
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
    import_id blob not null,
    object_id blob not null,
    name text not null,
    description text,
    -- Whether everybody in it was read; only then is anybody removed.
    complete integer not null,
    group_id blob,
    verdict text,
    reason text,
    emptied integer not null default 0,
    old_name text,
    result text,
    primary key (import_id, object_id)
) strict, without rowid;
create table import_members (
    import_id blob not null,
    group_object_id blob not null,
    object_id blob not null,
    primary key (import_id, group_object_id, object_id)
) strict, without rowid;
create index import_members_person on import_members (import_id, object_id);
-- The memberships that an import changed.
create table import_membership_changes (
    import_id blob not null,
    group_id blob not null,
    user_id blob not null,
    added integer not null,
    primary key (import_id, group_id, user_id)
) strict, without rowid;

-- Which person an object of a tenant is, whichever name or address it has now.
create table entra_links (
    tenant_id blob not null,
    object_id blob not null,
    user_id blob not null constraint entra_links_user unique references users (id) on delete cascade,
    import_id blob,
    linked_at integer not null,
    -- Disabled by an import, so that one may enable them again.
    disabled_here integer not null default 0,
    primary key (tenant_id, object_id)
) strict, without rowid;
-- Which selections of the tenant a person was seen in: who is in none any more has left.
create table entra_sightings (
    tenant_id blob not null,
    scope text not null,
    object_id blob not null,
    primary key (tenant_id, scope, object_id),
    foreign key (tenant_id, object_id) references entra_links (tenant_id, object_id) on delete cascade
) strict, without rowid;
create index entra_sightings_object on entra_sightings (tenant_id, object_id);
create table entra_group_links (
    tenant_id blob not null,
    object_id blob not null,
    group_id blob not null constraint entra_group_links_group unique references groups (id) on delete cascade,
    import_id blob,
    linked_at integer not null,
    primary key (tenant_id, object_id)
) strict, without rowid;

-- What columns with these headers meant last time.
create table import_columns (
    headers_hash blob not null primary key,
    columns text not null,
    used_at integer not null
) strict, without rowid;
