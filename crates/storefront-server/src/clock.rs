//! The current time: in milliseconds since 1970 for the database, and in seconds since 1970 for the times in tokens.
//!
//! The process has one clock. [`advance`] moves it forward, so that a test need not wait until something expires. Only `development-world`
//! calls `advance`, never the production program.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How far this process's clock is ahead of the machine's, in milliseconds.
static AHEAD_MS: AtomicU64 = AtomicU64::new(0);

/// Moves this process's clock forward, so that sessions, codes and tokens expire earlier. Request timeouts and pauses do not change.
pub fn advance(by: Duration) {
    AHEAD_MS.fetch_add(millis(by).unsigned_abs(), Ordering::SeqCst);
}

/// The time since 1970. If the machine's clock reads before 1970, this is 0. The check of `exp` then accepts every token, but the check of
/// `nbf` rejects it.
fn since_1970() -> Duration {
    let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    machine + Duration::from_millis(AHEAD_MS.load(Ordering::SeqCst))
}

/// The time now.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + since_1970()
}

/// The time now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    millis(since_1970())
}

/// The clock with which the server compares the times in tokens.
pub struct Clock(Box<dyn Fn() -> f64 + Send + Sync>);

impl Clock {
    /// A clock that calls `seconds` for the seconds since 1970. A test passes a function that returns a time of the test's choice.
    pub fn new(seconds: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Box::new(seconds))
    }

    /// The clock of this process.
    pub fn system() -> Self {
        Self::new(|| since_1970().as_secs_f64())
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

/// Whether an RFC 3339 time is after a time in milliseconds since 1970. Texts of this format do not compare like their times, because they
/// leave out trailing zeros.
pub fn is_after_ms(time: &str, ms: i64) -> bool {
    OffsetDateTime::parse(time, &Rfc3339).is_ok_and(|it| it.unix_timestamp_nanos() > i128::from(ms) * 1_000_000)
}

/// A length of time in milliseconds.
pub fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_compared_with_fractions_of_a_second_of_another_length() {
        assert!(is_after_ms("1970-01-01T00:00:05.512345Z", 5_500));
        assert!(is_after_ms("1970-01-01T00:00:05.5Z", 5_499));
        for earlier in ["1970-01-01T00:00:05.5Z", "1970-01-01T00:00:05Z", "nonsense"] {
            assert!(!is_after_ms(earlier, 5_500), "{earlier}");
        }
    }
}
