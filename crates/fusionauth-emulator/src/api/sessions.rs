use crate::http::query::Query;
use crate::http::{ApiKey, Refusal, json};
use crate::instance::Instance;
use crate::store::refresh_tokens::{self, RefreshToken};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /api/jwt/refresh/{id}` and `GET /api/jwt/refresh?userId=` (<https://fusionauth.io/docs/apis/jwt>): which sessions there
/// are. The tokens themselves are not shown; the database has only their hashes.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/jwt/refresh", get(list)).route("/api/jwt/refresh/{id}", get(one))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    user_id: Option<String>,
}

async fn list(_key: ApiKey, State(instance): State<Arc<Instance>>, Query(query): Query<Parameters>) -> Result<Response, Refusal> {
    let user = query.user_id.and_then(|it| it.parse().ok()).ok_or_else(|| Refusal::field("blank", "userId", "Name a user."))?;
    let tokens: Vec<Value> = refresh_tokens::of_user(&instance.database, user).await?.iter().map(shown).collect();
    Ok(json(StatusCode::OK, &json!({"refreshTokens": tokens})))
}

async fn one(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    let row = refresh_tokens::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    Ok(json(StatusCode::OK, &json!({"refreshToken": shown(&row)})))
}

fn shown(row: &RefreshToken) -> Value {
    json!({
        "applicationId": row.application_id,
        "id": row.id,
        "insertInstant": row.start_instant,
        "metaData": row.meta_data,
        "startInstant": row.last_used_instant,
        "tenantId": row.tenant_id,
        "userId": row.user_id,
    })
}
