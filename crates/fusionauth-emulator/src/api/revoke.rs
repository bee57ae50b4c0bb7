use crate::http::query::Query;
use crate::http::{JsonBody, Refusal, authority, empty};
use crate::instance::Instance;
use crate::opaque::Opaque;
use crate::store::refresh_tokens::{self, RefreshToken, Selection};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::delete;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// `DELETE /api/jwt/refresh` in all forms (<https://fusionauth.io/docs/apis/jwt/revoke-refresh-tokens>): one token by id or by
/// its text, with an API key or its owner's access token; all of a user, an application or both, with an API key.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/jwt/refresh", delete(revoke)).route("/api/jwt/refresh/{id}", delete(revoke_one))
}

/// No `Debug`: it holds a token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    application_id: Option<String>,
    token: Option<String>,
    user_id: Option<String>,
}

/// The same in a body, which wins. No `Debug`: it holds a token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    application_id: Option<String>,
    token: Option<String>,
    user_id: Option<String>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
}

async fn revoke(
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Query(query): Query<Parameters>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    if let Some(token) = body.token.or(query.token) {
        let found = refresh_tokens::find(&instance.database, &Opaque::from_caller(token)).await?;
        let row = found.map(|it| it.row().clone());
        return one(&instance, &headers, row).await;
    }
    if !authority::has_api_key(&instance, &headers).await? {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    let selection =
        match (id("userId", body.user_id.or(query.user_id))?, id("applicationId", body.application_id.or(query.application_id))?) {
            (Some(user), Some(application)) => Selection::OfUserAndApplication(user, application),
            (Some(user), None) => Selection::OfUser(user),
            (None, Some(application)) => Selection::OfApplication(application),
            (None, None) => return Err(Refusal::field("blank", "userId", "Name a token, a user or an application.")),
        };
    refresh_tokens::delete(&instance.database, selection).await?;
    Ok(empty(StatusCode::OK))
}

async fn revoke_one(State(instance): State<Arc<Instance>>, headers: HeaderMap, Path(id): Path<String>) -> Result<Response, Refusal> {
    let row = match id.parse() {
        Ok(id) => refresh_tokens::by_id(&instance.database, id).await?,
        Err(_) => None,
    };
    one(&instance, &headers, row).await
}

async fn one(instance: &Instance, headers: &HeaderMap, row: Option<RefreshToken>) -> Result<Response, Refusal> {
    let owner = if authority::has_api_key(instance, headers).await? {
        None
    } else {
        Some(authority::user(instance, headers).await?.ok_or(StatusCode::UNAUTHORIZED)?)
    };
    let row = row.ok_or(StatusCode::NOT_FOUND)?;
    if owner.is_some_and(|it| it != row.user_id) {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    refresh_tokens::delete(&instance.database, Selection::One(row.id)).await?;
    Ok(empty(StatusCode::OK))
}

fn id(name: &str, value: Option<String>) -> Result<Option<Uuid>, Refusal> {
    value.map(|it| it.parse().map_err(|_| Refusal::field("couldNotConvert", name, "This is no UUID."))).transpose()
}
