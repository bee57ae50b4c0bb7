//! A rate limit by key, such as the address of a client.
//!
//! The server counts a guess before FusionAuth checks it, and takes the count back if the guess was right. The `governor` crate cannot do
//! that, and cannot count in a database, so this module exists. The algorithm is the same (GCRA): a bucket that refills at a constant rate, stored as the point in time at
//! which the bucket will be full.
//!
//! With PostgreSQL, which several instances may share, the points in time are rows, and the database's clock is used. With SQLite, which
//! belongs to one process, they are in memory. If PostgreSQL does not answer, each instance counts in its own memory instead.

use crate::http::client_address::{CanonicalIp, ClientAddress};
use crate::http::problem::ProblemResponse;
use crate::{clock::millis, database};
use aws_lc_rs::digest::{SHA256, digest};
use sqlx::{AnyConnection, AnyPool};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{collections::HashMap, fmt::Display, net::IpAddr, str::FromStr};
use storefront_api::problems::ProblemCode;
use storefront_messages::{SignInError, Storefront};

/// The maximum number of keys in memory, per limit.
const MAX_KEYS: usize = 10_000;

/// Allows `count` events at once, and on average `count` in each `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    period: Duration,
}

impl Rate {
    /// `count` in each `period`.
    pub const fn new(count: NonZeroU32, period: Duration) -> Self {
        Self { count: count.get(), period }
    }
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

/// The limit is reached. The caller must not do what it has asked for: neither call FusionAuth nor write to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit is reached")]
pub struct TooOften {
    /// How long it takes until the next event is allowed.
    pub retry_after: Duration,
}

impl TooOften {
    /// The value of `Retry-After`, in seconds.
    pub fn retry_after_seconds(self) -> u32 {
        u32::try_from(self.retry_after.as_secs() + 1).unwrap_or(u32::MAX)
    }

    /// A 429 with this code and `Retry-After`. The text of `error` becomes `detail`.
    pub fn problem(self, code: ProblemCode, error: &impl Display) -> ProblemResponse {
        ProblemResponse::new(code, error).with_retry_after(self.retry_after_seconds())
    }
}

impl From<TooOften> for ProblemResponse {
    fn from(too_often: TooOften) -> Self {
        too_often.problem(ProblemCode::TooManyAttempts, &SignInError::TooManyAttempts.message::<Storefront>())
    }
}

/// Counts events by key.
pub struct RateLimit {
    name: &'static str,
    rate: Rate,
    /// For each key: when its bucket will be full again.
    full_at: Mutex<HashMap<String, Instant>>,
    /// The database in which all instances count, if they share one.
    shared: Option<AnyPool>,
}

/// Counted events. The caller either keeps them counted, or takes the counts back.
#[must_use]
pub struct Taken<'a>(Vec<(&'a RateLimit, String)>);

impl Taken<'_> {
    /// Counts one event under each of these limits, or under none. Callers put the limit of the client's address first, so that a client
    /// that has reached that limit adds no keys to the other limits.
    ///
    /// # Errors
    /// [`TooOften`] of the first limit that is reached. The caller must then reject the event.
    pub async fn of<'a>(events: impl IntoIterator<Item = (&'a RateLimit, String)>) -> Result<Taken<'a>, TooOften> {
        let mut taken = Taken(Vec::new());
        for (limit, key) in events {
            if let Err(too_often) = limit.take(&key).await {
                taken.give_back().await;
                return Err(too_often);
            }
            taken.0.push((limit, key));
        }
        Ok(taken)
    }

    /// Counts one event under each of these limits in the transaction of the event, as its last step: a rollback takes back the counts in
    /// the database.
    ///
    /// # Errors
    /// [`TooOften`] of the first limit that is reached. The caller must then roll back. Also a database error.
    pub async fn within<'a>(
        db: &mut AnyConnection,
        events: impl IntoIterator<Item = (&'a RateLimit, String)>,
    ) -> sqlx::Result<Result<(), TooOften>> {
        let mut taken: Vec<(&RateLimit, String)> = Vec::new();
        for (limit, key) in events {
            let outcome = if limit.shared.is_some() { limit.take_in(db, &key).await? } else { limit.take_here(&key) };
            if outcome.is_err() {
                taken.iter().for_each(|(limit, key)| limit.give_back_here(key));
                return Ok(outcome);
            }
            taken.push((limit, key));
        }
        Ok(Ok(()))
    }

    /// Takes the counts back, because the events did not take place or do not count.
    pub async fn give_back(self) {
        for (limit, key) in self.0 {
            limit.give_back(&key).await;
        }
    }

    /// Keeps the events counted.
    pub fn keep(self) {}
}

