//! FusionAuth's public keys (JWKS), with which access tokens are verified.
//!
//! The server fetches the keys when it first needs one. It fetches them again at once when a token names an unknown key id, because
//! FusionAuth may just have begun to sign with a new key. The number of fetches that one client, or all clients together, can cause is
//! limited, so a flood of forged tokens does not cause a flood of requests to FusionAuth. The database stores a copy of the keys, so a
//! server that starts while FusionAuth is down can verify tokens. A token cannot choose the algorithm, because the server uses only keys
//! for RS256.

use crate::clock::now_ms;
use crate::http::rate_limit::{Rate, RateLimit, address_key};
use crate::http::{client_address::ClientAddress, outgoing::client_for, problem::RETRY_AFTER_SECONDS};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse, RSAKeyParameters};
use sqlx::AnyPool;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How often the keys are fetched.
#[derive(Clone, Copy, Debug)]
pub struct FetchIntervals {
    /// When this time has passed since the last fetch, a token with an unknown key id causes another fetch. Earlier, such a token does so
    /// only if `unknown_keys` allows an immediate fetch.
    pub cool_down: Duration,
    /// The limits of immediate fetches: first for one client, then for all clients together. A fetch is immediate if it begins within
    /// `cool_down` after a successful fetch, or within `retry_after` after an interrupted fetch.
    pub unknown_keys: [Rate; 2],
    /// The minimum time between a failed fetch and the next one.
    pub retry_after: Duration,
    /// When the keys have reached this age, the next request fetches them again. So the server drops keys that FusionAuth no longer
    /// publishes. This is no longer than the life of an access token. While FusionAuth does not answer, the server uses the old keys.
    pub max_age: Duration,
}

impl Default for FetchIntervals {
    fn default() -> Self {
        Self {
            cool_down: Duration::from_secs(5),
            unknown_keys: [2, 20].map(|it| Rate::new(NonZeroU32::new(it).expect("neither count is zero"), Duration::from_secs(60))),
            retry_after: Duration::from_secs(RETRY_AFTER_SECONDS.into()),
            max_age: Duration::from_secs(300),
        }
    }
}

/// The time limit of one fetch.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// FusionAuth's public keys, by key id.
pub struct Jwks {
    http: reqwest::Client,
    db: AnyPool,
    url: String,
    intervals: FetchIntervals,
    keys: RwLock<Keys>,
    /// A request holds this lock while it fetches the keys. A request without a key waits for the lock, and then looks for the key again.
    fetching: tokio::sync::Mutex<LastFetch>,
    unknown_keys_of_client: RateLimit,
    unknown_keys_of_all: RateLimit,
}

/// Why [`Jwks::key`] returns no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// FusionAuth answered, and publishes no such key.
    #[error("FusionAuth publishes no key with that id")]
    Unknown,
    /// FusionAuth did not answer, or did not return keys.
    #[error("FusionAuth's keys cannot be fetched")]
    Unreachable,
}

#[derive(Default)]
struct Keys {
    by_id: HashMap<String, PublicKey>,
    fetched: Option<Instant>,
}

struct PublicKey {
    /// The published form of the key, to compare a fetched key with the known one.
    published: RSAKeyParameters,
    key: Arc<DecodingKey>,
}

#[derive(Clone, Copy)]
enum LastFetch {
    Never,
    Good(Instant),
    Failed(Instant),
    /// The fetch was cancelled because the client that caused it disconnected. So it is unknown whether FusionAuth answers.
    Interrupted(Instant),
}

