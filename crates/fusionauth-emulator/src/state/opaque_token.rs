//! Random secrets that refer to something in the database.

use super::Random;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A random secret: a refresh token, a two-factor id, an API key. A generated one is 43 URL-safe characters with 256 random bits. This type
/// has no `Debug`, and the database sees only its [`hash`](OpaqueToken::hash).
#[derive(Clone)]
pub(crate) struct OpaqueToken(String);

impl OpaqueToken {
    pub(crate) fn generate(random: &Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
    }

    /// Six digits, which is FusionAuth's default for codes that a person types.
    pub(crate) fn generate_code(random: &Random) -> Self {
        // The remainder makes small numbers more likely, but by less than one in 10^13.
        Self(format!("{:06}", u64::from_be_bytes(random.bytes()) % 1_000_000))
    }

    /// A token that a caller sent.
    pub(crate) fn from_request(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token that follows this one. Deriving it needs both this token and the nonce, so a replay within the grace period can be
    /// answered with the current token. The nonce in the database alone is useless.
    pub(crate) fn next(&self, nonce: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        Self(URL_SAFE_NO_PAD.encode(hmac::sign(&key, nonce)))
    }

    /// The text that the database stores. There is no salt, because a generated token has 256 random bits of its own.
    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.0.as_bytes()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
