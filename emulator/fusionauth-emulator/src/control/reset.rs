//! `POST /emulator/reset`: sets everything up as a first start does, from the current kickstart file and with new signing keys. Other
//! requests wait until the reset is done. If the file has an error, the answer is 400 and names the error; the earlier data are deleted
//! even then.

use super::state::Control;
use crate::domain::Refusal;
use crate::http::page::{see_other, wants_html};
use crate::http::{Answer, json};
use crate::kickstart::KickstartError;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;

pub(super) const PATH: &str = "/emulator/reset";

pub(super) fn router() -> Router<Control> {
    Router::new().route(PATH, post(reset))
}

async fn reset(State(control): State<Control>, headers: HeaderMap) -> Answer {
    control.reset().await.map_err(|error| match error {
        KickstartError::Database(cause) => Refusal::Internal("the reset failed", cause),
        error => Refusal::field("invalid", "kickstart", &error.to_string()),
    })?;
    Ok(if wants_html(&headers) { see_other("/") } else { json(StatusCode::OK, &json!({"status": "ok"})) })
}
