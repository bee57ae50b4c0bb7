//! Random secrets that identify entries in the database, such as sessions.

use super::Random;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A random secret: a refresh token, a two-factor id, an API key. A generated secret has 43 URL-safe characters and 256 random bits. This
/// type has no `Debug`, and the database stores only its [`hash`](OpaqueToken::hash).
#[derive(Clone)]
pub(crate) struct OpaqueToken(String);

impl OpaqueToken {
    pub(crate) fn generate(random: &Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
    }

    /// Six digits, FusionAuth's default for codes that a user types.
    pub(crate) fn generate_code(random: &Random) -> Self {
        // The remainder makes small numbers more likely, but by less than one in 10^13.
        Self(format!("{:06}", u64::from_be_bytes(random.bytes()) % 1_000_000))
    }

    /// A token that a caller sent.
    pub(crate) fn from_request(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token that replaces this token at a rotation. It is derived from this token and the nonce, so the emulator can answer a replay
    /// within the grace period with the current token. The database stores the nonce, which is useless without this token.
    pub(crate) fn next(&self, nonce: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        Self(URL_SAFE_NO_PAD.encode(hmac::sign(&key, nonce)))
    }

    /// The text that the database stores. There is no salt, because a generated token already has 256 random bits.
    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.0.as_bytes()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
