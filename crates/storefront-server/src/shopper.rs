//! The extractor that a handler asks for when it needs to know who calls.

use crate::{
    app::Backend,
    error::Error,
    jwks::{Jwks, KeyError},
    verify::{self, BearerToken, Expected, Fault, Identity},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// Whoever holds the access token of this request. A handler that takes it is never called without a good one.
#[derive(Clone, Debug)]
pub struct Shopper(pub Identity);

impl FromRequestParts<Backend> for Shopper {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, backend: &Backend) -> Result<Self, Error> {
        match credential(&parts.headers) {
            Credential::Bearer(token) => backend.verifier.verify(&token).await.map(Self),
            Credential::None => Err(Error::CredentialMissing),
            Credential::Unreadable => Err(Error::TokenRefused(Fault::Malformed)),
        }
    }
}

/// What stood in the `Authorization` header.
#[derive(Debug)]
pub enum Credential {
    /// No such header.
    None,
    /// An access token.
    Bearer(BearerToken),
    /// Several headers, another scheme, or bytes that no token has.
    Unreadable,
}

/// Reads the credential of a request. It is not verified.
pub fn credential(headers: &HeaderMap) -> Credential {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (None, _) => Credential::None,
        (Some(one), None) => match one.to_str().ok().and_then(|it| it.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Credential::Bearer(BearerToken(token.trim().to_owned())),
            _ => Credential::Unreadable,
        },
        (Some(_), Some(_)) => Credential::Unreadable,
    }
}

/// Verifies the access tokens of one application.
pub struct Verifier {
    jwks: Jwks,
    expected: Expected,
}

impl Verifier {
    /// Joins the keys with what a token of this application must say.
    pub fn new(jwks: Jwks, expected: Expected) -> Self {
        Self { jwks, expected }
    }

    /// Who the token speaks for.
    ///
    /// # Errors
    /// [`Error::TokenRefused`], or [`Error::KeysUnreachable`] when nobody can tell.
    pub async fn verify(&self, BearerToken(token): &BearerToken) -> Result<Identity, Error> {
        let id = verify::key_id(token)?;
        let key = self.jwks.key(&id).await.map_err(|error| match error {
            KeyError::Unknown => Error::TokenRefused(Fault::UnknownKey),
            KeyError::Unreachable => Error::KeysUnreachable,
        })?;
        Ok(verify::verify(token, &key, &self.expected, now())?)
    }
}

/// A clock before 1970 is one that cannot tell what has expired: it refuses nothing by being zero, `nbf` does.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |it| it.as_secs_f64())
}
