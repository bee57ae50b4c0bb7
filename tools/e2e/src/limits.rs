//! The time limits of journeys. They end tests that hang, and measure nothing, because a journey must not depend on the speed of
//! the machine.
//!
//! `E2E_TIME_FACTOR` multiplies all of them.

use std::{sync::LazyLock, time::Duration};

/// The time limit of a journey.
pub(crate) fn journey() -> Duration {
    scaled(90)
}

/// The time limit for a process until it listens.
pub(crate) fn process_start() -> Duration {
    scaled(30)
}

/// The time limit for a page until it shows the expected content, and for a message until it arrives.
pub(crate) fn step() -> Duration {
    scaled(15)
}

fn scaled(seconds: u64) -> Duration {
    static FACTOR: LazyLock<f64> = LazyLock::new(|| match std::env::var("E2E_TIME_FACTOR") {
        Ok(text) => parse_factor(&text).unwrap_or_else(|| panic!("E2E_TIME_FACTOR is a number above 0, not `{text}`")),
        Err(_) => 1.0,
    });
    Duration::from_secs(seconds).mul_f64(*FACTOR)
}

fn parse_factor(text: &str) -> Option<f64> {
    text.parse().ok().filter(|factor| (f64::MIN_POSITIVE..1_000.0).contains(factor))
}

#[cfg(test)]
mod tests {
    use super::parse_factor;

    #[test]
    fn a_factor_is_a_decimal_above_0() {
        assert_eq!(["1", "2.5", "0.5"].map(parse_factor), [Some(1.0), Some(2.5), Some(0.5)]);
        assert_eq!(["", "0", "-1", "fast", "NaN", "inf"].map(parse_factor), [None; 6]);
    }
}
