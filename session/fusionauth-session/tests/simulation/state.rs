//! The state of the simulation: a browser with many tabs, FusionAuth, a network between them, and a queue of events in virtual time.

use crate::{
    broken_clock::BrokenClock,
    random::Random,
    server::{Answer, CookieJar, RefreshToken},
    tab::Tab,
};
use fusionauth_session::{OperationId, RefusedRequest, Request, ResourceId, SessionRecord, SessionVersion, TokenStorage};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

pub(crate) const APP: &str = "store";
/// A resource that accepts every valid credential, and one that answers 401 to all of them.
pub(crate) const HEALTHY: ResourceId = ResourceId(0);
pub(crate) const FORBIDDEN: ResourceId = ResourceId(1);
pub(crate) const LIFETIME_MS: u64 = 300_000;
/// FusionAuth's clock at the beginning, in milliseconds since 1970.
pub(crate) const TRUE_CLOCK_MS: u64 = 1_790_000_000_000;

/// The settings of a run, derived from the seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) tabs: usize,
    pub(crate) hours: u64,
    pub(crate) token_storage: TokenStorage,
    pub(crate) one_time: bool,
    pub(crate) locks: bool,
    /// Whether answers may be lost after FusionAuth has acted.
    pub(crate) loses: bool,
    /// Whether requests fail, are slow, or get an answer such as 503.
    pub(crate) faults: bool,
    /// Whether users sign out and in.
    pub(crate) signs: bool,
    /// Whether tabs close, open and sleep.
    pub(crate) sleeps: bool,
    /// Whether the computer's clock is set to another time.
    pub(crate) jumps: bool,
    /// The time that is added to every clock.
    pub(crate) shift_ms: i64,
    pub(crate) forbidden: Forbidden,
    pub(crate) broken_clock: Option<BrokenClock>,
}

impl Plan {
    /// A day of ten tabs in which nothing goes wrong.
    pub(crate) const fn quiet_day(seed: u64, token_storage: TokenStorage) -> Self {
        Self {
            seed,
            tabs: 10,
            hours: 24,
            token_storage,
            one_time: false,
            locks: true,
            loses: false,
            faults: false,
            signs: false,
            sleeps: false,
            jumps: false,
            shift_ms: 0,
            forbidden: Forbidden::Nothing,
            broken_clock: None,
        }
    }
}

/// Which resource answers 401 where it means 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forbidden {
    Nothing,
    OneResource,
    /// One resource, but with another id in each request, so no machine can recognise it.
    UnderNewIds,
}

pub(crate) struct Simulation {
    pub(crate) plan: Plan,
    pub(crate) random: Random,
    pub(crate) now: u64,
    /// The time on the browser's clock when `now` was 0. A clock that is set to another time changes it.
    pub(crate) clock_ms: i64,
    /// Whether the clock was set to another time.
    pub(crate) jumped: bool,
    /// Whether faults and the user's actions are over.
    pub(crate) quiet: bool,
    pub(crate) tabs: Vec<Tab>,
    /// The latest records, each with the time and the tab that wrote it.
    pub(crate) storage: Vec<(u64, usize, Arc<SessionRecord>)>,
    /// The session version that the last holder of the lock has left in IndexedDB for the next one.
    pub(crate) version: SessionVersion,
    /// Whether IndexedDB notes that a request is under way.
    pub(crate) under_way: bool,
    /// The operation that holds the lock.
    pub(crate) holder: Option<PendingOperation>,
    /// The operations that wait for the lock.
    pub(crate) waiting: Vec<PendingOperation>,
    pub(crate) jar: CookieJar,
    pub(crate) refresh_tokens: Vec<RefreshToken>,
    agenda: BinaryHeap<Reverse<(u64, u64)>>,
    scheduled: BTreeMap<u64, ScheduledEvent>,
    serial: u64,
    /// The requests, with their times and tabs.
    pub(crate) requests: Vec<(u64, usize, Request)>,
    pub(crate) events: u64,
    pub(crate) grants: u64,
    /// Callers for the healthy resource that got `CredentialError::Reconnecting`.
    pub(crate) reconnecting: u64,
    pub(crate) lost: bool,
    pub(crate) expired: u64,
    /// Refreshes that reached FusionAuth with a used or revoked refresh token.
    pub(crate) used_tokens: u64,
    /// Refusals of a refresh that reached a tab.
    pub(crate) refusals: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PendingOperation {
    pub(crate) tab: usize,
    pub(crate) load: u32,
    pub(crate) id: OperationId,
    pub(crate) sent: bool,
}

pub(crate) enum ScheduledEvent {
    RequestCredential(usize, u32),
    Refuse(usize, u32),
    /// A backend answers 401.
    Refused(usize, u32, RefusedRequest),
    Timer(usize, u32, u64),
    StorageEvent(usize, u32, Arc<SessionRecord>),
    GrantLock,
    LockWaitOver(PendingOperation),
    Arrives(Message),
    Answered(Message, Answer),
    Wakes(usize, u32),
    UserActs,
}

#[derive(Clone, Copy)]
pub(crate) struct Message {
    pub(crate) operation: PendingOperation,
    pub(crate) request: Request,
    pub(crate) cookies: CookieJar,
}

impl Simulation {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            plan,
            random: Random::new(plan.seed),
            now: 0,
            clock_ms: TRUE_CLOCK_MS as i64 + plan.shift_ms,
            jumped: false,
            quiet: false,
            tabs: (0..plan.tabs).map(|_| Tab::closed()).collect(),
            storage: Vec::new(),
            version: SessionVersion::default(),
            under_way: false,
            holder: None,
            waiting: Vec::new(),
            jar: CookieJar::default(),
            refresh_tokens: Vec::new(),
            agenda: BinaryHeap::new(),
            scheduled: BTreeMap::new(),
            serial: 0,
            requests: Vec::new(),
            events: 0,
            grants: 0,
            reconnecting: 0,
            lost: false,
            expired: 0,
            used_tokens: 0,
            refusals: 0,
        }
    }

    pub(crate) fn at(&mut self, after_ms: u64, event: ScheduledEvent) {
        self.serial += 1;
        self.agenda.push(Reverse((self.now + after_ms, self.serial)));
        self.scheduled.insert(self.serial, event);
    }

    /// Handles all events up to a time, in order.
    pub(crate) fn run_until(&mut self, end: u64) {
        while let Some(Reverse((at, serial))) = self.agenda.peek().copied().filter(|it| it.0.0 <= end) {
            self.agenda.pop();
            self.now = self.now.max(at);
            if let Some(event) = self.scheduled.remove(&serial) {
                self.handle(event);
            }
        }
        self.now = end;
    }

    /// The record that a tab reads from storage: mostly the newest, sometimes one from up to a third of a second before.
    pub(crate) fn record(&mut self, tab: usize) -> Option<Arc<SessionRecord>> {
        let lag = if self.random.one_in(10) { self.random.below(340) } else { 0 };
        let seen = |it: &&(u64, usize, Arc<SessionRecord>)| it.1 == tab || it.0 + lag <= self.now;
        self.storage.iter().rev().find(seen).map(|it| it.2.clone())
    }
}
