//! Carrying an activation over to a phone: a computer shows a code, the phone opens it, the computer
//! follows along.

use axum::extract::State;
use keystead_directory::{
    Timestamp,
    activations::carry_over::{self, Followed, Presented, Shown, Stage},
    ids::KeyId,
    secret::Token,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{registrations::LinkToken, views::link_holder},
    app::App,
    http::{
        auth::Caller,
        client::Client,
        error::Problem,
        etag::IfMatch,
        extract::{Json, Nothing, Path},
        layers::RequestId,
    },
};

/// Where a phone opens a code, below the public address: short, because people type it.
const PAGE: &str = "/phone";

/// A code for a phone. All of it is shown once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CarryOver {
    /// The key that the phone becomes.
    key_id: KeyId,
    /// For the QR code: an address with a secret behind its `#`.
    link: String,
    /// For typing instead, at `page`.
    #[schema(example = "ABCD-2345")]
    code: String,
    /// Where the code is typed.
    #[schema(example = "https://keys.example.com/phone")]
    page: String,
    /// With which `POST /carry-overs/follow` tells what becomes of it.
    follow: String,
    /// Until when it can be scanned or typed.
    expires_at: Timestamp,
}

fn view(app: &App, shown: &Shown) -> Json<CarryOver> {
    let link = app.config.public_url.link(PAGE, shown.token.reveal());
    Json(CarryOver {
        key_id: shown.key,
        page: link.split_once('#').map_or(link.clone(), |(page, _)| page.to_owned()),
        link,
        code: shown.code.clone(),
        follow: shown.follow.reveal().to_owned(),
        expires_at: shown.expires_at,
    })
}

/// Show a code for one's phone
///
/// For a smartphone's link that was opened on a computer. The link is not used up by this; a code that
/// was shown before stops working, also on a phone that has opened it.
#[utoipa::path(post, path = "/registrations/carry-over", tag = "Registration", request_body = LinkToken,
    responses((status = 200, body = CarryOver)))]
pub async fn show_by_link(
    State(app): State<App>,
    client: Client,
    RequestId(request_id): RequestId,
    Json(body): Json<LinkToken>,
) -> Result<Json<CarryOver>, Problem> {
    let ip = client.ip.to_string();
    let from = link_holder("", &ip, client.user_agent.as_deref(), Some(request_id.to_string()));
    let mut tx = app.db.write(Timestamp::now()).await?;
    let shown = carry_over::show_by_link(&mut tx, &app.sealer, &from, &body.presented()).await?;
    tx.commit().await?;
    Ok(view(&app, &shown))
}

/// Show a code for a person's phone
///
/// For a person who stands beside the administrator: their phone scans or types it. A key whose link
/// ran out waits again. Codes shown before stop working.
#[utoipa::path(post, path = "/keys/{id}/carry-over", tag = "Keys",
    params(("id" = KeyId, Path), ("If-Match" = Option<String>, Header)), responses((status = 200, body = CarryOver)))]
pub async fn show_for_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<KeyId>,
    IfMatch(expected): IfMatch,
    _: Nothing,
) -> Result<Json<CarryOver>, Problem> {
    let mut tx = app.db.write(Timestamp::now()).await?;
    let shown = carry_over::show_for_key(&mut tx, &app.sealer, caller.actor(), id, expected).await?;
    tx.commit().await?;
    Ok(view(&app, &shown))
}

/// What a phone brings: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCarryOver {
    /// What stands behind the `#` of the address in the QR code.
    token: Option<String>,
    /// The code as it was typed; small letters, spaces and hyphens do not matter.
    #[schema(example = "abcd 2345")]
    code: Option<String>,
}

/// A phone's own token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenedCarryOver {
    /// Takes the place of a link's secret at `/registrations/…`.
    token: String,
    /// Until when.
    expires_at: Timestamp,
}

/// Open a code on a phone
///
/// Works once: of several phones one gets the activation.
#[utoipa::path(post, path = "/carry-overs/open", tag = "Registration", request_body = OpenCarryOver,
    responses((status = 200, body = OpenedCarryOver)))]
pub async fn open(
    State(app): State<App>,
    client: Client,
    RequestId(request_id): RequestId,
    Json(body): Json<OpenCarryOver>,
) -> Result<Json<OpenedCarryOver>, Problem> {
    let presented = match (body.token, body.code) {
        (Some(token), None) => Presented::Scanned(Token::presented(&token)),
        (None, Some(code)) => {
            app.limits.code(client.ip)?;
            Presented::Typed(code)
        }
        _ => return Err(Problem::unreadable("Send either the token of a QR code or a code that was typed.")),
    };
    let ip = client.ip.to_string();
    let from = link_holder("", &ip, client.user_agent.as_deref(), Some(request_id.to_string()));
    let mut tx = app.db.write(Timestamp::now()).await?;
    let (token, expires_at) = carry_over::open(&mut tx, &app.sealer, &from, &presented).await?;
    tx.commit().await?;
    Ok(Json(OpenedCarryOver { token: token.reveal().to_owned(), expires_at }))
}

/// The secret to follow by.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowCarryOver {
    /// As it was shown with the code.
    follow: String,
}

/// How far a code has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CarryOverView {
    /// How far it has come.
    stage: Stage,
    /// The browser of the phone that opened it, as it calls itself.
    phone: Option<String>,
    /// The key's name.
    key_name: Option<String>,
    /// What the phone keeps the passkey in, once it is registered and where that is known.
    model: Option<String>,
    /// Whether the phone has signed its holder in since.
    tried: bool,
}

/// Follow a code
///
/// Changes nothing; the secret stands in the body so that no log has it.
#[utoipa::path(post, path = "/carry-overs/follow", tag = "Registration", request_body = FollowCarryOver,
    responses((status = 200, body = CarryOverView)))]
pub async fn follow(State(app): State<App>, Json(body): Json<FollowCarryOver>) -> Result<Json<CarryOverView>, Problem> {
    let mut conn = app.db.read().await?;
    let Followed { stage, phone, key } =
        carry_over::follow(&mut conn, &Token::presented(&body.follow), Timestamp::now()).await?;
    let (key_name, model, last_used_at) =
        key.map_or((None, None, None), |key| (Some(key.name), key.model, key.last_used_at));
    Ok(Json(CarryOverView { stage, phone, key_name, model, tried: last_used_at.is_some() }))
}
