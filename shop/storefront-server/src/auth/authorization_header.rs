//! Reads the access token in the `Authorization` header of a request.

use crate::auth::verify::BearerToken;
use axum::http::{HeaderMap, header::AUTHORIZATION};

/// The content of the `Authorization` header.
#[derive(Debug)]
pub(super) enum AuthorizationHeader {
    /// No such header.
    None,
    /// An access token.
    Bearer(BearerToken),
    /// Several headers, another scheme, or bytes that no token has.
    Unreadable,
}

/// Reads the credential of a request. It is not verified.
pub(super) fn authorization_header(headers: &HeaderMap) -> AuthorizationHeader {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (None, _) => AuthorizationHeader::None,
        (Some(one), None) => match one.to_str().ok().and_then(|it| it.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => AuthorizationHeader::Bearer(BearerToken::new(token.trim())),
            _ => AuthorizationHeader::Unreadable,
        },
        (Some(_), Some(_)) => AuthorizationHeader::Unreadable,
    }
}
