//! The errors that a request to any route can get: from HTTP's own rules, and from this server's rules for all requests.

use crate::http::problem::ProblemResponse;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use storefront_api::MAX_IDEMPOTENCY_KEY;
use storefront_messages::t;

/// An error that a request to any route can get.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400: the body is not JSON.
    #[error("The body is not JSON.")]
    BodyMalformed,
    /// 422: the body is JSON of another shape than the documented one. The text names the member, never its value.
    #[error("The body does not have the documented shape: {0}.")]
    BodyShape(String),
    /// 413: the body is longer than the route allows.
    #[error("{}", t!("The request is too large."))]
    BodyTooLong,
    /// 415: `Content-Type` is not `application/json`.
    #[error("The body must be sent as application/json.")]
    BodyNotJson,
    /// 400: a form with unreadable fields.
    #[error("{}", t!("We couldn't read the form. Go back and send it again."))]
    FormMalformed,
    /// 415: a form was sent with a `Content-Type` that browsers do not use.
    #[error("{}", t!("We couldn't read this form because of the way it was sent. Go back and send it again."))]
    BodyNotForm,
    /// 400: the request has several `Host` headers.
    #[error("The request names several hosts.")]
    HostAmbiguous,
    /// 403: a page of another site, or of an unknown origin, has sent a request that changes something.
    #[error("{}", t!("This request didn't come from a page on this site, so we changed nothing."))]
    CrossOrigin,
    /// 404: this site has no such path.
    #[error("{}", t!("There is nothing at this URL."))]
    NotFound,
    /// 405: the path exists but not with this method. `Allow` lists its methods.
    #[error("{}", t!("This URL doesn't accept that method."))]
    MethodNotAllowed,
    /// 422: `Idempotency-Key` is not one header of 1 to 64 visible ASCII characters.
    #[error("The Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY} visible ASCII characters.")]
    IdempotencyKeyMalformed,
    /// 422: the key belongs to another request of the same user.
    #[error("This Idempotency-Key was sent with another request. Use a new one.")]
    IdempotencyKeyReused,
    /// 503: another request with the same key is still being handled.
    #[error("{}", t!("We're already working on this request. Try again in a moment."))]
    WriteUnderWay,
    /// 503: the request was not complete, or not handled, within the time limit. The status is not 408, because after a 408 browsers send
    /// the request again.
    #[error("{}", t!("The request took too long. Try again."))]
    Timeout,
    /// 500: an error in this server. The log contains it under the request's id.
    #[error("{}", t!("Something went wrong on our side. We've logged the error."))]
    Internal,
}

impl From<Error> for ProblemResponse {
    fn from(error: Error) -> Self {
        let (status, slug, title) = match &error {
            Error::BodyMalformed => (StatusCode::BAD_REQUEST, "body-malformed", "Malformed body"),
            Error::BodyShape(_) => (StatusCode::UNPROCESSABLE_ENTITY, "body-shape", "Unexpected shape of body"),
            Error::BodyTooLong => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", t!("Request too large")),
            Error::BodyNotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "body-not-json", "Unsupported media type"),
            Error::FormMalformed => (StatusCode::BAD_REQUEST, "form-malformed", t!("Unreadable form")),
            Error::BodyNotForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "body-not-form", t!("Unreadable form")),
            Error::HostAmbiguous => (StatusCode::BAD_REQUEST, "host-ambiguous", "Several hosts"),
            Error::CrossOrigin => (StatusCode::FORBIDDEN, "cross-origin", t!("Request from another site")),
            Error::NotFound => (StatusCode::NOT_FOUND, "not-found", t!("Not found")),
            Error::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", t!("Method not allowed")),
            Error::IdempotencyKeyMalformed => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-malformed", "Unusable Idempotency-Key"),
            Error::IdempotencyKeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency-Key used before"),
            Error::WriteUnderWay => (StatusCode::SERVICE_UNAVAILABLE, "write-under-way", t!("Request in progress")),
            Error::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "timeout", t!("Time limit exceeded")),
            Error::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", t!("Internal error")),
        };
        Self::new(status, slug, title, &error)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        ProblemResponse::from(self).into_response()
    }
}
