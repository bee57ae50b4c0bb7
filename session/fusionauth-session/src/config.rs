//! The configuration of a session machine: application id, place of the tokens, and time limits.

use serde::{Deserialize, Serialize};

/// The configuration of a session machine. All times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// This application's id at FusionAuth: every token must name it in `aud`.
    pub application_id: String,
    /// Where the tokens are stored, and who renews them.
    pub token_storage: TokenStorage,
    /// The time limits, usually [`Tuning::DEFAULT`].
    pub tuning: Tuning,
}

/// Where the tokens are stored. The place also decides who renews them. For the machine, the workflows of a single-page app differ in
/// nothing else. Backends and FusionAuth must be configured for the same choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TokenStorage {
    /// The access token is in local storage and goes out as `Authorization: Bearer`; the refresh token is in FusionAuth's own HttpOnly
    /// cookie. The browser renews.
    #[default]
    LocalStorage,
    /// Like [`TokenStorage::LocalStorage`], but the access token is only in this tab's memory, where a script that reads storage does not
    /// find it. Local storage still names the user, so all tabs agree on who is signed in, and a session survives a reload. The price: each
    /// page load begins with a renewal, and each tab renews for itself.
    Memory,
    /// Both tokens are in HttpOnly cookies of the parent domain, which FusionAuth sets through a proxy. The browser renews when a backend
    /// answers 401.
    SharedDomainCookies,
    /// Both tokens are in HttpOnly cookies of the backend's host. The backend answers sign-in and logout as FusionAuth does, at the same
    /// paths, and renews the tokens; its 401 means that the session is over. The browser never sends a refresh.
    BackendCookies,
}

impl TokenStorage {
    /// Whether requests carry a token that script can see.
    pub fn is_bearer(self) -> bool {
        matches!(self, Self::LocalStorage | Self::Memory)
    }
}

/// The machine's limits, in milliseconds unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tuning {
    /// A token with less remaining life than this is renewed in the background, while callers still get it. The margin
    /// is at most a fifth of the token's life, because a margin above the token's life would cause endless renewals.
    pub renew_soon_ms: u64,
    /// A token with less remaining life than this is not sent. The margin is at most a twentieth of the token's life. It covers the time
    /// that a request takes to the backend, because the backend allows no leeway.
    pub unusable_ms: u64,
    /// How long a caller waits for a token. Then the caller gets an error, and may retry. This is also the longest time in `Loading`. The
    /// refresh continues after that time, because aborting it could lose a rotated refresh token.
    pub caller_timeout_ms: u64,
    /// The waits before the two quick retries, during which callers keep waiting. The machine shortens each of them at
    /// random, to half its length at least.
    pub quick_retries_ms: [u64; QUICK_RETRIES],
    /// The first wait after the quick retries; each further failure doubles it.
    pub backoff_ms: u64,
    /// The longest back-off.
    pub backoff_max_ms: u64,
    /// The wait after 429 and 503 without `Retry-After`.
    pub busy_ms: u64,
    /// The longest pause that `Retry-After` can cause.
    pub retry_after_max_ms: u64,
    /// The shortest average interval between the refreshes of all tabs together. More frequent refreshes mean that a
    /// server misbehaves.
    pub breaker_interval_ms: u64,
    /// How far ahead of that average rate the refreshes may run. It is more than zero, because a few refreshes in a row are normal.
    pub breaker_burst_ms: u64,
    /// The waits, without the lock, for storage to show the newest session version. The longest lag measured was
    /// 342 ms.
    pub catch_up_ms: [u64; CATCH_UPS],
}

/// How many quick retries there are.
pub(crate) const QUICK_RETRIES: usize = 2;

/// The maximum number of waits for storage.
pub(crate) const CATCH_UPS: usize = 3;

impl Tuning {
    /// The limits that applications use.
    pub const DEFAULT: Self = Self {
        renew_soon_ms: 60_000,
        unusable_ms: 2_000,
        caller_timeout_ms: 10_000,
        quick_retries_ms: [500, 1_500],
        backoff_ms: 5_000,
        backoff_max_ms: 300_000,
        busy_ms: 60_000,
        retry_after_max_ms: 3_600_000,
        breaker_interval_ms: 3_000,
        breaker_burst_ms: 27_000,
        catch_up_ms: [20, 100, 400],
    };
}