impl Jwks {
    /// Creates an empty store for the keys of the FusionAuth at `fusionauth_url`. This fetches nothing.
    ///
    /// # Errors
    /// If the HTTP client cannot be built, for example because the system's certificates cannot be read.
    pub fn new(fusionauth_url: &str, user_agent: &str, intervals: FetchIntervals, db: AnyPool) -> Result<Self, reqwest::Error> {
        // This client follows no redirect. Otherwise anybody who can make FusionAuth's URL redirect could supply the keys.
        let http = client_for(fusionauth_url).user_agent(user_agent).timeout(FETCH_TIMEOUT).build()?;
        Ok(Self {
            http,
            db,
            url: format!("{fusionauth_url}/.well-known/jwks.json"),
            intervals,
            keys: RwLock::default(),
            fetching: tokio::sync::Mutex::new(LastFetch::Never),
            unknown_keys_of_client: RateLimit::new(intervals.unknown_keys[0]),
            unknown_keys_of_all: RateLimit::new(intervals.unknown_keys[1]),
        })
    }

    /// The RS256 key with this id. `client` has sent the token that names the key.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] if FusionAuth has no such key; [`KeyError::Unreachable`] if FusionAuth does not answer.
    pub async fn key(&self, id: &str, client: ClientAddress) -> Result<Arc<DecodingKey>, KeyError> {
        if let Some(key) = self.cached(id) {
            // If the keys are old, one request fetches them again. During the fetch, other requests use the old keys.
            return match self.fetching.try_lock() {
                Ok(mut last) if self.are_old() => self.fetched(id, client, &mut last).await,
                Ok(_) | Err(_) => Ok(key),
            };
        }
        let mut last = self.fetching.lock().await;
        match self.cached(id) {
            Some(key) => Ok(key), // another request has fetched the key
            None => self.fetched(id, client, &mut last).await,
        }
    }

    async fn fetched(&self, id: &str, client: ClientAddress, last: &mut LastFetch) -> Result<Arc<DecodingKey>, KeyError> {
        let due = match *last {
            LastFetch::Never => true,
            LastFetch::Good(at) => at.elapsed() >= self.intervals.cool_down || self.take_share(client),
            LastFetch::Failed(at) => at.elapsed() >= self.intervals.retry_after,
            LastFetch::Interrupted(at) => at.elapsed() >= self.intervals.retry_after || self.take_share(client),
        };
        if due {
            // If the client disconnects, the server cancels this function. The attempt is recorded before the fetch begins, so clients that
            // disconnect again and again cannot cause a flood of fetches.
            *last = LastFetch::Interrupted(Instant::now());
            match self.fetch().await {
                Ok(by_id) => {
                    tracing::info!(keys = by_id.len(), "fetched FusionAuth's public keys");
                    *last = LastFetch::Good(Instant::now());
                    self.replace(by_id, Some(Instant::now()));
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "FusionAuth's public keys cannot be fetched");
                    *last = LastFetch::Failed(Instant::now());
                    self.load_stored().await;
                }
            }
        }
        self.cached(id).ok_or(match last {
            LastFetch::Good(_) => KeyError::Unknown,
            LastFetch::Never | LastFetch::Failed(_) | LastFetch::Interrupted(_) => KeyError::Unreachable,
        })
    }

    /// Counts one immediate fetch ([`FetchIntervals::unknown_keys`]) for this client. False if a limit is reached.
    fn take_share(&self, client: ClientAddress) -> bool {
        self.unknown_keys_of_client.take_here(&address_key(client)).is_ok() && self.unknown_keys_of_all.take_here("").is_ok()
    }

    /// The RS256 key with this id, if it is in memory or in the database. FusionAuth is not called.
    pub async fn known(&self, id: &str) -> Option<Arc<DecodingKey>> {
        if self.cached(id).is_none() {
            self.load_stored().await;
        }
        self.cached(id)
    }

    async fn fetch(&self) -> Result<HashMap<String, PublicKey>, FetchError> {
        let text = self.http.get(&self.url).send().await?.error_for_status()?.text().await?;
        let by_id = usable_keys(&text)?;
        self.store(&text).await;
        Ok(by_id)
    }

    async fn store(&self, keys: &str) {
        let query = sqlx::query(
            "INSERT INTO signing_keys (url, keys, fetched_at) VALUES ($1, $2, $3)
             ON CONFLICT (url) DO UPDATE SET keys = $2, fetched_at = $3",
        );
        if let Err(error) = query.bind(&self.url).bind(keys).bind(now_ms()).execute(&self.db).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "FusionAuth's public keys could not be stored for the next start");
        }
    }

    /// Loads the keys that an earlier run has stored in the database, unless there are keys in memory.
    async fn load_stored(&self) {
        if !self.keys.read().unwrap_or_else(PoisonError::into_inner).by_id.is_empty() {
            return;
        }
        let query = sqlx::query_scalar("SELECT keys FROM signing_keys WHERE url = $1").bind(&self.url);
        let stored: sqlx::Result<Option<String>> = query.fetch_optional(&self.db).await;
        if let Some(by_id) = stored.ok().flatten().and_then(|it| usable_keys(&it).ok()) {
            self.replace(by_id, None);
        }
    }

    /// Replaces all keys in memory. An unchanged key stays the same object, so that the cache of verified tokens keeps its entries.
    fn replace(&self, mut by_id: HashMap<String, PublicKey>, fetched: Option<Instant>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        for (id, new) in &mut by_id {
            if let Some(old) = keys.by_id.get(id).filter(|it| it.published == new.published) {
                new.key = Arc::clone(&old.key);
            }
        }
        *keys = Keys { by_id, fetched };
    }

    fn cached(&self, id: &str) -> Option<Arc<DecodingKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).by_id.get(id).map(|it| Arc::clone(&it.key))
    }

    fn are_old(&self) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).fetched.is_none_or(|at| at.elapsed() >= self.intervals.max_age)
    }
}

