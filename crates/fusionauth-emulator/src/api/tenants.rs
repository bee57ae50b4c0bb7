//! `GET` and `PATCH /api/tenant/{id}`, and `GET /api/tenant/password-validation-rules` with and without an id
//! (<https://fusionauth.io/docs/apis/tenants>). The rules are for forms, so they need no API key.

use crate::database;
use crate::domain::Refusal;
use crate::http::{ApiKey, ExistingId, Patch, RequestTenant, json};
use crate::model::{JwtConfiguration, Tenant};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use sqlx::SqliteExecutor;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/tenant/{id}", get(retrieve).patch(patch))
        .route("/api/tenant/password-validation-rules", get(rules))
        .route("/api/tenant/password-validation-rules/{id}", get(rules_by_id))
}

/// Checks the settings for signing and expiry. `at` is their path in the request.
pub(super) async fn check_jwt_configuration(
    database: impl SqliteExecutor<'_>,
    at: &str,
    configuration: &JwtConfiguration,
) -> Result<(), Refusal> {
    let positive = [
        ("timeToLiveInSeconds", configuration.time_to_live_in_seconds),
        ("refreshTokenTimeToLiveInMinutes", configuration.refresh_token_time_to_live_in_minutes),
    ];
    for (name, value) in positive {
        if value <= 0 {
            return Err(Refusal::field("invalid", &format!("{at}.{name}"), "This must be greater than 0."));
        }
    }
    let grace = configuration.refresh_token_one_time_use_configuration.grace_period_in_seconds;
    if !(0..86_400).contains(&grace) {
        let field = format!("{at}.refreshTokenOneTimeUseConfiguration.gracePeriodInSeconds");
        return Err(Refusal::field("invalid", &field, "This must be from 0 to 86399."));
    }
    if let Some(key) = configuration.access_token_key_id
        && database::signing_keys::by_id(database, key).await?.is_none()
    {
        return Err(Refusal::field("invalid", &format!("{at}.accessTokenKeyId"), "There is no key with this id."));
    }
    Ok(())
}

async fn retrieve(_key: ApiKey, State(emulator): State<Arc<AppState>>, ExistingId(id): ExistingId) -> Result<Response, Refusal> {
    Ok(answer(&find(&emulator.database, id).await?))
}

async fn patch(_key: ApiKey, State(emulator): State<Arc<AppState>>, ExistingId(id): ExistingId, patch: Patch) -> Result<Response, Refusal> {
    let mut transaction = emulator.database.begin().await?;
    let current = find(&mut *transaction, id).await?;
    let mut patched: Tenant = patch.apply("tenant", &current)?;
    check_jwt_configuration(&mut *transaction, "tenant.jwtConfiguration", &patched.jwt_configuration).await?;
    if patched.name.trim().is_empty() {
        return Err(Refusal::field("blank", "tenant.name", "A tenant has a name."));
    }
    (patched.id, patched.insert_instant) = (current.id, current.insert_instant);
    patched.last_update_instant = emulator.clock.now_ms();
    database::tenants::update(&mut *transaction, &patched).await?;
    transaction.commit().await?;
    Ok(answer(&patched))
}

async fn rules(RequestTenant(tenant): RequestTenant) -> Response {
    rules_of(&tenant)
}

async fn rules_by_id(State(emulator): State<Arc<AppState>>, ExistingId(id): ExistingId) -> Result<Response, Refusal> {
    Ok(rules_of(&find(&emulator.database, id).await?))
}

async fn find(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Tenant, Refusal> {
    Ok(database::tenants::by_id(database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

fn rules_of(tenant: &Tenant) -> Response {
    json(StatusCode::OK, &json!({"passwordValidationRules": tenant.password_validation_rules}))
}

fn answer(tenant: &Tenant) -> Response {
    json(StatusCode::OK, &json!({"tenant": tenant}))
}
