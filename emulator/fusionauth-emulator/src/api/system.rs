//! The instance (<https://fusionauth.io/docs/apis/system>). `GET /api/status`: `{"status":"ok"}`, and for a caller with an API key also the
//! version. `GET /api/health`: 200 or 500 without a body. `GET /api/system/version`: the version alone. `GET`, `PUT` and
//! `PATCH /api/system-configuration`: only the CORS settings have an effect.
//!
//! `POST /api/reactor` activates a licence, and `DELETE` removes it (<https://fusionauth.io/docs/apis/reactor>). Neither has an effect,
//! because all features of the emulator work without a licence.

use crate::database;
use crate::domain::{Refusal, required};
use crate::http::{Answer, Anyone, Authorized, JsonBody, Patch, Routes, credentials, empty, json};
use crate::model::{SystemConfiguration, complete};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/status", get(status))
        .route("/api/health", get(health))
        .route("/api/system/version", get(version))
        .route("/api/system-configuration", get(retrieve_configuration).put(change_configuration).patch(change_configuration))
        .route("/api/reactor", get(licence).post(activate).delete(deactivate))
}

/// The version of FusionAuth that the emulator follows, because clients parse it.
const VERSION: &str = "1.69.0";

async fn status(Anyone(emulator): Anyone, headers: HeaderMap) -> Answer {
    let version = credentials::has_api_key(&emulator, &headers).await?.then_some(VERSION);
    Ok(json(StatusCode::OK, &json!({"status": "ok", "version": version})))
}

async fn version(_: Authorized) -> Response {
    json(StatusCode::OK, &json!({"version": VERSION}))
}

async fn health(Anyone(emulator): Anyone) -> Answer {
    database::system_configuration::get(&emulator.database).await?;
    Ok(empty(StatusCode::OK))
}

async fn retrieve_configuration(Authorized(emulator): Authorized) -> Answer {
    Ok(answer(&database::system_configuration::get(&emulator.database).await?))
}

async fn change_configuration(Authorized(emulator): Authorized, patch: Patch) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = database::system_configuration::get(&mut *transaction).await?;
    let mut updated = patch.apply("systemConfiguration", &current)?;
    let origins = &updated.cors_configuration.allowed_origins;
    if origins.len() > 1 && origins.iter().any(|it| it == "*") {
        let field = "systemConfiguration.corsConfiguration.allowedOrigins";
        return Err(Refusal::field("invalid", field, "* must stand alone."));
    }
    (updated.insert_instant, updated.last_update_instant) = (current.insert_instant, emulator.clock.now_ms());
    database::system_configuration::put(&mut *transaction, &updated).await?;
    transaction.commit().await?;
    Ok(answer(&updated))
}

fn answer(configuration: &SystemConfiguration) -> Response {
    json(StatusCode::OK, &json!({"systemConfiguration": complete("systemConfiguration", configuration)}))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LicenseBody {
    license_id: Option<String>,
    _license: Option<String>,
}

async fn activate(_: Authorized, JsonBody(body): JsonBody<LicenseBody>) -> Answer {
    required("licenseId", body.license_id)?;
    Ok(empty(StatusCode::OK))
}

/// No licence, whatever was activated: no feature depends on one here.
async fn licence(_: Authorized) -> Response {
    json(StatusCode::OK, &json!({"status": {"licensed": false}}))
}

async fn deactivate(_: Authorized) -> Response {
    empty(StatusCode::OK)
}
