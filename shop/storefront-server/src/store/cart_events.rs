//! `GET /api/shopping-cart/events`: notifies an open page by server-sent events that the user's cart has changed.
//!
//! The data of an event is the version of the cart ([`storefront_api::Cart::version`]). The app compares it with the version of the cart on
//! the page, and reads the cart if the two differ. So an event does not contain the cart, and a lost or repeated event is harmless. The
//! first event is sent at once.
//!
//! A change may be made on another instance, and SQLite and PostgreSQL have no common event to wait for. So each process queries the
//! database once a second (`LOOK_INTERVAL`) for the number of changes of the carts of all users with an open stream, and reads the carts
//! that have changed. Without an open stream it sends no query. If the database fails, the streams stay open, and the process backs off.
//!
//! A stream ends when the server no longer accepts the credential of its request. The app then opens another stream with a new credential.
//! A stream also ends when the server stops, because a stopping server waits for all responses.

use crate::auth::authenticator::AcceptedCredential;
use crate::http::{endpoint::endpoint, error::Error as HttpError, problem::ApiResult};
use crate::store::cart;
use crate::store::error::{Error, StreamLimit};
use crate::{metrics, state::Backend, user_request::UserRequest};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use futures_util::stream;
use sqlx::{AnyPool, AssertSqlSafe};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use storefront_api::endpoints;
use tokio::sync::{Notify, watch};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

/// The pause between two queries to the database, and between two checks of a stream's credential.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The longest pause between two queries to a failing database.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// After this time without an event the server sends a comment. So proxies keep the connection open, and the server notices that a client
/// has disconnected.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// The maximum number of streams of a user. A browser opens one for each visible window.
const MAX_STREAMS_OF_USER: usize = 8;

/// The maximum number of carts in one statement.
const CARTS_IN_STATEMENT: usize = 200;

/// Tells nginx not to buffer the response.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The route below `/api`.
pub fn router(events: CartEvents) -> Router<Backend> {
    endpoint(endpoints::CART_EVENTS, open).layer(Extension(events))
}

async fn open(request: UserRequest, Extension(events): Extension<CartEvents>, headers: HeaderMap) -> ApiResult<Response> {
    let UserRequest { backend, user, cookies, .. } = request;
    let credential = backend.authenticator.accepted_credential(&headers, &cookies).ok_or(HttpError::Internal)?;
    let stream = CartStream::new(events.follow_cart(user.user_id)?, credential, events.0.ending.clone());
    let events = stream::unfold(stream, async |mut stream| {
        let version = stream.next_version().await?;
        Some((Ok::<_, Infallible>(Event::default().data(version.to_string())), stream))
    });
    // Without this header, `Sse` would send `no-cache`, which allows caches to store the response.
    let headers = [(header::CACHE_CONTROL, "no-store"), (X_ACCEL_BUFFERING, "no")];
    Ok((headers, Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT))).into_response())
}

/// The open streams of this process. Clones share them.
#[derive(Clone)]
pub struct CartEvents(Arc<Shared>);

struct Shared {
    db: AnyPool,
    max_streams: usize,
    followed: Mutex<Followed>,
    /// Notified when a stream is opened.
    opened: Notify,
    ending: CancellationToken,
}

#[derive(Default)]
struct Followed {
    streams: usize,
    by_user: HashMap<String, FollowedCart>,
}

#[derive(Default)]
struct FollowedCart {
    streams: usize,
    /// The number of changes of the cart at the time when its version was read. `None` before the first read.
    changes: Option<i64>,
    version: watch::Sender<Option<u32>>,
}

impl CartEvents {
    /// At most `max_streams` streams of all users together may be open at a time. All streams end when `ending` is cancelled.
    pub fn new(db: AnyPool, max_streams: usize, ending: CancellationToken) -> Self {
        Self(Arc::new(Shared { db, max_streams, followed: Mutex::default(), opened: Notify::new(), ending }))
    }

    fn follow_cart(&self, user: String) -> Result<CartFollower, Error> {
        let mut followed = self.followed();
        if followed.streams >= self.0.max_streams {
            return Err(Error::TooManyStreams(StreamLimit::Process));
        }
        let cart = followed.by_user.entry(user.clone()).or_default();
        if cart.streams >= MAX_STREAMS_OF_USER {
            return Err(Error::TooManyStreams(StreamLimit::User));
        }
        cart.streams += 1;
        let mut version = cart.version.subscribe();
        version.mark_changed();
        followed.streams += 1;
        drop(followed);
        metrics::cart_streams().inc();
        self.0.opened.notify_one();
        Ok(CartFollower { events: self.clone(), user, version })
    }

