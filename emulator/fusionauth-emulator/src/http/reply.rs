//! Answers: JSON as FusionAuth writes it, or a status without a body.

use crate::domain::Refusal;
use crate::model::drop_nulls;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fusionauth_api::errors::Errors;
use serde::Serialize;

/// What an endpoint returns: the answer, or why it refuses the request.
pub(crate) type Answer<E = Refusal> = Result<Response, E>;

/// Marks a request whose answer nobody reads, as an extension: a request of a kickstart file. Its handler can leave out the parts of the
/// answer that take long to compute.
#[derive(Clone, Copy)]
pub(crate) struct AnswerUnread;

/// A JSON answer. Members are in alphabetical order, and members without a value are left out.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let Ok(mut body) = serde_json::to_value(body) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    drop_nulls(&mut body);
    // Without serde_json's feature `preserve_order`, members are sorted already. Another crate in the build may turn it on.
    body.sort_all_objects();
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"))], body.to_string()).into_response()
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// A status that the `http` crate has no name for.
pub(crate) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Errors(errors) => json(StatusCode::BAD_REQUEST, &errors),
            Self::TooLong => json(StatusCode::PAYLOAD_TOO_LARGE, &Errors::general("[bodyTooLong]", "The body is too long.")),
            Self::Status(status) => empty(status),
            Self::Internal(what, cause) => {
                tracing::error!(%cause, "{what}");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}
