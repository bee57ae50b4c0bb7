//! The verification of access tokens: finds the key, then checks signature, claims, times and revocations.

use crate::auth::error::Error;
use crate::auth::jwks::{Jwks, KeyError};
use crate::auth::revoked_access::{IssuedTo, RevokedAccess};
use crate::auth::verify::{self, BearerToken, Expected, Identity, SignedClaims, TokenError, VerifiedToken};
use crate::{clock::Clock, http::client_address::ClientAddress, metrics, secret::hash_secret};
use fusionauth_api::AccessToken;
use jsonwebtoken::DecodingKey;
use lru::LruCache;
use serde::de::DeserializeOwned;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The maximum number of tokens whose signature is not verified again with each request. An entry has about 300 bytes.
pub(super) const MAX_CACHED: NonZeroUsize = NonZeroUsize::new(20_000).expect("it is not zero");

/// A token with a verified signature. It is valid only while `jwks` has the same key, as the same object: `jwks` keeps the object when it
/// fetches an unchanged key again.
#[derive(Clone)]
struct CachedToken {
    key_id: Arc<str>,
    /// The key that verified the signature.
    key: Arc<DecodingKey>,
    claims: Arc<SignedClaims>,
}

/// Verifies the access tokens of one application.
pub struct Verifier {
    jwks: Jwks,
    expected: Expected,
    /// The tokens with a verified signature, by their hash. A token's times are checked with each request.
    cache: Mutex<LruCache<String, CachedToken>>,
    revoked: RevokedAccess,
    clock: Clock,
}

impl Verifier {
    /// `expected` are the claims that a token of this application must have. Tokens that `revoked` lists count as expired, because the
    /// browser may renew them with a refresh token that is still valid.
    pub fn new(jwks: Jwks, expected: Expected, revoked: RevokedAccess, clock: Clock) -> Self {
        Self { jwks, expected, cache: Mutex::new(LruCache::new(MAX_CACHED)), revoked, clock }
    }

    /// The user of the token that this client sent.
    ///
    /// # Errors
    /// [`Error::TokenRefused`], or [`Error::KeysUnreachable`] if the token's key is unknown and cannot be fetched.
    pub async fn verify(&self, token: &BearerToken, client: ClientAddress) -> Result<Identity, Error> {
        match self.verify_ignoring_expiry(token, client).await {
            Ok(VerifiedToken { expired: true, .. }) => Err(Error::TokenRefused(TokenError::Expired)),
            Ok(VerifiedToken { identity, expired: false }) => Ok(identity),
            Err(error) => Err(error),
        }
        .inspect_err(|error| match error {
            Error::TokenRefused(reason) => metrics::count_refused_token(&format!("{reason:?}")),
            _ => metrics::count_refused_token("KeysUnreachable"),
        })
    }

    /// The user whom a token names, and whether the token has expired.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), but never because of expiry.
    pub async fn verify_ignoring_expiry(&self, BearerToken(token): &BearerToken, client: ClientAddress) -> Result<VerifiedToken, Error> {
        let unverified = self.look_up(token)?;
        let key = self.jwks.key(&unverified.key_id, client).await.map_err(|error| match error {
            KeyError::Unknown => Error::TokenRefused(TokenError::UnknownKey),
            KeyError::Unreachable => Error::KeysUnreachable,
        })?;
        Ok(self.verify_with(unverified, key)?)
    }

    /// The user of a token that is valid now, if the token's key is known already. This never calls FusionAuth.
    pub async fn verify_with_known_key(&self, BearerToken(token): &BearerToken) -> Option<Identity> {
        let unverified = self.look_up(token).ok()?;
        let key = self.jwks.known(&unverified.key_id).await?;
        let verified = self.verify_with(unverified, key).ok()?;
        (!verified.expired).then_some(verified.identity)
    }

    fn look_up<'a>(&self, token: &'a str) -> Result<UnverifiedToken<'a>, TokenError> {
        let hash = hash_secret("access token", token);
        let cached = self.cache().get(&hash).cloned();
        let key_id = match &cached {
            Some(cached) => Arc::clone(&cached.key_id),
            None => verify::key_id(token)?.into(),
        };
        Ok(UnverifiedToken { token, hash, key_id, cached })
    }

    /// Verifies the signature, unless the cache says that the same key has verified it. Then checks the times and the revocations.
    fn verify_with(&self, unverified: UnverifiedToken<'_>, key: Arc<DecodingKey>) -> Result<VerifiedToken, TokenError> {
        let UnverifiedToken { token, hash, key_id, cached } = unverified;
        if let Some(cached) = cached.filter(|it| Arc::ptr_eq(&it.key, &key)) {
            return self.at_this_moment(&cached.claims);
        }
        let claims = Arc::new(verify::verify_signature(token, &key, &self.expected)?);
        let verified = self.at_this_moment(&claims)?;
        if !verified.expired {
            self.cache().put(hash, CachedToken { key_id, key, claims });
        }
        Ok(verified)
    }

    fn cache(&self) -> MutexGuard<'_, LruCache<String, CachedToken>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at_this_moment(&self, claims: &SignedClaims) -> Result<VerifiedToken, TokenError> {
        let verified = claims.at(&self.expected, self.clock.seconds())?;
        let issued_to = IssuedTo {
            user: &claims.identity.user_id,
            application: &self.expected.application_id,
            session: claims.identity.sign_in.session.as_deref(),
            issued_at: claims.identity.sign_in.issued_at,
        };
        Ok(VerifiedToken { expired: verified.expired || self.revoked.includes(&issued_to), ..verified })
    }

    /// The claims of a JWT other than an access token, such as a webhook's signature. `None` if no key of FusionAuth verifies the
    /// signature.
    pub async fn signed_claims<T: DeserializeOwned>(&self, token: &str, client: ClientAddress) -> Option<T> {
        let key = self.jwks.key(&verify::key_id(token).ok()?, client).await.ok()?;
        verify::signed_claims(token, &key).ok()
    }

    /// Reads a token that FusionAuth itself has just sent; see [`verify::decode_trusted`].
    ///
    /// # Errors
    /// As [`verify::decode_trusted`].
    pub fn decode_trusted(&self, token: &AccessToken) -> Result<(Identity, i64), TokenError> {
        verify::decode_trusted(token, &self.expected, self.clock.seconds())
    }
}

/// A token before its key is found.
struct UnverifiedToken<'a> {
    token: &'a str,
    hash: String,
    key_id: Arc<str>,
    cached: Option<CachedToken>,
}
