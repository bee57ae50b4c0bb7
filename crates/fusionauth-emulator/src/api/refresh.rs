use crate::cookies;
use crate::http::{JsonBody, Refusal};
use crate::instance::Instance;
use crate::opaque::Opaque;
use crate::renewal::{Candidate, Failure};
use crate::session::with_cookies;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// `POST /api/jwt/refresh` (<https://fusionauth.io/docs/apis/jwt/refresh-a-jwt>): the refresh token is the credential.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/jwt/refresh", post(refresh))
}

/// No `Debug`: it holds tokens.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    refresh_token: Option<String>,
    time_to_live_in_seconds: Option<i64>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
    #[serde(rename = "token")]
    _token: Option<String>,
}

async fn refresh(State(instance): State<Arc<Instance>>, headers: HeaderMap, JsonBody(body): JsonBody<Body>) -> Result<Response, Refusal> {
    let presented = cookies::get(&headers, cookies::REFRESH_TOKEN).or(body.refresh_token.filter(|it| !it.is_empty()));
    let presented = presented.ok_or_else(|| Refusal::field("blank", "refreshToken", "No refresh token came along."))?;
    let candidate = Candidate::find(&instance, Opaque::from_caller(presented)).await.map_err(refusal)?;
    if !candidate.application.login_configuration.allow_token_refresh {
        return Err(invalid());
    }
    let renewed = candidate.renew(&instance, body.time_to_live_in_seconds, None).await.map_err(refusal)?;
    let body = json!({
        "refreshToken": renewed.refresh_token.expose(), "refreshTokenId": renewed.row.id, "token": renewed.access_token.text,
    });
    let refresh_token = (&renewed.refresh_token, &renewed.configuration);
    Ok(with_cookies(&headers, StatusCode::OK, &body, Some(&renewed.access_token), Some(refresh_token)))
}

fn refusal(failure: Failure) -> Refusal {
    match failure {
        Failure::NotFound | Failure::UserLocked | Failure::UserExpired => invalid(),
        Failure::Life => Refusal::field("invalid", "timeToLiveInSeconds", "The access token's life can only be shortened."),
        Failure::Fault(refusal) => refusal,
    }
}

/// Expired, unknown and revoked look the same.
fn invalid() -> Refusal {
    Refusal::field("invalid", "refreshToken", "The refresh token is expired, revoked or unknown.")
}
