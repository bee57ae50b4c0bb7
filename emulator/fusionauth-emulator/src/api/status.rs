//! `GET /api/status`: `{"status":"ok"}`, and for a caller with an API key also the version (<https://fusionauth.io/docs/apis/system>).
//! `GET /api/health`: 200 or 500 without a body. `GET /api/system/version`: the version alone.

use crate::database;
use crate::http::{Answer, Anyone, Authorized, Routes, credentials, empty, json};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

const VERSION: &str = concat!("emulator-", env!("CARGO_PKG_VERSION"));

pub(super) fn router() -> Routes {
    Routes::new().route("/api/status", get(status)).route("/api/health", get(health)).route("/api/system/version", get(version))
}

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
