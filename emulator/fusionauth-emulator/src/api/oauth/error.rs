//! The reasons for which an OAuth endpoint refuses a request.

use crate::domain::Refusal;
use crate::domain::renewals::RenewalError;
use crate::domain::users::SignInRefusal;
use crate::http::json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error of an OAuth endpoint. The answer is an OAuth error object with the reason codes that FusionAuth documents.
pub(super) enum OauthError {
    Request(&'static str, String),
    Client {
        reason: &'static str,
        description: &'static str,
        by_basic: bool,
    },
    Grant(&'static str, &'static str),
    Scope(&'static str, &'static str),
    UnauthorizedClient(&'static str, &'static str),
    /// The access token is missing or invalid.
    Token(&'static str, &'static str),
    /// A device gets no tokens yet, or never. Such an answer has no reason.
    Device(&'static str, &'static str),
    /// A password grant needs another step; the body says which, and has its ids.
    Interrupted(Value),
    UnsupportedGrant,
    NotImplemented(String),
    Internal(Refusal),
}

pub(super) fn missing(reason: &'static str, name: &str) -> OauthError {
    OauthError::Request(reason, format!("The parameter {name} is missing."))
}

pub(super) fn invalid_lifetime() -> OauthError {
    OauthError::Request("invalid_expires_in", "expires_in can only shorten the access token's life.".to_owned())
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let answer = |status: StatusCode, error: &str, reason: &str, description: &str| {
            json(status, &json!({"error": error, "error_description": description, "error_reason": reason}))
        };
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Request(reason, description) => answer(bad, "invalid_request", reason, &description),
            Self::Client { reason, description, by_basic } => {
                let mut response = answer(StatusCode::UNAUTHORIZED, "invalid_client", reason, description);
                if by_basic {
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"FusionAuth\""));
                }
                response
            }
            Self::Grant(reason, description) => answer(bad, "invalid_grant", reason, description),
            Self::Scope(reason, description) => answer(bad, "invalid_scope", reason, description),
            Self::UnauthorizedClient(reason, description) => answer(bad, "unauthorized_client", reason, description),
            Self::Token(reason, description) => {
                let mut response = answer(StatusCode::UNAUTHORIZED, "invalid_token", reason, description);
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"FusionAuth\""));
                response
            }
            Self::Device(error, description) => json(bad, &json!({"error": error, "error_description": description})),
            Self::Interrupted(body) => json(bad, &body),
            Self::UnsupportedGrant => answer(bad, "unsupported_grant_type", "invalid_grant_type", "There is no such grant."),
            Self::NotImplemented(grant) => {
                let description = format!("FusionAuth has the grant {grant}; this emulator lacks it.");
                answer(StatusCode::NOT_IMPLEMENTED, "unsupported_grant_type", "invalid_grant_type", &description)
            }
            Self::Internal(refusal) => refusal.into_response(),
        }
    }
}

impl From<RenewalError> for OauthError {
    fn from(error: RenewalError) -> Self {
        match error {
            RenewalError::NotFound | RenewalError::NotAllowed => {
                Self::Grant("refresh_token_not_found", "The refresh token is expired, revoked or unknown.")
            }
            RenewalError::User(SignInRefusal::Locked) => Self::Grant("user_locked", "The user is locked."),
            RenewalError::User(SignInRefusal::Expired) => Self::Grant("user_expired", "The user has expired."),
            RenewalError::User(SignInRefusal::Prevented(_)) => Self::Grant("login_prevented", "An action prevents the user's login."),
            RenewalError::InvalidLifetime => invalid_lifetime(),
            RenewalError::InvalidScope => Self::Scope("unknown_scope", "The session does not have a scope of the request."),
            RenewalError::Internal(refusal) => Self::Internal(refusal),
        }
    }
}

impl<E: Into<Refusal>> From<E> for OauthError {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}
