//! The current time: in milliseconds since 1970 for the database, and in seconds since 1970 for the times in tokens.
//!
//! Each server has one [`Clock`], which a test or the development world moves forward, so that nobody need wait until something expires. The
//! production program never moves it. Like the language of a response, the clock belongs to a task: the server's requests and background
//! tasks run in [`Clock::scope`], and [`now`] and [`now_ms`] read the clock of the task that calls them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

tokio::task_local! {
    static CLOCK: Clock;
}

/// A server's clock. Clones are the same clock. A new clock shows the machine's time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// How far this clock is ahead of the machine's, in milliseconds.
    ahead_ms: Arc<AtomicU64>,
}

impl Clock {
    /// Moves the clock forward, so that sessions, codes and tokens expire earlier. Request timeouts and pauses do not change.
    pub fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(millis(by).unsigned_abs(), Ordering::SeqCst);
    }

    /// Seconds since 1970.
    pub fn seconds(&self) -> f64 {
        self.since_1970().as_secs_f64()
    }

    /// Runs `task` with this clock.
    pub fn scope<F: Future>(&self, task: F) -> impl Future<Output = F::Output> + use<F> {
        CLOCK.scope(self.clone(), task)
    }

    /// If the machine's clock reads before 1970, this is 0. The check of `exp` then accepts every token, but the check of `nbf` rejects it.
    fn since_1970(&self) -> Duration {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        machine + Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst))
    }
}

/// The time since 1970 by the clock of this task. A task of no server, such as one of a tool, has the machine's time.
fn since_1970() -> Duration {
    CLOCK.try_with(Clock::since_1970).unwrap_or_else(|_| Clock::default().since_1970())
}

/// The time now.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + since_1970()
}

/// The time now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    millis(since_1970())
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
    use crate::background::Background;

    #[tokio::test]
    async fn each_server_has_its_own_clock_in_its_requests_and_in_their_background_tasks() {
        let (moved, other) = (Clock::default(), Clock::default());
        moved.advance(Duration::from_secs(3_600));
        let before = now_ms();
        let of_task = async |clock: &Clock| {
            let background = Background::new(clock.clone());
            [clock.scope(async { now_ms() }).await, background.spawn(async { now_ms() }).await.unwrap()]
        };
        for time in of_task(&moved).await {
            assert!(time >= before + 3_600_000);
        }
        for time in of_task(&other).await {
            assert!(time < before + 3_600_000);
        }
        assert!(now_ms() < before + 3_600_000);
    }

    #[test]
    fn a_time_is_compared_with_fractions_of_a_second_of_another_length() {
        assert!(is_after_ms("1970-01-01T00:00:05.512345Z", 5_500));
        assert!(is_after_ms("1970-01-01T00:00:05.5Z", 5_499));
        for earlier in ["1970-01-01T00:00:05.5Z", "1970-01-01T00:00:05Z", "nonsense"] {
            assert!(!is_after_ms(earlier, 5_500), "{earlier}");
        }
    }
}
