//! Cryptographic helpers: random ids, hashes of random secrets for the database, key derivation, and [`Secret`], a configured secret that
//! `Debug` does not show.

use aws_lc_rs::{digest, hmac, rand};
use serde::Deserialize;
use std::{fmt, str::FromStr};

/// A configured secret. `Debug` does not show it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(String);

impl Secret {
    /// The secret's text, for a request to FusionAuth.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text_or_file(text).map(Self)
    }
}

impl TryFrom<String> for Secret {
    type Error = String;

    /// In the configuration file, which others may read, a secret must be given as the name of another file.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.starts_with(FILE) {
            text.parse()
        } else {
            Err(format!("a secret does not belong in this file; write `{FILE}` and the path of a file that contains the secret"))
        }
    }
}

/// The prefix of a setting that names a file with its value.
pub const FILE: &str = "file:";

/// The value of a setting, or the content of the file in a value such as `file:/path`, without a trailing line break.
///
/// # Errors
/// The file cannot be read, or the text is empty.
pub fn text_or_file(text: &str) -> Result<String, String> {
    let text = match text.strip_prefix(FILE) {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?.trim_end().to_owned(),
        None => text.to_owned(),
    };
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text) }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// 256 random bits as 64 hex digits.
pub fn random_id() -> String {
    hex::encode(random::<32>())
}

/// A code of six random digits, for typing.
pub fn random_code() -> String {
    // The bias of the remainder is below one in 2^44.
    format!("{:06}", u64::from_be_bytes(random()) % 1_000_000)
}

/// Eight random letters and digits in two groups, for people to read, say and type. No two characters look alike (Crockford's base 32).
pub fn random_label() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let letters: Vec<char> = random::<8>().into_iter().map(letter).collect();
    let (first, second) = letters.split_at(4);
    first.iter().chain(&['-']).chain(second).collect()
}

/// SHA-256 in hex, for storing a random secret. A random secret cannot be guessed, so unlike a password it needs no salt and no slow hash.
/// The hashes of one secret for different purposes differ.
pub fn hash_secret(purpose: &str, secret: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, format!("{purpose}\0{secret}").as_bytes()).as_ref())
}

/// Derives a key from `secret` with HMAC-SHA256. Keys for different purposes are independent.
pub(crate) fn derive_key(secret: &str, purpose: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), purpose.as_bytes());
    let mut key = [0; 32];
    key.copy_from_slice(tag.as_ref()); // HMAC-SHA256 has 32 bytes
    key
}

/// Random bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without a random generator no safe id can be created. The panic becomes a 500 response.
    rand::fill(&mut bytes).expect("the system provides random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_256_bits_and_never_repeat() {
        let ids: std::collections::HashSet<String> = (0..1_000).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 1_000);
        assert!(ids.iter().all(|it| it.len() == 64 && it.bytes().all(|byte| byte.is_ascii_hexdigit())));
    }

    #[test]
    fn hashes_differ_between_purposes() {
        assert_eq!(hash_secret("a", "x"), hash_secret("a", "x"));
        assert_ne!(hash_secret("a", "x"), hash_secret("b", "x"));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", "canary".parse::<Secret>().unwrap()), "Secret(…)");
    }
}
