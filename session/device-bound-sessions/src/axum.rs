//! The two endpoints as an axum router. Needs the feature `axum`.

use crate::server::{Answer, DeviceBoundSessions};
use crate::store::SessionStore;
use crate::time::UnixMillis;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::post};
use std::sync::Arc;

/// A router with the registration and the refresh of `sessions`. `clock` is [`UnixMillis::now`] outside of tests.
///
/// Merge it where no middleware redirects to a sign-in page, or answers 401 or 429: at the refresh both would end the session, and neither
/// request has the bound cookie. The handlers read no body. If the store fails, the answer is 503 with a [`StoreFailure`] among its
/// extensions.
pub fn router<S: SessionStore + 'static>(sessions: Arc<DeviceBoundSessions<S>>, clock: fn() -> UnixMillis) -> Router {
    let (registration_path, refresh_path) = (sessions.config().registration_path.clone(), sessions.config().refresh_path.clone());
    let register = move |State(sessions): State<Arc<DeviceBoundSessions<S>>>, headers: HeaderMap| async move {
        response(sessions.register(&headers, clock()).await)
    };
    let refresh = move |State(sessions): State<Arc<DeviceBoundSessions<S>>>, headers: HeaderMap| async move {
        response(sessions.refresh(&headers, clock()).await)
    };
    let router = Router::new().route(registration_path.path(), post(register)).route(refresh_path.path(), post(refresh));
    router.with_state(sessions)
}

/// The error of a [`SessionStore`], among the extensions of a response.
#[derive(Clone, Debug)]
pub struct StoreFailure(pub Arc<dyn std::error::Error + Send + Sync>);

fn response<E: std::error::Error + Send + Sync + 'static>(answer: Result<Answer, E>) -> Response {
    match answer {
        Ok(answer) => answer.into_response().into_response(),
        Err(error) => {
            let mut response = Answer::Unavailable.into_response().into_response();
            response.extensions_mut().insert(StoreFailure(Arc::new(error)));
            response
        }
    }
}
