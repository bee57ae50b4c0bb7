//! The errors that a request to any route can get: from HTTP's own rules, and from this server's rules for all requests.

use crate::http::problem::{ProblemResponse, errors};
use axum::response::{IntoResponse, Response};
use storefront_api::MAX_IDEMPOTENCY_KEY;
use storefront_messages::t;

errors! {
    /// An error that a request to any route can get.
    #[derive(Debug, thiserror::Error)]
    pub enum Error {
        /// 400: the body is not JSON.
        #[error("The body is not JSON.")]
        BodyMalformed = BodyMalformed,
        /// 422: the body is JSON of another shape than the documented one. The text names the member, never its value.
        #[error("The body does not have the documented shape: {0}.")]
        BodyShape(String) = BodyShape,
        /// 413: the body is longer than the route allows.
        #[error("{}", t!("The request is too large."))]
        BodyTooLong = BodyTooLong,
        /// 415: `Content-Type` is not `application/json`.
        #[error("The body must be sent as application/json.")]
        BodyNotJson = BodyNotJson,
        /// 400: a form with unreadable fields.
        #[error("{}", t!("We couldn't read the form. Go back and send it again."))]
        FormMalformed = FormMalformed,
        /// 415: a form was sent with a `Content-Type` that browsers do not use.
        #[error("{}", t!("We couldn't read this form because of the way it was sent. Go back and send it again."))]
        BodyNotForm = BodyNotForm,
        /// 400: the request has several `Host` headers.
        #[error("The request names several hosts.")]
        HostAmbiguous = HostAmbiguous,
        /// 403: a page of another site, or of an unknown origin, has sent a request that changes something.
        #[error("{}", t!("This request didn't come from a page on this site, so we changed nothing."))]
        CrossOrigin = CrossOrigin,
        /// 404: this site has no such path.
        #[error("{}", t!("We can't find this page. The link may be mistyped, or the page may have been removed."))]
        NotFound = NotFound,
        /// 405: the path exists but not with this method. `Allow` lists its methods.
        #[error("{}", t!("This URL doesn't accept that method."))]
        MethodNotAllowed = MethodNotAllowed,
        /// 422: `Idempotency-Key` is not one header of 1 to 64 visible ASCII characters.
        #[error("The Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY} visible ASCII characters.")]
        IdempotencyKeyMalformed = IdempotencyKeyMalformed,
        /// 422: the key belongs to another request of the same user.
        #[error("This Idempotency-Key was sent with another request. Use a new one.")]
        IdempotencyKeyReused = IdempotencyKeyReused,
        /// 503: another request with the same key is still being handled.
        #[error("{}", t!("We're already working on this request. Try again in a moment."))]
        WriteUnderWay = WriteUnderWay,
        /// 503: the request was not complete, or not handled, within the time limit. The status is not 408, because after a 408 browsers
        /// send the request again.
        #[error("{}", t!("The request took too long. Try again."))]
        Timeout = Timeout,
        /// 500: an error in this server. The log contains it under the request's id.
        #[error("{}", t!("Something went wrong on our side. We've logged the error."))]
        Internal = Internal,
    }

    match error with ProblemResponse::new {}
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        ProblemResponse::from(self).into_response()
    }
}
