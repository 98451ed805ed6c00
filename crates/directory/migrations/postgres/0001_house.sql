create table settings (
    id bigint not null primary key check (id = 1),
    organisation_name text collate "C",
    link_lifetime_hours bigint not null default 72,
    session_idle_minutes bigint not null default 60,
    session_absolute_hours bigint not null default 12,
    attestation text collate "C" not null default 'any',
    allowed_aaguids text collate "C" not null default '[]',
    rp_id text collate "C",
    key_check bytea,
    updated_at bigint not null,
    version bigint not null default 1
);
insert into settings (id, updated_at) values (1, 0);

-- People. The *_key columns are the folded forms that uniqueness, search and sorting compare.
create table users (
    id uuid not null primary key,
    user_name text collate "C" not null,
    user_name_key text collate "C" not null constraint users_user_name unique,
    email text collate "C" not null,
    email_key text collate "C" not null,
    display_name text collate "C" not null,
    display_name_key text collate "C" not null,
    given_name text collate "C",
    family_name text collate "C",
    phone text collate "C",
    title text collate "C",
    department text collate "C",
    preferred_language text collate "C",
    external_id text collate "C",
    origin text collate "C" not null,
    active boolean not null,
    -- new | pending | active | disabled: follows `active` and the person's keys, kept in the same transaction.
    status text collate "C" not null,
    -- The kinds of keys they hold, a bit each (KeyKind::bit): follows the person's keys likewise.
    key_kinds bigint not null default 0,
    last_activity_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null
);
create index users_email on users (email_key, id);
create index users_display_name on users (display_name_key, id);
create index users_status on users (status, display_name_key, id);
create index users_status_created on users (status, created_at, id);
create index users_status_last_activity on users (status, coalesce(last_activity_at, 0), id);
create index users_by_status on users (status, id);
create index users_created on users (created_at, id);
create index users_last_activity on users (coalesce(last_activity_at, 0), id);
create index users_origin on users (origin, display_name_key, id);
create index users_key_kinds on users (key_kinds, display_name_key, id);

-- The words a person can be found by, but for those that their display name begins with; a search is
-- a range over `term`. The name stands here too, so that what is found is in order without a look at
-- the person.
create table user_terms (
    term text collate "C" not null,
    user_id uuid not null references users (id) on delete cascade,
    display_name_key text collate "C" not null,
    primary key (user_id, term)
);
create index user_terms_term on user_terms (term, display_name_key, user_id);

create table groups (
    id uuid not null primary key,
    name text collate "C" not null,
    name_key text collate "C" not null,
    -- As people search and sort: also without accents.
    name_folded text collate "C" not null,
    description text collate "C",
    type text collate "C" not null,
    role text collate "C",
    external_id text collate "C",
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null
);
create unique index groups_local_name on groups (name_key) where type in ('local', 'everyone');
create index groups_name on groups (name_folded, id);
create index groups_created on groups (created_at, id);
create index groups_role on groups (role) where role is not null;
insert into groups (id, name, name_key, name_folded, description, type, created_at, updated_at, version)
values ('00000000-0000-7000-8000-000000000001', 'Everyone', 'everyone', 'everyone', 'Every person in this organisation.', 'everyone', 0, 0, 1);

