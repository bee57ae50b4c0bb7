//! A cache of verified access tokens, so that the server does not verify a token's signature again with each request.
//!
//! The cache finds an entry by the SHA-256 hash of the whole token, and does not store the token. An entry is valid only while the public
//! key that verified the token is still in `jwks`, as the same object. `jwks` keeps the object when it fetches an unchanged key again. The
//! server checks a token's times with each request, and stores no token that it refuses.
//!
//! The cache has two halves, which limit the number of entries. When the recent half is full, the cache drops the older half, and the
//! recent half becomes the older one. An entry that is used moves to the recent half.

use super::verify::SignedClaims;
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use jsonwebtoken::DecodingKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The maximum number of entries. An entry has about 300 bytes.
const MAX_ENTRIES: usize = 20_000;

/// The SHA-256 hash of an access token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TokenHash([u8; SHA256_OUTPUT_LEN]);

impl TokenHash {
    pub(super) fn of(token: &str) -> Self {
        let mut hash = [0; SHA256_OUTPUT_LEN];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(hash)
    }
}

/// The cached result of verifying a token's signature.
#[derive(Clone)]
pub(super) struct CachedToken {
    pub(super) key_id: Arc<str>,
    /// The key that verified the signature.
    pub(super) key: Arc<DecodingKey>,
    /// The token's claims. Their times must still be checked.
    pub(super) claims: Arc<SignedClaims>,
}

/// The cache of one application.
#[derive(Default)]
pub(super) struct VerifiedTokens(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    recent: HashMap<TokenHash, CachedToken>,
    older: HashMap<TokenHash, CachedToken>,
}

impl VerifiedTokens {
    pub(super) fn find(&self, hash: TokenHash) -> Option<CachedToken> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = halves.recent.get(&hash) {
            return Some(token.clone());
        }
        let token = halves.older.remove(&hash)?;
        halves.insert(hash, token.clone());
        Some(token)
    }

    pub(super) fn insert(&self, hash: TokenHash, token: CachedToken) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, token);
    }
}

impl Halves {
    fn insert(&mut self, hash: TokenHash, token: CachedToken) {
        if self.recent.len() >= MAX_ENTRIES / 2 {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(hash, token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::verify::Identity;

    fn token(user: &str) -> CachedToken {
        let identity = Identity::new(user.to_owned(), None);
        let claims = Arc::new(SignedClaims { identity, exp: 0.0, nbf: None });
        CachedToken { key_id: "key".into(), key: Arc::new(DecodingKey::from_secret(b"")), claims }
    }

    #[test]
    fn a_flood_of_tokens_stays_within_the_bound_and_drops_none_that_is_used() {
        let (cache, used) = (VerifiedTokens::default(), TokenHash::of("used"));
        cache.insert(used, token("used"));
        let other = token("other");
        for number in 0..3 * MAX_ENTRIES {
            cache.insert(TokenHash::of(&number.to_string()), other.clone());
            assert!(cache.find(used).is_some_and(|it| it.claims.identity.user_id == "used"));
        }
        let halves = cache.0.lock().unwrap();
        assert!(halves.recent.len() + halves.older.len() <= MAX_ENTRIES);
        drop(halves);
        assert!(cache.find(TokenHash::of("0")).is_none(), "the cache must drop the oldest token");
        assert!(cache.find(TokenHash::of(&(3 * MAX_ENTRIES - 1).to_string())).is_some());
    }
}
