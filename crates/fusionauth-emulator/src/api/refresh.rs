use crate::answers::{Answers, FailedRefreshCookies, FixedMaxAge, RefreshFailure};
use crate::cookies;
use crate::http::{JsonBody, Refusal, empty};
use crate::instance::Instance;
use crate::model::RefreshTokenExpirationPolicy;
use crate::opaque::Opaque;
use crate::renewal::{Candidate, Failure};
use crate::session::{add_cookies, with_cookies};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
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
    let answers = instance.answers();
    let Some(presented) = presented else {
        let blank = Refusal::field("blank", "refreshToken", "No refresh token came along.");
        return Ok(failed(&headers, answers, answers.refresh_without_token, blank));
    };
    match renew(&instance, &headers, presented, body.time_to_live_in_seconds).await {
        Ok(response) => Ok(response),
        Err(Failure::Life) => Err(Refusal::field("invalid", "timeToLiveInSeconds", "The access token's life can only be shortened.")),
        Err(Failure::Fault(refusal)) => Err(refusal),
        Err(Failure::NotAllowed) => Ok(failed(&headers, answers, answers.refresh_not_allowed, invalid())),
        Err(Failure::NotFound | Failure::UserLocked | Failure::UserExpired | Failure::LoginPrevented) => {
            Ok(failed(&headers, answers, answers.refresh_failure, invalid()))
        }
    }
}

async fn renew(instance: &Instance, headers: &HeaderMap, presented: String, life: Option<i64>) -> Result<Response, Failure> {
    let candidate = Candidate::find(instance, Opaque::from_caller(presented)).await?;
    if !candidate.application.login_configuration.allow_token_refresh {
        return Err(Failure::NotAllowed);
    }
    let renewed = candidate.renew(instance, life, None).await?;
    let body = json!({
        "refreshToken": renewed.refresh_token.expose(), "refreshTokenId": renewed.row.id, "token": renewed.access_token.text,
    });
    let answers = instance.answers();
    let full = renewed.configuration.refresh_token_time_to_live_in_minutes.saturating_mul(60);
    let remaining = renewed.end_instant.saturating_sub(instance.clock.now_ms()).div_euclid(1_000);
    let fixed = renewed.configuration.refresh_token_expiration_policy == RefreshTokenExpirationPolicy::Fixed;
    let seconds = if fixed && answers.fixed_max_age == FixedMaxAge::Remaining { remaining } else { full };
    let refresh_token = (&renewed.refresh_token, seconds);
    Ok(with_cookies(instance, headers, StatusCode::OK, &body, Some(&renewed.access_token), Some(refresh_token)))
}

/// A refresh that failed, with the status that is switched on.
fn failed(headers: &HeaderMap, answers: Answers, failure: RefreshFailure, refusal: Refusal) -> Response {
    let mut response = match failure {
        RefreshFailure::Status400 => refusal.into_response(),
        RefreshFailure::Status401 => empty(StatusCode::UNAUTHORIZED),
        RefreshFailure::Status404 => empty(StatusCode::NOT_FOUND),
    };
    if answers.failed_refresh_cookies == FailedRefreshCookies::Clear {
        let came = [cookies::ACCESS_TOKEN, cookies::REFRESH_TOKEN].into_iter().filter(|it| cookies::came(headers, it));
        add_cookies(&mut response, came.map(cookies::delete));
    }
    response
}

/// Expired, unknown and revoked look the same.
fn invalid() -> Refusal {
    Refusal::field("invalid", "refreshToken", "The refresh token is expired, revoked or unknown.")
}