    /// Queries the database for changed carts of open streams, until `stopping` is cancelled.
    pub async fn follow(self, stopping: CancellationToken) {
        let mut failures = 0;
        loop {
            if self.followed().streams == 0 {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = self.0.opened.notified() => continue,
                }
            }
            match self.look().await {
                Ok(()) if failures > 0 => {
                    tracing::info!("the carts of open pages are followed again");
                    failures = 0;
                }
                Ok(()) => {}
                Err(error) => {
                    if failures == 0 {
                        tracing::warn!(error = &error as &dyn std::error::Error, "the carts of open pages cannot be followed");
                    }
                    failures += 1;
                }
            }
            tokio::select! {
                () = stopping.cancelled() => return,
                () = sleep(pause_after(failures)) => {}
            }
        }
    }

    /// Reads the carts that have changed since the last query.
    async fn look(&self) -> sqlx::Result<()> {
        let users: Vec<String> = self.followed().by_user.keys().cloned().collect();
        for users in users.chunks(CARTS_IN_STATEMENT) {
            let changes = self.changes_of(users).await?;
            for user in users {
                let changes = changes.get(user).copied().unwrap_or(0);
                let is_known = |cart: &FollowedCart| cart.changes == Some(changes);
                if self.followed().by_user.get(user).is_none_or(is_known) {
                    continue;
                }
                // The number was read before the cart, so the next query finds a change that was made between the two reads.
                let version = cart::cart_of(&self.0.db, user).await?.version();
                if let Some(cart) = self.followed().by_user.get_mut(user) {
                    cart.changes = Some(changes);
                    cart.version.send_if_modified(|before| before.replace(version) != Some(version));
                }
            }
        }
        Ok(())
    }

    async fn changes_of(&self, users: &[String]) -> sqlx::Result<HashMap<String, i64>> {
        let places: Vec<String> = (1..=users.len()).map(|at| format!("${at}")).collect();
        let query = format!("SELECT user_id, changes FROM carts WHERE user_id IN ({})", places.join(", "));
        // The statement is not kept prepared, because it differs for each number of users.
        let query = users.iter().fold(sqlx::query_as(AssertSqlSafe(query)).persistent(false), |query, user| query.bind(user));
        Ok(query.fetch_all(&self.0.db).await?.into_iter().collect())
    }

    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.0.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pause before the next query, after this many failures in a row.
fn pause_after(failures: u32) -> Duration {
    LOOK_INTERVAL.saturating_mul(1 << failures.min(5)).min(LONGEST_PAUSE)
}

/// A follower of a user's cart. It counts as an open stream until it is dropped, for example because the client has disconnected.
struct CartFollower {
    events: CartEvents,
    user: String,
    version: watch::Receiver<Option<u32>>,
}

impl Drop for CartFollower {
    fn drop(&mut self) {
        metrics::cart_streams().dec();
        let mut followed = self.events.followed();
        followed.streams -= 1;
        if let Some(cart) = followed.by_user.get_mut(&self.user) {
            cart.streams -= 1;
            if cart.streams == 0 {
                followed.by_user.remove(&self.user);
            }
        }
    }
}

impl CartFollower {
    /// Waits until the version of the cart differs from the last one, and returns it. The first call returns the current version.
    async fn next_version(&mut self) -> Option<u32> {
        loop {
            self.version.changed().await.ok()?;
            let version = *self.version.borrow_and_update();
            if version.is_some() {
                return version;
            }
        }
    }
}

/// One open response. [`CartEvents::follow`] queries the database for its events.
struct CartStream {
    cart: CartFollower,
    credential: AcceptedCredential,
    check: Interval,
    ending: CancellationToken,
}

impl CartStream {
    fn new(cart: CartFollower, credential: AcceptedCredential, ending: CancellationToken) -> Self {
        let mut check = interval(LOOK_INTERVAL);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { cart, credential, check, ending }
    }

    /// The next version to send. `None`: the stream has ended.
    async fn next_version(&mut self) -> Option<u32> {
        loop {
            tokio::select! {
                biased;
                () = self.ending.cancelled() => return None,
                _ = self.check.tick() => {
                    if !self.credential.is_still_accepted().await {
                        return None;
                    }
                }
                version = self.cart.next_version() => return version,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database;
    use sqlx::any::AnyPoolOptions;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn the_database_is_asked_while_somebody_follows_a_cart_and_never_otherwise() {
        let (folder, _) = database::open_temporary().await;
        let questions = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&questions);
        let pool = AnyPoolOptions::new().max_connections(1).before_acquire(move |_, _| {
            counter.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Ok(true) })
        });
        let counted = pool.connect(&format!("sqlite://{}", folder.path().join("test.sqlite").display())).await.unwrap();
        let events = CartEvents::new(counted, 10, CancellationToken::new());
        let asked_by_a_look = async || {
            let before = questions.load(Ordering::SeqCst);
            events.look().await.unwrap();
            questions.load(Ordering::SeqCst) - before
        };
        assert_eq!(asked_by_a_look().await, 0);
        let stopping = CancellationToken::new();
        let follow = tokio::spawn(events.clone().follow(stopping.clone()));
        let mut follower = events.follow_cart("shopper".to_owned()).unwrap();
        let empty = storefront_api::Cart { currency: String::new(), lines: Vec::new(), total: 0, notice: None };
        assert_eq!(follower.next_version().await, Some(empty.version()));
        stopping.cancel();
        follow.await.unwrap();
        assert!(asked_by_a_look().await > 0);
        drop(follower);
        assert_eq!(asked_by_a_look().await, 0);
        assert!(events.followed().by_user.is_empty());
    }

    #[test]
    fn a_database_that_fails_is_asked_less_and_less_often() {
        let pauses = [0, 1, 2, 3, 4, 5, 60].map(|failures| pause_after(failures).as_secs());
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }
}
