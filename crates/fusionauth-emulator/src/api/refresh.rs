use crate::http::{JsonBody, Refusal};
use crate::instance::Instance;
use crate::model::{JwtConfiguration, RefreshTokenUsagePolicy, Tenant};
use crate::opaque::Opaque;
use crate::session::{AuthenticationType, Session, Subject, with_cookies};
use crate::store::refresh_tokens::{self, Found, RefreshToken, Selection};
use crate::{cookies, expiry, store};
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
    let presented = Opaque::from_caller(presented);
    let found = refresh_tokens::find(&instance.database, &presented).await?.ok_or_else(invalid)?;
    let row = found.row().clone();
    let application =
        store::applications::by_id(&instance.database, row.application_id).await?.filter(|it| it.active).ok_or_else(invalid)?;
    let tenant = store::tenants::by_id(&instance.database, row.tenant_id).await?.ok_or_else(invalid)?;
    let user = store::users::by_id(&instance.database, row.user_id).await?.filter(|it| it.active).ok_or_else(invalid)?;
    let registrations = store::registrations::of_user(&instance.database, user.id).await?;
    let registration = registrations.iter().find(|it| it.application_id == application.id);
    let subject = Subject { tenant: &tenant, application: Some(&application), user: &user, registration };
    let configuration = subject.jwt_configuration();
    let over = expiry::is_over(&row, configuration, instance.clock.now_ms());
    if over || !application.login_configuration.allow_token_refresh || super::login::is_expired(&user, &instance) {
        return Err(invalid());
    }
    let life = life(configuration, body.time_to_live_in_seconds)?;
    let current = current(&instance, &tenant, configuration, &presented, found).await?;
    let session = Session { authentication_type: AuthenticationType::RefreshToken, auth_time: row.auth_time, id: Some(row.id) };
    let access = subject.access_token(&instance, session, life).await?;
    let body = json!({"refreshToken": current.expose(), "refreshTokenId": row.id, "token": access.text});
    Ok(with_cookies(&headers, StatusCode::OK, &body, Some(&access), Some((&current, configuration))))
}

/// The token that is current after this use, if the use is allowed.
async fn current(
    instance: &Instance,
    tenant: &Tenant,
    configuration: &JwtConfiguration,
    presented: &Opaque,
    found: Found,
) -> Result<Opaque, Refusal> {
    let now = instance.clock.now_ms();
    match (found, configuration.refresh_token_usage_policy) {
        (Found::Previous { token, nonce, rotated_instant }, _) => {
            replay(instance, tenant, configuration, presented, &token, &nonce, rotated_instant).await
        }
        (Found::Current(_), RefreshTokenUsagePolicy::Reusable) => {
            // Revoked between the look-up and here: the revocation wins.
            if refresh_tokens::touch(&instance.database, presented, now).await? { Ok(presented.clone()) } else { Err(invalid()) }
        }
        (Found::Current(_), RefreshTokenUsagePolicy::OneTimeUse) => {
            let nonce: [u8; 32] = instance.random.bytes();
            let next = presented.next(&nonce);
            if refresh_tokens::rotate(&instance.database, presented, &next, &nonce, now).await? {
                return Ok(next);
            }
            // Another request with the same token was faster: this one is a replay.
            match refresh_tokens::find(&instance.database, presented).await? {
                Some(Found::Previous { token, nonce, rotated_instant }) => {
                    replay(instance, tenant, configuration, presented, &token, &nonce, rotated_instant).await
                }
                Some(Found::Current(_)) | None => Err(invalid()),
            }
        }
    }
}

/// A used one-time token: within the grace period it is answered with the current one, without another rotation.
/// Later it is refused, and the session revoked if the tenant says so; only this one, not the user's others.
async fn replay(
    instance: &Instance,
    tenant: &Tenant,
    configuration: &JwtConfiguration,
    presented: &Opaque,
    row: &RefreshToken,
    nonce: &[u8],
    rotated_instant: i64,
) -> Result<Opaque, Refusal> {
    let grace = configuration.refresh_token_one_time_use_configuration.grace_period_in_seconds.saturating_mul(1_000);
    if instance.clock.now_ms().saturating_sub(rotated_instant) < grace {
        return Ok(presented.next(nonce));
    }
    if tenant.jwt_configuration.refresh_token_revocation_policy.on_one_time_token_reuse {
        refresh_tokens::delete(&instance.database, Selection::One(row.id)).await?;
    }
    Err(invalid())
}

/// The access token's life: a caller may shorten it, never lengthen it.
fn life(configuration: &JwtConfiguration, asked: Option<i64>) -> Result<i64, Refusal> {
    let most = configuration.time_to_live_in_seconds;
    match asked {
        Some(asked) if asked <= 0 || asked > most => {
            Err(Refusal::field("invalid", "timeToLiveInSeconds", "The access token's life can only be shortened."))
        }
        Some(asked) => Ok(asked),
        None => Ok(most),
    }
}

/// Expired, unknown and revoked look the same.
fn invalid() -> Refusal {
    Refusal::field("invalid", "refreshToken", "The refresh token is expired, revoked or unknown.")
}
