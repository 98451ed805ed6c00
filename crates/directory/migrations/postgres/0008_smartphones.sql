-- Which passkeys phones may register: synced | deviceBound.
alter table settings add column smartphone_passkeys text collate "C" not null default 'synced';

-- An activation on its way from a computer to a phone. Of its three secrets only hashes are kept:
-- what the QR code holds, the short code (keyed, for it has 40 bits), and what follows it.
create table carry_overs (
    id uuid not null primary key,
    activation_id uuid not null references activations (id) on delete cascade,
    token_hash bytea not null constraint carry_overs_token unique,
    code_hash bytea not null,
    follow_hash bytea not null constraint carry_overs_follow unique,
    -- open | opened | replaced
    state text collate "C" not null,
    created_at bigint not null,
    -- While open: of the code. Once opened: of what the phone holds.
    expires_at bigint not null,
    phone_hash bytea constraint carry_overs_phone unique,
    phone_user_agent text collate "C"
);
-- Of one activation one is on its way.
create unique index carry_overs_live on carry_overs (activation_id) where state <> 'replaced';
create index carry_overs_activation on carry_overs (activation_id);
create index carry_overs_code on carry_overs (code_hash);
create index carry_overs_due on carry_overs (expires_at);
