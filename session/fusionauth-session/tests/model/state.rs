//! One state of the model: the tabs of a browser, its cookie jar, its local storage (reads may lag), its lock manager, FusionAuth, and the
//! messages between them; and the actions that lead from one state to the next.
//!
//! Each tab has a session machine. An epoch is one sign-in or sign-out, and the higher number is the newer. A generation counts the
//! renewals within an epoch. A session version is both.

use crate::{
    early::{EarlySignIn, ExpectedLock, is_early},
    early_data::EarlyData,
    properties::Property,
    server::Server,
    setup::Budget,
};
use fusionauth_api::{
    AccessToken,
    claims::{Audience, Claims},
};
use fusionauth_session::{
    Credential, Epoch, Event, IssuedToken, Machine, Now, OperationId, Request, ResourceId, SessionRecord, SessionVersion, Stored,
};
use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    sync::Arc,
};

/// This application and the sibling that shares FusionAuth's cookie.
pub(crate) const OURS: u8 = 0;
pub(crate) const SIBLING: u8 = 1;
/// A resource that accepts every valid credential, and one that answers 401 to all of them.
pub(crate) const HEALTHY: ResourceId = ResourceId(0);
pub(crate) const FORBIDDEN: ResourceId = ResourceId(1);
/// How long an access token lives, in milliseconds of the model.
pub(crate) const LIFETIME_MS: u64 = 1_000;

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct ModelState {
    pub(crate) now: u64,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) storage: Option<Arc<SessionRecord>>,
    /// The previous record in `storage`. A tab that lags still reads it.
    pub(crate) before: Option<Arc<SessionRecord>>,
    /// The session version that the last holder of the lock has left in IndexedDB for the next one.
    pub(crate) version: SessionVersion,
    /// Whether IndexedDB notes that a request is under way.
    pub(crate) under_way: bool,
    /// The operation that holds the lock.
    pub(crate) holder: Option<PendingOperation>,
    /// The operations that wait for the lock.
    pub(crate) queue: Vec<PendingOperation>,
    pub(crate) jar: CookieJar,
    pub(crate) server: Server,
    /// The messages under way.
    pub(crate) net: Vec<Message>,
    /// The number of times that each action may still happen.
    pub(crate) budget: Budget,
    pub(crate) history: History,
    /// The first property that broke.
    pub(crate) broken: Option<Property>,
    /// The only property to check; `None` checks all of them.
    pub(crate) watched: Option<Property>,
}

impl ModelState {
    pub(crate) fn note(&mut self, property: Property) {
        if self.broken.is_none() && self.watched.is_none_or(|it| it == property) {
            self.broken = Some(property);
        }
    }
}

/// Past events on which a property depends.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct History {
    /// The epoch of each sign-in, and its user.
    pub(crate) sign_ins: Vec<(Epoch, u8)>,
    /// Every epoch that was ever written.
    pub(crate) epochs: BTreeSet<Epoch>,
    /// The newest sign-out that was shown.
    pub(crate) signed_out: Epoch,
    /// A wait for the lock timed out, or the browser has no locks.
    pub(crate) unlocked: bool,
    /// A tab closed with a request under way.
    pub(crate) orphaned: bool,
    /// An answer was lost after the server had acted.
    pub(crate) lost: bool,
    /// The answer to a sign-in was lost after the server had acted.
    pub(crate) sign_in_lost: bool,
    /// A request failed in any way.
    pub(crate) failed: bool,
    /// Storage failed in some tab.
    pub(crate) storage_failed: bool,
    /// The newest access token that was written to storage: its epoch, and when it was issued.
    pub(crate) newest: Option<(Epoch, u64)>,
    /// A backend refused a token.
    pub(crate) rejected: bool,
    /// The forbidden resource has answered.
    pub(crate) forbidden: bool,
    /// Site data was cleared.
    pub(crate) cleared: bool,
    /// The epoch of each end of a session, in their order.
    pub(crate) sign_outs: Vec<Epoch>,
    /// For each sign-in, how many sessions had ended when the user requested it.
    pub(crate) sign_ins_after: Vec<usize>,
}

/// The browser's cookies: the serial number of the refresh token, and the access token where that is a cookie, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct CookieJar {
    pub(crate) refresh: Option<u8>,
    pub(crate) access: Option<AccessCookie>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AccessCookie {
    pub(crate) user: u8,
    pub(crate) app: u8,
    pub(crate) issued_at: u64,
}

