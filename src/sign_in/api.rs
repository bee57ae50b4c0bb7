//! Sends the requests of the pages around the sign-in. The session library sends the sign-in itself.
//!
//! Calls for which FusionAuth requires no API key go to the configured `fusionauth_url`. In `spa-backend` that is the backend's URL, and
//! the backend has the same endpoints as FusionAuth. Calls that need an API key go to the backend in every workflow.

use crate::data::client::{ApiError, ask_fusionauth, fetch_anonymous, fetch_anonymous_text, request};
use fusionauth_api::errors::Errors;
use fusionauth_api::password::{
    ChangePasswordIdState, ChangePasswordOutcome, ChangePasswordRequest, ForgotPasswordOutcome, ForgotPasswordRequest, MessageState,
    PasswordRules, PasswordRulesResponse,
};
use fusionauth_api::verification::{Verified, VerifyOutcome, VerifyRequest};
use gloo_net::http::Method;
use leptos_fusionauth::{ApiRequest, CodeMethod};
use serde::{Deserialize, Serialize};
use storefront_api::account::{PasskeySignIn, StartPasskeySignIn};
use storefront_api::{Done, Join, Register, SendVerification, SpaConfig, User, VerificationSent};

/// Creates an account for the Store and the Forums. Needs no session. `key` must be the same for all attempts of one registration, because
/// otherwise the backend treats a retry as a new registration with an email that already has an account.
pub async fn register(body: &Register, key: String) -> Result<User, ApiError> {
    fetch_anonymous(request(Method::POST, "/api/register", body, Some(key))).await
}

/// Asks FusionAuth to email a reset link that opens this site. FusionAuth sends the link only if the user exists.
pub async fn forgot_password(config: &SpaConfig, login_id: &str) -> ForgotPasswordOutcome {
    let state = MessageState { site: config.workflow.slug(), occasion: None };
    let body = ForgotPasswordRequest { login_id, application_id: &config.application_id, state };
    let url = format!("{}{}", config.fusionauth_url, "/api/user/forgot-password");
    ForgotPasswordOutcome::from_status(ask_fusionauth::<Errors>(request(Method::POST, url, &body, None)).await.0)
}

/// Whether the id of a reset link can still be used.
pub async fn change_password_id_state(config: &SpaConfig, id: &str) -> ChangePasswordIdState {
    let path = format!("/api/user/change-password/{}", js_sys::encode_uri_component(id));
    let (status, errors) = ask_fusionauth(ApiRequest::get(config.fusionauth_url.clone() + &path)).await;
    ChangePasswordIdState::from_response(status, &errors)
}

/// Changes a password without the old one.
pub async fn change_password(config: &SpaConfig, body: &ChangePasswordRequest<'_>) -> ChangePasswordOutcome {
    let url = format!("{}{}", config.fusionauth_url, "/api/user/change-password");
    let (status, body) = ask_fusionauth(request(Method::POST, url, body, None)).await;
    ChangePasswordOutcome::from_response(status, body)
}

/// The tenant's rules for passwords, or FusionAuth's defaults if the request fails. A wrong rule does no harm, because FusionAuth checks
/// each password.
pub async fn password_rules(config: &SpaConfig) -> PasswordRules {
    let url = format!("{}{}", config.fusionauth_url, "/api/tenant/password-validation-rules");
    ask_fusionauth::<PasswordRulesResponse>(ApiRequest::get(url)).await.1.password_validation_rules
}

/// Verifies an email or a registration: with the id of an emailed link, or with a typed code and the id that belongs to the code.
pub async fn verify(config: &SpaConfig, what: Verified, verification_id: &str, one_time_code: Option<&str>) -> VerifyOutcome {
    let path = match what {
        Verified::Email => "/api/user/verify-email",
        Verified::Registration => "/api/user/verify-registration",
    };
    let body = VerifyRequest { verification_id, one_time_code };
    let url = format!("{}{path}", config.fusionauth_url);
    VerifyOutcome::from_status(ask_fusionauth::<Errors>(request(Method::POST, url, &body, None)).await.0)
}

/// Asks the backend for another message. The backend sends one if this email needs verification.
pub async fn send_verification(what: Verified, email: &str) -> Result<VerificationSent, ApiError> {
    let path = match what {
        Verified::Email => "/api/verification-message/email",
        Verified::Registration => "/api/verification-message/registration",
    };
    fetch_anonymous(request(Method::POST, path, &SendVerification { email: email.to_owned() }, None)).await
}

/// A second factor that a reset link requires. This type has no `Debug`, because it holds ids.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkCode {
    /// The id to send with the code.
    pub two_factor_id: String,
    /// The ways to get a code.
    pub methods: Vec<CodeMethod>,
    /// The challenge to send with the new password and the trust token.
    pub trust_challenge: String,
}

/// The backend's answer to the code for a [`LinkCode`]. It has exactly one of these two members.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkTrust {
    /// The token that allows the change, together with the challenge.
    pub trust_token: Option<String>,
    /// The id that replaces the link's id and allows the change without a challenge.
    pub change_password_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartLinkCode<'a> {
    change_password_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckLinkCode<'a> {
    two_factor_id: &'a str,
    code: &'a str,
}

/// Begins the check of the second factor that a reset link requires.
pub async fn start_link_code(change_password_id: &str) -> Result<LinkCode, ApiError> {
    fetch_anonymous(request(Method::POST, "/api/password-link/second-factor", &StartLinkCode { change_password_id }, None)).await
}

/// Checks the second factor's code for a reset link.
pub async fn check_link_code(two_factor_id: &str, code: &str) -> Result<LinkTrust, ApiError> {
    fetch_anonymous(request(Method::POST, "/api/password-link/code", &CheckLinkCode { two_factor_id, code }, None)).await
}

/// Whether FusionAuth lets people sign in with passkeys.
pub async fn are_passkeys_on() -> Result<bool, ApiError> {
    fetch_anonymous(ApiRequest::get("/api/passkeys")).await.map(|it: PasskeySignIn| it.is_on)
}

/// Begins a sign-in with a passkey, and returns the options for the browser, as JSON.
pub async fn start_passkey_sign_in(body: &StartPasskeySignIn) -> Result<String, ApiError> {
    fetch_anonymous_text(request(Method::POST, "/api/passkeys/start", body, None)).await
}

/// Registers an existing user for this application. `body` holds the password, which proves who the user is.
pub async fn join(body: &Join) -> Result<(), ApiError> {
    fetch_anonymous::<Done>(request(Method::POST, "/api/join", body, None)).await.map(drop)
}
