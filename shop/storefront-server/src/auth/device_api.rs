//! The two endpoints of device-bound sign-ins: browsers register a key, and refresh the bound cookie. Neither needs a cookie; the refresh
//! reads that of the refresh token, if there is one.
//!
//! Only the answers of the crate `device-bound-sessions` may come from here: at the refresh, a browser ends its session after most other
//! statuses, such as 401 and 429. Above the limit of a client address the answer is therefore 503.

use super::attempts::AttemptLimits;
use super::cookies::Cookies;
use super::device_binding::{DeviceBinding, REFRESH, REGISTRATION};
use crate::http::{client_address::ClientAddress, rate_limit::address_key};
use crate::metrics;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::post};
use device_bound_sessions::Answer;
use std::{sync::Arc, time::Instant};

type Endpoints = (Arc<DeviceBinding>, Arc<AttemptLimits>);

/// The routes below `/api`.
pub fn router(binding: Arc<DeviceBinding>, attempts: Arc<AttemptLimits>) -> Router {
    Router::new().route(REGISTRATION, post(register)).route(REFRESH, post(refresh)).with_state((binding, attempts))
}

async fn register(State((binding, attempts)): State<Endpoints>, client: ClientAddress, headers: HeaderMap) -> Response {
    respond("registration", &attempts, client, binding.register(&headers)).await
}

async fn refresh(State((binding, attempts)): State<Endpoints>, client: ClientAddress, cookies: Cookies, headers: HeaderMap) -> Response {
    respond("refresh", &attempts, client, binding.refresh(&headers, &cookies)).await
}

async fn respond(
    request: &'static str,
    attempts: &AttemptLimits,
    client: ClientAddress,
    answer: impl Future<Output = sqlx::Result<Answer>>,
) -> Response {
    if attempts.device_keys.take_here(&address_key(client)).is_err() {
        metrics::count_device_request(request, "limited");
        return Answer::Unavailable.into_response().into_response();
    }
    let began = Instant::now();
    let answer = answer.await.unwrap_or_else(|error| {
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
    metrics::measure_device_request(request, began.elapsed());
    answer.into_response().into_response()
}