impl RateLimit {
    /// A limit that this process counts in memory. Nothing is counted yet.
    pub fn new(rate: Rate) -> Self {
        Self { name: "", rate, full_at: Mutex::default(), shared: None }
    }

    /// A limit that all instances on this database count together, if several can use the database. Each limit must have its own name.
    pub fn shared(name: &'static str, rate: Rate, db: Option<&AnyPool>) -> Self {
        Self { name, shared: db.filter(|it| database::is_shared(it)).cloned(), ..Self::new(rate) }
    }

    /// Counts one event for this key.
    ///
    /// # Errors
    /// [`TooOften`]. The event is not counted, and the caller must reject it.
    pub async fn take(&self, key: &str) -> Result<(), TooOften> {
        match &self.shared {
            Some(pool) => match async { self.take_in(&mut *pool.acquire().await?, key).await }.await {
                Ok(outcome) => outcome,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, limit = self.name, "this instance counts without the others");
                    self.take_here(key)
                }
            },
            None => self.take_here(key),
        }
    }

    /// Whether an event of this key is still counted.
    pub(crate) async fn has_counted(&self, key: &str) -> bool {
        if let Some(db) = &self.shared {
            let query = format!("SELECT COUNT(*) FROM rate_limits WHERE key = $1 AND full_at > {DATABASE_CLOCK}");
            let query = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(query)).bind(self.key(key));
            if let Ok(rows) = query.fetch_one(db).await {
                return rows > 0;
            }
        }
        self.full_at().get(&self.key(key)).is_some_and(|it| *it > Instant::now())
    }

    /// Counts one event for a client address.
    pub(crate) async fn take_from(&self, client: ClientAddress) -> Result<(), TooOften> {
        self.take(&address_key(client)).await
    }

    /// Takes back the count of one event of this key, because the event did not take place or does not count.
    pub async fn give_back(&self, key: &str) {
        if let Some(db) = &self.shared {
            let query = sqlx::query("UPDATE rate_limits SET full_at = full_at - $1 WHERE key = $2");
            if let Err(error) = query.bind(millis(self.interval())).bind(self.key(key)).execute(db).await {
                tracing::warn!(error = &error as &dyn std::error::Error, limit = self.name, "an event that does not count stays counted");
            }
        }
        self.give_back_here(key);
    }

    fn give_back_here(&self, key: &str) {
        let (key, mut all) = (self.key(key), self.full_at());
        if let Some(full_at) = all.get_mut(&key) {
            *full_at = full_at.checked_sub(self.interval()).unwrap_or(*full_at);
            if *full_at <= Instant::now() {
                all.remove(&key);
            }
        }
    }

    /// Counts one event for this key in the memory of this process.
    pub(crate) fn take_here(&self, key: &str) -> Result<(), TooOften> {
        self.take_at(key, Instant::now())
    }

    /// Counts one event in the database. One statement decides and writes, so that guesses that reach several instances at once all count.
    async fn take_in(&self, db: &mut AnyConnection, key: &str) -> sqlx::Result<Result<(), TooOften>> {
        let (interval, period, key) = (millis(self.interval()), millis(self.rate.period), self.key(key));
        let take = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!(
            "INSERT INTO rate_limits AS old (key, full_at) VALUES ($1, {DATABASE_CLOCK} + $2)
             ON CONFLICT (key) DO UPDATE SET full_at = GREATEST(old.full_at, {DATABASE_CLOCK}) + $2
                 WHERE GREATEST(old.full_at, {DATABASE_CLOCK}) + $2 <= {DATABASE_CLOCK} + $3
             RETURNING full_at"
        )));
        if take.bind(&key).bind(interval).bind(period).fetch_optional(&mut *db).await?.is_some() {
            return Ok(Ok(()));
        }
        let wait = format!("SELECT full_at + $2 - $3 - {DATABASE_CLOCK} FROM rate_limits WHERE key = $1");
        let wait = sqlx::query_scalar(sqlx::AssertSqlSafe(wait)).bind(&key).bind(interval).bind(period).fetch_optional(db).await?;
        let wait: i64 = wait.unwrap_or_default();
        Ok(Err(TooOften { retry_after: Duration::from_millis(u64::try_from(wait).unwrap_or_default()) }))
    }

    /// The hash of the limit's name and a key, which contains text from a client that may be long. Another hash would forget what earlier
    /// releases have counted in the database, such as the clients that an account's owner has used.
    fn key(&self, key: &str) -> String {
        hex::encode(digest(&SHA256, format!("{} {key}", self.name).as_bytes()))
    }

    fn take_at(&self, key: &str, now: Instant) -> Result<(), TooOften> {
        let (key, mut full_at) = (self.key(key), self.full_at());
        let full_after_this = full_at.get(&key).map_or(now, |it| now.max(*it)) + self.interval();
        let too_early = full_after_this.saturating_duration_since(now + self.rate.period);
        if too_early > Duration::ZERO {
            return Err(TooOften { retry_after: too_early });
        }
        if full_at.len() >= MAX_KEYS {
            make_room(&mut full_at, now);
        }
        full_at.insert(key, full_after_this);
        Ok(())
    }

    fn interval(&self) -> Duration {
        self.rate.period / self.rate.count
    }

    fn full_at(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the buckets that are full. If few are full, it also drops half of the others: those that have counted the fewest events.
fn make_room(full_at: &mut HashMap<String, Instant>, now: Instant) {
    full_at.retain(|_, it| *it > now);
    if full_at.len() > MAX_KEYS / 2 {
        let mut times: Vec<Instant> = full_at.values().copied().collect();
        let median = *times.select_nth_unstable(full_at.len() / 2).1;
        full_at.retain(|_, it| *it > median);
    }
}

/// PostgreSQL's clock, in milliseconds since 1970.
const DATABASE_CLOCK: &str = "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)";

/// The key of a client: its IPv4 address or its IPv6 network (/64), because one client has all addresses of such a network.
pub fn address_key(ClientAddress(address): ClientAddress) -> String {
    match address.map(CanonicalIp::get) {
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
            assert_eq!(limit.take_at("a", now), Err(TooOften { retry_after: Duration::from_secs(15) }), "a rejected event is not counted");
        }
        assert_eq!(limit.take_at("b", now), Ok(()), "another key");
        let later = now + Duration::from_secs(15);
        assert_eq!(limit.take_at("a", later), Ok(()), "the bucket has refilled by one event");
        assert!(limit.take_at("a", later).is_err());
    }

    #[tokio::test]
    async fn what_is_given_back_does_not_count() {
        let (limit, now) = (limit(), Instant::now());
        for _ in 0..100 {
            assert_eq!(limit.take_at("a", now), Ok(()));
            limit.give_back("a").await;
        }
        limit.give_back("unknown").await;
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
        assert_ne!(key("::ffff:192.0.2.1"), key("::ffff:192.0.2.2"), "a dual-stack listener");
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }

    #[test]
    fn the_number_of_entries_is_bounded_and_the_emptiest_buckets_are_kept() {
        let (limit, now) = (limit(), Instant::now());
        assert!((0..4).all(|_| limit.take_at("guesser", now).is_ok()));
        for number in 0..3 * MAX_KEYS {
            assert_eq!(limit.take_at(&number.to_string(), now), Ok(()));
        }
        assert!(limit.full_at().len() <= MAX_KEYS, "{}", limit.full_at().len());
        assert!(limit.take_at("guesser", now).is_err());
    }

    #[tokio::test]
    async fn a_refused_event_leaves_no_entry() {
        let (address, account) = (RateLimit::new("1/60".parse().unwrap()), limit());
        for number in 0..100 {
            let taken = Taken::of([(&account, number.to_string()), (&address, "a".to_owned())]).await;
            assert_eq!(taken.map(Taken::keep).is_ok(), number == 0);
        }
        assert_eq!((account.full_at().len(), address.full_at().len()), (1, 1));
    }
}
