//! The bounds of a run: how many tabs there are, how FusionAuth is set up, and how often each action may happen.

use crate::{
    broken_machine::BrokenMachine,
    properties::Property,
    server::{Server, Usage},
    state::{CookieJar, History, ModelState, OURS, Tab},
};
use fusionauth_session::{Config, Machine, SessionVersion, TokenStorage, Tuning};
use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) tabs: usize,
    pub(crate) token_storage: TokenStorage,
    pub(crate) usage: Usage,
    /// Whether the browser has locks across tabs.
    pub(crate) locks: bool,
    /// Whether the browser has IndexedDB, which keeps the session version for the next holder of the lock.
    pub(crate) ordering: bool,
    /// Whether a tab may read the previous record after another tab has written.
    pub(crate) lag: bool,
    /// Whether FusionAuth also puts the access token into the body when cookies carry it.
    pub(crate) token_in_body: bool,
    /// How long before its expiry a token is renewed in the background.
    pub(crate) renew_soon_ms: u64,
    /// The rate limit of renewals: the interval, and how far renewals may be ahead of it.
    pub(crate) pace_ms: (u64, u64),
    pub(crate) begin: Begin,
    pub(crate) budget: Budget,
    pub(crate) broken_machine: Option<BrokenMachine>,
    /// The run checks L1-L4 in one of this many states.
    pub(crate) liveness_sample: u64,
    /// The number of actions after which the run ends.
    pub(crate) depth: usize,
    /// The only property to check; `None` checks all of them.
    pub(crate) watched: Option<Property>,
}

/// Where a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// All tabs are open, and nothing is under way. There are two initial states, with and without a signed-in user.
    AtRest,
    /// All tabs are just opening: on a first visit, or after the browser was closed with a signed-in user.
    WithAVisit,
    /// Like `WithAVisit`, but the browser has purged storage, so that only the cookies of the signed-in user are left.
    WithoutARecord,
    /// Like `WithAVisit`, but the sign-in had to end when the browser was closed.
    AfterTheBrowserClosed,
    /// Like `AtRest`, with one tab still closed.
    BeforeATabOpens,
}

/// How often each action may happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    /// Requests for a credential.
    pub(crate) wants: u8,
    /// Requests for the resource that always answers 401.
    pub(crate) forbidden: u8,
    /// Answers 401 to a valid credential.
    pub(crate) refusals: u8,
    /// Callers that go away while they wait.
    pub(crate) drops: u8,
    pub(crate) sign_ins: u8,
    /// Sign-ins while a user is signed in already.
    pub(crate) switches: u8,
    /// Different users who may sign in.
    pub(crate) users: u8,
    pub(crate) sign_outs: u8,
    /// Times that all access tokens expire.
    pub(crate) expiries: u8,
    /// Times that all access tokens come near their expiry.
    pub(crate) ages: u8,
    /// Timers that fire.
    pub(crate) fires: u8,
    /// Requests that fail in any way.
    pub(crate) faults: u8,
    pub(crate) closes: u8,
    pub(crate) freezes: u8,
    pub(crate) focuses: u8,
    /// Tabs that become hidden.
    pub(crate) hides: u8,
    /// Times that site data is cleared, without the cookies of FusionAuth's host.
    pub(crate) clears: u8,
    /// Times that a token of the sibling application is in the record.
    pub(crate) mix_ups: u8,
    pub(crate) lock_timeouts: u8,
    /// Sign-ins at the sibling application, which overwrite our cookies.
    pub(crate) siblings: u8,
    pub(crate) revocations: u8,
    /// Tabs in which storage begins to fail.
    pub(crate) blocks: u8,
    /// Forms that the early script sends.
    pub(crate) early: u8,
    /// Times that a user begins to type.
    pub(crate) expects: u8,
    /// Pages that show data before their machine starts.
    pub(crate) data: u8,
    /// The tabs with blocked storage, one bit each.
    pub(crate) blocked: u8,
}

impl Budget {
    pub(crate) const NONE: Self = Self {
        wants: 0,
        forbidden: 0,
        refusals: 0,
        drops: 0,
        sign_ins: 0,
        switches: 0,
        users: 1,
        sign_outs: 0,
        expiries: 0,
        ages: 0,
        fires: 0,
        faults: 0,
        closes: 0,
        freezes: 0,
        focuses: 0,
        hides: 0,
        clears: 0,
        mix_ups: 0,
        lock_timeouts: 0,
        siblings: 0,
        revocations: 0,
        blocks: 0,
        early: 0,
        expects: 0,
        data: 0,
        blocked: 0,
    };

    pub(crate) fn storage_is_blocked(&self, tab: usize) -> bool {
        self.blocked >> tab & 1 == 1
    }
    pub(crate) fn block_storage(&mut self, tab: usize) {
        self.blocked |= 1 << tab;
    }
}

impl Setup {
    pub(crate) fn machine(&self) -> Machine {
        let tuning = Tuning {
            renew_soon_ms: self.renew_soon_ms,
            unusable_ms: 0,
            caller_timeout_ms: 100,
            quick_retries_ms: [2, 2],
            backoff_ms: 2,
            backoff_max_ms: 2,
            busy_ms: 2,
            retry_after_max_ms: 2,
            breaker_interval_ms: self.pace_ms.0,
            breaker_burst_ms: self.pace_ms.1,
            catch_up_ms: [1, 1, 1],
        };
        let token_storage = self.broken_machine.map_or(self.token_storage, |it| it.token_storage(self.token_storage));
        Machine::new(Config { application_id: OURS.to_string(), token_storage, tuning })
    }

    /// The state before any tab is open.
    pub(crate) fn initial_state(&self) -> ModelState {
        let tab = Tab {
            load: 0,
            machine: None,
            frozen: false,
            hidden: false,
            lags: false,
            trusts_its_lock: false,
            events: VecDeque::new(),
            timer: None,
            callers: Vec::new(),
            asked: 0,
            told: false,
            outlived: None,
            sign_outs_before: 0,
            unwritten: None,
            early: None,
            expected: None,
            held: None,
            data: None,
        };
        ModelState {
            now: 0,
            tabs: vec![tab; self.tabs],
            storage: None,
            before: None,
            version: SessionVersion::default(),
            under_way: false,
            holder: None,
            queue: Vec::new(),
            jar: CookieJar::default(),
            server: Server::new(self.usage, self.token_storage),
            net: Vec::new(),
            budget: self.budget.clone(),
            history: History { unlocked: !self.locks, ..History::default() },
            broken: None,
            watched: self.watched,
        }
    }
}
