create table settings (
    id integer not null primary key check (id = 1),
    organisation_name text,
    link_lifetime_hours integer not null default 72,
    session_idle_minutes integer not null default 60,
    session_absolute_hours integer not null default 12,
    attestation text not null default 'any',
    allowed_aaguids text not null default '[]',
    rp_id text,
    key_check blob,
    updated_at integer not null,
    version integer not null default 1
) strict;
insert into settings (id, updated_at) values (1, 0);

-- People. The *_key columns are the folded forms that uniqueness, search and sorting compare.
create table users (
    id blob not null primary key,
    user_name text not null,
    user_name_key text not null constraint users_user_name unique,
    email text not null,
    email_key text not null,
    display_name text not null,
    display_name_key text not null,
    given_name text,
    family_name text,
    phone text,
    title text,
    department text,
    preferred_language text,
    external_id text,
    origin text not null,
    active integer not null,
    -- new | pending | active | disabled: follows `active` and the person's keys, kept in the same transaction.
    status text not null,
    -- The kinds of keys they hold, a bit each (KeyKind::bit): follows the person's keys likewise.
    key_kinds integer not null default 0,
    last_activity_at integer,
    created_at integer not null,
    updated_at integer not null,
    version integer not null
) strict;
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
    term text not null,
    user_id blob not null references users (id) on delete cascade,
    display_name_key text not null,
    primary key (user_id, term)
) strict, without rowid;
create index user_terms_term on user_terms (term, display_name_key, user_id);

create table groups (
    id blob not null primary key,
    name text not null,
    name_key text not null,
    -- As people search and sort: also without accents.
    name_folded text not null,
    description text,
    type text not null,
    role text,
    external_id text,
    created_at integer not null,
    updated_at integer not null,
    version integer not null
) strict;
create unique index groups_local_name on groups (name_key) where type in ('local', 'everyone');
create index groups_name on groups (name_folded, id);
create index groups_created on groups (created_at, id);
create index groups_role on groups (role) where role is not null;
insert into groups (id, name, name_key, name_folded, description, type, created_at, updated_at, version)
values (x'00000000000070008000000000000001', 'Everyone', 'everyone', 'everyone', 'Every person in this organisation.', 'everyone', 0, 0, 1);

create table group_members (
    group_id blob not null references groups (id) on delete cascade,
    user_id blob not null references users (id) on delete cascade,
    added_at integer not null,
    -- The person's, so that members are in order without a look at the people.
    display_name_key text not null,
    primary key (group_id, user_id)
) strict, without rowid;
create index group_members_name on group_members (group_id, display_name_key, user_id);
create index group_members_user on group_members (user_id, group_id);

create table security_keys (
    id blob not null primary key,
    user_id blob not null references users (id) on delete cascade,
    kind text not null,
    name text not null,
    name_key text not null,
    state text not null,
    reason text,
    created_at integer not null,
    activated_at integer,
    state_changed_at integer not null,
    last_used_at integer,
    version integer not null
) strict;
create index security_keys_user on security_keys (user_id, state, kind);
create index security_keys_kind on security_keys (kind, state, user_id);
create index security_keys_created on security_keys (created_at, id);
create index security_keys_last_used on security_keys (coalesce(last_used_at, 0), id);
create index security_keys_name on security_keys (name_key, id);
create index security_keys_state on security_keys (state, created_at, id);

-- Links that are mailed or printed: only a hash of the token is kept.
create table activations (
    id blob not null primary key,
    purpose text not null,
    state text not null,
    token_hash blob not null constraint activations_token unique,
    user_id blob references users (id) on delete cascade,
    key_id blob references security_keys (id) on delete cascade,
    note text,
    created_at integer not null,
    expires_at integer not null,
    closed_at integer
) strict;
create index activations_key on activations (key_id, state);
create index activations_user on activations (user_id, state);
create index activations_due on activations (state, expires_at);

-- Every WebAuthn credential that was ever bound.
create table credentials (
    id blob not null primary key,
    user_id blob not null references users (id) on delete cascade,
    key_id blob not null references security_keys (id) on delete cascade,
    activation_id blob constraint credentials_activation unique,
    credential_id blob not null constraint credentials_credential_id unique,
    -- The verifier's own record (public key, policy, counters), JSON.
    record text not null,
    aaguid blob,
    model text,
    transports text not null,
    backup_eligible integer not null,
    backed_up integer not null,
    attestation_format text not null,
    algorithm text not null,
    sign_count integer not null,
    registered_at integer not null,
    registered_ip text,
    registered_user_agent text,
    last_used_at integer
) strict;
create index credentials_user on credentials (user_id);
create index credentials_key on credentials (key_id);

-- A ceremony travels sealed with the browser; here is only that it was used up.
create table spent_ceremonies (
    id blob not null primary key,
    expires_at integer not null
) strict;
create index spent_ceremonies_due on spent_ceremonies (expires_at);

create table sessions (
    id blob not null primary key,
    token_hash blob not null constraint sessions_token unique,
    user_id blob not null references users (id) on delete cascade,
    key_id blob not null references security_keys (id) on delete cascade,
    credential_id blob not null references credentials (id) on delete cascade,
    created_at integer not null,
    authenticated_at integer not null,
    last_seen_at integer not null,
    expires_at integer not null,
    ip text,
    user_agent text
) strict;
create index sessions_user on sessions (user_id);
create index sessions_key on sessions (key_id);
create index sessions_credential on sessions (credential_id);
create index sessions_due on sessions (expires_at);

create table api_keys (
    id blob not null primary key,
    name text not null,
    token_hash blob not null constraint api_keys_token unique,
    role text not null,
    created_by text,
    created_at integer not null,
    expires_at integer not null,
    last_used_at integer,
    revoked_at integer
) strict;

