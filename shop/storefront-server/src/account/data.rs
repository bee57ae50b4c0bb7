//! The data about a user, from FusionAuth and from this server: its export, and the request for its deletion.
//!
//! In the API of the single-page app, `GET /api/account/export` returns the data, and `POST /api/account/delete` deletes the account after it
//! has checked the password, and a code if the user has an authenticator app. The app then signs out in its browser.

use crate::account::{authenticator, deletion, passkeys_api, password_check};
use crate::http::{body::JsonBody, endpoint::endpoint, problem::ApiResult};
use crate::{auth::error::Error as AuthError, clock::rfc3339_of_ms, state::Backend, user_data, user_request::UserRequest};
use axum::{Json, Router, response::IntoResponse};
use fusionauth_api::passkey::PasskeyRecord;
use serde_json::{Value, json};
use storefront_api::{Done, account::DeleteAccount, endpoints};

/// All data about a user: from FusionAuth, and from this server.
///
/// # Errors
/// [`auth::Error::SignInUnavailable`](crate::auth::error::Error::SignInUnavailable) if FusionAuth does not answer, or a database error.
pub async fn export(UserRequest { backend, user, .. }: &UserRequest) -> ApiResult<Value> {
    let (db, id) = (&backend.db, &*user.user_id);
    let account = backend.fusionauth.user_record(id).await.map_err(|_| AuthError::SignInUnavailable)?;
    let passkeys = match backend.fusionauth.passkey_settings().await.map_err(|_| AuthError::SignInUnavailable)? {
        Some(_) => backend.fusionauth.passkeys(id).await.map_err(|_| AuthError::SignInUnavailable)?,
        None => Vec::new(),
    };
    let mut data = user_data::export(backend.user_data, db, id).await?;
    data.insert("account".to_owned(), json!(account));
    data.insert("passkeys".to_owned(), passkeys.into_iter().map(passkey).collect());
    Ok(data.into())
}

fn passkey(it: PasskeyRecord) -> Value {
    json!({"name": it.display_name, "site": it.relying_party_id, "madeAt": rfc3339_of_ms(it.insert_instant), "lastUsedAt": passkeys_api::last_used_at(&it)})
}

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::EXPORT, send_export).merge(endpoint(endpoints::DELETE_ACCOUNT, delete))
}

async fn send_export(request: UserRequest) -> ApiResult<impl IntoResponse> {
    Ok(user_data::file("account.json", &export(&request).await?))
}

async fn delete(request: UserRequest, JsonBody(sent): JsonBody<DeleteAccount>) -> ApiResult<Json<Done>> {
    password_check::confirm(&request, Some(&sent.current_password)).await?;
    authenticator::check(&request, &sent.code).await?;
    deletion::delete_account(&request.backend, &request.user.user_id, request.user.email.clone()).await?;
    Ok(Json(Done {}))
}
