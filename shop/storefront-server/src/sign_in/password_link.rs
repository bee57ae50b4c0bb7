//! Reset links, and what the page of a mailed link asks for. The response to a request for a link does not reveal who has an account: it is
//! the same for every email, and takes the same time.
//!
//! The single-page app sends these calls to this server in every workflow, because FusionAuth answers only callers with an API key:
//!
//! | call | body of a 200 |
//! |---|---|
//! | `POST /api/mailed-link` with `{changePasswordId}` or `{verificationId}`, before the app uses the id at FusionAuth: removes what a stranger may have added (`email_proof`) | `{}`, or for an account that the link can verify `{email, registeredAt}` |
//! | `POST /api/password-link/second-factor` with `{changePasswordId}` | `{twoFactorId, methods, trustChallenge}` |
//! | `POST /api/password-link/code` with `{twoFactorId, code}` | `{trustToken}`, which the app sends with `trustChallenge` to change the password; or a new `{changePasswordId}`, which needs no token |
//!
//! Failures are problems: 404 for an expired link or code, 422 for a wrong code, or another problem of `POST /api/login`.

use crate::auth::email_proof::{self, MailedProof};
use crate::auth::error::Error as AuthError;
use crate::http::{body::JsonBody, client_address::ClientAddress, endpoint::endpoint, problem::ApiResult, rate_limit::TooOften};
use crate::secret::hash_secret;
use crate::sign_in::{error::Error, outcome::login_error};
use crate::{clock::rfc3339_of_ms, state::Backend, typed, user_request::ApiRequest};
use axum::{Json, Router};
use fusionauth_api::password::{ForgotPasswordOutcome, MessageState};
use fusionauth_api::step_up::TrustOutcome;
use serde_json::{Value, json};
use std::time::Duration;
use storefront_api::{CheckLinkCode, MailedLinkId, OpenedLink, StartLinkCode, endpoints};
use storefront_messages::VerificationError;
use tokio::time::Instant;

/// The minimum time of a response that must not reveal who has an account. FusionAuth answers sooner if it sends no message because an
/// email is unknown, or creates no account because an email is known.
pub(crate) const LEAST_TIME: Duration = Duration::from_secs(1);

/// The text that binds a trust token to the reset link with this id, so that the token works for no other link.
pub(crate) fn trust_challenge(id: &str) -> String {
    hash_secret("trust challenge", id)
}

/// Makes FusionAuth mail the link, which points to this site.
pub(crate) async fn ask_for_link(backend: &Backend, client: ClientAddress, login_id: &str) -> Result<ForgotPasswordOutcome, TooOften> {
    backend.attempts.password_link(client, login_id).await?;
    let answer_at = Instant::now() + LEAST_TIME;
    let state = MessageState { site: backend.site.workflow.slug(), occasion: None };
    let outcome = backend.fusionauth.forgot_password(client, login_id, state).await;
    tokio::time::sleep_until(answer_at).await;
    if outcome == ForgotPasswordOutcome::NotConfigured {
        tracing::error!("FusionAuth sends no message for a forgotten password; set the tenant's forgotPasswordEmailTemplateId");
    }
    Ok(outcome)
}

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::OPEN_MAILED_LINK, open)
        .merge(endpoint(endpoints::START_LINK_CODE, start))
        .merge(endpoint(endpoints::CHECK_LINK_CODE, check))
}

async fn open(ApiRequest { backend, client, .. }: ApiRequest, JsonBody(link): JsonBody<MailedLinkId>) -> ApiResult<Json<OpenedLink>> {
    backend.attempts.anonymous_calls.take_from(client).await?;
    let link = match &link {
        MailedLinkId::ChangePasswordId(id) => MailedProof::ResetLink(id),
        MailedLinkId::VerificationId(id) => MailedProof::VerificationLink(id),
    };
    let user = email_proof::prepare(&backend.fusionauth, &backend.db, link).await?;
    let shown = user.filter(|it| !it.verified && matches!(link, MailedProof::VerificationLink(_)));
    Ok(Json(shown.map_or_else(OpenedLink::default, |it| OpenedLink { registered_at: rfc3339_of_ms(it.insert_instant), email: it.email })))
}

async fn start(ApiRequest { backend, client, .. }: ApiRequest, JsonBody(sent): JsonBody<StartLinkCode>) -> ApiResult<Json<Value>> {
    let StartLinkCode { change_password_id } = sent;
    backend.attempts.anonymous_calls.take_from(client).await?;
    backend.attempts.challenge(&change_password_id).await?;
    let challenge = trust_challenge(&change_password_id);
    let started = backend.fusionauth.start_second_factor_of_link(&change_password_id, &challenge).await;
    match started.map_err(|_| AuthError::SignInUnavailable)? {
        Some(it) => Ok(Json(json!({"twoFactorId": it.two_factor_id, "methods": it.methods, "trustChallenge": challenge}))),
        None => Err(Error::Verification(VerificationError::Expired).into()),
    }
}

async fn check(ApiRequest { backend, client, .. }: ApiRequest, JsonBody(sent): JsonBody<CheckLinkCode>) -> ApiResult<Json<Value>> {
    let (two_factor_id, code) = (&sent.two_factor_id, typed::second_factor_code(&sent.code));
    let trusted = backend.fusionauth.trust(client, two_factor_id, &code);
    match backend.attempts.code(client, two_factor_id, trusted).await? {
        TrustOutcome::Trusted(token) => Ok(Json(json!({"trustToken": token.expose()}))),
        TrustOutcome::PasswordChangeRequired(id) => Ok(Json(json!({"changePasswordId": id}))),
        TrustOutcome::Failed(failure) => Err(login_error(failure).into()),
    }
}
