//! Encryption (AES-256-GCM) of the few tokens that the database stores, and of cookies. The keys are not in the database.
//!
//! - The outcome of a renewal is encrypted with a key derived from the *old* refresh token. The requests that wait for the outcome have
//!   sent that token, and the database has only its hash.
//! - A refresh token that FusionAuth must still revoke is encrypted with a key derived from a configured secret, or else from the API key.
//!   So every instance can decrypt it.
//! - The cookie with the refresh token is encrypted in the same way on a site that demands device-bound sign-ins.
//! - The proof of a confirmation, a cookie, is encrypted with the key of the revocations (`confirmation_proof`).

use crate::secret::{Secret, derive_key, random_id};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use fusionauth_api::backend::RefreshToken;
use serde::{Serialize, de::DeserializeOwned};

const NONCE_BYTES: usize = 12;

/// A key of AES-256-GCM. It has no `Debug`.
pub(super) struct SealingKey([u8; 32]);

impl SealingKey {
    /// The key for the outcome of renewing `token`.
    pub(super) fn of_renewal(token: &RefreshToken) -> Self {
        Self(derive_key(token.expose(), "storefront: outcome of a renewal"))
    }

    /// The key for refresh tokens that FusionAuth must still revoke. If `secret` is `None`, the key is random and lost when this process
    /// ends.
    pub(super) fn of_revocations(secret: Option<&Secret>) -> Self {
        let random = random_id();
        Self(derive_key(secret.map_or(&random, Secret::expose), "storefront: refresh token to be revoked"))
    }

    /// The key for the cookies with refresh tokens.
    pub(super) fn of_cookies(secret: &Secret) -> Self {
        Self(derive_key(secret.expose(), "storefront: cookie with a refresh token"))
    }

    /// Encrypts a value for the row with this id. The result can be decrypted only with the same id, so nobody can move it to another row.
    pub(super) fn seal(&self, row: &str, value: &impl Serialize) -> Option<String> {
        let mut bytes = serde_json::to_vec(value).ok()?;
        let nonce = self.cipher()?.seal_in_place_append_tag(Aad::from(row), &mut bytes).ok()?;
        Some(STANDARD_NO_PAD.encode([nonce.as_ref().as_slice(), &bytes].concat()))
    }

    /// Decrypts a value. None if the value was encrypted with another key or for another row, or is damaged.
    pub(super) fn open<T: DeserializeOwned>(&self, row: &str, sealed: &str) -> Option<T> {
        let mut nonce = STANDARD_NO_PAD.decode(sealed).ok().filter(|it| it.len() >= NONCE_BYTES)?;
        let mut bytes = nonce.split_off(NONCE_BYTES);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        serde_json::from_slice(self.cipher()?.open_in_place(nonce, Aad::from(row), &mut bytes).ok()?).ok()
    }

    fn cipher(&self) -> Option<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_secret_and_row_open_it() {
        let [mine, other] = ["mine", "other"].map(|it| SealingKey::of_renewal(&RefreshToken::new(it)));
        let sealed = mine.seal("row", &"value").unwrap();
        assert_eq!(mine.open::<String>("row", &sealed).as_deref(), Some("value"));
        assert_eq!(other.open::<String>("row", &sealed), None);
        assert_eq!(mine.open::<String>("another", &sealed), None);
        for damaged in ["", "AAAA", &sealed[1..], &format!("{sealed}A")] {
            assert_eq!(mine.open::<String>("row", damaged), None, "{damaged}");
        }
        assert_ne!(sealed, mine.seal("row", &"value").unwrap(), "each encryption must use a new nonce");
    }

    #[test]
    fn every_instance_with_the_secret_can_revoke() {
        let key: Secret = "secret".parse().unwrap();
        let sealed = SealingKey::of_revocations(Some(&key)).seal("row", &RefreshToken::new("token")).unwrap();
        assert!(SealingKey::of_revocations(Some(&key)).open::<RefreshToken>("row", &sealed).is_some());
        assert!(SealingKey::of_revocations(None).open::<RefreshToken>("row", &sealed).is_none());
    }
}
