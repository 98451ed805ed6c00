-- The secrets that SCIM clients call with; only a hash of each is kept.
create table scim_tokens (
    id uuid not null primary key,
    name text collate "C" not null,
    token_hash bytea not null constraint scim_tokens_token unique,
    -- The networks it may be used from, a JSON list; empty: any.
    networks text collate "C" not null,
    created_by text collate "C",
    created_at bigint not null,
    expires_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);

create table scim_settings (
    id bigint not null primary key check (id = 1),
    paused boolean not null default false,
    -- Whether SCIM may change who is in a group that grants a role.
    grant_roles boolean not null default false,
    updated_at bigint not null,
    version bigint not null default 1
);
insert into scim_settings (id, updated_at) values (1, 0);

-- What SCIM keeps of the people it provisioned: SCIM sees nobody else.
create table scim_users (
    user_id uuid not null primary key references users (id) on delete cascade,
    external_id text collate "C",
    -- The one work address in the form that is compared; null when there is none, or more than one.
    work_email_key text collate "C",
    -- As it was sent, and with lists for all values and texts in the form that filters compare.
    resource text collate "C" not null,
    search jsonb not null
);
create index scim_users_external_id on scim_users (external_id);
create index scim_users_work_email on scim_users (work_email_key);

create index groups_external_id on groups (external_id) where external_id is not null;
create unique index groups_scim on groups (name_key, coalesce(external_id, '')) where type = 'scim';
create index groups_type on groups (type, id);

-- Whom SCIM wanted to add and who was there already: an administrator decides.
create table scim_conflicts (
    id uuid not null primary key,
    user_id uuid not null references users (id) on delete cascade,
    -- userName | email
    reason text collate "C" not null,
    user_name text collate "C" not null,
    user_name_key text collate "C" not null,
    external_id text collate "C",
    -- What was sent, in the schema's spelling.
    resource text collate "C" not null,
    first_at bigint not null,
    last_at bigint not null,
    constraint scim_conflicts_pair unique (user_id, user_name_key)
);
create index scim_conflicts_last on scim_conflicts (last_at, id);
