//! Lists the user's sessions in every application, and ends one session, or all except this browser's. The server-rendered pages use these
//! functions, and so does the API of the single-page app (`overview` lists the sessions there):
//!
//! | call | |
//! |---|---|
//! | `DELETE /api/account/sessions/{id}` | ends one session |
//! | `POST /api/account/end-other-sessions` | ends all sessions except this browser's |
//! | `POST /api/account/sign-out-everywhere` | ends all sessions; the app then signs out in its browser |

use crate::auth::{authenticator::SignOutOutcome, error::Error as AuthError};
use crate::config::site::{Site, other_app};
use crate::http::endpoint::endpoint;
use crate::{account::error::Error, http::problem::ApiResult, state::Backend, user_request::UserRequest};
use axum::{Json, Router, extract::Path};
use fusionauth_api::account::RemoteSession;
use std::cmp::Reverse;
use storefront_api::{App, Done, account::SignedOutEverywhere, endpoints};

/// The sessions of a user: first this browser's (`own`), then the others, with the most recently used first.
pub(super) async fn list(backend: &Backend, user_id: &str, own: Option<&str>) -> Result<Vec<RemoteSession>, Error> {
    let mut sessions = backend.fusionauth.sessions(user_id).await.map_err(|_| AuthError::SignInUnavailable)?;
    sessions.sort_by_key(|it| (Some(it.id.as_str()) != own, Reverse(it.start_instant)));
    Ok(sessions)
}

/// Ends one session. A session that has already ended, or that belongs to another user, counts as ended: the id comes from the browser,
/// which may send any id.
///
/// # Errors
/// FusionAuth does not answer, or [`Error::SessionNotEnded`].
pub(super) async fn end(backend: &Backend, user_id: &str, id: &str) -> Result<(), Error> {
    if list(backend, user_id, None).await?.iter().any(|it| it.id == id) {
        end_owned(backend, id).await?;
    }
    Ok(())
}

/// Ends every session except this browser's.
///
/// # Errors
/// As [`end`]; some of the sessions may have ended then.
pub(super) async fn end_others(backend: &Backend, user_id: &str, own: Option<&str>) -> Result<(), Error> {
    // Without the id of this browser's session, the loop would end that session, too.
    let own = own.ok_or(AuthError::SignInUnavailable)?;
    for session in list(backend, user_id, Some(own)).await?.iter().filter(|it| it.id != own) {
        end_owned(backend, &session.id).await?;
    }
    Ok(())
}

/// Whether a session belongs to the Store or the Forums of this workflow. `None` for any other application.
pub(super) fn app_of(site: &Site, session: &RemoteSession) -> Option<App> {
    match session.application_id.as_deref() {
        Some(id) if id == site.application.id => Some(site.app),
        Some(id) if Some(id) == site.sibling_application_id() => Some(other_app(site.app)),
        _ => None,
    }
}

async fn end_owned(backend: &Backend, id: &str) -> Result<(), Error> {
    backend.authenticator.end_session(id).await.map_err(|_| Error::SessionNotEnded)
}

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::END_SESSION, handle_end)
        .merge(endpoint(endpoints::END_OTHER_SESSIONS, handle_end_others))
        .merge(endpoint(endpoints::SIGN_OUT_EVERYWHERE, sign_out_everywhere))
}

async fn handle_end(UserRequest { backend, user, .. }: UserRequest, Path(id): Path<String>) -> ApiResult<Json<Done>> {
    end(&backend, &user.user_id, &id).await?;
    Ok(Json(Done {}))
}

async fn handle_end_others(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<Done>> {
    end_others(&backend, &user.user_id, user.sign_in.session.as_deref()).await?;
    Ok(Json(Done {}))
}

async fn sign_out_everywhere(UserRequest { backend, user, .. }: UserRequest) -> ApiResult<Json<SignedOutEverywhere>> {
    let outcome = backend.authenticator.sign_out_user(&user.user_id).await?;
    Ok(Json(SignedOutEverywhere { is_confirmed: outcome == SignOutOutcome::Revoked }))
}
