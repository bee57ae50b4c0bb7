//! `POST /emulator/reset`: sets everything up as a first start does, from the current kickstart file and with new signing keys. Other
//! requests wait until this is done. If the file has an error, the answer is 400 and names it; the earlier data is deleted nevertheless.

use super::page::{see_other, wants_html};
use super::state::Control;
use crate::database;
use crate::domain::Refusal;
use crate::http::json;
use crate::kickstart;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde_json::json;
use std::sync::atomic::Ordering;

pub(super) const PATH: &str = "/emulator/reset";

pub(super) fn router() -> Router<Control> {
    Router::new().route(PATH, post(reset))
}

async fn reset(State(control): State<Control>, headers: HeaderMap) -> Result<Response, Refusal> {
    let _no_requests = control.resetting.write().await;
    let emulator = &control.emulator;
    database::setup::clear(&emulator.database).await?;
    emulator.sent_messages.clear();
    control.faults.clear();
    control.clock_offset.0.store(0, Ordering::SeqCst);
    emulator.set_behaviours(control.initial_behaviours);
    let run = kickstart::run(emulator, &control.kickstart).await;
    run.map_err(|error| Refusal::field("invalid", "kickstart", &error.to_string()))?;
    Ok(if wants_html(&headers) { see_other("/") } else { json(StatusCode::OK, &json!({"status": "ok"})) })
}
