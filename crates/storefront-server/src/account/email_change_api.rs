//! The API of the single-page app for changing the user's email.
//!
//! | call | |
//! |---|---|
//! | `POST /api/account/email` | sends a code to the new email; needs the password if the sign-in is not recent (`password_check`) |
//! | `POST /api/account/email/again` | sends another one |
//! | `POST /api/account/email/confirm` | checks the code, and changes the email |
//! | `DELETE /api/account/email` | keeps the current email |

use crate::account::{email_change, password_check};
use crate::auth::current_user::CurrentUser;
use crate::http::{client_address::ClientAddress, json_body::JsonBody, problem::ProblemResponse};
use crate::state::Backend;
use axum::{Json, Router, extract::State, routing::post};
use storefront_api::account::{ChangeAddress, ConfirmAddress, Done};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    Router::new()
        .route("/account/email", post(start).delete(cancel))
        .route("/account/email/again", post(send_again))
        .route("/account/email/confirm", post(confirm))
}

async fn start(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    client: ClientAddress,
    JsonBody(ChangeAddress { email, current_password }): JsonBody<ChangeAddress>,
) -> Result<Json<Done>, ProblemResponse> {
    password_check::confirm(&backend, client, &user, current_password.as_deref()).await?;
    email_change::start(&backend, client, &user, &email).await?;
    Ok(Json(Done {}))
}

async fn send_again(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    client: ClientAddress,
) -> Result<Json<Done>, ProblemResponse> {
    email_change::send_again(&backend, client, &user).await?;
    Ok(Json(Done {}))
}

async fn confirm(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    JsonBody(ConfirmAddress { code }): JsonBody<ConfirmAddress>,
) -> Result<Json<Done>, ProblemResponse> {
    email_change::confirm(&backend, &user, &code).await?;
    Ok(Json(Done {}))
}

async fn cancel(State(backend): State<Backend>, CurrentUser(user): CurrentUser) -> Result<Json<Done>, ProblemResponse> {
    email_change::cancel(&backend.db, &user.user_id).await?;
    Ok(Json(Done {}))
}
