//! The response to every failed request: a problem document (RFC 9457).
//!
//! Each part of the server has its own error type and converts it with one `From` into a [`ProblemResponse`]. So this file need not know
//! the parts. On server-rendered pages, `pages::problem_page` turns the document into a page.
//!
//! Titles and details that people may see are in their language. Errors that only a faulty client can cause, such as a body of another
//! shape, are for the client's developers, and stay in English.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::fmt::Display;
use storefront_api::{MemberError, Problem};
use storefront_messages::{FieldMessage, t};

/// The number of seconds after which a caller may try again, if a service that this server depends on does not answer.
pub const RETRY_AFTER_SECONDS: u32 = 1;

/// After these statuses (408, 421, 425) browsers repeat the request by themselves, and a write could take effect twice.
const REPEATED_BY_BROWSERS: [StatusCode; 3] = [StatusCode::REQUEST_TIMEOUT, StatusCode::MISDIRECTED_REQUEST, StatusCode::TOO_EARLY];

/// The response to a request that has failed and has changed nothing.
#[derive(Clone, Debug)]
pub struct ProblemResponse {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
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
    /// A problem of the type `/problems/{slug}`. The text of `error` becomes `detail`, which people read. A 503 gets a `Retry-After`.
    pub fn new(status: StatusCode, slug: &'static str, title: &'static str, error: &impl Display) -> Self {
        debug_assert!(!REPEATED_BY_BROWSERS.contains(&status), "a browser would repeat the request after {status}");
        let retry_after_seconds = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS);
        Self {
            status,
            slug,
            title,
            detail: error.to_string(),
            fields: Box::default(),
            challenge: None,
            retry_after_seconds,
            member: None,
            cause: Cause::Other,
        }
    }

    /// A 422 that names the invalid members of the request.
    pub fn invalid(error: &impl Display, fields: Vec<MemberError>) -> Self {
        Self { fields: fields.into(), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", t!("Invalid input"), error) }
    }

    /// Adds `WWW-Authenticate`.
    pub fn with_challenge(self, challenge: String) -> Self {
        Self { challenge: Some(challenge), ..self }
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

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the database rolled the request's transaction back because of a conflict, so that an immediate retry may succeed.
    pub fn is_conflict(&self) -> bool {
        self.cause == Cause::Conflict
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
            kind: format!("/problems/{}", self.slug),
            title: self.title.to_owned(),
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

/// The error of one member of a request, in the form that the API sends.
pub fn field_error(field: &str, message: FieldMessage) -> MemberError {
    MemberError { field: field.to_owned(), code: message.code().to_owned(), message: message.text().to_owned() }
}
