//! The API with which the single-page app ends sessions of the user. `overview` lists the sessions.
//!
//! | call | |
//! |---|---|
//! | `DELETE /api/account/sessions/{id}` | ends one session |
//! | `POST /api/account/end-other-sessions` | ends all sessions except this browser's |
//! | `POST /api/account/sign-out-everywhere` | ends all sessions; the app then signs out in its browser |

use crate::account::sessions;
use crate::auth::authenticator::SignOutOutcome;
use crate::http::endpoint::endpoint;
use crate::{http::problem::ApiResult, state::Backend, user_request::UserRequest};
use axum::{Json, Router, extract::Path};
use storefront_api::account::SignedOutEverywhere;
use storefront_api::{Done, endpoints};

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::END_SESSION, end)
        .merge(endpoint(endpoints::END_OTHER_SESSIONS, end_others))
        .merge(endpoint(endpoints::SIGN_OUT_EVERYWHERE, sign_out_everywhere))
}

async fn end(UserRequest { backend, user, .. }: UserRequest, Path(id): Path<String>) -> ApiResult<Json<Done>> {
    sessions::end(&backend, &user.user_id, &id).await?;
    Ok(Json(Done {}))
}

async fn end_others(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<Done>> {
    sessions::end_others(&backend, &user.user_id, user.sign_in.session.as_deref()).await?;
    Ok(Json(Done {}))
}

async fn sign_out_everywhere(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<SignedOutEverywhere>> {
    let outcome = backend.authenticator.sign_out_user(&user.user_id).await?;
    Ok(Json(SignedOutEverywhere { is_confirmed: outcome == SignOutOutcome::Revoked }))
}
