//! Access tokens (<https://fusionauth.io/docs/apis/jwt>), except for renewals. `GET /api/jwt/validate` returns the claims, or 401. Access
//! tokens can't be revoked, so the token of a user who signed out is valid until it expires.
//!
//! Access tokens without a login: `GET /api/jwt/issue` exchanges an access token for an access token of another application, which expires
//! at the same time. A caller that also sends a refresh token gets a new refresh token, too, if the other application issues refresh tokens.
//! `POST /api/jwt/vend` signs any claims for a caller with an API key.
//!
//! `GET /.well-known/jwks.json`: all public keys, always 200. `GET /api/jwt/public-key`: all public keys as PEM, each under its `kid`, or
//! only the key of an application or with a `kid`.

use crate::database::{self, refresh_tokens};
use crate::domain::sessions::{AuthenticationType, Session, Subject};
use crate::domain::{Refusal, refresh_token_life, required, signing_keys, users};
use crate::http::{Answer, Anyone, Authorized, JsonBody, Query, RequestTenant, Routes, application, cookies, credentials, json};
use crate::state::{AppState, OpaqueToken, SigningKey};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/jwt/validate", get(validate))
        .route("/api/jwt/issue", get(issue))
        .route("/api/jwt/vend", post(vend))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/api/jwt/public-key", get(public_key))
}

