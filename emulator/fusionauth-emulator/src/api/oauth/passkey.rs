//! Passkeys on the sign-in page (<https://fusionauth.io/docs/lifecycle/authenticate-users/passwordless/webauthn-passkeys>). The user types an
//! email and presses "Use a passkey". On the next page, a script signs the challenge, and sends the signature with the page's form.

use super::completion::{login_of, next_step, outcome, sign_in_page};
use super::pages;
use super::request::{AuthorizationRequest, RequestError};
use super::sso::Sso;
use crate::api::webauthn;
use crate::database;
use crate::domain::Refusal;
use crate::domain::passkeys::Assertion;
use crate::http::host::own_origin;
use crate::http::{Answer, Routes, TenantHeader};
use crate::model::WebAuthnWorkflow;
use crate::state::AppState;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::Value;

pub(super) fn router() -> Routes {
    let script = || async { ([(header::CONTENT_TYPE, "text/javascript; charset=UTF-8")], include_str!("passkey.js")).into_response() };
    Routes::new().route(pages::PASSKEY_SCRIPT, get(script))
}

/// Begins a ceremony, and answers with the page that completes it.
pub(super) async fn begin(emulator: &AppState, request: &AuthorizationRequest, login_id: &str, sso: Sso<'_>) -> Answer<RequestError> {
    match options(emulator, request, login_id).await {
        Ok(options) => Ok(pages::passkey(request, &options, sso)),
        Err(internal @ Refusal::Internal(..)) => Err(internal.into()),
        // The answer does not say whether the account exists.
        Err(_) => sign_in_page(request, login_id, Some("No account with this email can sign in with a passkey here.")),
    }
}

/// The options for the browser.
async fn options(emulator: &AppState, request: &AuthorizationRequest, login_id: &str) -> Result<Value, Refusal> {
    let (tenant, application) = (&request.tenant, &request.application);
    webauthn::settings(tenant, Some(application), WebAuthnWorkflow::Bootstrap)?;
    let stored = database::users::by_login_id(&emulator.database, tenant.id, login_id, None).await?.ok_or(StatusCode::NOT_FOUND)?;
    webauthn::begin(emulator, tenant, application, &stored.user, None, Value::Null).await
}

/// Checks the signature, and signs the user in as the Login API does.
pub(super) async fn complete(
    emulator: &AppState,
    headers: &HeaderMap,
    request: &AuthorizationRequest,
    credential: &str,
    sso: Sso<'_>,
) -> Answer<RequestError> {
    let outcome = outcome(sign_in(emulator, headers, request, credential).await).await?;
    let not_found = "The passkey was not accepted. Try again, or use your password.";
    next_step(emulator, headers, request, outcome, sso, ("", not_found)).await
}

async fn sign_in(emulator: &AppState, headers: &HeaderMap, request: &AuthorizationRequest, credential: &str) -> Answer {
    let credential: Assertion = serde_json::from_str(credential).map_err(|_| StatusCode::NOT_FOUND)?;
    let origin = own_origin(headers);
    let host = origin.split("://").nth(1).and_then(|it| it.split(':').next()).unwrap_or_default();
    let rp_id = request.tenant.web_authn_configuration.relying_party_id.as_deref().unwrap_or(host);
    let verified = webauthn::verify(emulator, &TenantHeader::default(), &credential, &origin, rp_id).await?;
    // The challenge may belong to a sign-in to another application.
    if verified.application.as_ref().is_none_or(|it| it.id != request.application.id) {
        return Err(StatusCode::NOT_FOUND.into());
    }
    webauthn::sign_in(emulator, headers, login_of(request), verified, None).await
}
