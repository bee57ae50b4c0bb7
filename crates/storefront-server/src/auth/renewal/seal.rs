//! Outcomes in the database that only a holder of the old refresh token can read.
//!
//! The key is derived from the token that was refreshed, of which the database has no more than a hash. So whoever
//! reads the database finds no token, no process needs a key of its own, and exactly those can open an outcome who
//! wait for it. A key in the configuration would open everything to whoever reads both.

use crate::auth::{renewal::Outcome, secret::derived_key};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use fusionauth_api::backend::RefreshToken;

const NONCE: usize = 12;

/// `claim` is bound to the outcome, so that no row's outcome can be put into another's.
pub(super) fn seal(token: &RefreshToken, claim: &str, outcome: &Outcome) -> Option<String> {
    let mut text = serde_json::to_vec(outcome).ok()?;
    let nonce = key(token)?.seal_in_place_append_tag(Aad::from(claim), &mut text).ok()?;
    Some(STANDARD_NO_PAD.encode([nonce.as_ref().as_slice(), &text].concat()))
}

/// None if it was sealed with another token or for another claim, or is damaged.
pub(super) fn open(token: &RefreshToken, claim: &str, sealed: &str) -> Option<Outcome> {
    let mut bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
    if bytes.len() < NONCE {
        return None;
    }
    let mut text = bytes.split_off(NONCE);
    let nonce = Nonce::try_assume_unique_for_key(&bytes).ok()?;
    let text = key(token)?.open_in_place(nonce, Aad::from(claim), &mut text).ok()?;
    serde_json::from_slice(text).ok()
}

fn key(token: &RefreshToken) -> Option<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, &derived_key(token.expose(), "storefront: outcome of a renewal")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_token_and_claim_open_it() {
        let (mine, other) = (RefreshToken::new("mine"), RefreshToken::new("other"));
        let sealed = seal(&mine, "claim", &Outcome::Refused).unwrap();
        assert!(matches!(open(&mine, "claim", &sealed), Some(Outcome::Refused)));
        assert!(open(&other, "claim", &sealed).is_none());
        assert!(open(&mine, "another", &sealed).is_none());
        for damaged in ["", "AAAA", &sealed[1..], &format!("{sealed}A")] {
            assert!(open(&mine, "claim", damaged).is_none(), "{damaged}");
        }
        assert_ne!(sealed, seal(&mine, "claim", &Outcome::Refused).unwrap(), "the nonce is random");
    }
}
