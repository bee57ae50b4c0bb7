//! Sends the requests of the account page to the backend: one function for each endpoint, which returns the decoded answer.

use crate::data::client::{ApiError, fetch, fetch_text, request};
use gloo_net::http::Method;
use leptos_fusionauth::{ApiRequest, Session};
use storefront_api::Done;
use storefront_api::account::{
    Account, AddAuthenticator, AuthenticatorSecret, ChangeEmail, ConfirmEmail, Confirmation, DeleteAccount, NewPasskey, Passkeys,
    RecoveryCodes, RemoveAuthenticator, ReplacePassword, SignedOutEverywhere, StartPasskey,
};
use storefront_api::{UpdateUser, User};

/// The signed-in user, as the backend knows them.
pub async fn user(session: Session) -> Result<User, ApiError> {
    fetch(session, ApiRequest::get("/api/user")).await
}

/// Changes the name that other people see.
pub async fn update_user(session: Session, body: &UpdateUser) -> Result<User, ApiError> {
    fetch(session, request(Method::PUT, "/api/user", body, None)).await
}

/// FusionAuth's data about the account, and the user's sessions.
pub async fn account(session: Session) -> Result<Account, ApiError> {
    fetch(session, ApiRequest::get("/api/account")).await
}

/// Asks for a change of the email. The backend sends a code to the new email.
pub async fn change_email(session: Session, body: &ChangeEmail) -> Result<Done, ApiError> {
    fetch(session, request(Method::POST, "/api/account/email", body, None)).await
}

/// Asks the backend to send another code to the new email.
pub async fn send_email_code_again(session: Session) -> Result<Done, ApiError> {
    fetch(session, ApiRequest::post("/api/account/email/again")).await
}

/// Confirms the new email with its code.
pub async fn confirm_email(session: Session, body: &ConfirmEmail) -> Result<Done, ApiError> {
    fetch(session, request(Method::POST, "/api/account/email/confirm", body, None)).await
}

/// Cancels the change of the email.
pub async fn cancel_email_change(session: Session) -> Result<Done, ApiError> {
    fetch(session, ApiRequest::delete("/api/account/email")).await
}

/// Replaces the password. This ends every session of the user, including this browser's.
pub async fn replace_password(session: Session, body: &ReplacePassword) -> Result<Done, ApiError> {
    fetch(session, request(Method::POST, "/api/account/password", body, None)).await
}

/// Ends one session of the user.
pub async fn end_session(session: Session, id: &str) -> Result<Done, ApiError> {
    let id = js_sys::encode_uri_component(id);
    fetch(session, ApiRequest::delete(format!("/api/account/sessions/{id}"))).await
}

/// Ends every session of the user except this browser's.
pub async fn end_other_sessions(session: Session) -> Result<Done, ApiError> {
    fetch(session, ApiRequest::post("/api/account/end-other-sessions")).await
}

/// Ends every session of the user. The caller must also sign this browser out in the session library.
pub async fn sign_out_everywhere(session: Session) -> Result<SignedOutEverywhere, ApiError> {
    fetch(session, ApiRequest::post("/api/account/sign-out-everywhere")).await
}

/// A new secret for an authenticator app. Nothing stores it until [`add_authenticator`] confirms it with a code.
pub async fn authenticator_secret(session: Session) -> Result<AuthenticatorSecret, ApiError> {
    fetch(session, ApiRequest::post("/api/account/authenticator/secret")).await
}

/// Adds an app with this secret as a second factor.
pub async fn add_authenticator(session: Session, body: &AddAuthenticator) -> Result<RecoveryCodes, ApiError> {
    fetch(session, request(Method::POST, "/api/account/authenticator", body, None)).await
}

/// Removes an authenticator app.
pub async fn remove_authenticator(session: Session, id: &str, body: &RemoveAuthenticator) -> Result<Done, ApiError> {
    let id = js_sys::encode_uri_component(id);
    fetch(session, request(Method::POST, format!("/api/account/authenticator/{id}/remove"), body, None)).await
}

/// New recovery codes, which replace the old ones.
pub async fn new_recovery_codes(session: Session, body: &Confirmation) -> Result<RecoveryCodes, ApiError> {
    fetch(session, request(Method::POST, "/api/account/recovery-codes", body, None)).await
}

/// The user's passkeys, and whether passkeys are available.
pub async fn passkeys(session: Session) -> Result<Passkeys, ApiError> {
    fetch(session, ApiRequest::get("/api/account/passkeys")).await
}

/// Begins to create a passkey, and returns the options for the browser, as JSON.
pub async fn start_passkey(session: Session, body: &StartPasskey) -> Result<String, ApiError> {
    fetch_text(session, request(Method::POST, "/api/account/passkeys/start", body, None)).await
}

/// Stores a passkey that the browser has created.
pub async fn add_passkey(session: Session, body: &NewPasskey) -> Result<Done, ApiError> {
    fetch(session, request(Method::POST, "/api/account/passkeys", body, None)).await
}

/// Removes a passkey.
pub async fn remove_passkey(session: Session, id: &str, body: &Confirmation) -> Result<Done, ApiError> {
    let id = js_sys::encode_uri_component(id);
    fetch(session, request(Method::POST, format!("/api/account/passkeys/{id}/remove"), body, None)).await
}

/// All stored data about the user, as readable JSON.
pub async fn export(session: Session) -> Result<String, ApiError> {
    fetch_text(session, ApiRequest::get("/api/account/export")).await
}

/// Permanently deletes the account.
pub async fn delete(session: Session, body: &DeleteAccount) -> Result<Done, ApiError> {
    fetch(session, request(Method::POST, "/api/account/delete", body, None)).await
}
