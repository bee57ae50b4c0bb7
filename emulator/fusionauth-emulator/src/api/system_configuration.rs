//! `GET`, `PUT` and `PATCH /api/system-configuration` (<https://fusionauth.io/docs/apis/system>). Only the CORS settings have an effect.

use crate::database;
use crate::domain::Refusal;
use crate::http::{Answer, Authorized, Patch, Routes, json};
use crate::model::{SystemConfiguration, complete};
use crate::state::AppState;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use sqlx::SqliteConnection;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/system-configuration", get(retrieve).put(change).patch(change))
}

async fn retrieve(Authorized(emulator): Authorized) -> Answer {
    Ok(answer(&database::system_configuration::get(&emulator.database).await?))
}

async fn change(Authorized(emulator): Authorized, patch: Patch) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = database::system_configuration::get(&mut *transaction).await?;
    let patched = patch.apply("systemConfiguration", &current)?;
    let updated = update(&emulator, &mut transaction, &current, patched).await?;
    transaction.commit().await?;
    Ok(answer(&updated))
}

async fn update(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    current: &SystemConfiguration,
    mut updated: SystemConfiguration,
) -> Result<SystemConfiguration, Refusal> {
    let origins = &updated.cors_configuration.allowed_origins;
    if origins.len() > 1 && origins.iter().any(|it| it == "*") {
        let field = "systemConfiguration.corsConfiguration.allowedOrigins";
        return Err(Refusal::field("invalid", field, "* must stand alone."));
    }
    updated.insert_instant = current.insert_instant;
    updated.last_update_instant = emulator.clock.now_ms();
    database::system_configuration::put(connection, &updated).await?;
    Ok(updated)
}

fn answer(configuration: &SystemConfiguration) -> Response {
    json(StatusCode::OK, &json!({"systemConfiguration": complete("systemConfiguration", configuration)}))
}
