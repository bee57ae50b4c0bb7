//! Sign-in with a passkey, for the single-page app. FusionAuth requires an API key for the first step, so the app sends this step to this
//! server in every workflow. The app sends the last step to where it also sends passwords: to FusionAuth or to this server.
//!
//! | call | effect |
//! |---|---|
//! | `GET /api/passkeys` | returns whether FusionAuth lets people sign in with passkeys |
//! | `POST /api/passkeys/start` | begins a sign-in, and returns the options for the browser |
//! | `POST /api/webauthn/login` | only in `spa-backend`: signs in, as FusionAuth's endpoint of this path does |
//!
//! The responses to `start` look alike for all user names, so they do not reveal who has an account or a passkey.

use crate::auth::error::Error as AuthError;
use crate::auth::passkey_api::{PasskeyOwner, PasskeySettings};
use crate::clock::now_ms;
use crate::http::{body::JsonBody, endpoint::endpoint, host::port, problem::ApiResult};
use crate::secret;
use crate::sign_in::{api::respond, error::Error, outcome::device};
use crate::{state::Backend, typed, user_request::ApiRequest};
use axum::routing::post;
use axum::{Json, Router, http::HeaderMap, response::Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fusionauth_api::login::{Assertion, PasskeyLoginRequest};
use fusionauth_api::passkey::CeremonyOutcome;
use serde::Deserialize;
use serde_json::{Value, json};
use storefront_api::account::{PasskeySignIn, StartPasskeySignIn};
use storefront_api::endpoints;

/// The routes below `/api`, in every workflow of the single-page app.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::PASSKEY_SIGN_IN, settings).merge(endpoint(endpoints::START_PASSKEY_SIGN_IN, start))
}

/// The route below `/api` in `spa-backend`, where the app signs in through this server.
pub fn login_router() -> Router<Backend> {
    Router::new().route("/webauthn/login", post(login))
}

/// The members of FusionAuth's request that this server reads. It takes origin and relying party from its configuration, and not from the
/// browser. This type has no `Debug`, because it holds the answer to a challenge.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    credential: Assertion,
    keep_signed_in: Option<bool>,
}

async fn settings(ApiRequest { backend, client, .. }: ApiRequest) -> ApiResult<Json<PasskeySignIn>> {
    backend.attempts.anonymous_calls.take_from(client).await?;
    let settings = backend.fusionauth.passkey_settings().await.map_err(|_| AuthError::SignInUnavailable)?;
    Ok(Json(PasskeySignIn { is_on: settings.is_some() }))
}

async fn start(ApiRequest { backend, client, .. }: ApiRequest, JsonBody(sent): JsonBody<StartPasskeySignIn>) -> ApiResult<Json<Value>> {
    let StartPasskeySignIn { login_id, user_id } = sent;
    backend.attempts.anonymous_calls.take_from(client).await?;
    let login_id = typed::email(&login_id.unwrap_or_default());
    let owner = match &user_id {
        Some(user_id) => PasskeyOwner::UserId(user_id),
        None => PasskeyOwner::LoginId(&login_id),
    };
    // The server sends the same calls to FusionAuth for every name, so that the time of the response does not reveal who has a passkey.
    let settings = backend.fusionauth.passkey_settings().await.map_err(|_| AuthError::SignInUnavailable)?;
    match backend.fusionauth.start_passkey_sign_in(owner).await {
        CeremonyOutcome::Done(options) => return Ok(Json(options)),
        CeremonyOutcome::Unavailable { .. } => return Err(AuthError::SignInUnavailable.into()),
        CeremonyOutcome::Refused => {}
    }
    let settings = settings.ok_or(Error::NoPasskey)?;
    match owner {
        PasskeyOwner::UserId(_) => Err(Error::NoPasskey.into()), // this reveals little, because nobody can guess the id of a user
        PasskeyOwner::LoginId(login_id) => Ok(Json(invented(&backend, &settings, login_id))),
    }
}

async fn login(request: ApiRequest, headers: HeaderMap, JsonBody(sent): JsonBody<Login>) -> ApiResult<Response> {
    let ApiRequest { backend, client, browser, cookies } = &request;
    backend.attempts.anonymous_calls.take_from(*client).await?;
    let began_at = now_ms();
    let settings = backend.fusionauth.passkey_settings().await.map_err(|_| AuthError::SignInUnavailable)?.ok_or(Error::NoPasskey)?;
    let origin = backend.site.origin(port(&headers));
    let rp_id = settings.relying_party(backend.site.host());
    let login = PasskeyLoginRequest { credential: &sent.credential, origin: &origin, rp_id, application_id: None };
    let answer = backend.fusionauth.passkey_login(*client, device(browser, cookies), &login).await;
    respond(&request, sent.keep_signed_in, began_at, answer).await
}

/// Options as FusionAuth returns them for a user with passkeys, with invented ones.
fn invented(backend: &Backend, settings: &PasskeySettings, login_id: &str) -> Value {
    let mut options = json!({
        "allowCredentials": backend.fusionauth.invented_passkeys(login_id),
        "challenge": URL_SAFE_NO_PAD.encode(secret::random::<32>()),
        "timeout": 180_000,
        "userVerification": "required",
    });
    if let Some(relying_party_id) = &settings.relying_party_id {
        options["rpId"] = json!(relying_party_id);
    }
    options
}
