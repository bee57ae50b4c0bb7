//! `/api/jwt/refresh` (<https://fusionauth.io/docs/apis/jwt>). `POST` renews an access token. The refresh token is the only credential.
//!
//! `GET` shows the sessions of a user, whom an API key names in the query and an access token by itself, but not their tokens, because the
//! database has only hashes of the tokens. `DELETE` revokes one session by its id or token; the caller needs an API key or the user's
//! access token. With an API key, `DELETE` also revokes all sessions of a user, of an application, or of a user with an application.

use crate::database::refresh_tokens::{self, RefreshToken, Selection};
use crate::domain::renewals::{Caller, Candidate, RenewalError};
use crate::domain::{Refusal, events, events::to_json, required};
use crate::http::{Answer, Anyone, Authorized, ExistingId, FormOrJson, JsonBody, Query, Routes, cookies, credentials, empty, json};
use crate::model::RefreshTokenExpirationPolicy;
use crate::state::{AppState, FailedRefreshCookies, FixedMaxAge, OpaqueToken, RefreshFailure};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/jwt/refresh", get(list).post(refresh).delete(revoke))
        .route("/api/jwt/refresh/{tokenId}", get(retrieve).delete(revoke_by_id))
}

/// This type has no `Debug`, because it contains tokens.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RefreshBody {
    refresh_token: Option<String>,
    time_to_live_in_seconds: Option<i64>,
    token: Option<String>,
}

async fn refresh(Anyone(emulator): Anyone, headers: HeaderMap, JsonBody(body): JsonBody<RefreshBody>) -> Answer {
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
            Err(RenewalError::NotFound | RenewalError::InvalidScope | RenewalError::User(_)) => (behaviours.refresh_failure, invalid()),
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
    let renewed = candidate.renew(emulator, lifetime, Caller::JwtApi { original }).await?;
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

/// Members of the query. In a body, they take precedence over the query. This type has no `Debug`, because it contains a token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    application_id: Option<String>,
    token: Option<String>,
    user_id: Option<String>,
}

async fn list(Anyone(emulator): Anyone, headers: HeaderMap, Query(query): Query<Parameters>) -> Answer {
    let user = if credentials::has_api_key(&emulator, &headers).await? {
        query.user_id.and_then(|it| it.parse().ok()).ok_or_else(|| Refusal::blank("userId"))?
    } else {
        credentials::user(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?
    };
    let sessions: Vec<Value> = refresh_tokens::of_user(&emulator.database, user).await?.iter().map(to_json).collect();
    Ok(json(StatusCode::OK, &json!({"refreshTokens": sessions})))
}

async fn retrieve(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    let session = refresh_tokens::by_id(&emulator.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    Ok(json(StatusCode::OK, &json!({"refreshToken": to_json(&session)})))
}

async fn revoke(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    Query(query): Query<Parameters>,
    FormOrJson(body): FormOrJson<Parameters>,
) -> Answer {
    if let Some(token) = body.token.or(query.token) {
        let presented = refresh_tokens::find(&emulator.database, &OpaqueToken::from_request(token)).await?;
        return revoke_one(&emulator, &headers, presented.map(|it| it.session().clone())).await;
    }
    if !credentials::has_api_key(&emulator, &headers).await? {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    let user = uuid("userId", body.user_id.or(query.user_id))?;
    let application = uuid("applicationId", body.application_id.or(query.application_id))?;
    let selection = match (user, application) {
        (Some(user), Some(application)) => Selection::OfUserAndApplication(user, application),
        (Some(user), None) => Selection::OfUser(user),
        (None, Some(application)) => Selection::OfApplication(application),
        (None, None) => return Err(Refusal::blank("userId")),
    };
    events::revoke(&emulator, &emulator.database, selection).await?;
    Ok(empty(StatusCode::OK))
}

async fn revoke_by_id(Anyone(emulator): Anyone, headers: HeaderMap, id: Result<ExistingId, Refusal>) -> Answer {
    // An invalid id is refused later, because a caller without a credential gets 401 for any id.
    let session = match id {
        Ok(ExistingId(id)) => refresh_tokens::by_id(&emulator.database, id).await?,
        Err(_) => None,
    };
    revoke_one(&emulator, &headers, session).await
}

async fn revoke_one(emulator: &AppState, headers: &HeaderMap, session: Option<RefreshToken>) -> Answer {
    let owner = if credentials::has_api_key(emulator, headers).await? {
        None
    } else {
        Some(credentials::user(emulator, headers).await?.ok_or(StatusCode::UNAUTHORIZED)?)
    };
    let session = session.ok_or(StatusCode::NOT_FOUND)?;
    if owner.is_some_and(|it| it != session.user_id) {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    events::revoke(emulator, &emulator.database, Selection::One(session.id)).await?;
    Ok(empty(StatusCode::OK))
}

fn uuid(field: &str, value: Option<String>) -> Result<Option<Uuid>, Refusal> {
    value.map(|it| it.parse().map_err(|_| Refusal::field("couldNotConvert", field, "This is not a UUID."))).transpose()
}
