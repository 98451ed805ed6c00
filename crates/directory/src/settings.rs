//! The organisation's settings: one row.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    activity::{self, Action, Target},
    actor::Actor,
    cards::CardPolicy,
    db::{Conn, Tx},
    error::{Error, FieldError, Result},
    names, sql,
};

/// Whether a key must prove its make when it is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum Attestation {
    /// Any authenticator that verifies its user.
    Any,
    /// Only authenticators whose attestation names their maker.
    Required,
}

/// Which passkeys phones may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[sqlx(type_name = "text", rename_all = "camelCase")]
pub enum SmartphonePasskeys {
    /// Also such as the phone's platform may copy to the holder's other devices (BE, Web
    /// Authentication Level 3, section 6.1.3).
    Synced,
    /// Only such as never leave the phone.
    DeviceBound,
}

/// The organisation's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The organisation's name; none before set-up.
    pub organisation_name: Option<String>,
    /// How long a mailed link lives, 1 to 336 hours.
    pub link_lifetime_hours: i64,
    /// A session without a request ends after this, 5 to 1440 minutes.
    pub session_idle_minutes: i64,
    /// A session ends after this whatever happens, 1 to 720 hours.
    pub session_absolute_hours: i64,
    /// Whether a key must prove its make.
    pub attestation: Attestation,
    /// The authenticator models that may be registered; empty: all.
    pub allowed_aaguids: Vec<Uuid>,
    /// Which passkeys phones may register.
    pub smartphone_passkeys: SmartphonePasskeys,
    /// What cards may do and what their PINs have to be like.
    pub card_policy: CardPolicy,
    /// The WebAuthn RP ID that registered credentials are bound to.
    pub rp_id: Option<String>,
    /// Tells whether this installation's key belongs to this database.
    pub key_check: Option<Vec<u8>>,
    /// Tells whether the vault's key belongs to this database.
    pub vault_check: Option<Vec<u8>>,
    /// Changes with every change.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    organisation_name: Option<String>,
    link_lifetime_hours: i64,
    session_idle_minutes: i64,
    session_absolute_hours: i64,
    attestation: Attestation,
    allowed_aaguids: String,
    smartphone_passkeys: SmartphonePasskeys,
    card_policy: String,
    rp_id: Option<String>,
    key_check: Option<Vec<u8>>,
    vault_check: Option<Vec<u8>>,
    version: i64,
}

impl Settings {
    /// The organisation's name for people to read.
    pub fn organisation(&self) -> &str {
        self.organisation_name.as_deref().unwrap_or("Keystead")
    }
}

/// Reads the settings.
pub async fn get(conn: &mut Conn) -> Result<Settings> {
    let row: Row = conn.query(sql!("select * from settings where id = 1")).one().await?;
    Ok(Settings {
        organisation_name: row.organisation_name,
        link_lifetime_hours: row.link_lifetime_hours,
        session_idle_minutes: row.session_idle_minutes,
        session_absolute_hours: row.session_absolute_hours,
        attestation: row.attestation,
        allowed_aaguids: serde_json::from_str(&row.allowed_aaguids).unwrap_or_default(),
        smartphone_passkeys: row.smartphone_passkeys,
        card_policy: serde_json::from_str(&row.card_policy).unwrap_or_default(),
        rp_id: row.rp_id,
        key_check: row.key_check,
        vault_check: row.vault_check,
        version: row.version,
    })
}

/// What is to be changed; absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct SettingsChange {
    /// See [`Settings`].
    pub organisation_name: Option<String>,
    /// See [`Settings`].
    pub link_lifetime_hours: Option<i64>,
    /// See [`Settings`].
    pub session_idle_minutes: Option<i64>,
    /// See [`Settings`].
    pub session_absolute_hours: Option<i64>,
    /// See [`Settings`].
    pub attestation: Option<Attestation>,
    /// See [`Settings`].
    pub allowed_aaguids: Option<Vec<Uuid>>,
    /// See [`Settings`].
    pub smartphone_passkeys: Option<SmartphonePasskeys>,
    /// See [`Settings`].
    pub card_policy: Option<CardPolicy>,
}

