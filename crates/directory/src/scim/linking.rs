//! People who were here before and become SCIM's: by an administrator's hand, or by their address alone where that is
//! allowed. Keys, groups and history stay.

use serde_json::json;

use super::users::{Record, ScimUser, get, insert, is_managed};
use crate::{
    activity::{self, Action, Target},
    actor::{Actor, ActorType},
    db::Tx,
    error::{Error, Result},
    ids::UserId,
    names,
    roles::{self, Role},
    sql,
    users::{self, Origin, UserChange},
};

/// What a client wanted to add.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The fields that people see.
    pub change: UserChange,
    /// Whether the person may sign in.
    pub active: bool,
    /// What is kept beside them.
    pub record: Record,
}

/// Hands a person over to SCIM and brings them to what the client wanted to add; the conflicts about them are settled.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::IllegalState`] when they are SCIM's already; [`Error::Forbidden`] when their role is
/// above the actor's; [`Error::Taken`] when somebody else has the user name; [`Error::Invalid`]; [`Error::LastOwner`].
pub async fn link(tx: &mut Tx, actor: &Actor, id: UserId, sent: Sent) -> Result<ScimUser> {
    let before = users::get_for_change(tx, id).await?;
    roles::guard(tx, actor, id).await?;
    if is_managed(tx, id).await? {
        return Err(Error::IllegalState("this person is managed by SCIM already".to_owned()));
    }
    users::update(tx, actor, id, sent.change, None).await?;
    insert(tx, actor, id, sent.record).await?;
    tx.query(sql!("update users set origin = 'scim', version = version + 1 where id = $1")).bind(id).execute().await?;
    tx.query(sql!("delete from scim_conflicts where user_id = $1")).bind(id).execute().await?;
    let user = users::set_active(tx, actor, id, sent.active, None).await?;
    let mut details = json!({ "origin": { "old": before.origin, "new": Origin::Scim } });
    if actor.kind == ActorType::Scim {
        details["by"] = "email".into();
    }
    let target = Target { kind: "user", id: Some(id.0), name: &user.display_name };
    activity::record(tx, actor, Action::UserLinked, Some(target), Some(user.concerned()), details).await?;
    get(tx, id).await
}

/// The one person with this address who may be linked by it alone, held until the use case ends: nobody else has the
/// address, they hold no role, and nobody else has the user name.
pub async fn adoptable(tx: &mut Tx, email: &str, user_name: &str) -> Result<Option<UserId>> {
    if email.is_empty() {
        return Ok(None);
    }
    let found = users::find_by_email(tx, email).await?;
    let [person] = found.as_slice() else { return Ok(None) };
    let person = users::get_for_change(tx, person.id).await?;
    let holder = users::find_by_user_name(tx, user_name).await?;
    let free = holder.is_none_or(|holder| holder.id == person.id);
    let same = names::key(&person.email) == names::key(email);
    let plain = roles::of_user(tx, person.id).await?.highest() == Role::Member;
    Ok((free && same && plain && !is_managed(tx, person.id).await?).then_some(person.id))
}
