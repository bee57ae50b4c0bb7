//! Sign-in and sign-out through this server: `POST /api/login`, `POST /api/two-factor/login`, `POST /api/two-factor/send/{id}` and
//! `POST /api/logout`.
//!
//! Paths and statuses are those of FusionAuth's own API, except for 422 and 424, so that the session library in the browser can talk to
//! this server as it does to FusionAuth. Unlike FusionAuth, this server never puts a token into a body.
//!
//! A sign-in request has one member that FusionAuth's API lacks: `keepSignedIn`, which the session library sends. If it is `false`, the
//! browser deletes the cookies when it is closed.
//!
//! | status | meaning | body |
//! |---|---|---|
//! | 200 | signed in | `{user: {id, email, displayName}}`, and the cookies |
//! | 202 | not registered for this application | `{}` |
//! | 212 | email not verified | `{emailVerificationId?}` |
//! | 213 | registration not verified | `{registrationVerificationId?}` |
//! | 203 | password change required | `{changePasswordId?, changePasswordReason?}` |
//! | 242 | second factor required | `{twoFactorId, methods}` |
//! | 409 | prevented by FusionAuth | `{actions}` |
//! | 400, 401, 404, 410, 422, 423, 424, 429, 5xx | not signed in | a problem |

use crate::auth::authenticator::SignOutOutcome;
use crate::auth::{cookies::KeepSignedIn, error::Error as AuthError, family_rules::SignOutScope, fusionauth::LoginAnswer};
use crate::http::{body::JsonBody, error::Error as HttpError, problem::ApiResult};
use crate::sign_in::error::Error;
use crate::sign_in::outcome::{device, keep_device_trust, login_error, sign_in};
use crate::{clock::now_ms, state::Backend, typed, user_request::ApiRequest, users};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, body::Bytes, http::StatusCode, routing::post};
use fusionauth_api::backend::Device;
use fusionauth_api::login::{LoginFailure, TrustDevice};
use fusionauth_api::password::OneTimePassword;
use fusionauth_api::step_up::SendCodeOutcome;
use serde::Deserialize;
use serde_json::json;
use storefront_messages::{SignInError, VerificationError};

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new()
        .route("/login", post(login))
        .route("/two-factor/login", post(second_factor))
        .route("/two-factor/send/{id}", post(send_code))
        .route("/logout", post(logout))
}

/// The members of the request that this server reads. It ignores FusionAuth's other members, because it knows the application itself. This
/// type has no `Debug`, because it holds a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    #[serde(default, deserialize_with = "typed::deserialize_email")]
    login_id: String,
    #[serde(default)]
    password: String,
    /// Replaces email and password in the sign-in after a change of the password.
    one_time_password: Option<OneTimePassword>,
    keep_signed_in: Option<bool>,
}