impl AccessCookie {
    pub(crate) fn is_over(self, now: u64) -> bool {
        now >= self.issued_at + LIFETIME_MS
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Tab {
    /// Counts page loads.
    pub(crate) load: u8,
    /// `None` while the tab is closed, or before its application has started.
    pub(crate) machine: Option<Machine>,
    pub(crate) frozen: bool,
    /// The tab runs in the background.
    pub(crate) hidden: bool,
    /// The tab's next read of storage may return the previous record.
    pub(crate) lags: bool,
    /// The tab got the lock for its request, and has been awake since then.
    pub(crate) trusts_its_lock: bool,
    /// Storage events that have not arrived yet.
    pub(crate) events: VecDeque<Option<Arc<SessionRecord>>>,
    pub(crate) timer: Option<u64>,
    pub(crate) callers: Vec<Caller>,
    /// The number of callers so far, and so the id of the last one.
    pub(crate) asked: u32,
    /// Whether the user has got the notice about storage.
    pub(crate) told: bool,
    /// The epoch in which the forbidden resource has refused a replay of this tab.
    pub(crate) outlived: Option<Epoch>,
    /// How many sessions had ended when the user requested a sign-in here.
    pub(crate) sign_outs_before: usize,
    /// The record that the broken machine `UnlocksBeforeStoring` has still to write.
    pub(crate) unwritten: Option<Arc<SessionRecord>>,
    /// A sign-in that the early script has sent and the machine has not taken over.
    pub(crate) early: Option<EarlySignIn>,
    /// The lock that the early script has taken for a user who types, until a sign-in or the machine takes it over.
    pub(crate) expected: Option<ExpectedLock>,
    /// The user in a form that was submitted before the machine had started. The app submits the form again.
    pub(crate) held: Option<u8>,
    /// The data that the page shows, or is about to show, before the application does.
    pub(crate) data: Option<EarlyData>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    pub(crate) id: u32,
    pub(crate) state: CallerState,
    pub(crate) resource: ResourceId,
    /// The user who was signed in when the caller asked first.
    pub(crate) user: Option<u8>,
    /// How often a backend has refused its request: at most twice.
    pub(crate) refusals: u8,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum CallerState {
    Waiting,
    Holding(Credential),
}

/// An operation of a page load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PendingOperation {
    pub(crate) tab: usize,
    pub(crate) load: u8,
    pub(crate) id: OperationId,
    pub(crate) sent: bool,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Message {
    pub(crate) operation: PendingOperation,
    pub(crate) request: Request,
    /// The tab's epoch when it sent the request.
    pub(crate) epoch: Epoch,
    /// The user, if this is a sign-in.
    pub(crate) user: u8,
    /// The cookies of the request.
    pub(crate) cookies: CookieJar,
    pub(crate) answer: Option<Answer>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    pub(crate) content: AnswerContent,
    /// The browser's cookies after this answer, if it changes them.
    pub(crate) jar: Option<CookieJar>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum AnswerContent {
    Token { user: u8, app: u8 },
    Known { user: u8 },
    Nobody,
    Expired,
    Refused,
    Done,
    Busy,
}

impl ModelState {
    pub(crate) fn now(&self) -> Now {
        Now { wall_ms: 1_000_000 + self.now, mono_ms: self.now }
    }

    /// The content of storage as a tab reads it.
    pub(crate) fn stored(&self, tab: usize, stale: bool) -> Stored {
        if self.budget.storage_is_blocked(tab) {
            return Stored::Blocked;
        }
        Self::read(if stale { &self.before } else { &self.storage }.as_deref())
    }

    pub(crate) fn read(record: Option<&SessionRecord>) -> Stored {
        let Some(record) = record else { return Stored::Nothing };
        let claims = record.session.as_ref().and_then(|it| it.token.as_ref()).map(claims_of);
        Stored::from_record(record.clone(), claims)
    }

    pub(crate) fn is_orphan(&self, message: &Message) -> bool {
        let tab = &self.tabs[message.operation.tab];
        if tab.early.is_some() && is_early(message, message.operation.tab) && tab.load == message.operation.load {
            return false;
        }
        tab.load != message.operation.load || tab.machine.is_none()
    }

    /// Whether the browser holds a refresh token of our application that FusionAuth would accept.
    pub(crate) fn holds_live_cookie(&self) -> bool {
        self.jar.refresh.is_some_and(|it| self.server.is_live(it) && self.server.app(it) == OURS)
    }

    /// Whether a backend would accept the access token in the browser's cookie.
    pub(crate) fn holds_good_access(&self) -> bool {
        self.jar.access.is_some_and(|it| it.app == OURS && !it.is_over(self.now))
    }
}

impl Tab {
    pub(crate) fn is_awake(&self) -> bool {
        self.machine.is_some() && !self.frozen
    }
}

/// An access token whose text is its user, its application and its time of receipt. Its life counts from the receipt.
pub(crate) fn issued(user: u8, app: u8, received_at: u64) -> IssuedToken {
    let token = AccessToken::new(format!("{user}.{app}.{received_at}"));
    IssuedToken { claims: claims_of(&token), token }
}

pub(crate) fn parts(token: &AccessToken) -> (u8, u8, u64) {
    let mut parts = token.expose().split('.').map(|it| it.parse::<u64>().unwrap());
    let mut next = || parts.next().unwrap();
    (next() as u8, next() as u8, next())
}

fn claims_of(token: &AccessToken) -> Claims {
    let (user, app, _) = parts(token);
    Claims {
        sub: Some(name(user)),
        aud: Audience(vec![app.to_string()]),
        iat: Some(0.0),
        exp: Some(LIFETIME_MS as f64 / 1_000.0),
        email: None,
    }
}

pub(crate) fn name(user: u8) -> String {
    user.to_string()
}

/// Everything that can happen next. `stale` means that the tab reads the previous record from storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    RequestCredential {
        tab: usize,
        stale: bool,
    },
    RequestForbidden {
        tab: usize,
        stale: bool,
    },
    /// The forbidden resource answers.
    Forbid {
        tab: usize,
        stale: bool,
    },
    /// A caller sends its request with the cookies, and the backend answers.
    Call {
        tab: usize,
        stale: bool,
    },
    /// A backend answers 401 to a valid credential.
    Refuse {
        tab: usize,
        stale: bool,
    },
    DropCaller {
        tab: usize,
    },
    SignIn {
        tab: usize,
        user: u8,
    },
    SignOut {
        tab: usize,
    },
    DeliverStorageEvent {
        tab: usize,
        stale: bool,
    },
    GrantLock {
        tab: usize,
        stale: bool,
    },
    LockTimeout {
        tab: usize,
    },
    Freeze {
        tab: usize,
    },
    Thaw {
        tab: usize,
    },
    Focus {
        tab: usize,
    },
    Hide {
        tab: usize,
    },
    /// The broken machine `UnlocksBeforeStoring` writes its record.
    WriteLate {
        tab: usize,
    },
    Close {
        tab: usize,
    },
    Open {
        tab: usize,
        stale: bool,
    },
    /// The user begins to type, and the early script takes the lock.
    Expect {
        tab: usize,
        stale: bool,
    },
    /// The early script frees the lock.
    GiveBack {
        tab: usize,
    },
    /// The user submits the form, and the early script sends the sign-in before the machine does.
    SubmitEarly {
        tab: usize,
        user: u8,
        stale: bool,
    },
    /// The app submits a form that the user submitted before the machine started.
    SubmitHeld {
        tab: usize,
        user: u8,
    },
    DropEarly {
        tab: usize,
    },
    /// The early script requests the page's data with the stored token.
    AskForData {
        tab: usize,
    },
    /// The data arrive, and the page shows them.
    ShowData {
        tab: usize,
    },
    FireTimer {
        tab: usize,
    },
    BlockStorage {
        tab: usize,
    },
    /// FusionAuth answers a request.
    Serve {
        message: usize,
    },
    /// FusionAuth answers that it is busy.
    AnswerBusy {
        message: usize,
    },
    Deliver {
        message: usize,
        stale: bool,
    },
    /// A request is lost before FusionAuth gets it.
    LoseBefore {
        message: usize,
    },
    /// An answer is lost after FusionAuth has acted.
    LoseAfter {
        message: usize,
    },
    /// The cookies of an answer arrive, but its body does not.
    Cut {
        message: usize,
    },
    /// All access tokens expire.
    Expire,
    /// All access tokens come near their expiry.
    Age,
    /// The user clears site data, without the cookies of FusionAuth's host.
    Clear,
    /// The record gets a token of the sibling application.
    MixUp,
    /// A user signs in at the sibling application, which overwrites our cookies.
    Sibling,
    /// FusionAuth revokes the refresh token in the cookie.
    Revoke,
}

/// Prints only the parts that a reader of a trace needs.
impl fmt::Debug for ModelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "now {} jar {:?} server {:?} broken {:?}", self.now, self.jar, self.server, self.broken)?;
        write!(f, " storage {:?} lock {:?} queue {:?}", self.storage.as_ref().map(|it| it.version()), self.holder, self.queue)?;
        for (at, tab) in self.tabs.iter().enumerate() {
            let seen = tab.machine.as_ref().map(|it| (it.state(), it.version()));
            write!(f, "\n    tab {at}: {seen:?} frozen {} lags {} callers {}", tab.frozen, tab.lags, tab.callers.len())?;
        }
        Ok(())
    }
}

/// The event in a tab whose request gets no answer.
pub(crate) fn no_answer(id: OperationId, request: Request, stored: Stored) -> Event {
    use fusionauth_session::{CurrentUserAnswer, LoginFailure, LogoutAnswer, RefreshAnswer, SignInAnswer};
    match request {
        Request::SignIn(_) => Event::SignInAnswered(id, SignInAnswer::Failed(LoginFailure::NoAnswer), stored),
        Request::Logout => Event::LogoutAnswered(id, LogoutAnswer::Failed),
        Request::Refresh => Event::RefreshAnswered(id, RefreshAnswer::NoAnswer, stored),
        Request::CurrentUser => {
            Event::CurrentUserAnswered(id, CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None }, stored)
        }
    }
}
