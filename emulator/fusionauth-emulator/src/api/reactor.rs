//! `POST /api/reactor` activates a licence, and `DELETE` removes it (<https://fusionauth.io/docs/apis/reactor>). Neither has an effect,
//! because all features of the emulator work without a licence.

use crate::domain::required;
use crate::http::{Answer, Authorized, JsonBody, Routes, empty};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/reactor", post(activate).delete(deactivate))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    license_id: Option<String>,
    _license: Option<String>,
}

async fn activate(_: Authorized, JsonBody(body): JsonBody<Body>) -> Answer {
    required("licenseId", body.license_id)?;
    Ok(empty(StatusCode::OK))
}

async fn deactivate(_: Authorized) -> Response {
    empty(StatusCode::OK)
}
