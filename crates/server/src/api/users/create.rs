//! Add a person: the person, the memberships, the key and the mail, in one transaction.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keystead_directory::{
    Error, Timestamp, groups,
    ids::GroupId,
    keys::{self, KeyKind, NewKey},
    roles::Permission,
    users::{self, NewUser, Origin},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        cards,
        letters::{self, Activation, Registration},
        once::{Earlier, Once},
        views::{UserDetail, user_detail},
    },
    app::App,
    http::{
        auth::Caller,
        error::Problem,
        etag::{IdempotencyKey, Versioned},
        extract::Json,
    },
};

/// A person to be added.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateUser {
    /// Where mails go; may be shared with others.
    #[schema(example = "jane.doe@example.com")]
    email: String,
    /// Unique without case; the e-mail address when left out.
    user_name: Option<String>,
    /// First name.
    given_name: Option<String>,
    /// Last name.
    family_name: Option<String>,
    /// First and last name when left out.
    display_name: Option<String>,
    /// Phone number.
    #[schema(example = "+44 20 7946 0000")]
    phone: Option<String>,
    /// Job title.
    title: Option<String>,
    /// Department.
    department: Option<String>,
    /// BCP 47 language tag.
    #[schema(example = "en")]
    preferred_language: Option<String>,
    /// The groups to join.
    #[serde(default)]
    group_ids: Vec<GroupId>,
    /// The security key to assign; none when left out.
    key: Option<CreateKey>,
    /// A note to the person that goes into the mail.
    note: Option<String>,
}

/// A security key to be assigned.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateKey {
    /// What it is; `hardwareKey`, `smartphone` and `contactlessCard` can be assigned.
    pub kind: KeyKind,
    /// What it is called; a usual name when left out.
    pub name: Option<String>,
    /// How it gets to its person.
    #[serde(default)]
    pub activation: Activation,
    /// Whether a contactless card is to have a PIN: yes when left out, and always where the settings ask for one.
    pub with_pin: Option<bool>,
}

/// The person who was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct Created {
    /// The person.
    user: UserDetail,
    /// The link for registering the key, if one was assigned.
    registration: Option<Registration>,
}

/// Add a person
///
/// With an `Idempotency-Key` (a UUID) the request may be sent twice: the second answer is the first.
#[utoipa::path(post, path = "/users", tag = "Users", request_body = CreateUser,
    params(("Idempotency-Key" = Option<uuid::Uuid>, Header)), responses((status = 201, body = Created)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<CreateUser>,
) -> Result<Response, Problem> {
    if body.group_ids.len() > 200 {
        return Err(Error::field("groupIds", "tooLong", "Choose at most 200 groups.").into());
    }
    if !body.group_ids.is_empty() {
        caller.require(Permission::GroupsWrite)?;
    }
    if let Some(key) = &body.key {
        caller.require(Permission::KeysWrite)?;
        key.activation.check(key.kind, "key.activation")?;
    }
    let now = Timestamp::now();
    if groups::any_with_role(&mut app.db.read().await?, &body.group_ids).await? {
        caller.require_fresh(now)?;
    }
    let actor = caller.actor();
    let mut tx = app.db.write(now).await?;
    let (once, earlier) = Once::begin(&mut tx, &app.sealer, actor, "POST /users", key, &body).await?;
    if let Some(Earlier(answer)) = earlier {
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    }
    let new = NewUser {
        email: body.email,
        user_name: body.user_name,
        display_name: body.display_name,
        given_name: body.given_name,
        family_name: body.family_name,
        phone: body.phone,
        title: body.title,
        department: body.department,
        preferred_language: body.preferred_language,
        group_ids: body.group_ids,
        origin: Origin::Local,
    };
    let user = users::create(&mut tx, actor, new).await?;
    let registration = match body.key {
        Some(key) => {
            let new = NewKey { kind: key.kind, name: key.name, note: body.note.clone() };
            let assigned = keys::assign(&mut tx, actor, &user, new).await?;
            cards::prepare(&mut tx, &assigned.key, key.with_pin, "key.withPin").await?;
            Some(letters::registration(&app, &mut tx, &user, &assigned, body.note, key.activation).await?)
        }
        None => None,
    };
    let user = users::get(&mut tx, user.id).await?;
    let version = user.version;
    let answer = Created { user: user_detail(&mut tx, user).await?, registration };
    once.keep(&mut tx, &answer).await?;
    app.commit(tx).await?;
    Ok(Versioned::created(version, answer).into_response())
}
