-- Whether a person without a role is linked by their address alone when SCIM wants to add them.
alter table scim_settings add column adopt_by_email boolean not null default false;

-- token: called with itself | client: buys access tokens (RFC 6749 section 4.4); several rows of one client are its secrets.
alter table scim_tokens add column kind text collate "C" not null default 'token';
alter table scim_tokens add column client_id uuid;
create index scim_tokens_client on scim_tokens (client_id) where client_id is not null;

create table scim_access_tokens (
    token_hash bytea not null primary key,
    -- The secret that bought it: when that ends, this ends.
    token_id uuid not null references scim_tokens (id) on delete cascade,
    expires_at bigint not null
);
create index scim_access_tokens_expires on scim_access_tokens (expires_at);

-- The roles that the directory says a person holds; they count while an owner lets SCIM hand out roles.
create table scim_roles (
    user_id uuid not null references users (id) on delete cascade,
    role text collate "C" not null,
    primary key (user_id, role)
);

-- When clients last called; beside the settings, so that noting it is no change of theirs.
create table scim_state (
    id bigint not null primary key check (id = 1),
    last_request_at bigint,
    -- The last request with a living token, whatever became of it.
    last_called_at bigint,
    last_success_at bigint,
    last_probe_at bigint,
    last_failure_at bigint,
    -- Whether administrators were told that nobody calls any more.
    silent boolean not null default false
);
insert into scim_state (id) values (1);

-- What clients asked for and what became of it; kept for two weeks.
create table scim_requests (
    id uuid not null primary key,
    at bigint not null,
    method text collate "C" not null,
    path text collate "C" not null,
    query text collate "C",
    status bigint not null,
    scim_type text collate "C",
    detail text collate "C",
    duration_us bigint not null,
    token text collate "C",
    user_id uuid,
    group_id uuid,
    subject text collate "C",
    -- Path, query, token and subject in the form that searches compare.
    search text collate "C" not null,
    body text collate "C"
);
create index scim_requests_failed on scim_requests (id, at) where status >= 400;
create index scim_requests_strangers on scim_requests (id) where token is null;
create index scim_requests_bodies on scim_requests (id) where body is not null;

create index users_scim_inactive on users (id) where origin = 'scim' and not active;