async fn validate(Anyone(emulator): Anyone, headers: HeaderMap) -> Answer {
    let claims = credentials::claims(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(json(StatusCode::OK, &json!({"jwt": claims})))
}

/// This type has no `Debug`, because it contains a token.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IssueParameters {
    application_id: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VendBody {
    claims: Map<String, Value>,
    key_id: Option<Uuid>,
    time_to_live_in_seconds: Option<i64>,
}

async fn issue(Anyone(emulator): Anyone, headers: HeaderMap, Query(query): Query<IssueParameters>) -> Answer {
    let claims = credentials::claims(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    let user = claims["sub"].as_str().and_then(|it| it.parse::<Uuid>().ok()).ok_or(StatusCode::UNAUTHORIZED)?;
    let user = database::users::by_id(&emulator.database, user).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    let id = required("applicationId", query.application_id)?;
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "applicationId", "This is not a UUID."))?;
    let application = application(&emulator, "applicationId", id).await?;
    if !user.active || users::is_expired(&emulator, &user) || application.tenant_id != user.tenant_id {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    let tenant = database::tenants::by_id(&emulator.database, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let registrations = database::registrations::of_user(&emulator.database, user.id).await?;
    let registration = registrations.iter().find(|it| it.application_id == id).ok_or(StatusCode::NOT_FOUND)?;
    let subject = Subject { tenant: &tenant, application: Some(&application), user: &user, registration: Some(registration) };
    let key = signing_keys::for_application(&emulator, &tenant, Some(&application)).await?;

    let token = cookies::get(&headers, cookies::REFRESH_TOKEN).or(query.refresh_token).filter(|it| !it.is_empty());
    let session = match token {
        Some(token) => another_session(&emulator, &subject, &OpaqueToken::from_request(token)).await?,
        None => None,
    };
    let now = emulator.clock.now_ms().div_euclid(1_000);
    let seconds = claims["exp"].as_i64().unwrap_or(now).saturating_sub(now);
    let auth_time = claims["auth_time"].as_i64().unwrap_or(now);
    let claims = Session {
        authentication_type: AuthenticationType::JwtSso,
        auth_time,
        id: session.as_ref().map(|it| it.id),
        grants: &[],
        scope: None,
    };
    let access_token = subject.access_token(&emulator, &key, claims, seconds)?;
    let refresh_token = session.as_ref().map(|_| OpaqueToken::generate(&emulator.random));
    if let (Some(session), Some(token)) = (&session, &refresh_token) {
        refresh_tokens::insert(&emulator.database, session, token).await?;
    }
    let body = json!({"refreshToken": refresh_token.as_ref().map(OpaqueToken::expose), "token": access_token.text});
    Ok(json(StatusCode::OK, &body))
}

/// A new session for `subject`, with the start time of the session that this refresh token belongs to. `None` if that session has ended or
/// belongs to another user, or if the two applications have different expiration policies.
async fn another_session(
    emulator: &AppState,
    subject: &Subject<'_>,
    token: &OpaqueToken,
) -> Result<Option<refresh_tokens::RefreshToken>, Refusal> {
    let Some(presented) = refresh_tokens::find(&emulator.database, token).await? else { return Ok(None) };
    let first = presented.session();
    let Some(application) = first.application_id else { return Ok(None) };
    let Some(application) = database::applications::by_id(&emulator.database, application).await? else { return Ok(None) };
    let source = Subject { tenant: subject.tenant, application: Some(&application), user: subject.user, registration: None };
    let configuration = source.jwt_configuration();
    let is_same_policy = configuration.refresh_token_expiration_policy == subject.jwt_configuration().refresh_token_expiration_policy;
    let is_alive = !refresh_token_life::is_expired(first, configuration, emulator.clock.now_ms());
    if first.user_id != subject.user.id || !is_same_policy || !is_alive {
        return Ok(None);
    }
    let session = subject.new_session(emulator, first.meta_data.clone());
    Ok(session.map(|it| refresh_tokens::RefreshToken { start_instant: first.start_instant, auth_time: first.auth_time, ..it }))
}

async fn vend(Authorized(emulator): Authorized, RequestTenant(tenant): RequestTenant, JsonBody(body): JsonBody<VendBody>) -> Answer {
    let key = match body.key_id {
        Some(id) => {
            let stored = database::signing_keys::by_id(&emulator.database, id).await?;
            signing_keys::parse(&emulator, stored.ok_or_else(|| Refusal::field("invalid", "keyId", "There is no key with this id."))?)?
        }
        None => signing_keys::for_application(&emulator, &tenant, None).await?,
    };
    let seconds = body.time_to_live_in_seconds.unwrap_or(tenant.jwt_configuration.time_to_live_in_seconds);
    if seconds <= 0 {
        return Err(Refusal::field("invalid", "timeToLiveInSeconds", "This must be greater than 0."));
    }
    let iat = emulator.clock.now_ms().div_euclid(1_000);
    let mut claims = Value::Object(body.claims);
    (claims["iat"], claims["exp"], claims["jti"]) = (json!(iat), json!(iat.saturating_add(seconds)), json!(emulator.random.uuid()));
    Ok(json(StatusCode::OK, &json!({"token": key.sign(&claims, &[])?})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PublicKeyParameters {
    application_id: Option<String>,
    kid: Option<String>,
}

async fn jwks(Anyone(emulator): Anyone) -> Answer {
    let keys: Vec<Value> = public_keys(&emulator).await?.iter().map(|it| it.jwk()).collect();
    Ok(json(StatusCode::OK, &json!({"keys": keys})))
}

async fn public_key(Anyone(emulator): Anyone, Query(query): Query<PublicKeyParameters>) -> Answer {
    let key = match (query.application_id, query.kid) {
        (None, None) => {
            let mut keys = Map::new();
            for key in public_keys(&emulator).await? {
                keys.insert(key.kid().to_owned(), json!(key.public_pem()?));
            }
            return Ok(json(StatusCode::OK, &json!({"publicKeys": keys})));
        }
        (_, Some(kid)) => {
            let stored = database::signing_keys::by_kid(&emulator.database, &kid).await?;
            signing_keys::parse(&emulator, stored.ok_or(StatusCode::NOT_FOUND)?)?
        }
        (Some(id), None) => {
            let id = id.parse::<Uuid>().map_err(|_| StatusCode::NOT_FOUND)?;
            let application = database::applications::by_id(&emulator.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
            // "The application does not exist or has no public key" is 404, although the tenant's key signs for such an application.
            let own = Some(&application.jwt_configuration).filter(|it| it.enabled).and_then(|it| it.access_token_key_id);
            let key = own.ok_or(StatusCode::NOT_FOUND)?;
            let stored = database::signing_keys::by_id(&emulator.database, key).await?;
            signing_keys::parse(&emulator, stored.ok_or(StatusCode::NOT_FOUND)?)?
        }
    };
    Ok(json(StatusCode::OK, &json!({"publicKey": key.public_pem()?})))
}

async fn public_keys(emulator: &AppState) -> Result<Vec<Arc<SigningKey>>, Refusal> {
    // If a tenant has signed nothing yet, its key may not exist. Backends ask for the keys before anybody signs in.
    for tenant in database::tenants::all(&emulator.database).await? {
        signing_keys::for_application(emulator, &tenant, None).await?;
    }
    let stored = database::signing_keys::all(&emulator.database).await?;
    stored.into_iter().map(|it| signing_keys::parse(emulator, it)).collect()
}
