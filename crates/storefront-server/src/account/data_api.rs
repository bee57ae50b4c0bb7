//! The user's own data, in the API of the single-page app: `GET /api/account/export` returns it, and `POST /api/account/delete` deletes the
//! account after it has checked the password. The app then signs its browser out.

use crate::account::{data, password_check};
use crate::auth::current_user::CurrentUser;
use crate::http::{client_address::ClientAddress, json_body::JsonBody, problem::ProblemResponse};
use crate::state::Backend;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router, extract::State};
use storefront_api::account::{Confirmation, Done};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    Router::new().route("/account/export", get(export)).route("/account/delete", post(delete))
}

/// The data has line breaks, because people read it.
async fn export(State(backend): State<Backend>, CurrentUser(user): CurrentUser) -> Result<impl IntoResponse, ProblemResponse> {
    let data = data::export(&backend, &user).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], format!("{data:#}")))
}

async fn delete(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    client: ClientAddress,
    JsonBody(Confirmation { current_password }): JsonBody<Confirmation>,
) -> Result<Json<Done>, ProblemResponse> {
    password_check::check(&backend, client, &user, current_password.as_deref().unwrap_or_default()).await?;
    data::delete_account(&backend, &user).await?;
    Ok(Json(Done {}))
}
