use crate::Random;
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A secret that means nothing but itself: a refresh token, a two-factor id. URL-safe, 43 characters, 256 bits.
/// It has no `Debug`; the database sees its [`hash`](Opaque::hash) only.
#[derive(Clone)]
pub(crate) struct Opaque(String);

impl Opaque {
    pub(crate) fn new(random: &Random) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
    }

    pub(crate) fn from_caller(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token that follows this one. Who holds this one and the nonce can make it again, which is how a replay within
    /// the grace period gets the current token; the nonce alone, which is what the database holds, gives nothing.
    pub(crate) fn next(&self, nonce: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        Self(URL_SAFE_NO_PAD.encode(hmac::sign(&key, nonce)))
    }

    /// What is stored: without a salt, for the text has 256 random bits of its own.
    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.0.as_bytes()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
