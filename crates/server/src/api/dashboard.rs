//! The numbers of the dashboard.

use axum::extract::State;
use keystead_directory::{
    Timestamp, activity,
    keys::{self, KeyCounts},
    users::{self, StatusCounts},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::settings::{MailState, mail_state},
    app::App,
    http::{error::Problem, extract::Json},
};

/// The numbers of the dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// People by status.
    users: StatusCounts,
    /// Keys by state.
    keys: KeyCounts,
    /// Sign-ins.
    sign_ins: SignIns,
    /// How mail is doing.
    mail: MailState,
}

/// Sign-ins of the last 24 hours.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIns {
    /// That succeeded.
    last24h: i64,
    /// That were refused.
    refused24h: i64,
}

/// Read the dashboard's numbers
#[utoipa::path(get, path = "/dashboard", tag = "Activity", responses((status = 200, body = Dashboard)))]
pub async fn get(State(app): State<App>) -> Result<Json<Dashboard>, Problem> {
    let since = Timestamp::now().plus_hours(-24);
    let mut conn = app.db.read().await?;
    let users = users::status_counts(&mut conn).await?;
    let keys = keys::counts(&mut conn).await?;
    let sign_ins = activity::sign_ins_since(&mut conn, since).await?;
    drop(conn);
    let sign_ins = SignIns { last24h: sign_ins.succeeded, refused24h: sign_ins.refused };
    Ok(Json(Dashboard { users, keys, sign_ins, mail: mail_state(&app).await? }))
}
