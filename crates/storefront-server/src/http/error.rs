//! Every way a request to the API fails: its status, its problem document, and what the caller can do about it.

use crate::auth::{jwks, verify::Fault};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use storefront_api::{FieldError, MAX_IDEMPOTENCY_KEY, MAX_POST_CHARS, MAX_QUANTITY, Problem, ValidationProblem};

/// Why a request was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 401, `WWW-Authenticate: Bearer`: sign in, then ask again.
    #[error("This needs a sign-in.")]
    CredentialMissing,
    /// 401, `WWW-Authenticate: Bearer error="invalid_token"`: renew the token or sign in again.
    #[error("Refused: {0}.")]
    TokenRefused(#[from] Fault),
    /// 503 with `Retry-After`: FusionAuth's keys are needed and cannot be had.
    #[error("The sign-in service does not answer, so the access token cannot be checked. Try again in a moment.")]
    KeysUnreachable,
    /// 401: the refresh token is refused or missing, so the credential could not be renewed. Sign in again.
    #[error("Your session has ended. Sign in again.")]
    SessionOver,
    /// 503 with `Retry-After`: FusionAuth is needed and does not answer. The session stays.
    #[error("The sign-in service does not answer. Nothing was lost; try again in a moment.")]
    SignInUnavailable,
    /// 503 with `Retry-After`: the database does not answer, so nobody is signed out.
    #[error("You are still signed in: the sign-out could not be saved. Try again in a moment.")]
    NotSignedOut,
    /// 503 with `Retry-After`: this site's sessions are over; FusionAuth has not revoked the refresh tokens yet.
    #[error(
        "You are signed out here. The sign-in service has not confirmed yet that every other device is signed out, and is asked until it does."
    )]
    SignOutPending,
    /// 400: a cookie of the sign-in came twice, so another host of the domain has set one.
    #[error("Your browser sends two different sign-in cookies for this site. Delete this site's cookies, then sign in again.")]
    CookiesAmbiguous,
    /// 404, as FusionAuth: unknown user or wrong password; which of the two is not told.
    #[error("The email or password is not correct.")]
    CredentialsRefused,
    /// 422, and not FusionAuth's 421, which browsers answer by sending the code once more: it may be tried again.
    #[error("That code is not correct.")]
    CodeRefused,
    /// 404, as FusionAuth: begin again with the password.
    #[error("The code came too late. Enter your password once more.")]
    TwoFactorExpired,
    /// 409, as FusionAuth: such as after too many attempts.
    #[error("Sign-in is blocked for now. Wait a few minutes, then try again.")]
    SignInPrevented,
    /// 410, as FusionAuth.
    #[error("This account has expired.")]
    AccountExpired,
    /// 423, as FusionAuth.
    #[error("This account is locked.")]
    AccountLocked,
    /// 400, as FusionAuth: it could not use what was sent, such as an empty password.
    #[error("FusionAuth could not use this sign-in. Are email and password filled in?")]
    CredentialsMalformed,
    /// 502: FusionAuth and this server are not set up for each other. The log says how.
    #[error("Sign-in is not set up correctly on this site. It is not your email or password.")]
    SignInMisconfigured,
    /// 403: another site, or a page whose origin cannot be told, has sent a request that changes something.
    #[error("This request did not come from a page of this site, so nothing was changed.")]
    CrossOrigin,
    /// 404, `GET /api/user`: nobody is signed in to this application. A state, not a failure.
    #[error("Nobody is signed in to this application.")]
    NotSignedIn,

    /// 404: the Store does not sell it.
    #[error("There is no such product.")]
    ProductUnknown,
    /// 422: outside 1 to 99.
    #[error("The quantity must be from 1 to {MAX_QUANTITY}.")]
    QuantityOutOfRange,
    /// 409: more than there are. The number is how many can be ordered.
    #[error("{}", in_stock(*.0))]
    OutOfStock(i64),
    /// 422: the cart's line would hold more than 99. The number is how many it holds.
    #[error("A cart holds at most {MAX_QUANTITY} of one product, and yours holds {0}.")]
    CartLineFull(i64),
    /// 409: the cart's line would hold more than there are.
    #[error("{} Your cart holds {has} already.", in_stock(*.stock))]
    StockInCart {
        /// How many can be ordered.
        stock: i64,
        /// How many the cart holds.
        has: i64,
    },
    /// 422: nothing but white space.
    #[error("Write something first.")]
    PostEmpty,
    /// 422: longer than 2000 characters.
    #[error("A post has at most {MAX_POST_CHARS} characters.")]
    PostTooLong,
    /// 422: a control character other than newline and tab.
    #[error("A post holds text, line breaks and tabs; this one has other control characters.")]
    PostControlCharacter,
    /// 422: so many combining marks on one character that they would paint over other lines.
    #[error("{}", storefront_messages::PostMessage::TooManyMarks.text(MAX_POST_CHARS))]
    PostTooManyMarks,

    /// 422: what is wrong, by member.
    #[error("Some of what was sent cannot be used.")]
    Invalid(Vec<FieldError>),
    /// 503: this server has no good API key for it, or FusionAuth is set up otherwise. The log says how.
    #[error("Nobody can be registered here at the moment.")]
    RegistrationClosed,

    /// 422: `Idempotency-Key` is not one header of 1 to 64 visible ASCII characters.
    #[error("The Idempotency-Key must have 1 to {MAX_IDEMPOTENCY_KEY} visible ASCII characters.")]
    IdempotencyKeyMalformed,
    /// 422: the key belongs to another request of the same user.
    #[error("This Idempotency-Key was sent with another request. Use a new one.")]
    IdempotencyKeyReused,
    /// 503 with `Retry-After`: another request with the same key is being answered.
    #[error("The same request is being answered already. Try again in a moment.")]
    WriteUnderWay,

    /// 400: the body is no JSON.
    #[error("The body is not JSON.")]
    BodyMalformed,
    /// 422: JSON, but not of the documented shape. Names the member, never its value.
    #[error("The body does not have the documented shape: {0}.")]
    BodyShape(String),
    /// 413: the body is longer than this server reads.
    #[error("The body is too long.")]
    BodyTooLong,
    /// 415: `Content-Type` must be `application/json`.
    #[error("The body must be sent as application/json.")]
    BodyNotJson,
    /// 404: no such address in this application.
    #[error("There is nothing at this address.")]
    NotFound,
    /// 405; `Allow` names what works.
    #[error("This address does not answer that method.")]
    MethodNotAllowed,
    /// 503 with `Retry-After`, and not 408, which browsers answer by sending the request once more: the request was not complete, or not answered, within the time limit.
    #[error("The request took too long. Try again.")]
    Timeout,
    /// 503 with `Retry-After`: the database does not answer.
    #[error("The database does not answer. Try again in a moment.")]
    DatabaseUnreachable,
    /// 500: our mistake; the log has it under the request's id.
    #[error("Something went wrong here. It has been logged.")]
    Internal,
}

