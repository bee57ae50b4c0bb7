//! A rate limit by key, such as the address of a client.
//!
//! Only failed sign-ins may count against a user, so a sign-in that succeeds is given back. The `governor` crate cannot give back, which
//! is why this module exists. The algorithm is the same (GCRA): a bucket that refills at an even pace, stored as one point in time.
//! Each instance of the server counts for itself, so several instances together allow several times as much.

use crate::http::client_address::ClientAddress;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{collections::HashMap, net::IpAddr, str::FromStr};

/// At this number of keys, those with a full bucket are forgotten.
const MAX_KEYS: usize = 10_000;

/// `count` events at once, and over a longer time `count` in each `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    period: Duration,
}

impl FromStr for Rate {
    type Err = &'static str;

    /// Reads a text such as `10/60`: ten in 60 seconds.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(count, seconds)| Some((count.parse().ok()?, seconds.parse::<u32>().ok()?)));
        match parts {
            Some((count @ 1.., seconds @ 1..)) => Ok(Self { count, period: Duration::from_secs(u64::from(seconds)) }),
            _ => Err("it must be a number and a number of seconds, such as 10/60"),
        }
    }
}

/// The limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften {
    /// How long it takes until the next event is allowed.
    pub retry_after: Duration,
}

impl TooOften {
    /// The value of `Retry-After`, in seconds.
    pub fn retry_after_seconds(self) -> u32 {
        u32::try_from(self.retry_after.as_secs() + 1).unwrap_or(u32::MAX)
    }
}

/// Counts events by key.
pub struct RateLimit {
    rate: Rate,
    /// By key: when its bucket is full again.
    full_at: Mutex<HashMap<String, Instant>>,
}

impl RateLimit {
    /// A limit under which nothing has been counted yet.
    pub fn new(rate: Rate) -> Self {
        Self { rate, full_at: Mutex::default() }
    }

    /// Counts one event for this key.
    ///
    /// # Errors
    /// [`TooOften`]. The event must not take place then, and is not counted.
    pub fn take(&self, key: &str) -> Result<(), TooOften> {
        self.take_at(key, Instant::now())
    }

    /// Takes one event of this key back: it did not take place, or does not count.
    pub fn give_back(&self, key: &str) {
        if let Some(full_at) = self.full_at().get_mut(key) {
            *full_at = full_at.checked_sub(self.interval()).unwrap_or(*full_at);
        }
    }

    fn take_at(&self, key: &str, now: Instant) -> Result<(), TooOften> {
        let mut full_at = self.full_at();
        if full_at.len() >= MAX_KEYS {
            full_at.retain(|_, it| *it > now);
        }
        let entry = full_at.entry(key.to_owned()).or_insert(now);
        let full_after_this = (*entry).max(now) + self.interval();
        let too_early = full_after_this.saturating_duration_since(now + self.rate.period);
        if too_early > Duration::ZERO {
            return Err(TooOften { retry_after: too_early });
        }
        *entry = full_after_this;
        Ok(())
    }

    fn interval(&self) -> Duration {
        self.rate.period / self.rate.count
    }

    fn full_at(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of a client: its IPv4 address or its IPv6 network (/64), because one client has all addresses of such a network.
pub fn address_key(ClientAddress(address): ClientAddress) -> String {
    match address {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => address.segments()[..4].iter().map(|it| format!("{it:x}:")).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit() -> RateLimit {
        RateLimit::new("4/60".parse().unwrap())
    }

    #[test]
    fn a_bucket_empties_at_once_and_refills_evenly() {
        let (limit, now) = (limit(), Instant::now());
        for _ in 0..4 {
            assert_eq!(limit.take_at("a", now), Ok(()));
        }
        for _ in 0..100 {
            assert_eq!(limit.take_at("a", now), Err(TooOften { retry_after: Duration::from_secs(15) }), "a refusal does not count");
        }
        assert_eq!(limit.take_at("b", now), Ok(()), "another key");
        let later = now + Duration::from_secs(15);
        assert_eq!(limit.take_at("a", later), Ok(()), "one is back");
        assert!(limit.take_at("a", later).is_err());
    }

    #[test]
    fn what_is_given_back_does_not_count() {
        let (limit, now) = (limit(), Instant::now());
        for _ in 0..100 {
            assert_eq!(limit.take_at("a", now), Ok(()));
            limit.give_back("a");
        }
        limit.give_back("unknown");
        assert!((0..4).all(|_| limit.take_at("a", now).is_ok()) && limit.take_at("a", now).is_err());
    }

    #[test]
    fn rates() {
        assert_eq!("10/60".parse(), Ok(Rate { count: 10, period: Duration::from_secs(60) }));
        for bad in ["", "10", "0/60", "10/0", "-1/60", "a/b"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_is_one_client() {
        let key = |text: &str| address_key(ClientAddress(Some(text.parse().unwrap())));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
