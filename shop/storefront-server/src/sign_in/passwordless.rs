//! Makes FusionAuth email a short code and a link, with which a user signs in without a password. The server-rendered pages and the API use
//! this module.
//!
//! A sign-in has two codes. The page gets FusionAuth's long code, which is useless without the short one. The message has the short one, and
//! a link with both. The response does not reveal who has an account: it is the same for every email, and takes the same time.
//!
//! An account whose email was never verified gets a reset link in place of a code. A stranger may have registered it with a password of the
//! stranger's (account pre-hijacking). The owner of the mailbox then chooses a new password, which ends that password and every sign-in.
//!
//! FusionAuth requires an API key for the first step, so the single-page app sends this step to this server in every workflow. The app sends
//! the last step to where it also sends passwords: to FusionAuth or to this server.
//!
//! | call | effect |
//! |---|---|
//! | `POST /api/passwordless/start` | makes FusionAuth email a short code, and returns the long code that belongs to it |
//! | `POST /api/passwordless/login` | only in `spa-backend`: signs in, as FusionAuth's endpoint of this path does |

use crate::auth::{error::Error as AuthError, fusionauth::Unreachable};
use crate::http::{body::JsonBody, client_address::ClientAddress, endpoint::endpoint, problem::ApiResult, rate_limit::TooOften};
use crate::secret;
use crate::sign_in::{api::respond, error::Error, outcome::device, password_link::LEAST_TIME};
use crate::{clock::now_ms, state::Backend, typed, user_request::ApiRequest};
use axum::{Json, Router, response::Response, routing::post};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fusionauth_api::account::UserRecord;
use fusionauth_api::password::{ForgotPasswordOutcome, MessageState};
use fusionauth_api::passwordless::{StartOutcome, StartResponse};
use serde::Deserialize;
use storefront_api::{PasswordlessStarted, StartPasswordless, endpoints};
use tokio::time::Instant;

/// The answer to a user who asks for a code. This type has no `Debug`, because it holds a code.
#[derive(PartialEq, Eq)]
pub(crate) enum CodeRequested {
    /// The page gets this long code. If the email has an account, FusionAuth has emailed the short code that belongs to it.
    Sent(String),
    /// FusionAuth does not allow these sign-ins, or does not accept this server's API key.
    NotConfigured,
    /// FusionAuth does not answer as documented.
    Unavailable,
}

/// Makes FusionAuth email a code.
pub(crate) async fn request_code(backend: &Backend, client: ClientAddress, login_id: &str) -> Result<CodeRequested, TooOften> {
    backend.attempts.sign_in_code(client, login_id).await?;
    let answer_at = Instant::now() + LEAST_TIME;
    let state = MessageState { site: backend.site.workflow.slug(), occasion: None };
    let outcome = match backend.fusionauth.user_with_login_id(login_id).await {
        Ok(Some(UserRecord { verified: false, .. })) => {
            let state = MessageState { occasion: Some("unverified"), ..state };
            match backend.fusionauth.forgot_password(client, login_id, state).await {
                ForgotPasswordOutcome::Accepted => {}
                outcome => tracing::error!(?outcome, "FusionAuth mailed no reset link to a user with an unverified email"),
            }
            StartOutcome::UnknownUser
        }
        Ok(Some(_) | None) => backend.fusionauth.start_passwordless(login_id, state).await,
        Err(Unreachable) => StartOutcome::Unavailable { status: 0 },
    };
    let is_known = matches!(outcome, StartOutcome::Started(_));
    let requested = code_for_page(outcome);
    if let (true, CodeRequested::Sent(code)) = (is_known, &requested) {
        // A message that FusionAuth does not send is no error here, because only a known email can have one.
        match backend.fusionauth.send_passwordless(client, code).await {
            200 => {}
            status => tracing::error!(status, "FusionAuth sent no code for a sign-in; set the tenant's passwordlessEmailTemplateId"),
        }
    }
    tokio::time::sleep_until(answer_at).await;
    Ok(requested)
}

/// The long code for the page.
fn code_for_page(outcome: StartOutcome) -> CodeRequested {
    match outcome {
        StartOutcome::Started(StartResponse { code, one_time_code: Some(_) }) => CodeRequested::Sent(code),
        // Without a short code, the long code alone signs in, so no page may get it.
        StartOutcome::Started(StartResponse { one_time_code: None, .. }) => {
            tracing::error!("FusionAuth made no short code for a sign-in; it must support the login strategy FormField");
            CodeRequested::NotConfigured
        }
        // A code as FusionAuth makes it by default. FusionAuth answers a sign-in with it as it answers a wrong short code.
        StartOutcome::UnknownUser => CodeRequested::Sent(URL_SAFE_NO_PAD.encode(secret::random::<32>())),
        StartOutcome::Refused => {
            tracing::error!("FusionAuth refused to start a sign-in without a password; set the application's passwordlessConfiguration");
            CodeRequested::NotConfigured
        }
        StartOutcome::Unavailable { status: status @ (401 | 403) } => {
            tracing::error!(status, "FusionAuth refused to start a sign-in without a password; may the API key POST to this endpoint?");
            CodeRequested::NotConfigured
        }
        StartOutcome::Unavailable { .. } => CodeRequested::Unavailable,
    }
}

/// The route below `/api`, in every workflow of the single-page app.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::START_PASSWORDLESS, start)
}

/// The route below `/api` in `spa-backend`, where the app signs in through this server.
pub fn login_router() -> Router<Backend> {
    Router::new().route("/passwordless/login", post(login))
}

/// The members of FusionAuth's request that this server reads. This type has no `Debug`, because it holds codes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    code: String,
    one_time_code: Option<String>,
    keep_signed_in: Option<bool>,
}

async fn start(request: ApiRequest, JsonBody(sent): JsonBody<StartPasswordless>) -> ApiResult<Json<PasswordlessStarted>> {
    match request_code(&request.backend, request.client, &typed::email(&sent.login_id)).await? {
        CodeRequested::Sent(code) => Ok(Json(PasswordlessStarted { code })),
        CodeRequested::NotConfigured => Err(Error::NoPasswordless.into()),
        CodeRequested::Unavailable => Err(AuthError::SignInUnavailable.into()),
    }
}

async fn login(request: ApiRequest, JsonBody(sent): JsonBody<Login>) -> ApiResult<Response> {
    let began_at = now_ms();
    let ApiRequest { backend, client, browser, cookies } = &request;
    let short_code = sent.one_time_code.as_deref().map(typed::message_code);
    let answer = backend.fusionauth.passwordless_login(*client, device(browser, cookies), &sent.code, short_code.as_deref());
    let answer = backend.attempts.code(*client, &sent.code, answer).await?;
    respond(&request, sent.keep_signed_in, began_at, answer).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_gets_a_code_that_signs_in_alone() {
        let started = |one_time_code: Option<&str>| {
            StartOutcome::Started(StartResponse { code: "long".into(), one_time_code: one_time_code.map(Into::into) })
        };
        assert!(code_for_page(started(None)) == CodeRequested::NotConfigured);
        assert!(code_for_page(started(Some("123456"))) == CodeRequested::Sent("long".into()));
        let CodeRequested::Sent(invented) = code_for_page(StartOutcome::UnknownUser) else { panic!("an unknown user gets a code") };
        assert!(CodeRequested::Sent(invented) != code_for_page(StartOutcome::UnknownUser), "each request gets its own code");
    }
}
