//! The second factor that FusionAuth requires before a reset link changes a password, for the single-page app in every workflow. The app
//! uses this server, because FusionAuth starts the second factor only with an API key.
//!
//! | call | body of a 200 |
//! |---|---|
//! | `POST /api/password-link/second-factor` with `{changePasswordId}` | `{twoFactorId, methods, trustChallenge}` |
//! | `POST /api/password-link/code` with `{twoFactorId, code}` | `{trustToken}`, which the app sends with `trustChallenge` to change the password; or a new `{changePasswordId}`, which needs no token |
//!
//! Failures are problems: 404 for an expired link or code, 422 for a wrong code, or another problem of `POST /api/login`.

use crate::auth::error::Error as AuthError;
use crate::http::{client_address::ClientAddress, json_body::JsonBody, problem::ProblemResponse};
use crate::sign_in::{error::Error, outcome::login_error, password_link::trust_challenge};
use crate::state::Backend;
use crate::typed;
use axum::{Json, Router, extract::State, routing::post};
use fusionauth_api::step_up::TrustOutcome;
use serde::Deserialize;
use serde_json::{Value, json};
use storefront_messages::VerificationError;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/password-link/second-factor", post(start)).route("/password-link/code", post(check))
}

/// This type has no `Debug`, because it holds an id that opens an account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    change_password_id: String,
}

/// This type has no `Debug`, because it holds a code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    two_factor_id: String,
    code: String,
}

async fn start(
    State(backend): State<Backend>,
    client: ClientAddress,
    JsonBody(Start { change_password_id }): JsonBody<Start>,
) -> Result<Json<Value>, ProblemResponse> {
    backend.attempts.anonymous_calls.take_from(client).await.map_err(Error::from)?;
    backend.attempts.challenge(&change_password_id).await.map_err(Error::from)?;
    let challenge = trust_challenge(&change_password_id);
    let started = backend.fusionauth.start_second_factor_of_link(&change_password_id, &challenge).await;
    match started.map_err(|_| AuthError::SignInUnavailable)? {
        Some(it) => Ok(Json(json!({"twoFactorId": it.two_factor_id, "methods": it.methods, "trustChallenge": challenge}))),
        None => Err(Error::Verification(VerificationError::Expired).into()),
    }
}

async fn check(
    State(backend): State<Backend>,
    client: ClientAddress,
    JsonBody(Code { two_factor_id, code }): JsonBody<Code>,
) -> Result<Json<Value>, ProblemResponse> {
    let code = typed::second_factor_code(&code);
    let trusted = backend.fusionauth.trust(client, &two_factor_id, &code);
    match backend.attempts.code(client, &two_factor_id, trusted).await.map_err(Error::from)? {
        TrustOutcome::Trusted(token) => Ok(Json(json!({"trustToken": token.expose()}))),
        TrustOutcome::PasswordChangeRequired(id) => Ok(Json(json!({"changePasswordId": id}))),
        TrustOutcome::Failed(failure) => Err(login_error(failure).into()),
    }
}
