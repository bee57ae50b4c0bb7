//! The API of the single-page app for ending sessions of the user. `overview` lists them.
//!
//! | call | |
//! |---|---|
//! | `DELETE /api/account/sessions/{id}` | ends one |
//! | `POST /api/account/end-other-sessions` | ends all except this browser's |
//! | `POST /api/account/sign-out-everywhere` | ends all; the app then signs its browser out |

use crate::account::sessions;
use crate::auth::{authenticator::SignOutOutcome, current_user::CurrentUser};
use crate::{http::problem::ProblemResponse, state::Backend};
use axum::extract::{Path, State};
use axum::routing::{delete, post};
use axum::{Json, Router};
use storefront_api::account::{Done, SignedOutEverywhere};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    Router::new()
        .route("/account/sessions/{id}", delete(end))
        .route("/account/end-other-sessions", post(end_others))
        .route("/account/sign-out-everywhere", post(sign_out_everywhere))
}

async fn end(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
    Path(id): Path<String>,
) -> Result<Json<Done>, ProblemResponse> {
    sessions::end(&backend, &user.user_id, &id).await?;
    Ok(Json(Done {}))
}

async fn end_others(State(backend): State<Backend>, CurrentUser(user): CurrentUser) -> Result<Json<Done>, ProblemResponse> {
    sessions::end_others(&backend, &user.user_id, user.sign_in.session.as_deref()).await?;
    Ok(Json(Done {}))
}

async fn sign_out_everywhere(
    State(backend): State<Backend>,
    CurrentUser(user): CurrentUser,
) -> Result<Json<SignedOutEverywhere>, ProblemResponse> {
    let outcome = backend.authenticator.sign_out_user(&user.user_id).await?;
    Ok(Json(SignedOutEverywhere { is_confirmed: outcome == SignOutOutcome::Revoked }))
}
