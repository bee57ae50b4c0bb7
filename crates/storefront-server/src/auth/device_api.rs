//! The two endpoints of device-bound sign-ins: browsers register a key, and refresh the bound cookie. Neither needs a cookie.
//!
//! Only the answers of the crate `device-bound-sessions` may come from here: at the refresh, a browser ends its session after most other
//! statuses, such as 401 and 429.

use super::device_binding::{DeviceBinding, REFRESH, REGISTRATION};
use crate::metrics;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::post};
use device_bound_sessions::Answer;
use std::sync::Arc;

/// The routes below `/api`.
pub fn router(binding: Arc<DeviceBinding>) -> Router {
    Router::new().route(REGISTRATION, post(register)).route(REFRESH, post(refresh)).with_state(binding)
}

async fn register(State(binding): State<Arc<DeviceBinding>>, headers: HeaderMap) -> Response {
    respond("registration", binding.register(&headers).await)
}

async fn refresh(State(binding): State<Arc<DeviceBinding>>, headers: HeaderMap) -> Response {
    respond("refresh", binding.refresh(&headers).await)
}

fn respond(request: &'static str, answer: Result<Answer, sqlx::Error>) -> Response {
    let answer = answer.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, request, "the record of a device-bound session is not available");
        Answer::Unavailable
    });
    let (name, refusal) = match &answer {
        Answer::Accepted { .. } => ("accepted", None),
        Answer::ProofRequired(_, refusal) => ("proof-required", Some(refusal)),
        Answer::Ended => ("ended", None),
        Answer::Refused(refusal) => ("refused", Some(refusal)),
        Answer::Unavailable => ("unavailable", None),
    };
    if let Some(refusal) = refusal {
        tracing::debug!(%refusal, request, "a device-bound session needs another proof");
    }
    metrics::count_device_request(request, name);
    answer.into_response().into_response()
}
