use crate::control::see_other;
use crate::http::{Refusal, json};
use crate::instance::Instance;
use crate::{kickstart, store};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde_json::json;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

pub(super) const PATH: &str = "/emulator/reset";

/// `POST /emulator/reset`: everything as after a first start, from the kickstart file as it is now; also the signing keys are
/// new ones. Other requests wait meanwhile. If the file has a mistake by now, it is told (400), and everything is gone.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route(PATH, post(reset))
}

async fn reset(State(instance): State<Arc<Instance>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let _alone = instance.resetting.write().await;
    store::setup::clear(&instance.database).await?;
    instance.outbox.clear();
    instance.faults.clear();
    instance.advanced_ms.store(0, Ordering::SeqCst);
    *instance.answers.write().unwrap_or_else(PoisonError::into_inner) = instance.first_answers;
    let run = kickstart::run(&instance, &instance.kickstart, &instance.environment).await;
    run.map_err(|error| Refusal::field("invalid", "kickstart", &error.to_string()))?;
    Ok(if super::wants_html(&headers) { see_other("/") } else { json(StatusCode::OK, &json!({"status": "ok"})) })
}
