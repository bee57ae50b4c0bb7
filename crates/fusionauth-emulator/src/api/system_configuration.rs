//! `GET` and `PATCH /api/system-configuration` (<https://fusionauth.io/docs/apis/system>), of which only CORS has an effect here.

use crate::database;
use crate::domain::Refusal;
use crate::http::{ApiKey, Patch, json};
use crate::model::SystemConfiguration;
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/api/system-configuration", get(retrieve).patch(patch))
}

async fn retrieve(_key: ApiKey, State(emulator): State<Arc<AppState>>) -> Result<Response, Refusal> {
    Ok(answer(&database::system_configuration::get(&emulator.database).await?))
}

async fn patch(_key: ApiKey, State(emulator): State<Arc<AppState>>, patch: Patch) -> Result<Response, Refusal> {
    let mut transaction = emulator.database.begin().await?;
    let current = database::system_configuration::get(&mut *transaction).await?;
    let mut patched: SystemConfiguration = patch.apply("systemConfiguration", &current)?;
    let origins = &patched.cors_configuration.allowed_origins;
    if origins.len() > 1 && origins.iter().any(|it| it == "*") {
        let field = "systemConfiguration.corsConfiguration.allowedOrigins";
        return Err(Refusal::field("invalid", field, "* must stand alone."));
    }
    patched.insert_instant = current.insert_instant;
    patched.last_update_instant = emulator.clock.now_ms();
    database::system_configuration::put(&mut *transaction, &patched).await?;
    transaction.commit().await?;
    Ok(answer(&patched))
}

fn answer(configuration: &SystemConfiguration) -> Response {
    json(StatusCode::OK, &json!({"systemConfiguration": configuration}))
}
