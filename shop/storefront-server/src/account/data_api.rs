//! The user's own data, in the API of the single-page app: `GET /api/account/export` returns it, and `POST /api/account/delete` deletes the
//! account after it has checked the password, and a code if the user has an authenticator app. The app then signs out in its browser.

use crate::account::{authenticator, data, deletion, password_check};
use crate::http::endpoint::endpoint;
use crate::http::{json_body::JsonBody, problem::ApiResult};
use crate::{state::Backend, user_request::UserRequest};
use axum::response::IntoResponse;
use axum::{Json, Router, http::header};
use storefront_api::account::DeleteAccount;
use storefront_api::{Done, endpoints};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::EXPORT, export).merge(endpoint(endpoints::DELETE_ACCOUNT, delete))
}

/// The JSON has line breaks, because people read it.
async fn export(request: UserRequest) -> ApiResult<impl IntoResponse> {
    let data = data::export(&request).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], format!("{data:#}")))
}

async fn delete(request: UserRequest, JsonBody(sent): JsonBody<DeleteAccount>) -> ApiResult<Json<Done>> {
    password_check::confirm(&request, Some(&sent.current_password)).await?;
    authenticator::check(&request, &sent.code).await?;
    deletion::delete_account(&request.backend, &request.user.user_id).await?;
    Ok(Json(Done {}))
}
