use super::tenant;
use crate::http::{Refusal, json};
use crate::instance::Instance;
use crate::model::Tenant;
use crate::store;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

/// `GET /api/tenant/password-validation-rules` with and without a tenant's id (<https://fusionauth.io/docs/apis/tenants>): for
/// forms, so it needs no API key.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .route("/api/tenant/password-validation-rules", get(of_request))
        .route("/api/tenant/password-validation-rules/{id}", get(of_tenant))
}

async fn of_request(State(instance): State<Arc<Instance>>, headers: HeaderMap) -> Result<Response, Refusal> {
    Ok(answer(&tenant(&instance, &headers, None).await?))
}

async fn of_tenant(State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(answer(&store::tenants::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?))
}

fn answer(tenant: &Tenant) -> Response {
    json(StatusCode::OK, &json!({"passwordValidationRules": tenant.password_validation_rules}))
}