/// Why a fetch returned no keys.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("FusionAuth does not answer")]
    Unreachable(#[from] reqwest::Error),
    #[error("FusionAuth's answer is not a set of keys")]
    Unreadable(#[from] serde_json::Error),
    /// An empty set counts as a failed fetch, so that the server keeps the old keys. Without keys, it would refuse every token.
    #[error("FusionAuth publishes no key that may sign with RS256")]
    Empty,
}

fn usable_keys(text: &str) -> Result<HashMap<String, PublicKey>, FetchError> {
    let set: PublishedKeys = serde_json::from_str(text)?;
    let keys: HashMap<_, _> = set.keys.into_iter().filter_map(rs256_key).collect();
    if keys.is_empty() { Err(FetchError::Empty) } else { Ok(keys) }
}

/// A JWK set. Each key is parsed separately, so that a key of an unknown kind does not make the others unreadable.
#[derive(serde::Deserialize)]
struct PublishedKeys {
    keys: Vec<serde_json::Value>,
}

/// Reads a key if it has an id and may sign with RS256. The server ignores other keys that FusionAuth publishes, so that no token can
/// choose them.
fn rs256_key(published: serde_json::Value) -> Option<(String, PublicKey)> {
    let jwk: Jwk = serde_json::from_value(published).ok()?;
    let for_signing = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let for_rs256 = matches!(jwk.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    let AlgorithmParameters::RSA(published) = jwk.algorithm else { return None };
    if !for_signing || !for_rs256 {
        return None;
    }
    let key = DecodingKey::from_rsa_raw_components(&number(&published.n)?, &number(&published.e)?);
    Some((jwk.common.key_id?, PublicKey { published, key: Arc::new(key) }))
}

/// The bytes of a number in a JWK. RFC 7518 6.3.1.1 forbids leading zero bytes, but some writers add one as the sign, and `aws-lc-rs`
/// refuses such a number.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|it| *it == 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_rs256_signing_keys_with_an_id_are_taken() {
        let is_usable = |extra: serde_json::Value| {
            let mut key = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "k"});
            key.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            rs256_key(key).is_some()
        };
        assert!(is_usable(json!({})));
        assert!(is_usable(json!({"use": "sig", "alg": "RS256"})));
        assert!(!is_usable(json!({"use": "enc"})));
        assert!(!is_usable(json!({"alg": "RS512"})));
        assert!(!is_usable(json!({"alg": "HS256"})));
        assert!(!is_usable(json!({"kty": "oct", "k": "AQAB"})));
        assert!(!is_usable(json!({"kid": null})));
    }
}
