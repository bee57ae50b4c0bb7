//! The response to every failed request: a problem document (RFC 9457).
//!
//! Each part of the server declares its own error type with `errors!`, and each error becomes a [`ProblemResponse`]. So this file need not
//! know the parts. On server-rendered pages, `pages::problem_page` turns the document into a page.
//!
//! Titles and details that people may see are in their language. Errors that only a faulty client can cause, such as a body of another
//! shape, are for the client's developers, and stay in English.

use crate::database::{MayBeConflict, is_temporary};
use crate::http::error::Error;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::fmt::Display;
use storefront_api::{MemberError, Problem, problems::ProblemCode};
use storefront_messages::{FieldMessage, t, text_where};

/// Declares the error type of a part of the server: each variant with its text, in an attribute of `thiserror`, and with its problem code
/// after `=`. The function after `with` makes the response of such a variant. A variant without a code has an arm below the enum instead;
/// without both, it does not compile.
macro_rules! errors {
    (
        $(#[$about:meta])*
        pub enum Error {
            $($(#[$meta:meta])* $name:ident $(($($tuple:tt)+))? $({$($members:tt)+})? $(= $code:ident)?,)+
        }

        match $error:ident with $respond:path {
            $($pattern:pat => $response:expr,)*
        }
    ) => {
        $(#[$about])*
        pub enum Error {
            $($(#[$meta])* $name $(($($tuple)+))? $({$($members)+})?,)+
        }

        impl From<Error> for $crate::http::problem::ProblemResponse {
            fn from($error: Error) -> Self {
                match $error {
                    $($(Error::$name { .. } => $respond(storefront_api::problems::ProblemCode::$code, &$error),)?)+
                    $($pattern => $response,)*
                }
            }
        }
    };
}
pub(crate) use errors;

/// The number of seconds after which a caller may try again, if a service that this server depends on does not answer.
pub const RETRY_AFTER_SECONDS: u32 = 1;

/// The outcome of a handler, whose failure is a problem document.
pub type ApiResult<T> = Result<T, ProblemResponse>;

/// The response to a request that has failed and has changed nothing.
#[derive(Clone, Debug)]
pub struct ProblemResponse {
    code: ProblemCode,
    status: StatusCode,
    detail: String,
    fields: Box<[MemberError]>,
    challenge: Option<String>,
    retry_after_seconds: Option<u32>,
    /// The name and the value of a further member of the document. Boxed, because few responses have one.
    member: Option<Box<(&'static str, serde_json::Value)>>,
    cause: Cause,
}

/// The cause of a failure. It decides whether this server retries the request or stores the response. The response does not contain the
/// cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Conflict,
    State,
    Other,
}

impl ProblemResponse {
    /// A problem with this code, and its status. The text of `error` becomes `detail`, which people read. A 503 gets a `Retry-After`.
    pub fn new(code: ProblemCode, error: &impl Display) -> Self {
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            code,
            status,
            detail: error.to_string(),
            fields: Box::default(),
            challenge: None,
            retry_after_seconds: retry_after(status),
            member: None,
            cause: Cause::Other,
        }
    }

    /// A 422 that names the invalid members of the request.
    pub fn invalid(error: &impl Display, fields: Vec<MemberError>) -> Self {
        Self { fields: fields.into(), ..Self::new(ProblemCode::Invalid, error) }
    }

    /// Adds `WWW-Authenticate`.
    pub fn with_challenge(self, challenge: String) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// Answers with another status than the code's, and with the `Retry-After` that this status has by default.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, retry_after_seconds: retry_after(status), ..self }
    }

    /// Records that the database rolled the transaction back because of a conflict with another transaction.
    pub fn after_conflict(self) -> Self {
        Self { cause: Cause::Conflict, ..self }
    }

    /// Marks the problem as caused by the current state: the same request may succeed later, so this response is not stored for its
    /// idempotency key.
    pub fn because_of_state(self) -> Self {
        Self { cause: Cause::State, ..self }
    }

    /// Adds a member to the document (RFC 9457, section 3.2).
    pub fn with_member(self, name: &'static str, value: &impl serde::Serialize) -> Self {
        Self { member: Some(Box::new((name, serde_json::json!(value)))), ..self }
    }

    /// Sets `Retry-After`, in place of the value that a 503 has by default.
    pub fn with_retry_after(self, seconds: u32) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    /// The code.
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the request was refused because of the current state.
    pub fn is_because_of_state(&self) -> bool {
        self.cause == Cause::State
    }

    /// The invalid members of the request.
    pub fn fields(&self) -> &[MemberError] {
        &self.fields
    }

    /// The value of `Retry-After`, if the problem has one.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.retry_after_seconds
    }

    /// The problem document with the member of [`with_member`](Self::with_member).
    pub fn document(&self) -> serde_json::Value {
        let mut document = serde_json::json!(self.problem());
        if let Some((name, value)) = self.member.as_deref() {
            document[*name] = value.clone();
        }
        document
    }

    /// The problem document without the member of [`with_member`](Self::with_member).
    pub fn problem(&self) -> Problem {
        Problem {
            kind: self.code.kind().to_owned(),
            title: title(self.code).to_owned(),
            status: self.status.as_u16(),
            detail: Some(self.detail.clone()),
            errors: self.fields.to_vec(),
        }
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after_seconds.map(|it| (header::RETRY_AFTER, HeaderValue::from(it)));
        let mut response = (self.status, Json(self.document())).into_response();
        response.extensions_mut().insert(self.problem()); // for `pages::problem_page`
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge.and_then(|it| HeaderValue::try_from(it).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        headers.extend(retry_after);
        response
    }
}

fn retry_after(status: StatusCode) -> Option<u32> {
    (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS)
}

/// A short name of the problem in the reader's language, which an error page has as its heading. A title without translations is for the
/// developers of clients, and stays in English.
fn title(code: ProblemCode) -> &'static str {
    text_where(|english| english == code.title()).unwrap_or(code.title())
}

/// The error of one member of a request, in the form that the API sends.
pub fn field_error(field: &str, message: FieldMessage) -> MemberError {
    MemberError { field: field.to_owned(), code: message.code().to_owned(), message: message.text().to_owned() }
}

impl MayBeConflict for ProblemResponse {
    fn is_conflict(&self) -> bool {
        self.cause == Cause::Conflict
    }
}

impl From<sqlx::Error> for ProblemResponse {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a query of the database failed");
        // The same request may succeed later, perhaps only after an operator has acted.
        let unavailable = || Self::new(ProblemCode::DatabaseUnavailable, &t!("The database isn't responding. Try again in a moment."));
        if error.is_conflict() {
            unavailable().after_conflict()
        } else if is_temporary(&error) {
            unavailable()
        } else {
            Error::Internal.into()
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
            let response = ProblemResponse::from(error).into_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), status == 503);
        }
    }

    /// A title that lacks its translations would be shown in English. These are the titles that no page shows.
    #[test]
    fn only_titles_for_the_developers_of_clients_are_not_translated() {
        let english: Vec<_> = ProblemCode::ALL.iter().filter(|it| text_where(|text| text == it.title()).is_none()).collect();
        let developers = "BodyMalformed, BodyNotJson, BodyShape, EventNotSigned, HeaderMalformed, HostAmbiguous, IdempotencyKeyMalformed, \
                          IdempotencyKeyReused, MembersUnexpected, NotRegistered, TokenExpired, TokenInvalid, TokenOfAnotherApplication";
        assert_eq!(format!("{english:?}"), format!("[{developers}]"));
    }

    /// After 408, 421 and 425 browsers repeat the request by themselves, and a write could take effect twice.
    #[test]
    fn no_problem_has_a_status_after_which_a_browser_repeats_the_request() {
        for code in ProblemCode::ALL {
            assert!((400..600).contains(&code.status()) && ![408, 421, 425].contains(&code.status()), "{code:?}");
        }
    }
}
