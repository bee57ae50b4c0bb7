//! Verification of an email address and of a registration: the API, with the functions that the server-rendered pages use, too.
//!
//! | call | workflow | body of a 200 |
//! |---|---|---|
//! | `POST /api/verification-message/email` and `…/registration` send the message again | every `spa-` workflow | `{verificationId?}`, for every email |
//! | `POST /api/user/verify-email` and `…/verify-registration`, as in FusionAuth | `spa-backend`, where the app reaches FusionAuth only through this server | `{}` |
//!
//! The app requests the message again from this server, because only the server has the API key. Without the key, FusionAuth does not
//! return the id of the new code. The response does not reveal who has an account: it is the same for every email, and takes the same time.

use crate::auth::email_proof::{self, MailedProof};
use crate::auth::error::Error as AuthError;
use crate::http::{body::JsonBody, client_address::ClientAddress, endpoint::endpoint, problem::ApiResult, rate_limit::TooOften};
use crate::sign_in::{error::Error, password_link::LEAST_TIME};
use crate::{state::Backend, typed, user_request::ApiRequest};
use axum::{Json, Router, routing::post};
use fusionauth_api::verification::{ResendOutcome, Verified, VerifyOutcome};
use serde::Deserialize;
use storefront_api::{Done, SendVerification, VerificationSent, endpoints};
use storefront_messages::VerificationError;
use tokio::time::Instant;

/// The routes below `/api` in every workflow of the single-page app.
pub fn message_router() -> Router<Backend> {
    use Verified::{Email, Registration};
    let email = endpoint(endpoints::SEND_EMAIL_VERIFICATION, async |request, body| send(Email, request, body).await);
    email.merge(endpoint(endpoints::SEND_REGISTRATION_VERIFICATION, async |request, body| send(Registration, request, body).await))
}

/// The routes below `/api` that have FusionAuth's paths, for `spa-backend`.
pub fn router() -> Router<Backend> {
    Router::new()
        .route("/user/verify-email", post(async |request, body| handle(Verified::Email, request, body).await))
        .route("/user/verify-registration", post(async |request, body| handle(Verified::Registration, request, body).await))
}

/// FusionAuth's request. This type has no `Debug`, because it holds an id and a code.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verify {
    verification_id: String,
    one_time_code: Option<String>,
}

async fn send(what: Verified, request: ApiRequest, JsonBody(sent): JsonBody<SendVerification>) -> ApiResult<Json<VerificationSent>> {
    match send_again(&request.backend, request.client, what, &typed::email(&sent.email)).await.map_err(Error::MessageTooSoon)? {
        ResendOutcome::Accepted { verification_id } => Ok(Json(VerificationSent { verification_id })),
        ResendOutcome::NotConfigured => Err(Error::Verification(VerificationError::NotConfigured).into()),
        ResendOutcome::TooMany => Err(Error::Verification(VerificationError::SentAMomentAgo).into()),
        ResendOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

async fn handle(what: Verified, request: ApiRequest, JsonBody(sent): JsonBody<Verify>) -> ApiResult<Json<Done>> {
    let code = sent.one_time_code.as_deref().map(typed::message_code);
    match verify(&request.backend, request.client, what, &sent.verification_id, code.as_deref()).await? {
        VerifyOutcome::Verified => Ok(Json(Done {})),
        VerifyOutcome::WrongCode => Err(Error::Verification(VerificationError::WrongCode).into()),
        VerifyOutcome::Expired => Err(Error::Verification(VerificationError::Expired).into()),
        VerifyOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

/// Makes FusionAuth send the message.
pub(crate) async fn send_again(backend: &Backend, client: ClientAddress, what: Verified, email: &str) -> Result<ResendOutcome, TooOften> {
    backend.attempts.message(client, &format!("{what:?} {email}")).await?;
    let answer_at = Instant::now() + LEAST_TIME;
    // A message with a code proves the email without a link, so what a stranger may have added goes here.
    let outcome = match email_proof::prepare(&backend.fusionauth, &backend.db, MailedProof::VerificationCodeTo(email)).await {
        Ok(_) => backend.fusionauth.send_verification(client, what, email).await,
        Err(_) => ResendOutcome::Unavailable { status: 0 },
    };
    tokio::time::sleep_until(answer_at).await;
    Ok(outcome)
}

/// Verifies an email or a registration, with the id of a link, or with the id and the text of a code.
pub(crate) async fn verify(
    backend: &Backend,
    client: ClientAddress,
    what: Verified,
    id: &str,
    code: Option<&str>,
) -> Result<VerifyOutcome, TooOften> {
    let verified = async {
        if what == Verified::Email
            && code.is_none()
            && email_proof::prepare(&backend.fusionauth, &backend.db, MailedProof::VerificationLink(id)).await.is_err()
        {
            return VerifyOutcome::Unavailable { status: 0 };
        }
        backend.fusionauth.verify(client, what, id, code).await
    };
    backend.attempts.code(client, id, verified).await
}
