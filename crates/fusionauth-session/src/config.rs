use serde::{Deserialize, Serialize};

/// What a session machine is told once. The times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// This application's id at FusionAuth: every token must name it in `aud`.
    pub application_id: String,
    /// What carries the session, and so who renews it.
    pub transport: Transport,
    /// The numbers; [`Tuning::DEFAULT`] unless a test needs others.
    pub tuning: Tuning,
}

/// What carries the session: the one difference between the three workflows of a single-page app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Transport {
    /// The access token lies in local storage, the refresh token in FusionAuth's own HttpOnly cookie. The browser renews.
    #[default]
    BearerToken,
    /// As [`Transport::BearerToken`], but the access token lies in the tab's memory alone. Storage holds the record without it, so
    /// tabs agree on who is signed in, and each page load begins with a renewal.
    InMemoryBearerToken,
    /// Both tokens lie in HttpOnly cookies of the parent domain. The browser renews, and never sees a token.
    SharedDomainCookies,
    /// Both tokens lie in HttpOnly cookies of the application's host. The backend renews: no refresh ever leaves here.
    BackendCookies,
}

impl Transport {
    /// Whether requests carry a token that script can see.
    pub(crate) fn is_bearer(self) -> bool {
        matches!(self, Self::BearerToken | Self::InMemoryBearerToken)
    }
}

/// The machine's numbers, in milliseconds unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tuning {
    /// A token with less than this left is renewed behind the caller's back, never more than a fifth of its life: a
    /// fixed margin above the lifetime would renew for ever.
    pub renew_soon_ms: u64,
    /// A token with less than this left is not sent any more, never more than a twentieth of its life. It covers the
    /// way to the backend, whose own leeway is zero.
    pub unusable_ms: u64,
    /// How long a caller waits for a token before it gets a retryable error, and how long *loading* lasts at most. The
    /// refresh itself runs on: aborting it could lose a rotated refresh token.
    pub caller_timeout_ms: u64,
    /// Waits before the two quick retries, for which callers are kept waiting. Half to all of it, by chance.
    pub quick_retries_ms: [u64; QUICK_RETRIES],
    /// First wait after the quick retries; doubled each time.
    pub backoff_ms: u64,
    /// The longest wait.
    pub backoff_max_ms: u64,
    /// The wait after 429 and 503 without `Retry-After`.
    pub busy_ms: u64,
    /// The longest `Retry-After` that is believed.
    pub retry_after_max_ms: u64,
    /// In the long run one refresh may start in this time, over all tabs; more is a fault of some server, not a need.
    pub breaker_interval_ms: u64,
    /// By how much refreshes may be ahead of that pace: a few at once are no fault yet.
    pub breaker_burst_ms: u64,
    /// Waits, without the lock, for storage to show what the order says is there. Storage was seen to lag by up to 342 ms.
    pub catch_up_ms: [u64; CATCH_UPS],
}

/// How many quick retries there are.
pub(crate) const QUICK_RETRIES: usize = 2;

/// How often storage is given time.
pub(crate) const CATCH_UPS: usize = 3;

impl Tuning {
    /// The numbers that ship.
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
