-- What cards may do and what their PINs have to be like: JSON; absent fields are the defaults.
alter table settings add column card_policy text not null default '{}';
-- Tells whether the vault's key belongs to this database.
alter table settings add column vault_check blob;

-- Whether registrations and sign-ins with the person's cards are recorded.
alter table users add column card_auditing integer not null default 1;

-- Workstations whose agent carries commands between programs and cards.
create table agents (
    id blob not null primary key,
    name text not null,
    public_key blob not null constraint agents_public_key unique,
    version text not null,
    platform text not null,
    -- JSON: the names of the readers there are.
    readers text not null default '[]',
    enrolled_at integer not null,
    enrolled_by text not null,
    -- The connection that is up; null when there is none.
    link blob,
    -- Where that connection came from.
    link_ip text,
    last_seen_at integer,
    revoked_at integer
) strict;
create index agents_revoked on agents (revoked_at) where revoked_at is not null;

-- One-time codes with which workstations are enrolled.
create table agent_codes (
    id blob not null primary key,
    code_hash blob not null constraint agent_codes_code unique,
    created_by text not null,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict;

-- The badge of a security key of the kind contactlessCard, and the card's own state. What protects the
-- counters is the database's transaction; what protects the secrets is that they are sealed.
create table cards (
    id blob not null primary key,
    key_id blob not null constraint cards_key unique references security_keys (id) on delete cascade,
    with_pin integer not null default 1,
    -- The key whose card this one is to take the place of, and whether with a PIN of its own.
    replaces blob,
    new_pin integer not null default 0,
    -- uid | challengeResponse | nativeFido2
    identity_kind text,
    -- Keyed: a number of 32 bits could be tried out against a plain hash. One living card each.
    identity_hash blob constraint cards_identity unique,
    -- The end of the number, for people to tell cards apart.
    identity_hint text,
    bound_at integer,
    bound_with text,
    -- The card key, wrapped by the vault's key and, with a PIN, by the PIN. Null: never made, or destroyed.
    sealed_key blob,
    pin_salt blob,
    pin_tries integer not null default 8,
    pin_must_change integer not null default 0,
    pin_set_at integer,
    -- The newest tap: it alone may use the card.
    session blob,
    last_agent_id blob,
    last_tap_at integer
) strict;

-- What earlier PINs are known by.
create table card_pins (
    id blob not null primary key,
    card_id blob not null references cards (id) on delete cascade,
    salt blob not null,
    sealed_check blob not null,
    set_at integer not null
) strict;
create index card_pins_card on card_pins (card_id, set_at);

-- The credentials of cards.
create table vault (
    id blob not null primary key,
    card_id blob not null references cards (id) on delete cascade,
    credential_id blob not null constraint vault_credential unique,
    -- Relying party, account, public key: sealed by the vault's key.
    sealed_about blob not null,
    -- Private key and hmac-secret: sealed by the card key.
    sealed_secrets blob not null,
    signatures integer not null default 0,
    created_at integer not null,
    created_with text,
    last_used_at integer,
    last_used_with text
) strict;
create index vault_card on vault (card_id, created_at);

-- Somebody waits in the panel for a card to be laid on a workstation's reader.
create table card_readings (
    id blob not null primary key,
    agent_id blob not null references agents (id) on delete cascade,
    key_id blob not null references security_keys (id) on delete cascade,
    -- waiting | seen | taken | unusable | done
    state text not null,
    identity_kind text,
    identity_hash blob,
    identity_hint text,
    -- The card that this badge is already.
    taken_by blob,
    created_at integer not null,
    expires_at integer not null
) strict;
create index card_readings_agent on card_readings (agent_id, expires_at);
create index card_readings_due on card_readings (expires_at);
