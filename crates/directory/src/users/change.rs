//! Adding, changing and deleting people.

use serde_json::{Value, json};

use super::{NewUser, Origin, User, UserChange, find_by_user_name, get, get_for_change, many};
use crate::{
    activations,
    activity::{self, Action},
    actor::{Actor, ActorType},
    db::{Conn, Tx},
    error::{Error, FieldError, Result},
    groups,
    ids::UserId,
    names,
    roles::{self, Role},
    scim, sessions, sql,
};

/// Adds a person with their groups.
///
/// # Errors
/// [`Error::Invalid`] with every field to mend; [`Error::Taken`] at `userName`;
/// [`Error::Forbidden`] for a group whose role the actor may not hand out.
pub async fn create(tx: &mut Tx, actor: &Actor, new: NewUser) -> Result<User> {
    create_with_id(tx, actor, UserId::new(), new).await
}

/// As [`create`], for a person whose authenticator already knows the id as its user handle.
///
/// # Errors
/// As [`create`].
pub async fn create_with_id(tx: &mut Tx, actor: &Actor, id: UserId, new: NewUser) -> Result<User> {
    let (profile, group_ids, origin) = new.check()?;
    let now = tx.now();
    let inserted = tx
        .query(sql!(
            "insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, \
             given_name, family_name, phone, title, department, preferred_language, origin, active, status, \
             created_at, updated_at, version) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'new', $16, $16, 1) \
             on conflict (user_name_key) do nothing"
        ))
        .bind(id)
        .bind(profile.user_name.clone())
        .bind(names::key(&profile.user_name))
        .bind(profile.email.clone())
        .bind(names::key(&profile.email))
        .bind(profile.display_name.clone())
        .bind(names::folded(&profile.display_name))
        .bind(profile.given_name.clone())
        .bind(profile.family_name.clone())
        .bind(profile.phone.clone())
        .bind(profile.title.clone())
        .bind(profile.department.clone())
        .bind(profile.preferred_language.clone())
        .bind(origin)
        .bind(true)
        .bind(now)
        .execute()
        .await?;
    if inserted == 0 {
        return Err(taken(tx, &profile.user_name).await?);
    }
    let user = get(tx, id).await?;
    many::write_terms(tx, &[&user], false).await?;
    activity::record(tx, actor, Action::UserCreated, Some(user.target()), Some(user.concerned()), user.shown()).await?;
    groups::join(tx, actor, &user, &group_ids).await?;
    Ok(user)
}

async fn taken(conn: &mut Conn, user_name: &str) -> Result<Error> {
    let holder = find_by_user_name(conn, user_name).await?;
    let message = match &holder {
        Some(user) => format!("{} has this user name already. Choose another.", user.display_name),
        None => "Someone has this user name already. Choose another.".to_owned(),
    };
    Ok(Error::Taken(FieldError {
        user_id: holder.map(|user| user.id),
        ..FieldError::new("userName", "taken", message)
    }))
}

/// Changes a person's profile; `expected` is the version the caller read.
///
/// A changed e-mail address ends the links that were mailed to the old one.
///
/// # Errors
/// As [`create`]; [`Error::Stale`]; [`Error::Forbidden`] when the person's role is above the
/// actor's (one's own profile excepted), or SCIM manages the person.
pub async fn update(tx: &mut Tx, actor: &Actor, id: UserId, change: UserChange, expected: Option<i64>) -> Result<User> {
    let before = get_for_change(tx, id).await?;
    if actor.user_id() != Some(id) {
        roles::guard(tx, actor, id).await?;
    }
    fresh(&before, expected)?;
    if before.origin == Origin::Scim && actor.kind != ActorType::Scim && scim::users::is_managed(tx, id).await? {
        return Err(Error::Forbidden("this person is managed by SCIM: change them in the directory they come from"));
    }
    let profile = change.apply(&before)?;
    let now = tx.now();
    let result = tx
        .query(sql!(
            "update users set user_name = $2, user_name_key = $3, email = $4, email_key = $5, display_name = $6, \
             display_name_key = $7, given_name = $8, family_name = $9, phone = $10, title = $11, department = $12, \
             preferred_language = $13, updated_at = $14, version = version + 1 \
             where id = $1 and not exists (select 1 from users o where o.user_name_key = $3 and o.id <> $1)"
        ))
        .bind(id)
        .bind(profile.user_name.clone())
        .bind(names::key(&profile.user_name))
        .bind(profile.email.clone())
        .bind(names::key(&profile.email))
        .bind(profile.display_name.clone())
        .bind(names::folded(&profile.display_name))
        .bind(profile.given_name.clone())
        .bind(profile.family_name.clone())
        .bind(profile.phone.clone())
        .bind(profile.title.clone())
        .bind(profile.department.clone())
        .bind(profile.preferred_language.clone())
        .bind(now)
        .execute()
        .await;
    match result {
        Ok(1) => {}
        Ok(_) => return Err(taken(tx, &profile.user_name).await?),
        // Two at once: the index decided. PostgreSQL has ended the transaction, so nothing can be asked.
        Err(error) if error.violates("users_user_name", "users.user_name_key") => {
            return Err(Error::Taken(FieldError::new(
                "userName",
                "taken",
                "Someone has this user name already. Choose another.",
            )));
        }
        Err(error) => return Err(error),
    }
    if names::folded(&before.display_name) != names::folded(&profile.display_name) {
        tx.query(sql!("update group_members set display_name_key = $2 where user_id = $1"))
            .bind(id)
            .bind(names::folded(&profile.display_name))
            .execute()
            .await?;
    }
    let after = get(tx, id).await?;
    many::write_terms(tx, &[&after], true).await?;
    if names::key(&before.email) != names::key(&after.email) {
        activations::cancel_of_user(tx, id).await?;
    }
    let details = activity::changes(&before.shown(), &after.shown());
    if details.as_object().is_some_and(|fields| !fields.is_empty()) {
        activity::record(tx, actor, Action::UserUpdated, Some(after.target()), Some(after.concerned()), details)
            .await?;
    }
    Ok(after)
}