create table group_members (
    group_id uuid not null references groups (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    added_at bigint not null,
    -- The person's, so that members are in order without a look at the people.
    display_name_key text collate "C" not null,
    primary key (group_id, user_id)
);
create index group_members_name on group_members (group_id, display_name_key, user_id);
create index group_members_user on group_members (user_id, group_id);

create table security_keys (
    id uuid not null primary key,
    user_id uuid not null references users (id) on delete cascade,
    kind text collate "C" not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    state text collate "C" not null,
    reason text collate "C",
    created_at bigint not null,
    activated_at bigint,
    state_changed_at bigint not null,
    last_used_at bigint,
    version bigint not null
);
create index security_keys_user on security_keys (user_id, state, kind);
create index security_keys_kind on security_keys (kind, state, user_id);
create index security_keys_created on security_keys (created_at, id);
create index security_keys_last_used on security_keys (coalesce(last_used_at, 0), id);
create index security_keys_name on security_keys (name_key, id);
create index security_keys_state on security_keys (state, created_at, id);

-- Links that are mailed or printed: only a hash of the token is kept.
create table activations (
    id uuid not null primary key,
    purpose text collate "C" not null,
    state text collate "C" not null,
    token_hash bytea not null constraint activations_token unique,
    user_id uuid references users (id) on delete cascade,
    key_id uuid references security_keys (id) on delete cascade,
    note text collate "C",
    created_at bigint not null,
    expires_at bigint not null,
    closed_at bigint
);
create index activations_key on activations (key_id, state);
create index activations_user on activations (user_id, state);
create index activations_due on activations (state, expires_at);

-- Every WebAuthn credential that was ever bound.
create table credentials (
    id uuid not null primary key,
    user_id uuid not null references users (id) on delete cascade,
    key_id uuid not null references security_keys (id) on delete cascade,
    activation_id uuid constraint credentials_activation unique,
    credential_id bytea not null constraint credentials_credential_id unique,
    -- The verifier's own record (public key, policy, counters), JSON.
    record text collate "C" not null,
    aaguid uuid,
    model text collate "C",
    transports text collate "C" not null,
    backup_eligible boolean not null,
    backed_up boolean not null,
    attestation_format text collate "C" not null,
    algorithm text collate "C" not null,
    sign_count bigint not null,
    registered_at bigint not null,
    registered_ip text collate "C",
    registered_user_agent text collate "C",
    last_used_at bigint
);
create index credentials_user on credentials (user_id);
create index credentials_key on credentials (key_id);

-- A ceremony travels sealed with the browser; here is only that it was used up.
create table spent_ceremonies (
    id uuid not null primary key,
    expires_at bigint not null
);
create index spent_ceremonies_due on spent_ceremonies (expires_at);

create table sessions (
    id uuid not null primary key,
    token_hash bytea not null constraint sessions_token unique,
    user_id uuid not null references users (id) on delete cascade,
    key_id uuid not null references security_keys (id) on delete cascade,
    credential_id uuid not null references credentials (id) on delete cascade,
    created_at bigint not null,
    authenticated_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    ip text collate "C",
    user_agent text collate "C"
);
create index sessions_user on sessions (user_id);
create index sessions_key on sessions (key_id);
create index sessions_credential on sessions (credential_id);
create index sessions_due on sessions (expires_at);

create table api_keys (
    id uuid not null primary key,
    name text collate "C" not null,
    token_hash bytea not null constraint api_keys_token unique,
    role text collate "C" not null,
    created_by text collate "C",
    created_at bigint not null,
    expires_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);

-- Who did what to whom: written with the change, never changed.
create table activity (
    seq bigint generated always as identity primary key,
    id uuid not null,
    at bigint not null,
    action text collate "C" not null,
    actor_type text collate "C" not null,
    actor_id uuid,
    actor_name text collate "C" not null,
    target_type text collate "C",
    target_id uuid,
    target_name text collate "C",
    user_id uuid,
    user_name text collate "C",
    ip text collate "C",
    user_agent text collate "C",
    request_id text collate "C",
    details text collate "C" not null,
    -- The names of actor, person and target in the form that searches compare.
    names text collate "C" not null
);
create index activity_user on activity (user_id, seq);
create index activity_actor on activity (actor_id, seq);
create index activity_action on activity (action, seq);
create index activity_at on activity (at);

-- The chain over the activity: each seal covers one record and the seal before it.
create table activity_seals (
    position bigint not null primary key,
    activity_seq bigint not null constraint activity_seals_seq unique,
    hash bytea not null
);

create table mails (
    id uuid not null primary key,
    kind text collate "C" not null,
    to_address text collate "C" not null,
    user_id uuid references users (id) on delete set null,
    activation_id uuid references activations (id) on delete set null,
    -- What the template needs, sealed; erased once the mail was taken or given up.
    payload bytea,
    state text collate "C" not null,
    attempts bigint not null default 0,
    next_attempt_at bigint not null,
    leased_until bigint not null default 0,
    lease uuid,
    created_at bigint not null,
    give_up_at bigint not null,
    closed_at bigint,
    last_error text collate "C"
);
create index mails_due on mails (state, next_attempt_at);
create index mails_activation on mails (activation_id);
create index mails_user on mails (user_id);

create table alerts (
    id uuid not null primary key,
    kind text collate "C" not null,
    at bigint not null,
    title text collate "C" not null,
    detail text collate "C" not null,
    user_id uuid references users (id) on delete cascade,
    dismissed_at bigint
);
create index alerts_open on alerts (dismissed_at, at);
create index alerts_user on alerts (user_id);

-- The answer to a request that may be sent twice; sealed, because it can hold a link.
create table idempotent_answers (
    scope text collate "C" not null,
    key text collate "C" not null,
    request_hash bytea not null,
    answer bytea not null,
    expires_at bigint not null,
    primary key (scope, key)
);
create index idempotent_answers_due on idempotent_answers (expires_at);

create function activity_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'activity is append-only';
end
$$;
create trigger activity_is_never_changed before update or delete on activity
    for each row execute function activity_is_append_only();
create trigger activity_is_never_emptied before truncate on activity
    for each statement execute function activity_is_append_only();
