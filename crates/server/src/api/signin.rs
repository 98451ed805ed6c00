//! Signing in with a discoverable credential: nobody is named before the key has answered.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use keystead_directory::{
    Timestamp, Tx,
    actor::{Actor, ActorType},
    alerts::{self, AlertKind, NewAlert},
    credentials::{self, Credential, Use},
    ids::UserId,
    keys,
    mails::MailContent,
    roles,
    sessions::{self, Attempt, Refusal},
    settings,
    users::{self, User},
};
use serde_json::{Value, json};

use crate::{
    api::{
        ceremony::{self, Answer, Begin, Options},
        letters,
        session::SessionView,
    },
    app::App,
    fido::{
        self, CredentialRecord, Hint, Refused,
        ceremony::{Ceremony, Purpose, State as Question},
    },
    http::{
        client::Client,
        cookies::Cookie,
        error::{Code, Problem},
        extract::{Json, Nothing},
        layers::RequestId,
    },
};

/// Begin to sign in
#[utoipa::path(post, path = "/signin/options", tag = "Sign-in", responses((status = 200, body = Options)))]
pub async fn options(State(app): State<App>, headers: HeaderMap, _: Nothing) -> Result<Response, Problem> {
    let (options, state) = app.fido.start_authentication(Hint::None).map_err(|error| {
        tracing::error!(%error, "a sign-in can't begin");
        Problem::internal()
    })?;
    let begin = Begin {
        purpose: Purpose::SignIn,
        user: None,
        subject: None,
        state: Question::Authentication(state),
        details: Value::Null,
    };
    ceremony::begin(&app, &headers, Timestamp::now(), begin, options)
}

/// Finish to sign in
///
/// Sets the session's cookie.
#[utoipa::path(post, path = "/signin/finish", tag = "Sign-in", request_body = Answer,
    responses((status = 200, body = SessionView)))]
pub async fn finish(
    State(app): State<App>,
    client: Client,
    RequestId(request_id): RequestId,
    headers: HeaderMap,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let now = Timestamp::now();
    let ceremony = ceremony::open(&app, &headers, now, Purpose::SignIn, None, &answer.ceremony_id)?;
    let Proved { mut tx, user, credential, actor } =
        prove(&app, &client, Some(request_id.to_string()), &ceremony, &answer.credential, now).await?;
    // A browser that signs in again leaves its old session.
    if let Some(old) = Cookie::Session.read(&headers, &app.config.public_url) {
        sessions::forget(&mut tx, &keystead_directory::secret::Token::presented(&old)).await?;
    }
    let (token, _) = sessions::open(&mut tx, &actor, &user, &credential).await?;
    let roles = roles::of_user(&mut tx, user.id).await?;
    let settings = settings::get(&mut tx).await?;
    tx.commit().await?;
    let set = Cookie::Session.set(token.reveal(), settings.session_absolute_hours * 3600, &app.config.public_url);
    Ok(([(header::SET_COOKIE, set)], Json(SessionView::opened(user, &roles, &settings, now))).into_response())
}

/// A person who proved to hold their key; the use of it is noted in `tx`, not yet committed.
pub struct Proved {
    /// What follows goes in here.
    pub tx: Tx,
    /// The person.
    pub user: User,
    /// The credential that answered.
    pub credential: Credential,
    /// The person, as the activity record names them.
    pub actor: Actor,
}

/// The one answer to every key that is not known: it tells nothing.
fn unknown() -> Problem {
    Problem::new(
        Code::CredentialRefused,
        "This security key is not registered here, or not any more. Use another one, or ask your administrator.",
    )
    .with_status(http::StatusCode::UNAUTHORIZED)
}

