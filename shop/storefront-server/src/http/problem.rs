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
use storefront_messages::{FieldMessage, t};

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

/// A short name of the problem, which an error page has as its heading.
fn title(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::AccountExpired => t!("Account expired"),
        ProblemCode::AccountLocked => t!("Account locked"),
        ProblemCode::BodyMalformed => "Malformed body",
        ProblemCode::BodyNotForm => t!("Unreadable form"),
        ProblemCode::BodyNotJson => "Unsupported media type",
        ProblemCode::BodyShape => "Unexpected shape of body",
        ProblemCode::BodyTooLong => t!("Request too large"),
        ProblemCode::CartEmpty => t!("Empty cart"),
        ProblemCode::CheckoutChanged => t!("Cart changed"),
        ProblemCode::CodeMistyped => t!("Wrong code"),
        ProblemCode::CodeRefused => t!("Wrong code"),
        ProblemCode::CookiesAmbiguous => t!("Two sign-in cookies"),
        ProblemCode::CredentialMissing => t!("Not signed in"),
        ProblemCode::CredentialsMalformed => t!("Invalid sign-in request"),
        ProblemCode::CredentialsRefused => t!("Wrong email or password"),
        ProblemCode::CrossOrigin => t!("Request from another site"),
        ProblemCode::DatabaseUnavailable => t!("Database unavailable"),
        ProblemCode::DeviceKeyRequired => t!("Browser not supported"),
        ProblemCode::DeviceProofDelayed => t!("Device not confirmed"),
        ProblemCode::EmailNotProven => t!("Email not confirmed"),
        ProblemCode::EmailNotVerified => t!("Email not confirmed"),
        ProblemCode::EmailUnavailable => t!("Email unavailable"),
        ProblemCode::EventNotSigned => "Event not signed",
        ProblemCode::FilterUnusable => t!("Invalid filter"),
        ProblemCode::FormMalformed => t!("Unreadable form"),
        ProblemCode::GuestCartGone => t!("Cart not found"),
        ProblemCode::HeaderMalformed => "Header malformed",
        ProblemCode::HostAmbiguous => "Several hosts",
        ProblemCode::IdempotencyKeyMalformed => "Unusable Idempotency-Key",
        ProblemCode::IdempotencyKeyReused => "Idempotency-Key used before",
        ProblemCode::Internal => t!("Internal error"),
        ProblemCode::Invalid => t!("Invalid input"),
        ProblemCode::LineChanged => t!("Item changed"),
        ProblemCode::LinkNeeded => t!("Second factor required"),
        ProblemCode::MembersUnexpected => "Unexpected members",
        ProblemCode::MessageTooSoon => t!("Email already sent"),
        ProblemCode::MethodNotAllowed => t!("Method not allowed"),
        ProblemCode::ModeratorsOnly => t!("For moderators only"),
        ProblemCode::NoPasskey => t!("No passkey"),
        ProblemCode::NoPasswordless => t!("No sign-in by code"),
        ProblemCode::NotFound => t!("Page not found"),
        ProblemCode::NotRegistered => "Not registered for this application",
        ProblemCode::NotSignedIn => "Not signed in",
        ProblemCode::NotSignedOut => t!("Still signed in"),
        ProblemCode::NotThisDevice => t!("Another device"),
        ProblemCode::NothingToVerify => t!("Nothing to confirm"),
        ProblemCode::OrderShipped => t!("Order already sent"),
        ProblemCode::OrderUnknown => t!("Unknown order"),
        ProblemCode::OutOfStock => t!("Not enough in stock"),
        ProblemCode::PasskeyRefused => t!("Passkey refused"),
        ProblemCode::PasswordMayHaveChanged => t!("Sign-in service unavailable"),
        ProblemCode::PasswordNeeded => t!("Password required"),
        ProblemCode::PostChanged => t!("Post changed"),
        ProblemCode::PostDeleted => t!("Post deleted"),
        ProblemCode::PostEmpty => t!("Empty post"),
        ProblemCode::PostOfAnother => t!("Someone else's post"),
        ProblemCode::PostTooLong => t!("Post too long"),
        ProblemCode::PostTooManyMarks => t!("Too many accents in post"),
        ProblemCode::PostUnknown => t!("Unknown post"),
        ProblemCode::ProductUnknown => t!("Unknown product"),
        ProblemCode::QuantityOutOfRange => t!("Quantity out of range"),
        ProblemCode::RegistrationClosed => t!("Registration closed"),
        ProblemCode::SentAMomentAgo => t!("Email already sent"),
        ProblemCode::SessionNotEnded => t!("Session not ended"),
        ProblemCode::SessionOver => t!("Session ended"),
        ProblemCode::SignInMisconfigured => t!("Sign-in not set up"),
        ProblemCode::SignInPrevented => t!("Sign-in blocked"),
        ProblemCode::SignInServiceUnavailable => t!("Sign-in service unavailable"),
        ProblemCode::SignInWaitsForSignOut => t!("Sign-out not confirmed"),
        ProblemCode::SignOutPending => t!("Signed out here"),
        ProblemCode::ThreadClosed => t!("Thread closed"),
        ProblemCode::ThreadProductUnknown => t!("Unknown product"),
        ProblemCode::Timeout => t!("Time limit exceeded"),
        ProblemCode::TitleTooLong => t!("Title too long"),
        ProblemCode::TokenExpired => "Access token expired",
        ProblemCode::TokenInvalid => "Access token refused",
        ProblemCode::TokenOfAnotherApplication => "Access token of another application",
        ProblemCode::TooManyAttempts => t!("Too many attempts"),
        ProblemCode::TooManyStreams => t!("Too many open pages"),
        ProblemCode::TwoFactorExpired => t!("Code expired"),
        ProblemCode::VerificationExpired => t!("Link or code expired"),
        ProblemCode::VerificationLimited => t!("Too many emails"),
        ProblemCode::VerificationUnavailable => t!("No response"),
        ProblemCode::WriteUnderWay => t!("Request in progress"),
    }
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

    /// After 408, 421 and 425 browsers repeat the request by themselves, and a write could take effect twice.
    #[test]
    fn no_problem_has_a_status_after_which_a_browser_repeats_the_request() {
        for code in ProblemCode::ALL {
            assert!((400..600).contains(&code.status()) && ![408, 421, 425].contains(&code.status()), "{code:?}");
        }
    }
}
