-- What cards may do and what their PINs have to be like: JSON; absent fields are the defaults.
alter table settings add column card_policy text collate "C" not null default '{}';
-- Tells whether the vault's key belongs to this database.
alter table settings add column vault_check bytea;

-- Whether registrations and sign-ins with the person's cards are recorded.
alter table users add column card_auditing boolean not null default true;

-- Workstations whose agent carries commands between programs and cards.
create table agents (
    id uuid not null primary key,
    name text collate "C" not null,
    public_key bytea not null constraint agents_public_key unique,
    version text collate "C" not null,
    platform text collate "C" not null,
    -- JSON: the names of the readers there are.
    readers text collate "C" not null default '[]',
    enrolled_at bigint not null,
    enrolled_by text collate "C" not null,
    -- The connection that is up; null when there is none.
    link uuid,
    -- Where that connection came from.
    link_ip text collate "C",
    last_seen_at bigint,
    revoked_at bigint
);
create index agents_revoked on agents (revoked_at) where revoked_at is not null;

-- One-time codes with which workstations are enrolled.
create table agent_codes (
    id uuid not null primary key,
    code_hash bytea not null constraint agent_codes_code unique,
    created_by text collate "C" not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);

-- The badge of a security key of the kind contactlessCard, and the card's own state. What protects the
-- counters is the database's transaction; what protects the secrets is that they are sealed.
create table cards (
    id uuid not null primary key,
    key_id uuid not null constraint cards_key unique references security_keys (id) on delete cascade,
    with_pin boolean not null default true,
    -- The key whose card this one is to take the place of, and whether with a PIN of its own.
    replaces uuid,
    new_pin boolean not null default false,
    -- uid | challengeResponse | nativeFido2
    identity_kind text collate "C",
    -- Keyed: a number of 32 bits could be tried out against a plain hash. One living card each.
    identity_hash bytea constraint cards_identity unique,
    -- The end of the number, for people to tell cards apart.
    identity_hint text collate "C",
    bound_at bigint,
    bound_with text collate "C",
    -- The card key, wrapped by the vault's key and, with a PIN, by the PIN. Null: never made, or destroyed.
    sealed_key bytea,
    pin_salt bytea,
    pin_tries bigint not null default 8,
    pin_must_change boolean not null default false,
    pin_set_at bigint,
    -- The newest tap: it alone may use the card.
    session uuid,
    last_agent_id uuid,
    last_tap_at bigint
);

-- What earlier PINs are known by.
create table card_pins (
    id uuid not null primary key,
    card_id uuid not null references cards (id) on delete cascade,
    salt bytea not null,
    sealed_check bytea not null,
    set_at bigint not null
);
create index card_pins_card on card_pins (card_id, set_at);

-- The credentials of cards.
create table vault (
    id uuid not null primary key,
    card_id uuid not null references cards (id) on delete cascade,
    credential_id bytea not null constraint vault_credential unique,
    -- Relying party, account, public key: sealed by the vault's key.
    sealed_about bytea not null,
    -- Private key and hmac-secret: sealed by the card key.
    sealed_secrets bytea not null,
    signatures bigint not null default 0,
    created_at bigint not null,
    created_with text collate "C",
    last_used_at bigint,
    last_used_with text collate "C"
);
create index vault_card on vault (card_id, created_at);

-- Somebody waits in the panel for a card to be laid on a workstation's reader.
create table card_readings (
    id uuid not null primary key,
    agent_id uuid not null references agents (id) on delete cascade,
    key_id uuid not null references security_keys (id) on delete cascade,
    -- waiting | seen | taken | unusable | done
    state text collate "C" not null,
    identity_kind text collate "C",
    identity_hash bytea,
    identity_hint text collate "C",
    -- The card that this badge is already.
    taken_by uuid,
    created_at bigint not null,
    expires_at bigint not null
);
create index card_readings_agent on card_readings (agent_id, expires_at);
create index card_readings_due on card_readings (expires_at);