/// This type has no `Debug`, because it holds a code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    two_factor_id: String,
    code: String,
    #[serde(default)]
    trust_computer: bool,
    keep_signed_in: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SendCode {
    method_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Logout {
    global: bool,
}

async fn login(request: ApiRequest, JsonBody(credentials): JsonBody<Credentials>) -> ApiResult<Response> {
    let began_at = now_ms();
    let Credentials { login_id, password, one_time_password, keep_signed_in } = &credentials;
    let ApiRequest { backend, client, browser, cookies } = &request;
    let device = device(browser, cookies);
    let answer = match one_time_password {
        Some(password) => {
            backend.attempts.anonymous_calls.take_from(*client).await?;
            backend.fusionauth.one_time_password_login(*client, device, password).await
        }
        None => backend.attempts.login(&backend.fusionauth, *client, device, login_id, password).await?,
    };
    respond(&request, *keep_signed_in, began_at, answer).await
}

async fn second_factor(request: ApiRequest, JsonBody(code): JsonBody<Code>) -> ApiResult<Response> {
    let began_at = now_ms();
    let Code { two_factor_id, code, trust_computer, keep_signed_in } = &code;
    let ApiRequest { backend, client, browser, cookies } = &request;
    let code = typed::second_factor_code(code);
    let trust = if *trust_computer { TrustDevice::Yes } else { TrustDevice::No };
    let device = Device { trust, ..device(browser, cookies) };
    let answer = backend.fusionauth.second_factor(*client, device, two_factor_id, &code);
    let answer = backend.attempts.code(*client, two_factor_id, answer).await;
    keep_device_trust(cookies, &answer);
    respond(&request, *keep_signed_in, began_at, answer?).await
}

async fn send_code(request: ApiRequest, Path(id): Path<String>, JsonBody(sent): JsonBody<SendCode>) -> ApiResult<StatusCode> {
    let (ApiRequest { backend, client, .. }, SendCode { method_id }) = (request, sent);
    backend.attempts.message(client, &format!("code {id} {method_id}")).await.map_err(Error::MessageTooSoon)?;
    match backend.fusionauth.send_code(client, &id, &method_id).await {
        SendCodeOutcome::Sent => Ok(StatusCode::OK),
        SendCodeOutcome::Expired => Err(Error::Refused(SignInError::CodeExpired).into()),
        SendCodeOutcome::TooMany => Err(Error::Verification(VerificationError::SentAMomentAgo).into()),
        SendCodeOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

/// Like FusionAuth, answers 200 even if nobody was signed in. An empty body counts as `{}`.
async fn logout(ApiRequest { backend, cookies, .. }: ApiRequest, body: Bytes) -> ApiResult<StatusCode> {
    let body: Logout =
        if body.is_empty() { Logout::default() } else { serde_json::from_slice(&body).map_err(|_| HttpError::BodyMalformed)? };
    let scope = if body.global { SignOutScope::Everywhere } else { SignOutScope::This };
    match backend.authenticator.sign_out(&cookies, scope).await? {
        SignOutOutcome::OneSignInOnly => Err(AuthError::SessionOver.into()),
        SignOutOutcome::RevocationPending if scope == SignOutScope::Everywhere => Err(AuthError::SignOutPending.into()),
        SignOutOutcome::Revoked | SignOutOutcome::RevocationPending => Ok(StatusCode::OK),
    }
}

/// Answers a sign-in as FusionAuth does, and sets the cookies. If the request has no `keepSignedIn`, the choice of the browser's previous
/// sign-in applies ([`Cookies::keep_signed_in`]).
pub(super) async fn respond(request: &ApiRequest, keep_signed_in: Option<bool>, began_at: i64, answer: LoginAnswer) -> ApiResult<Response> {
    let ApiRequest { backend, cookies, .. } = request;
    let keep = keep_signed_in.map_or_else(|| cookies.keep_signed_in(), KeepSignedIn::of);
    let LoginAnswer { outcome, details } = answer;
    let (status, body) = match outcome {
        Ok(tokens) => {
            let identity = sign_in(&backend.authenticator, cookies, keep, began_at, tokens).await?;
            (200, json!({"user": users::user(&backend.db, identity).await?}))
        }
        Err(LoginFailure::NotRegistered) => (202, json!({})),
        Err(LoginFailure::PasswordChangeRequired { change_password_id, reason }) => {
            (203, json!({"changePasswordId": change_password_id, "changePasswordReason": reason}))
        }
        Err(LoginFailure::EmailNotVerified) => (212, json!({"emailVerificationId": details.next.email_verification_id})),
        Err(LoginFailure::RegistrationNotVerified) => {
            (213, json!({"registrationVerificationId": details.next.registration_verification_id}))
        }
        Err(LoginFailure::TwoFactorRequired { two_factor_id, .. }) => {
            (242, json!({"twoFactorId": two_factor_id, "methods": details.next.methods}))
        }
        Err(LoginFailure::Prevented) => (409, json!({"actions": details.next.actions})),
        Err(failure) => return Err(login_error(failure).into()),
    };
    Ok((StatusCode::from_u16(status).map_err(|_| HttpError::Internal)?, Json(body)).into_response())
}
