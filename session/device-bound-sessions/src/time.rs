//! Times. The functions of this crate get the time as an argument; only [`UnixMillis::now`] reads a clock.

use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The time of the system's clock.
    pub fn now() -> Self {
        Self(0).plus(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// The time after this one by `length`.
    pub fn plus(self, length: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(length.as_millis()).unwrap_or(i64::MAX)))
    }
}
