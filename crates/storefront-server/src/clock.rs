//! The time: as the database stores it, in milliseconds since 1970, and for the times in tokens, in seconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The time now. A clock that stands before 1970 gives 0.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

/// The clock that the times in tokens are compared with.
pub struct Clock(Box<dyn Fn() -> f64 + Send + Sync>);

impl Clock {
    /// A clock that reads what `seconds` returns: seconds since 1970. A test advances it.
    pub fn new(seconds: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Box::new(seconds))
    }

    /// The clock of this machine. If it reads before 1970, the time is 0: `exp` then passes, and `nbf` rejects the token.
    pub fn system() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |it| it.as_secs_f64()))
    }

    /// Seconds since 1970.
    pub fn seconds(&self) -> f64 {
        (self.0)()
    }
}

/// A time in milliseconds since 1970 as RFC 3339, UTC. `None` beyond the year 9999.
pub fn rfc3339_of_ms(ms: i64) -> Option<String> {
    rfc3339_of_nanos(i128::from(ms) * 1_000_000)
}

/// A time in microseconds since 1970 as RFC 3339, UTC. `None` beyond the year 9999.
pub fn rfc3339_of_micros(micros: i64) -> Option<String> {
    rfc3339_of_nanos(i128::from(micros) * 1_000)
}

fn rfc3339_of_nanos(nanos: i128) -> Option<String> {
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?.format(&Rfc3339).ok()
}

/// A length of time in milliseconds.
pub fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
