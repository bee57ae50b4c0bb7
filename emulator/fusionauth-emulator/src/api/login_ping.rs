//! `PUT /api/login` and `PUT /api/login/{userId}/{applicationId}` (<https://fusionauth.io/docs/apis/login>): the caller signed a user in by
//! other means, such as its own session. The emulator stores the time of the login, and issues
//! no token.

use super::login::refused;
use crate::database;
use crate::domain::{Refusal, users};
use crate::http::{Answer, Authorized, JsonBody, Routes, TenantHeader, json};
use crate::state::AppState;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::put;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/login", put(by_body)).route("/api/login/{userId}/{applicationId}", put(by_path))
}

/// The documented members. Members with an underscore have no effect in the emulator.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    application_id: Option<Uuid>,
    user_id: Option<Uuid>,
    _ip_address: Option<String>,
}

async fn by_body(Authorized(emulator): Authorized, tenant: TenantHeader, JsonBody(body): JsonBody<Body>) -> Answer {
    let user = body.user_id.ok_or_else(|| Refusal::blank("userId"))?;
    ping(&emulator, &tenant, user, body.application_id).await
}

async fn by_path(Authorized(emulator): Authorized, tenant: TenantHeader, Path((user, application)): Path<(String, String)>) -> Answer {
    let user = user.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    let application = application.parse().map_err(|_| Refusal::field("couldNotConvert", "applicationId", "This is not a UUID."))?;
    ping(&emulator, &tenant, user, Some(application)).await
}

async fn ping(emulator: &AppState, tenant: &TenantHeader, user: Uuid, application: Option<Uuid>) -> Answer {
    if application.is_some() {
        tenant.resolve(emulator, application).await?;
    }
    let user = users::find(&emulator.database, user).await?;
    if let Some(refused) = refused(emulator, &user, application).await? {
        return Ok(refused);
    }
    let now = emulator.clock.now_ms();
    let mut transaction = emulator.database.begin().await?;
    database::users::set_last_login(&mut *transaction, user.id, now).await?;
    if let Some(application) = application {
        database::registrations::set_last_login(&mut *transaction, user.id, application, now).await?;
    }
    let user = users::find(&mut *transaction, user.id).await?;
    let registrations = database::registrations::of_user(&mut *transaction, user.id).await?;
    transaction.commit().await?;
    let is_registered = application.is_none_or(|id| registrations.iter().any(|it| it.application_id == id));
    let status = if is_registered { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(json(status, &json!({"user": user.to_json(&registrations)})))
}
