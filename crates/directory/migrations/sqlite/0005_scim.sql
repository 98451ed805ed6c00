-- The secrets that SCIM clients call with; only a hash of each is kept.
create table scim_tokens (
    id blob not null primary key,
    name text not null,
    token_hash blob not null constraint scim_tokens_token unique,
    -- The networks it may be used from, a JSON list; empty: any.
    networks text not null,
    created_by text,
    created_at integer not null,
    expires_at integer not null,
    last_used_at integer,
    revoked_at integer
) strict;

create table scim_settings (
    id integer not null primary key check (id = 1),
    paused integer not null default 0,
    -- Whether SCIM may change who is in a group that grants a role.
    grant_roles integer not null default 0,
    updated_at integer not null,
    version integer not null default 1
) strict;
insert into scim_settings (id, updated_at) values (1, 0);

-- What SCIM keeps of the people it provisioned: SCIM sees nobody else.
create table scim_users (
    user_id blob not null primary key references users (id) on delete cascade,
    external_id text,
    -- The one work address in the form that is compared; null when there is none, or more than one.
    work_email_key text,
    -- As it was sent, and with lists for all values and texts in the form that filters compare.
    resource text not null,
    search text not null
) strict;
create index scim_users_external_id on scim_users (external_id);
create index scim_users_work_email on scim_users (work_email_key);

create index groups_external_id on groups (external_id) where external_id is not null;
create unique index groups_scim on groups (name_key, coalesce(external_id, '')) where type = 'scim';
create index groups_type on groups (type, id);

-- Whom SCIM wanted to add and who was there already: an administrator decides.
create table scim_conflicts (
    id blob not null primary key,
    user_id blob not null references users (id) on delete cascade,
    -- userName | email
    reason text not null,
    user_name text not null,
    user_name_key text not null,
    external_id text,
    -- What was sent, in the schema's spelling.
    resource text not null,
    first_at integer not null,
    last_at integer not null,
    constraint scim_conflicts_pair unique (user_id, user_name_key)
) strict;
create index scim_conflicts_last on scim_conflicts (last_at, id);
