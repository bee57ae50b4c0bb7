use crate::http::patch::Patch;
use crate::http::{ApiKey, Refusal, json};
use crate::instance::Instance;
use crate::model::{JwtConfiguration, Tenant};
use crate::store;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

/// `GET` and `PATCH /api/tenant/{id}` (<https://fusionauth.io/docs/apis/tenants>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/tenant/{id}", get(retrieve).patch(patch))
}

/// Checks what signing and expiry rest on. `at` is the path to the object, for the error.
pub(super) async fn check_jwt_configuration(instance: &Instance, at: &str, configuration: &JwtConfiguration) -> Result<(), Refusal> {
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
        && store::signing_keys::by_id(&instance.database, key).await?.is_none()
    {
        return Err(Refusal::field("invalid", &format!("{at}.accessTokenKeyId"), "There is no key with this id."));
    }
    Ok(())
}

async fn retrieve(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    Ok(answer(&find(&instance, &id).await?))
}

async fn patch(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>, patch: Patch) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let current = find(&instance, &id).await?;
    let mut patched: Tenant = patch.apply("tenant", &current)?;
    check_jwt_configuration(&instance, "tenant.jwtConfiguration", &patched.jwt_configuration).await?;
    if patched.name.trim().is_empty() {
        return Err(Refusal::field("blank", "tenant.name", "A tenant has a name."));
    }
    (patched.id, patched.insert_instant) = (current.id, current.insert_instant);
    patched.last_update_instant = instance.clock.now_ms();
    store::tenants::update(&instance.database, &patched).await?;
    Ok(answer(&patched))
}

async fn find(instance: &Instance, id: &str) -> Result<Tenant, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(store::tenants::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

fn answer(tenant: &Tenant) -> Response {
    json(StatusCode::OK, &json!({"tenant": tenant}))
}