/// Verifies an answer and everything that has to be true for it to count. A step-up takes no other
/// person's key.
///
/// # Errors
/// `credential_refused` (recorded, where the person is known) or `ceremony_expired`.
pub async fn prove(
    app: &App,
    client: &Client,
    request_id: Option<String>,
    ceremony: &Ceremony,
    answer: &Value,
    now: Timestamp,
) -> Result<Proved, Problem> {
    let Question::Authentication(state) = &ceremony.state else { return Err(Problem::internal()) };
    let identity = fido::identify(answer).map_err(|refused| refuse(&refused))?;
    let mut conn = app.db.read().await?;
    let found = credentials::find(&mut conn, &identity.credential_id).await?;
    let attempt = if ceremony.purpose == Purpose::StepUp { Attempt::StepUp } else { Attempt::SignIn };
    // Who steps up is known; who signs in is whoever holds the key.
    let person = ceremony.user.map(UserId).or_else(|| found.as_ref().map(|credential| credential.user_id));
    let Some(person) = person else { return Err(unknown()) };
    let user = users::get(&mut conn, person).await?;
    drop(conn);
    app.limits.account(user.id)?;
    let actor = Actor {
        kind: ActorType::User,
        id: Some(user.id.0),
        name: user.display_name.clone(),
        roles: roles::Roles::default(),
        ip: Some(client.ip.to_string()),
        user_agent: client.user_agent.clone(),
        request_id,
    };
    let Some(credential) = found.filter(|credential| credential.user_id == user.id) else {
        let mut tx = app.db.write(now).await?;
        ceremony::spend(&mut tx, ceremony).await?;
        sessions::record_refusal(&mut tx, &actor, attempt, &user, None, "unknownKey").await?;
        tx.commit().await?;
        return Err(unknown());
    };
    let record: CredentialRecord = serde_json::from_str(&credential.record).map_err(|_| Problem::internal())?;
    let verified = app.fido.finish_authentication(state, answer, &record, user.id.0);
    let mut tx = app.db.write(now).await?;
    ceremony::spend(&mut tx, ceremony).await?;
    let proof = match verified {
        Ok(verified) => Use {
            record: verified.record_updated.and_then(|record| serde_json::to_string(&record).ok()),
            sign_count: i64::from(verified.sign_count),
            backed_up: verified.backed_up,
        },
        Err(Refused::CounterRegressed { stored, presented }) => {
            let counters = json!({ "stored": stored, "presented": presented });
            return Err(suspicious(app, tx, &actor, attempt, &user, &credential, counters).await?);
        }
        Err(refused) => {
            sessions::record_refusal(&mut tx, &actor, attempt, &user, Some(&credential.key_name), "notVerified")
                .await?;
            tx.commit().await?;
            return Err(refuse(&refused));
        }
    };
    match sessions::admit(&mut tx, &credential, &proof).await? {
        Ok(user) => Ok(Proved { tx, user, credential, actor }),
        Err(Refusal::CounterRegressed) => {
            let counters = json!({ "presented": proof.sign_count });
            Err(suspicious(app, tx, &actor, attempt, &user, &credential, counters).await?)
        }
        Err(refusal) => {
            let reason = refusal.as_str();
            sessions::record_refusal(&mut tx, &actor, attempt, &user, Some(&credential.key_name), reason).await?;
            tx.commit().await?;
            Err(unknown())
        }
    }
}

/// A finding about an answer, as a problem.
fn refuse(refused: &Refused) -> Problem {
    Problem::new(Code::CredentialRefused, refused.to_string()).with_status(http::StatusCode::UNAUTHORIZED)
}

/// The signature counter went back: the key is suspended, administrators are told, and the sign-in
/// is refused. All of that is committed here.
async fn suspicious(
    app: &App,
    mut tx: Tx,
    actor: &Actor,
    attempt: Attempt,
    user: &User,
    credential: &Credential,
    counters: Value,
) -> Result<Problem, Problem> {
    let key = keys::suspend_suspicious(&mut tx, &Actor::system(), credential.key_id, counters.clone()).await?;
    sessions::record_refusal(&mut tx, actor, attempt, user, Some(&key.name), "counterRegressed").await?;
    let alert = NewAlert {
        kind: AlertKind::CounterRegressed,
        title: format!("A security key of {} may have been copied", user.display_name),
        detail: format!(
            "The signature counter of \"{}\" went back, which happens when a key was copied. It is suspended. Ask {} \
             where the key is, then resume it or revoke it.",
            key.name, user.display_name
        ),
        user_id: Some(user.id),
    };
    alerts::raise(&mut tx, alert).await?;
    let content = MailContent::CounterRegressed {
        person: user.display_name.clone(),
        person_email: user.email.clone(),
        key_name: key.name.clone(),
        at: tx.now(),
    };
    letters::to_administrators(app, &mut tx, user.id, &content).await?;
    let content = MailContent::KeySuspended { key_name: key.name.clone(), at: tx.now(), reason: letters::reason(&key) };
    letters::to_holder(app, &mut tx, &key, content).await?;
    app.commit(tx).await?;
    tracing::warn!(user = %user.id, key = %key.id, "a signature counter went back; the key is suspended");
    Ok(Problem::new(
        Code::CredentialRefused,
        "This security key was suspended because it may have been copied. Tell your administrator.",
    )
    .with_status(http::StatusCode::UNAUTHORIZED))
}