-- Who did what to whom: written with the change, never changed.
create table activity (
    seq integer not null primary key autoincrement,
    id blob not null,
    at integer not null,
    action text not null,
    actor_type text not null,
    actor_id blob,
    actor_name text not null,
    target_type text,
    target_id blob,
    target_name text,
    user_id blob,
    user_name text,
    ip text,
    user_agent text,
    request_id text,
    details text not null,
    -- The names of actor, person and target in the form that searches compare.
    names text not null
) strict;
create index activity_user on activity (user_id, seq);
create index activity_actor on activity (actor_id, seq);
create index activity_action on activity (action, seq);
create index activity_at on activity (at);

-- The chain over the activity: each seal covers one record and the seal before it.
create table activity_seals (
    position integer not null primary key,
    activity_seq integer not null constraint activity_seals_seq unique,
    hash blob not null
) strict;

create table mails (
    id blob not null primary key,
    kind text not null,
    to_address text not null,
    user_id blob references users (id) on delete set null,
    activation_id blob references activations (id) on delete set null,
    -- What the template needs, sealed; erased once the mail was taken or given up.
    payload blob,
    state text not null,
    attempts integer not null default 0,
    next_attempt_at integer not null,
    leased_until integer not null default 0,
    lease blob,
    created_at integer not null,
    give_up_at integer not null,
    closed_at integer,
    last_error text
) strict;
create index mails_due on mails (state, next_attempt_at);
create index mails_activation on mails (activation_id);
create index mails_user on mails (user_id);

create table alerts (
    id blob not null primary key,
    kind text not null,
    at integer not null,
    title text not null,
    detail text not null,
    user_id blob references users (id) on delete cascade,
    dismissed_at integer
) strict;
create index alerts_open on alerts (dismissed_at, at);
create index alerts_user on alerts (user_id);

-- The answer to a request that may be sent twice; sealed, because it can hold a link.
create table idempotent_answers (
    scope text not null,
    key text not null,
    request_hash blob not null,
    answer blob not null,
    expires_at integer not null,
    primary key (scope, key)
) strict, without rowid;
create index idempotent_answers_due on idempotent_answers (expires_at);

create trigger activity_is_never_changed before update on activity begin select raise(abort, 'activity is append-only'); end;
create trigger activity_is_never_deleted before delete on activity begin select raise(abort, 'activity is append-only'); end;

-- How many people and keys there are in each state, because counting a million takes a tenth of a
-- second. There is one writer here, so nobody waits for these rows; on PostgreSQL writers would.
create table tallies (
    subject text not null,
    state text not null,
    number integer not null,
    primary key (subject, state)
) strict, without rowid;
create trigger users_tally_insert after insert on users begin
    insert into tallies (subject, state, number) values ('users', new.status, 1)
    on conflict (subject, state) do update set number = number + 1;
end;
create trigger users_tally_delete after delete on users begin
    update tallies set number = number - 1 where subject = 'users' and state = old.status;
end;
create trigger users_tally_update after update of status on users when old.status <> new.status begin
    update tallies set number = number - 1 where subject = 'users' and state = old.status;
    insert into tallies (subject, state, number) values ('users', new.status, 1)
    on conflict (subject, state) do update set number = number + 1;
end;
create trigger security_keys_tally_insert after insert on security_keys begin
    insert into tallies (subject, state, number) values ('keys', new.state, 1)
    on conflict (subject, state) do update set number = number + 1;
end;
create trigger security_keys_tally_delete after delete on security_keys begin
    update tallies set number = number - 1 where subject = 'keys' and state = old.state;
end;
create trigger security_keys_tally_update after update of state on security_keys when old.state <> new.state begin
    update tallies set number = number - 1 where subject = 'keys' and state = old.state;
    insert into tallies (subject, state, number) values ('keys', new.state, 1)
    on conflict (subject, state) do update set number = number + 1;
end;

-- The same for groups: their members, and the keys these hold.
create table group_tallies (
    group_id blob not null primary key references groups (id) on delete cascade,
    members integer not null,
    keys integer not null
) strict, without rowid;
create trigger group_members_tally_insert after insert on group_members begin
    insert into group_tallies (group_id, members, keys)
    select new.group_id, 1, count(*) from security_keys where user_id = new.user_id and state in ('pending', 'active', 'suspended')
    on conflict (group_id) do update set members = members + 1, keys = keys + excluded.keys;
end;
create trigger group_members_tally_delete after delete on group_members begin
    update group_tallies set members = members - 1,
        keys = keys - (select count(*) from security_keys where user_id = old.user_id and state in ('pending', 'active', 'suspended'))
    where group_id = old.group_id;
end;
create trigger security_keys_group_tally_insert after insert on security_keys
when new.state in ('pending', 'active', 'suspended') begin
    update group_tallies set keys = keys + 1
    where group_id in (select group_id from group_members where user_id = new.user_id);
end;
create trigger security_keys_group_tally_delete after delete on security_keys
when old.state in ('pending', 'active', 'suspended') begin
    update group_tallies set keys = keys - 1
    where group_id in (select group_id from group_members where user_id = old.user_id);
end;
create trigger security_keys_group_tally_update after update of state on security_keys
when (old.state in ('pending', 'active', 'suspended')) <> (new.state in ('pending', 'active', 'suspended')) begin
    update group_tallies set keys = keys + iif(new.state in ('pending', 'active', 'suspended'), 1, -1)
    where group_id in (select group_id from group_members where user_id = new.user_id);
end;
-- "insert or replace" deletes without the trigger above.
create trigger activity_is_never_replaced before insert on activity when exists (select 1 from activity a where a.seq = new.seq)
begin select raise(abort, 'activity is append-only'); end;