/// Changes settings; `expected` is the version the caller read.
///
/// # Errors
/// [`Error::Stale`] when it was changed meanwhile, [`Error::Invalid`] outside the allowed ranges.
pub async fn update(tx: &mut Tx, actor: &Actor, change: SettingsChange, expected: Option<i64>) -> Result<Settings> {
    let before = get(tx).await?;
    if expected.is_some_and(|version| version != before.version) {
        return Err(Error::Stale);
    }
    let mut errors = Vec::new();
    let mut after = before.clone();
    if let Some(text) = change.organisation_name {
        match names::name("organisationName", &text, 100) {
            Ok(name) => after.organisation_name = Some(name),
            Err(error) => errors.push(error),
        }
    }
    let mut number =
        |field: &str, value: Option<i64>, range: std::ops::RangeInclusive<i64>, place: &mut i64| match value {
            Some(value) if range.contains(&value) => *place = value,
            Some(_) => errors.push(FieldError::new(
                field,
                "notAllowed",
                format!("Choose a number from {} to {}.", range.start(), range.end()),
            )),
            None => {}
        };
    number("linkLifetimeHours", change.link_lifetime_hours, 1..=336, &mut after.link_lifetime_hours);
    number("sessionIdleMinutes", change.session_idle_minutes, 5..=1440, &mut after.session_idle_minutes);
    number("sessionAbsoluteHours", change.session_absolute_hours, 1..=720, &mut after.session_absolute_hours);
    if let Some(attestation) = change.attestation {
        after.attestation = attestation;
    }
    if let Some(list) = change.allowed_aaguids {
        if list.len() > 500 {
            errors.push(FieldError::new("allowedAaguids", "tooLong", "List at most 500 models."));
        }
        after.allowed_aaguids = list;
    }
    if let Some(passkeys) = change.smartphone_passkeys {
        after.smartphone_passkeys = passkeys;
    }
    if let Some(policy) = change.card_policy {
        errors.extend(policy.refusals());
        after.card_policy = policy;
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let now = tx.now();
    tx.query(sql!(
        "update settings set organisation_name = $1, link_lifetime_hours = $2, session_idle_minutes = $3, \
         session_absolute_hours = $4, attestation = $5, allowed_aaguids = $6, smartphone_passkeys = $7, \
         card_policy = $8, updated_at = $9, version = version + 1 where id = 1 and version = $10"
    ))
    .bind(after.organisation_name.clone())
    .bind(after.link_lifetime_hours)
    .bind(after.session_idle_minutes)
    .bind(after.session_absolute_hours)
    .bind(after.attestation)
    .bind(serde_json::to_string(&after.allowed_aaguids).unwrap_or_default())
    .bind(after.smartphone_passkeys)
    .bind(serde_json::to_string(&after.card_policy).unwrap_or_default())
    .bind(now)
    .bind(before.version)
    .execute()
    .await
    .and_then(|changed| if changed == 1 { Ok(()) } else { Err(Error::Stale) })?;
    let shown = |settings: &Settings| {
        json!({
            "organisationName": settings.organisation_name,
            "linkLifetimeHours": settings.link_lifetime_hours,
            "sessionIdleMinutes": settings.session_idle_minutes,
            "sessionAbsoluteHours": settings.session_absolute_hours,
            "attestation": settings.attestation,
            "allowedAaguids": settings.allowed_aaguids,
            "smartphonePasskeys": settings.smartphone_passkeys,
            "cardPolicy": settings.card_policy,
        })
    };
    let details = activity::changes(&shown(&before), &shown(&after));
    let target = Target { kind: "settings", id: None, name: "Settings" };
    activity::record(tx, actor, Action::SettingsUpdated, Some(target), None, details).await?;
    get(tx).await
}

/// Binds the database to this installation's key and RP ID at start.
///
/// # Errors
/// [`Error::Unusable`] when the database was sealed with another key, or when credentials are
/// registered for another RP ID and `rp_id_may_change` is not set.
pub async fn bind_installation(tx: &mut Tx, key_check: &[u8], rp_id: &str, rp_id_may_change: bool) -> Result<()> {
    let settings = get(tx).await?;
    if settings.key_check.as_deref().is_some_and(|known| known != key_check) {
        return Err(Error::Unusable(
            "this database was made with another secret key: give every server of it the same KEYSTEAD_SECRET_KEY_FILE"
                .to_owned(),
        ));
    }
    if let Some(known) = settings.rp_id.as_deref().filter(|known| *known != rp_id) {
        let (credentials,): (i64,) = tx.query(sql!("select count(*) from credentials")).one().await?;
        if credentials > 0 && !rp_id_may_change {
            return Err(Error::Unusable(format!(
                "KEYSTEAD_PUBLIC_URL now has the host {rp_id:?}, but {credentials} security key(s) are registered for \
                 {known:?} and would stop working. Set the old host again, or start once with --allow-rp-id-change and \
                 register every key anew."
            )));
        }
    }
    if settings.key_check.is_none() || settings.rp_id.as_deref() != Some(rp_id) {
        tx.query(sql!("update settings set key_check = $1, rp_id = $2 where id = 1"))
            .bind(key_check.to_vec())
            .bind(rp_id.to_owned())
            .execute()
            .await?;
    }
    Ok(())
}

/// Binds the database to the key of this installation's vault at start.
///
/// # Errors
/// [`Error::Unusable`] when cards were sealed with another key.
pub async fn bind_vault(tx: &mut Tx, check: &[u8]) -> Result<()> {
    let (known,): (Option<Vec<u8>>,) = tx.query(sql!("select vault_check from settings where id = 1")).one().await?;
    match known {
        Some(known) if known == check => Ok(()),
        Some(_) => Err(Error::Unusable(
            "the cards in this database were sealed with another vault key: give every server of it the same \
             KEYSTEAD_VAULT_KEY_FILE"
                .to_owned(),
        )),
        None => {
            let update = sql!("update settings set vault_check = $1 where id = 1");
            tx.query(update).bind(check.to_vec()).execute().await?;
            Ok(())
        }
    }
}
