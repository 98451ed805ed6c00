//! The page that every person has of themselves.

use axum::extract::State;
use keystead_directory::{
    Error, Timestamp,
    activity::{self, Action, ActivityFilter, Record},
    alerts::{self, AlertKind, NewAlert},
    credentials,
    ids::{KeyId, UserId},
    keys::{self, Step},
    mails::MailContent,
    page::Page,
    users::{self, Origin, UserChange},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::{
        keys::RenameKey,
        letters,
        query::PageQuery,
        users::change::{finish, given},
        views::{CredentialView, KeyView, UserDetail, user_detail},
    },
    app::App,
    http::{
        auth::Caller,
        error::{Code, Problem},
        etag::{IfMatch, Versioned},
        extract::{Json, Nothing, Path, Query},
    },
};

/// One's own page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Oneself.
    user: UserDetail,
    /// One's keys, newest first.
    keys: Vec<KeyView>,
    /// One's passkeys, newest first.
    credentials: Vec<CredentialView>,
}

/// Read one's own page
#[utoipa::path(get, path = "/me", tag = "My page", responses((status = 200, body = Me)))]
pub async fn get(State(app): State<App>, caller: Caller) -> Result<Json<Me>, Problem> {
    let user = caller.person()?.user.clone();
    let mut conn = app.db.read().await?;
    let keys = keys::of_user(&mut conn, user.id).await?;
    let credentials = credentials::of_user(&mut conn, user.id).await?;
    Ok(Json(Me {
        user: user_detail(&mut conn, user).await?,
        keys: keys.into_iter().map(KeyView::from).collect(),
        credentials: credentials.into_iter().map(CredentialView::from).collect(),
    }))
}

/// What people may change of themselves; what is left out stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateMe {
    /// How one is called.
    display_name: Option<String>,
    /// Phone number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// BCP 47 language tag.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    preferred_language: Option<Option<String>>,
}

/// Edit one's own profile
#[utoipa::path(patch, path = "/me", tag = "My page", params(("If-Match" = Option<String>, Header)),
    request_body = UpdateMe, responses((status = 200, body = UserDetail)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    IfMatch(expected): IfMatch,
    Json(body): Json<UpdateMe>,
) -> Result<Versioned<UserDetail>, Problem> {
    let me = &caller.person()?.user;
    if !matches!(me.origin, Origin::Local | Origin::Csv) {
        return Err(Problem::forbidden(
            "Your organisation's directory owns your profile: ask your administrator to change it there.",
        ));
    }
    let change = UserChange {
        display_name: body.display_name,
        phone: body.phone,
        preferred_language: body.preferred_language,
        ..UserChange::default()
    };
    let mut tx = app.db.write(Timestamp::now()).await?;
    let user = users::update(&mut tx, caller.actor(), me.id, change, expected).await?;
    finish(tx, user).await
}

/// The key must be the caller's own; anybody else's does not exist here.
async fn own(app: &App, user: UserId, id: KeyId) -> Result<keys::Key, Problem> {
    let key = keys::get(&mut app.db.read().await?, id).await?;
    if key.user_id == user { Ok(key) } else { Err(Error::NotFound("security key").into()) }
}

/// Rename one's own key
#[utoipa::path(patch, path = "/me/keys/{id}", tag = "My page",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)),
    request_body = RenameKey, responses((status = 200, body = KeyView)))]
pub async fn rename_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<RenameKey>,
) -> Result<Versioned<KeyView>, Problem> {
    own(&app, caller.person()?.user.id, id).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let key = keys::rename(&mut tx, caller.actor(), id, &body.name, expected).await?;
    tx.commit().await?;
    Ok(Versioned::ok(key.version, key.into()))
}

/// Report one's own key lost
///
/// It is suspended at once, the sessions it opened end, and administrators are told.
#[utoipa::path(post, path = "/me/keys/{id}/report-lost", tag = "My page",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = KeyView)))]
pub async fn report_lost(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Versioned<KeyView>, Problem> {
    let me = caller.person()?.user.clone();
    own(&app, me.id, id).await?;
    let mut tx = app.db.write(Timestamp::now()).await?;
    let suspended = keys::step(&mut tx, caller.actor(), id, Step::Suspend, Some("lost"), expected).await;
    let key = suspended.map_err(|error| match error {
        Error::LastOwner => Problem::new(
            Code::LastOwner,
            "You are the only owner who can sign in, and this is the only key you can do it with: without it nobody \
             could act as owner. Have \"keystead owner recover\" run on the server and register another key with the \
             link it prints, or make someone else an owner who can sign in. Then report this key lost again.",
        ),
        error => error.into(),
    })?;
    let alert = NewAlert {
        kind: AlertKind::KeyReportedLost,
        title: format!("{} lost a security key", me.display_name),
        detail: format!(
            "\"{}\" is suspended. Resume it when it is found; otherwise revoke it and assign another one.",
            key.name
        ),
        user_id: Some(me.id),
    };
    alerts::raise(&mut tx, alert).await?;
    let content = MailContent::KeyReportedLost {
        person: me.display_name.clone(),
        person_email: me.email.clone(),
        key_name: key.name.clone(),
        at: tx.now(),
    };
    letters::to_administrators(&app, &mut tx, me.id, &content).await?;
    let content = MailContent::KeySuspended { key_name: key.name.clone(), at: tx.now(), reason: letters::reason(&key) };
    letters::send(&app, &mut tx, &me, content, None).await?;
    app.commit(tx).await?;
    Ok(Versioned::ok(key.version, key.into()))
}

/// An attempt to sign in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Its id.
    id: Uuid,
    /// When.
    at: Timestamp,
    /// Whether it succeeded.
    succeeded: bool,
    /// From which address.
    ip: Option<String>,
    /// With which browser.
    user_agent: Option<String>,
    /// With which key.
    key_name: Option<String>,
    /// Why it was refused.
    reason: Option<String>,
}

impl From<Record> for SignIn {
    fn from(record: Record) -> Self {
        let details: serde_json::Value = serde_json::from_str(&record.details).unwrap_or_default();
        let text = |name: &str| details.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        Self {
            id: record.id,
            at: record.at,
            succeeded: record.action == Action::SigninSucceeded.as_str(),
            ip: record.ip,
            user_agent: record.user_agent,
            key_name: text("keyName"),
            reason: text("reason"),
        }
    }
}

/// List one's own sign-ins
#[utoipa::path(get, path = "/me/sign-ins", tag = "My page", params(PageQuery), responses((status = 200, body = Page<SignIn>)))]
pub async fn sign_ins(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SignIn>>, Problem> {
    let filter = ActivityFilter {
        user: Some(caller.person()?.user.id),
        actions: [Action::SigninSucceeded, Action::SigninRefused].map(|action| action.as_str().to_owned()).to_vec(),
        ..ActivityFilter::default()
    };
    let page = query.request()?;
    Ok(Json(activity::list(&mut app.db.read().await?, &filter, &page).await?.map(SignIn::from)))
}
