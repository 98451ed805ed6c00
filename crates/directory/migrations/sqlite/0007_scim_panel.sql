-- Whether a person without a role is linked by their address alone when SCIM wants to add them.
alter table scim_settings add column adopt_by_email integer not null default 0;

-- token: called with itself | client: buys access tokens (RFC 6749 section 4.4); several rows of one client are its secrets.
alter table scim_tokens add column kind text not null default 'token';
alter table scim_tokens add column client_id blob;
create index scim_tokens_client on scim_tokens (client_id) where client_id is not null;

create table scim_access_tokens (
    token_hash blob not null primary key,
    -- The secret that bought it: when that ends, this ends.
    token_id blob not null references scim_tokens (id) on delete cascade,
    expires_at integer not null
) strict;
create index scim_access_tokens_expires on scim_access_tokens (expires_at);

-- The roles that the directory says a person holds; they count while an owner lets SCIM hand out roles.
create table scim_roles (
    user_id blob not null references users (id) on delete cascade,
    role text not null,
    primary key (user_id, role)
) strict, without rowid;

-- When clients last called; beside the settings, so that noting it is no change of theirs.
create table scim_state (
    id integer not null primary key check (id = 1),
    last_request_at integer,
    -- The last request with a living token, whatever became of it.
    last_called_at integer,
    last_success_at integer,
    last_probe_at integer,
    last_failure_at integer,
    -- Whether administrators were told that nobody calls any more.
    silent integer not null default 0
) strict;
insert into scim_state (id) values (1);

-- What clients asked for and what became of it; kept for two weeks.
create table scim_requests (
    id blob not null primary key,
    at integer not null,
    method text not null,
    path text not null,
    query text,
    status integer not null,
    scim_type text,
    detail text,
    duration_us integer not null,
    token text,
    user_id blob,
    group_id blob,
    subject text,
    -- Path, query, token and subject in the form that searches compare.
    search text not null,
    body text
) strict;
create index scim_requests_failed on scim_requests (id, at) where status >= 400;
create index scim_requests_strangers on scim_requests (id) where token is null;
create index scim_requests_bodies on scim_requests (id) where body is not null;

create index users_scim_inactive on users (id) where origin = 'scim' and not active;
