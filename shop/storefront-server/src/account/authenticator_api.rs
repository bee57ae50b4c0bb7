//! The API of the single-page app for the user's authenticator app.
//!
//! | call | |
//! |---|---|
//! | `POST /api/account/authenticator/secret` | creates a secret, which is not stored yet |
//! | `POST /api/account/authenticator` | adds the authenticator app with this secret, and returns recovery codes |
//! | `POST /api/account/authenticator/{id}/remove` | removes an authenticator app |
//! | `POST /api/account/recovery-codes` | creates new recovery codes |
//!
//! All but the first need the password, or the proof of a recent confirmation (`password_check`).

use crate::account::{authenticator, password_check::confirm, proven_email::require_proven_email};
use crate::http::endpoint::endpoint;
use crate::http::{json_body::JsonBody, problem::ApiResult};
use crate::{state::Backend, user_request::UserRequest};
use axum::{Json, Router, extract::Path};
use storefront_api::account::{AddAuthenticator, AuthenticatorSecret, Confirmation, RecoveryCodes, RemoveAuthenticator};
use storefront_api::{Done, endpoints};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::AUTHENTICATOR_SECRET, secret)
        .merge(endpoint(endpoints::ADD_AUTHENTICATOR, add))
        .merge(endpoint(endpoints::REMOVE_AUTHENTICATOR, remove))
        .merge(endpoint(endpoints::NEW_RECOVERY_CODES, new_recovery_codes))
}

async fn secret(request: UserRequest) -> ApiResult<Json<AuthenticatorSecret>> {
    let secret = authenticator::new_secret(&request.backend).await?;
    Ok(Json(AuthenticatorSecret { uri: authenticator::uri(&request.user, &secret), secret }))
}

async fn add(request: UserRequest, JsonBody(new): JsonBody<AddAuthenticator>) -> ApiResult<Json<RecoveryCodes>> {
    require_proven_email(&request).await?;
    confirm(&request, new.current_password.as_deref()).await?;
    Ok(Json(RecoveryCodes { recovery_codes: authenticator::add(&request, &new.secret, &new.code).await? }))
}

async fn remove(request: UserRequest, Path(id): Path<String>, JsonBody(sent): JsonBody<RemoveAuthenticator>) -> ApiResult<Json<Done>> {
    confirm(&request, sent.current_password.as_deref()).await?;
    authenticator::remove(&request, &id, &sent.code).await?;
    Ok(Json(Done {}))
}

async fn new_recovery_codes(request: UserRequest, JsonBody(sent): JsonBody<Confirmation>) -> ApiResult<Json<RecoveryCodes>> {
    require_proven_email(&request).await?;
    confirm(&request, sent.current_password.as_deref()).await?;
    Ok(Json(RecoveryCodes { recovery_codes: authenticator::new_recovery_codes(&request).await? }))
}
