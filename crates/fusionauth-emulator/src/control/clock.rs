use crate::http::{JsonBody, Refusal, json};
use crate::instance::Instance;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// `GET` and `POST /emulator/clock`: what time it is here, and letting time pass in no time. It never goes back.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/emulator/clock", get(now).post(advance))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    advance_seconds: i64,
}

/// A thousand years.
const MOST_SECONDS: i64 = 1_000 * 366 * 24 * 60 * 60;

async fn now(State(instance): State<Arc<Instance>>) -> Response {
    answer(&instance)
}

async fn advance(State(instance): State<Arc<Instance>>, JsonBody(body): JsonBody<Body>) -> Result<Response, Refusal> {
    if !(0..=MOST_SECONDS).contains(&body.advance_seconds) {
        return Err(Refusal::field("invalid", "advanceSeconds", "expected 0 or more, and less than a thousand years."));
    }
    let most = MOST_SECONDS * 1_000;
    let add = |it: i64| Some(it.saturating_add(body.advance_seconds * 1_000).min(most));
    // `fetch_update` fails only if the closure gives nothing.
    let _ = instance.advanced_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    Ok(answer(&instance))
}

fn answer(instance: &Instance) -> Response {
    let advanced = instance.advanced_ms.load(Ordering::SeqCst);
    json(StatusCode::OK, &json!({"advancedSeconds": advanced / 1_000, "nowMilliseconds": instance.clock.now_ms()}))
}
