//! Times as the database stores them: milliseconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time now. A clock that stands before 1970 gives 0.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

/// A length of time in milliseconds.
pub fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
