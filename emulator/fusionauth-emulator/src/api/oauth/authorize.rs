//! `/oauth2/authorize` shows a page on which the user signs in through the Login API, then redirects the browser with a code. A user with a
//! single sign-on session sees no page.

use super::completion::{finish, login_of, next_step, outcome, second_factor_page, sign_in_page, sso_of};
use super::form::FormBody;
use super::passkey;
use super::request::{AuthorizationRequest, Parameters, RequestError};
use super::sso::{self, Sso};
use crate::api::login::{self, refused, with_password};
use crate::api::two_factor;
use crate::database;
use crate::http::{Answer, Anyone, Query, Routes, empty};
use crate::state::{AppState, OpaqueToken};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/authorize", get(show).post(sign_in))
}

/// The user's input, and the parameters of the authorization request. This type has no `Debug`, because it contains a password or the
/// answer to a challenge.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    #[serde(flatten)]
    parameters: Parameters,
    code: String,
    /// The JSON of a signature with a passkey.
    credential: Option<String>,
    #[serde(rename = "loginId")]
    login_id: String,
    /// Present if the user wants to sign in with a passkey.
    passkey: Option<String>,
    password: String,
    #[serde(rename = "rememberDevice")]
    remember_device: String,
    /// The id of the second factor through which the user wants to receive a code.
    send: Option<String>,
    #[serde(rename = "twoFactorId")]
    two_factor_id: Option<String>,
}

async fn show(Anyone(emulator): Anyone, headers: HeaderMap, Query(parameters): Query<Parameters>) -> Answer<RequestError> {
    let request = AuthorizationRequest::check(&emulator, &headers, parameters).await?;
    if let Some(answer) = single_sign_on(&emulator, &headers, &request).await? {
        return Ok(answer);
    }
    let login_hint = request.parameters.login_hint.clone().unwrap_or_default();
    sign_in_page(&request, &login_hint, None)
}

async fn sign_in(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(mut form): FormBody<Form>) -> Answer<RequestError> {
    let request = AuthorizationRequest::check(&emulator, &headers, std::mem::take(&mut form.parameters)).await?;
    if request.is_silent() {
        return sign_in_page(&request, "", None);
    }
    let sso = sso_of(&form.remember_device);
    if let Some(id) = form.two_factor_id.take().map(OpaqueToken::from_request) {
        second_step(&emulator, &headers, &request, &form, &id).await
    } else if let Some(credential) = &form.credential {
        passkey::complete(&emulator, &headers, &request, credential, sso).await
    } else if form.passkey.is_some() {
        passkey::begin(&emulator, &request, &form.login_id, sso).await
    } else {
        first_step(&emulator, &headers, &request, form).await
    }
}

/// Signs in the user of the browser's single sign-on session, by the same rules as any sign-in. `None` if the user must type a password.
async fn single_sign_on(
    emulator: &AppState,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
) -> Result<Option<Response>, RequestError> {
    let Some(session) = sso::find(emulator, headers, &request.tenant).await? else { return Ok(None) };
    if !request.accepts_session(session.auth_time, emulator.clock.now_ms().div_euclid(1_000)) {
        return Ok(None);
    }
    let Some(stored) = database::users::stored_by_id(&emulator.database, session.user).await? else { return Ok(None) };
    let answer = match refused(emulator, &stored.user, Some(request.application.id)).await {
        Ok(Some(refused)) => Ok(refused),
        // The documentation does not say how such a sign-in counts, so the type is that of the user's own sign-in.
        Ok(None) => login::finish(emulator, headers, login_of(request), stored).await,
        Err(refusal) => Err(refusal),
    };
    finish(emulator, headers, request, outcome(answer).await?, Sso::Continue(&session)).await.map(Some)
}

async fn first_step(emulator: &AppState, headers: &HeaderMap, request: &AuthorizationRequest, form: Form) -> Answer<RequestError> {
    let sso = sso_of(&form.remember_device);
    let login_id = (form.login_id.as_str(), None);
    let outcome = outcome(with_password(emulator, headers, login_of(request), login_id, form.password, None).await).await?;
    let not_found = "No account has this email and password. Try again.";
    next_step(emulator, headers, request, outcome, sso, (&form.login_id, not_found)).await
}

async fn second_step(
    emulator: &AppState,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    form: &Form,
    id: &OpaqueToken,
) -> Answer<RequestError> {
    let sso = sso_of(&form.remember_device);
    if let Some(method) = &form.send {
        let sent = two_factor::send_code(emulator, &request.tenant, Some(&request.application), id, method.clone()).await;
        let sent = outcome(sent.map(|()| empty(StatusCode::OK))).await?;
        let message = if sent.status == 200 { "The code was sent." } else { "No code can be sent this way." };
        return second_factor_page(emulator, request, id, sso, Some(message)).await;
    }
    let outcome = outcome(two_factor::complete(emulator, headers, login_of(request), id, form.code.trim(), false).await).await?;
    match outcome.status {
        421 => second_factor_page(emulator, request, id, sso, Some("This code is not correct. Try again.")).await,
        404 => sign_in_page(request, "", Some("The sign-in took too long. Sign in again.")),
        _ => finish(emulator, headers, request, outcome, sso).await,
    }
}