/// Switches on or off that what a person does with cards at relying parties is recorded; that it was switched is.
///
/// # Errors
/// [`Error::Stale`], [`Error::Forbidden`]: it takes an administrator, also for oneself.
pub async fn set_card_auditing(
    tx: &mut Tx,
    actor: &Actor,
    id: UserId,
    audited: bool,
    expected: Option<i64>,
) -> Result<User> {
    let before = get_for_change(tx, id).await?;
    roles::guard(tx, actor, id).await?;
    if !actor.is_system() && actor.roles.highest() < Role::Administrator {
        return Err(Error::Forbidden("only administrators decide what is recorded of cards"));
    }
    fresh(&before, expected)?;
    if before.card_auditing == audited {
        return Ok(before);
    }
    let now = tx.now();
    tx.query(sql!("update users set card_auditing = $2, updated_at = $3, version = version + 1 where id = $1"))
        .bind(id)
        .bind(audited)
        .bind(now)
        .execute()
        .await?;
    let after = get(tx, id).await?;
    let details = json!({ "cardAuditing": { "old": before.card_auditing, "new": audited } });
    activity::record(tx, actor, Action::UserUpdated, Some(after.target()), Some(after.concerned()), details).await?;
    Ok(after)
}

fn fresh(user: &User, expected: Option<i64>) -> Result<()> {
    if expected.is_some_and(|version| version != user.version) { Err(Error::Stale) } else { Ok(()) }
}

/// Disables or enables a person. Disabling ends their sessions and links in the same moment;
/// groups and keys are kept. Asking for the state there is changes nothing.
///
/// # Errors
/// [`Error::LastOwner`], [`Error::Stale`], [`Error::Forbidden`].
pub async fn set_active(tx: &mut Tx, actor: &Actor, id: UserId, active: bool, expected: Option<i64>) -> Result<User> {
    let before = get_for_change(tx, id).await?;
    let theirs = roles::guard(tx, actor, id).await?;
    fresh(&before, expected)?;
    if before.active == active {
        return Ok(before);
    }
    if !active && actor.user_id() == Some(id) {
        return Err(Error::Forbidden("you can't disable yourself: ask another administrator"));
    }
    let now = tx.now();
    tx.query(sql!("update users set active = $2, updated_at = $3, version = version + 1 where id = $1"))
        .bind(id)
        .bind(active)
        .bind(now)
        .execute()
        .await?;
    refresh_status(tx, id).await?;
    if !active {
        sessions::end_of_user(tx, id).await?;
        activations::cancel_of_user(tx, id).await?;
        if theirs.highest() == Role::Owner {
            roles::ensure_an_owner_remains(tx).await?;
        }
    }
    let action = if active { Action::UserEnabled } else { Action::UserDisabled };
    let after = get(tx, id).await?;
    activity::record(tx, actor, action, Some(after.target()), Some(after.concerned()), Value::Null).await?;
    Ok(after)
}

/// Deletes a person with their keys, memberships, sessions and links. The activity record keeps
/// who they were and which keys they held.
///
/// # Errors
/// [`Error::LastOwner`], [`Error::Stale`], [`Error::Forbidden`].
pub async fn delete(tx: &mut Tx, actor: &Actor, id: UserId, expected: Option<i64>) -> Result<()> {
    let user = get_for_change(tx, id).await?;
    let theirs = roles::guard(tx, actor, id).await?;
    fresh(&user, expected)?;
    if actor.user_id() == Some(id) {
        return Err(Error::Forbidden("you can't delete yourself: ask another administrator"));
    }
    let keys = crate::credentials::of_user(tx, id).await?;
    let details = json!({
        "userName": user.user_name, "email": user.email,
        "credentials": keys.iter().map(|key| json!({
            "aaguid": key.aaguid, "model": key.model, "registeredAt": key.registered_at, "keyName": key.key_name,
        })).collect::<Vec<_>>(),
    });
    // While it is still known which mails carry their links.
    activations::cancel_of_user(tx, id).await?;
    tx.query(sql!("delete from users where id = $1")).bind(id).execute().await?;
    if theirs.highest() == Role::Owner {
        roles::ensure_an_owner_remains(tx).await?;
    }
    activity::record(tx, actor, Action::UserDeleted, Some(user.target()), Some(user.concerned()), details).await
}

/// Sets what is derived, after a change of `active` or of the person's keys: status, and kinds of
/// keys held ([`KeyKind::bit`](crate::keys::KeyKind)).
pub async fn refresh_status(tx: &mut Tx, id: UserId) -> Result<()> {
    many::refresh_status(tx, &[id]).await
}

/// Notes that the person was here.
pub async fn seen(tx: &mut Tx, id: UserId) -> Result<()> {
    let now = tx.now();
    tx.query(sql!("update users set last_activity_at = $2 where id = $1")).bind(id).bind(now).execute().await?;
    Ok(())
}
