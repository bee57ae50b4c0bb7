//! The API with which the single-page app changes the user's email.
//!
//! | call | |
//! |---|---|
//! | `POST /api/account/email` | sends a code to the new email; needs the password, or the proof of a recent confirmation (`password_check`) |
//! | `POST /api/account/email/again` | sends another code |
//! | `POST /api/account/email/confirm` | checks the code, and changes the email |
//! | `DELETE /api/account/email` | drops the pending change, so the current email stays |

use crate::account::{email_change, password_check};
use crate::http::endpoint::endpoint;
use crate::http::{json_body::JsonBody, problem::ApiResult};
use crate::{state::Backend, user_request::UserRequest};
use axum::{Json, Router};
use storefront_api::account::{ChangeEmail, ConfirmEmail};
use storefront_api::{Done, endpoints};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::CHANGE_EMAIL, start)
        .merge(endpoint(endpoints::CANCEL_EMAIL_CHANGE, cancel))
        .merge(endpoint(endpoints::SEND_EMAIL_CODE_AGAIN, send_again))
        .merge(endpoint(endpoints::CONFIRM_EMAIL, confirm))
}

async fn start(request: UserRequest, JsonBody(change): JsonBody<ChangeEmail>) -> ApiResult<Json<Done>> {
    password_check::confirm(&request, change.current_password.as_deref()).await?;
    email_change::start(&request, &change.email).await?;
    Ok(Json(Done {}))
}

async fn send_again(request: UserRequest) -> ApiResult<Json<Done>> {
    email_change::send_again(&request).await?;
    Ok(Json(Done {}))
}

async fn confirm(request: UserRequest, JsonBody(typed): JsonBody<ConfirmEmail>) -> ApiResult<Json<Done>> {
    email_change::confirm(&request, &typed.code).await?;
    Ok(Json(Done {}))
}

async fn cancel(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<Done>> {
    email_change::cancel(&backend.db, &user.user_id).await?;
    Ok(Json(Done {}))
}
