//! The access token, as a type that can be neither printed nor logged, and how the payload of its JWT is found.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An access token (JWT) as FusionAuth issued it.
///
/// It deliberately implements neither `Debug` nor `Display`, so it can't reach a log, an error or a panic
/// message by accident; [`expose`](AccessToken::expose) is the only way to read its text.
///
/// ```compile_fail
/// let token = fusionauth_api::AccessToken::new("header.payload.signature");
/// println!("{token:?}");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessToken(Arc<str>);

impl AccessToken {
    /// Wraps the token's text. Nothing is checked: only a backend can verify a token.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The token's text, for an `Authorization: Bearer` header or for storage.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The payload segment (base64url without padding), or `None` if the text does not have the three segments of a JWT.
    pub fn payload_segment(&self) -> Option<&str> {
        let (_header, rest) = self.0.split_once(DOT)?;
        let (payload, signature) = rest.split_once(DOT)?;
        (!signature.contains(DOT)).then_some(payload)
    }
}

/// A function compiles to less wasm than a `char` pattern, which searches eight bytes at a time.
const DOT: fn(char) -> bool = |it| it == '.';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_the_second_of_three_segments() {
        let segment = |text: &str| AccessToken::new(text).payload_segment().map(str::to_owned);
        assert_eq!(segment("a.b.c").as_deref(), Some("b"));
        assert_eq!(segment("..").as_deref(), Some(""));
        for text in ["", "a", "a.b", "a.b.c.d"] {
            assert_eq!(segment(text), None, "{text}");
        }
    }
}
