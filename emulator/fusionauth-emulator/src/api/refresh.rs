//! `POST /api/jwt/refresh` (<https://fusionauth.io/docs/apis/jwt/refresh-a-jwt>). The refresh token is the only credential.

use crate::domain::renewals::{Candidate, RenewalError};
use crate::domain::{Refusal, required};
use crate::http::{Answer, Anyone, JsonBody, Routes, cookies, empty};
use crate::model::RefreshTokenExpirationPolicy;
use crate::state::{AppState, FailedRefreshCookies, FixedMaxAge, OpaqueToken, RefreshFailure};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn router() -> Routes {
    Routes::new().route("/api/jwt/refresh", post(refresh))
}

/// This type has no `Debug`, because it contains tokens.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    refresh_token: Option<String>,
    time_to_live_in_seconds: Option<i64>,
    _event_info: Option<Value>,
    token: Option<String>,
}

async fn refresh(Anyone(emulator): Anyone, headers: HeaderMap, JsonBody(body): JsonBody<Body>) -> Answer {
    let behaviours = emulator.behaviours();
    let invalid = || Refusal::field("invalid", "refreshToken", "The refresh token is expired, revoked or unknown.");
    let (failure, refusal) = match required("refreshToken", cookies::get(&headers, cookies::REFRESH_TOKEN).or(body.refresh_token)) {
        Err(blank) => (behaviours.refresh_without_token, blank),
        Ok(token) => match renew(&emulator, &headers, OpaqueToken::from_request(token), body.time_to_live_in_seconds, body.token).await {
            Ok(response) => return Ok(response),
            Err(RenewalError::Internal(refusal)) => return Err(refusal),
            Err(RenewalError::InvalidLifetime) => {
                return Err(Refusal::field("invalid", "timeToLiveInSeconds", "The access token's life can only be shortened."));
            }
            Err(RenewalError::NotAllowed) => (behaviours.refresh_not_allowed, invalid()),
            Err(RenewalError::NotFound | RenewalError::User(_)) => (behaviours.refresh_failure, invalid()),
        },
    };
    let mut response = match failure {
        RefreshFailure::Status400 => refusal.into_response(),
        RefreshFailure::Status401 => empty(StatusCode::UNAUTHORIZED),
        RefreshFailure::Status404 => empty(StatusCode::NOT_FOUND),
    };
    if behaviours.failed_refresh_cookies == FailedRefreshCookies::Clear {
        cookies::delete_tokens(&headers, &mut response);
    }
    Ok(response)
}

async fn renew(
    emulator: &AppState,
    headers: &HeaderMap,
    token: OpaqueToken,
    lifetime: Option<i64>,
    original: Option<String>,
) -> Answer<RenewalError> {
    let candidate = Candidate::find(emulator, token).await?;
    if !candidate.application.login_configuration.allow_token_refresh {
        return Err(RenewalError::NotAllowed);
    }
    let renewed = candidate.renew(emulator, lifetime, None, original).await?;
    let body = json!({
        "refreshToken": renewed.refresh_token.expose(), "refreshTokenId": renewed.session.id, "token": renewed.access_token.text,
    });
    let is_fixed = renewed.configuration.refresh_token_expiration_policy == RefreshTokenExpirationPolicy::Fixed;
    let max_age = if is_fixed && emulator.behaviours().fixed_max_age == FixedMaxAge::Remaining {
        renewed.expiry_ms.saturating_sub(emulator.clock.now_ms()).div_euclid(1_000)
    } else {
        renewed.configuration.refresh_token_time_to_live_in_minutes.saturating_mul(60)
    };
    let refresh_token = Some((&renewed.refresh_token, max_age));
    Ok(cookies::json_with_tokens(emulator, headers, StatusCode::OK, &body, &renewed.access_token, refresh_token))
}