impl Error {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.parts().0
    }

    /// The problem document (RFC 9457).
    pub fn problem(&self) -> Problem {
        let (status, slug, title) = self.parts();
        Problem { kind: format!("/problems/{slug}"), title: title.to_owned(), status: status.as_u16(), detail: Some(self.to_string()) }
    }

    /// The body of the answer: the problem document and, for [`Error::Invalid`], what is wrong with each member.
    pub fn document(&self) -> serde_json::Value {
        match self {
            Self::Invalid(errors) => serde_json::json!(ValidationProblem { problem: self.problem(), errors: errors.clone() }),
            _ => serde_json::json!(self.problem()),
        }
    }

    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::CredentialMissing => (S::UNAUTHORIZED, "credential-missing", "Not signed in"),
            Self::TokenRefused(Fault::Expired) => (S::UNAUTHORIZED, "token-expired", "Access token expired"),
            Self::TokenRefused(Fault::Audience) => (S::UNAUTHORIZED, "token-of-another-application", "Access token of another application"),
            Self::TokenRefused(Fault::Registration) => (S::UNAUTHORIZED, "not-registered", "Not registered for this application"),
            Self::TokenRefused(_) => (S::UNAUTHORIZED, "token-invalid", "Access token refused"),
            Self::KeysUnreachable => (S::SERVICE_UNAVAILABLE, "sign-in-service-unavailable", "Sign-in service unavailable"),
            Self::SessionOver => (S::UNAUTHORIZED, "session-over", "Session over"),
            Self::SignInUnavailable => (S::SERVICE_UNAVAILABLE, "sign-in-service-unavailable", "Sign-in service unavailable"),
            Self::NotSignedOut => (S::SERVICE_UNAVAILABLE, "not-signed-out", "Still signed in"),
            Self::SignOutPending => (S::SERVICE_UNAVAILABLE, "sign-out-pending", "Signed out here"),
            Self::CookiesAmbiguous => (S::BAD_REQUEST, "cookies-ambiguous", "Two sign-in cookies"),
            Self::CredentialsRefused => (S::NOT_FOUND, "credentials-refused", "Wrong email or password"),
            Self::CodeRefused => (S::UNPROCESSABLE_ENTITY, "code-refused", "Wrong code"),
            Self::TwoFactorExpired => (S::NOT_FOUND, "two-factor-expired", "Code too late"),
            Self::SignInPrevented => (S::CONFLICT, "sign-in-prevented", "Sign-in blocked"),
            Self::AccountExpired => (S::GONE, "account-expired", "Account expired"),
            Self::AccountLocked => (S::LOCKED, "account-locked", "Account locked"),
            Self::CredentialsMalformed => (S::BAD_REQUEST, "credentials-malformed", "Unusable sign-in"),
            Self::SignInMisconfigured => (S::BAD_GATEWAY, "sign-in-misconfigured", "Sign-in not set up"),
            Self::CrossOrigin => (S::FORBIDDEN, "cross-origin", "Request from another site"),
            Self::NotSignedIn => (S::NOT_FOUND, "not-signed-in", "Not signed in"),
            Self::ProductUnknown => (S::NOT_FOUND, "product-unknown", "Unknown product"),
            Self::QuantityOutOfRange => (S::UNPROCESSABLE_ENTITY, "quantity-out-of-range", "Quantity out of range"),
            Self::OutOfStock(_) => (S::CONFLICT, "out-of-stock", "Not enough in stock"),
            Self::CartLineFull(_) => (S::UNPROCESSABLE_ENTITY, "quantity-out-of-range", "Quantity out of range"),
            Self::StockInCart { .. } => (S::CONFLICT, "out-of-stock", "Not enough in stock"),
            Self::IdempotencyKeyMalformed => (S::UNPROCESSABLE_ENTITY, "idempotency-key-malformed", "Unusable Idempotency-Key"),
            Self::IdempotencyKeyReused => (S::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency-Key used before"),
            Self::WriteUnderWay => (S::SERVICE_UNAVAILABLE, "write-under-way", "Write under way"),
            Self::PostEmpty => (S::UNPROCESSABLE_ENTITY, "post-empty", "Empty post"),
            Self::PostTooLong => (S::UNPROCESSABLE_ENTITY, "post-too-long", "Post too long"),
            Self::PostControlCharacter => (S::UNPROCESSABLE_ENTITY, "post-control-character", "Control character in post"),
            Self::PostTooManyMarks => (S::UNPROCESSABLE_ENTITY, "post-too-many-marks", "Too many marks in post"),
            Self::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "invalid", "Unusable input"),
            Self::RegistrationClosed => (S::SERVICE_UNAVAILABLE, "registration-closed", "Registration closed"),
            Self::BodyMalformed => (S::BAD_REQUEST, "body-malformed", "Malformed body"),
            Self::BodyShape(_) => (S::UNPROCESSABLE_ENTITY, "body-shape", "Unexpected shape of body"),
            Self::BodyTooLong => (S::PAYLOAD_TOO_LARGE, "body-too-long", "Body too long"),
            Self::BodyNotJson => (S::UNSUPPORTED_MEDIA_TYPE, "body-not-json", "Unsupported media type"),
            Self::NotFound => (S::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"),
            Self::Timeout => (S::SERVICE_UNAVAILABLE, "timeout", "Time limit exceeded"),
            Self::DatabaseUnreachable => (S::SERVICE_UNAVAILABLE, "database-unavailable", "Database unavailable"),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }

    /// RFC 6750 3: a request without a credential is told no error code.
    fn challenge(&self) -> Option<String> {
        match self {
            Self::CredentialMissing | Self::SessionOver => Some("Bearer".to_owned()),
            Self::TokenRefused(fault) => Some(format!("Bearer error=\"invalid_token\", error_description=\"{fault}\"")),
            _ => None,
        }
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::KeysUnreachable
            | Self::SignInUnavailable
            | Self::NotSignedOut
            | Self::SignOutPending
            | Self::DatabaseUnreachable
            | Self::Timeout
            | Self::WriteUnderWay => Some(jwks::RETRY_AFTER.as_secs()),
            _ => None,
        }
    }
}

fn in_stock(left: i64) -> String {
    match left {
        0 => "This product is sold out.".to_owned(),
        1 => "Only 1 is in stock.".to_owned(),
        _ => format!("Only {left} are in stock."),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.document())).into_response();
        response.extensions_mut().insert(self.problem()); // server-rendered pages show it as a page
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge().and_then(|it| HeaderValue::try_from(it).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the database refused a query");
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => Self::DatabaseUnreachable,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_does_not_answer_is_worth_another_try() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        for (error, status) in [(sqlx::Error::PoolTimedOut, 503), (sqlx::Error::Io(refused), 503), (sqlx::Error::RowNotFound, 500)] {
            let answer = Error::from(error).into_response();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers().contains_key(header::RETRY_AFTER), status == 503);
        }
    }

    #[test]
    fn the_stock_is_told_in_words() {
        assert_eq!(Error::OutOfStock(0).to_string(), "This product is sold out.");
        assert_eq!(Error::OutOfStock(1).to_string(), "Only 1 is in stock.");
        assert_eq!(Error::OutOfStock(7).to_string(), "Only 7 are in stock.");
    }
}
