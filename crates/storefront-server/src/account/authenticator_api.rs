//! The API of the single-page app for the user's authenticator app.
//!
//! | call | |
//! |---|---|
//! | `POST /api/account/authenticator/secret` | creates a secret, which is not stored yet |
//! | `POST /api/account/authenticator` | adds the authenticator app with this secret, and returns recovery codes |
//! | `POST /api/account/authenticator/{id}/remove` | removes an authenticator app |
//! | `POST /api/account/recovery-codes` | creates new recovery codes |
//!
//! All but the first need the password if the sign-in is not recent (`password_check`).

use crate::account::{authenticator, password_check::confirm};
use crate::auth::current_user::CurrentUser;
use crate::http::{client_address::ClientAddress, json_body::JsonBody, problem::ProblemResponse};
use crate::state::Backend;
use axum::extract::{Path, State};
use axum::{Json, Router, routing::post};
use storefront_api::account::{AddAuthenticator, AuthenticatorSecret, Confirmation, Done, RecoveryCodes, RemoveAuthenticator};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    Router::new()
        .route("/account/authenticator/secret", post(secret))
        .route("/account/authenticator", post(add))
        .route("/account/authenticator/{id}/remove", post(remove))
        .route("/account/recovery-codes", post(new_recovery_codes))
}

async fn secret(State(backend): State<Backend>, CurrentUser(user): CurrentUser) -> Result<Json<AuthenticatorSecret>, ProblemResponse> {
    let secret = authenticator::new_secret(&backend).await?;
    Ok(Json(AuthenticatorSecret { uri: authenticator::uri(&user, &secret), secret }))
}

async fn add(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    client: ClientAddress,
    JsonBody(AddAuthenticator { secret, code, current_password }): JsonBody<AddAuthenticator>,
) -> Result<Json<RecoveryCodes>, ProblemResponse> {
    confirm(&backend, client, &user, current_password.as_deref()).await?;
    let recovery_codes = authenticator::add(&backend, client, &user, &secret, &code).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

async fn remove(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    client: ClientAddress,
    Path(id): Path<String>,
    JsonBody(RemoveAuthenticator { code, current_password }): JsonBody<RemoveAuthenticator>,
) -> Result<Json<Done>, ProblemResponse> {
    confirm(&backend, client, &user, current_password.as_deref()).await?;
    authenticator::remove(&backend, client, &user, &id, &code).await?;
    Ok(Json(Done {}))
}

async fn new_recovery_codes(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    client: ClientAddress,
    JsonBody(Confirmation { current_password }): JsonBody<Confirmation>,
) -> Result<Json<RecoveryCodes>, ProblemResponse> {
    confirm(&backend, client, &user, current_password.as_deref()).await?;
    Ok(Json(RecoveryCodes { recovery_codes: authenticator::new_recovery_codes(&backend, &user).await? }))
}
