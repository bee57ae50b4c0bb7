//! Hashes, random ids and secrets of the configuration.

use aws_lc_rs::{digest, hmac, rand};
use std::{fmt, str::FromStr};

/// A secret of the configuration. It cannot be printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The secret's text, for a request to FusionAuth.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Err("it is empty") } else { Ok(Self(text.to_owned())) }
    }
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

/// The hash that the database keeps of a random secret: SHA-256 in hex. It needs no salt and no slow algorithm, which protect secrets
/// that people choose. `realm` makes the hashes of one secret differ between its uses.
pub fn hashed(realm: &str, secret: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, format!("{realm}\0{secret}").as_bytes()).as_ref())
}

/// A key that only a holder of `secret` can make.
pub(crate) fn derived_key(secret: &str, purpose: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), purpose.as_bytes());
    let mut key = [0; 32];
    key.copy_from_slice(tag.as_ref()); // HMAC-SHA256 has 32 bytes
    key
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness no id may be given to anybody; the panic is answered with 500.
    rand::fill(&mut bytes).expect("the system has randomness");
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
    fn realms_keep_hashes_apart() {
        assert_eq!(hashed("a", "x"), hashed("a", "x"));
        assert_ne!(hashed("a", "x"), hashed("b", "x"));
        assert_eq!(format!("{:?}", "canary".parse::<Secret>().unwrap()), "Secret(…)");
    }
}
