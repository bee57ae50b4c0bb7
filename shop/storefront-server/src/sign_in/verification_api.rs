//! Verification of an email address and of a registration, for the single-page app.
//!
//! | call | workflow | body of a 200 |
//! |---|---|---|
//! | `POST /api/verification-message/email` and `…/registration` send the message again | every `spa-` workflow | `{verificationId?}`, for every email |
//! | `POST /api/user/verify-email` and `…/verify-registration`, as in FusionAuth | `spa-backend`, where the app reaches FusionAuth only through this server | `{}` |
//!
//! The app requests the message again from this server, because only the server has the API key. Without the key, FusionAuth does not
//! return the id of the new code.

use crate::auth::error::Error as AuthError;
use crate::http::{client_address::ClientAddress, endpoint::endpoint, json_body::JsonBody, problem::ProblemResponse};
use crate::sign_in::{
    error::Error,
    verification_message::{send_again, verify},
};
use crate::state::Backend;
use crate::typed;
use axum::{Json, Router, extract::State, routing::post};
use fusionauth_api::verification::{ResendOutcome, Verified, VerifyOutcome};
use serde::Deserialize;
use storefront_api::{Done, SendVerification, VerificationSent, endpoints};
use storefront_messages::VerificationError;

/// The routes below `/api` in every workflow of the single-page app.
pub fn message_router() -> Router<Backend> {
    use Verified::{Email, Registration};
    endpoint(endpoints::SEND_EMAIL_VERIFICATION, async |state, client, body| send(Email, state, client, body).await)
        .merge(endpoint(endpoints::SEND_REGISTRATION_VERIFICATION, async |state, client, body| {
            send(Registration, state, client, body).await
        }))
}

/// The routes below `/api` that have FusionAuth's paths, for `spa-backend`.
pub fn router() -> Router<Backend> {
    Router::new()
        .route("/user/verify-email", post(async |state, client, body| handle(Verified::Email, state, client, body).await))
        .route("/user/verify-registration", post(async |state, client, body| handle(Verified::Registration, state, client, body).await))
}

/// FusionAuth's request. This type has no `Debug`, because it holds an id and a code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verify {
    verification_id: String,
    one_time_code: Option<String>,
}

async fn send(
    what: Verified,
    State(backend): State<Backend>,
    client: ClientAddress,
    JsonBody(SendVerification { email }): JsonBody<SendVerification>,
) -> Result<Json<VerificationSent>, ProblemResponse> {
    match send_again(&backend, client, what, &typed::email(&email)).await.map_err(Error::MessageTooSoon)? {
        ResendOutcome::Accepted { verification_id } => Ok(Json(VerificationSent { verification_id })),
        ResendOutcome::NotConfigured => Err(Error::Verification(VerificationError::NotConfigured).into()),
        ResendOutcome::TooMany => Err(Error::Verification(VerificationError::SentAMomentAgo).into()),
        ResendOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

async fn handle(
    what: Verified,
    State(backend): State<Backend>,
    client: ClientAddress,
    JsonBody(Verify { verification_id, one_time_code }): JsonBody<Verify>,
) -> Result<Json<Done>, ProblemResponse> {
    let code = one_time_code.as_deref().map(typed::message_code);
    match verify(&backend, client, what, &verification_id, code.as_deref()).await.map_err(Error::from)? {
        VerifyOutcome::Verified => Ok(Json(Done {})),
        VerifyOutcome::WrongCode => Err(Error::Verification(VerificationError::WrongCode).into()),
        VerifyOutcome::Expired => Err(Error::Verification(VerificationError::Expired).into()),
        VerifyOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}
