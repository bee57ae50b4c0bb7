//! Sends the requests of the pages around the sign-in for which FusionAuth requires an API key, to the backend. The session library sends
//! all others.

use crate::data::client::{ApiError, fetch_anonymous, fetch_anonymous_text, request};
use gloo_net::http::Method;
use leptos_fusionauth::{ApiRequest, Verified};
use leptos_fusionauth_forms::{LinkCode, LinkTrust};
use serde::Serialize;
use storefront_api::account::{PasskeySignIn, StartPasskeySignIn};
use storefront_api::{
    Done, Join, MailedLinkId, NotMe, OpenedLink, PasswordlessStarted, Register, SendVerification, StartPasswordless, User, VerificationSent,
};

/// Creates an account for the Store and the Forums. Needs no session. `key` must be the same for all attempts of one registration, because
/// otherwise the backend treats a retry as a new registration with an email that already has an account.
pub async fn register(body: &Register, key: String) -> Result<User, ApiError> {
    fetch_anonymous(request(Method::POST, "/api/register", body, Some(key))).await
}

/// The user whom the backend's cookies sign in. An error says why it refuses them.
pub async fn user() -> Result<User, ApiError> {
    fetch_anonymous(ApiRequest::get("/api/user")).await
}

/// Asks the backend for another message. The backend sends one if this email needs verification.
pub async fn send_verification(what: Verified, email: &str) -> Result<VerificationSent, ApiError> {
    let path = match what {
        Verified::Email => "/api/verification-message/email",
        Verified::Registration => "/api/verification-message/registration",
    };
    fetch_anonymous(request(Method::POST, path, &SendVerification { email: email.to_owned() }, None)).await
}

/// Tells the backend that a mailed link was opened. The backend must know before FusionAuth gets the id.
pub async fn open_mailed_link(id: &MailedLinkId) -> Result<OpenedLink, ApiError> {
    fetch_anonymous(request(Method::POST, "/api/mailed-link", id, None)).await
}

/// Deletes the account that a verification link would verify.
pub async fn not_me(verification_id: String) -> Result<(), ApiError> {
    fetch_anonymous::<Done>(request(Method::POST, "/api/not-me", &NotMe { verification_id }, None)).await.map(drop)
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

/// Makes the backend email a code to sign in with.
pub async fn start_passwordless(body: &StartPasswordless) -> Result<PasswordlessStarted, ApiError> {
    fetch_anonymous(request(Method::POST, "/api/passwordless/start", body, None)).await
}

/// Registers an existing user for this application. `body` holds the password, which proves who the user is.
pub async fn join(body: &Join) -> Result<(), ApiError> {
    fetch_anonymous::<Done>(request(Method::POST, "/api/join", body, None)).await.map(drop)
}
