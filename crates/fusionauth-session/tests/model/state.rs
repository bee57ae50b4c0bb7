//! One state of the model: the tabs of a browser, its cookie jar, its local storage (reads may lag), its lock manager, FusionAuth, and the
//! messages between them; and the actions that lead from one state to the next.

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
/// A resource that takes every good credential, and one that answers 401 to all of them.
pub(crate) const HEALTHY: ResourceId = ResourceId(0);
pub(crate) const FORBIDDEN: ResourceId = ResourceId(1);
/// How long an access token lives, in milliseconds of the model.
pub(crate) const LIFETIME_MS: u64 = 1_000;

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct ModelState {
    pub(crate) now: u64,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) storage: Option<Arc<SessionRecord>>,
    /// What storage held before: who lags still sees it.
    pub(crate) before: Option<Arc<SessionRecord>>,
    pub(crate) version: SessionVersion,
    pub(crate) under_way: bool,
    pub(crate) holder: Option<PendingOperation>,
    pub(crate) queue: Vec<PendingOperation>,
    pub(crate) jar: CookieJar,
    pub(crate) server: Server,
    pub(crate) net: Vec<Message>,
    pub(crate) budget: Budget,
    pub(crate) history: History,
    pub(crate) broken: Option<Property>,
    /// The only property to check. `None`: all of them.
    pub(crate) watched: Option<Property>,
}

impl ModelState {
    pub(crate) fn note(&mut self, property: Property) {
        if self.broken.is_none() && self.watched.is_none_or(|it| it == property) {
            self.broken = Some(property);
        }
    }
}

/// What happened so far, as far as a property depends on it.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct History {
    /// The epoch of each sign-in, and its user.
    pub(crate) sign_ins: Vec<(Epoch, u8)>,
    /// Every epoch that was ever written.
    pub(crate) epochs: BTreeSet<Epoch>,
    /// The newest sign-out that was shown.
    pub(crate) signed_out: Epoch,
    /// A lock was not waited for to its end, or there are none.
    pub(crate) unlocked: bool,
    /// A tab died with a request under way.
    pub(crate) orphaned: bool,
    /// An answer was lost after the server had acted.
    pub(crate) lost: bool,
    /// The same, for a sign-in.
    pub(crate) sign_in_lost: bool,
    /// A request failed in any way.
    pub(crate) failed: bool,
    /// Storage failed in some tab.
    pub(crate) storage_failed: bool,
    /// The newest access token that is in storage for everybody: when it was issued, and for which epoch.
    pub(crate) newest: Option<(Epoch, u64)>,
    /// A backend refused a token.
    pub(crate) rejected: bool,
    /// The forbidden resource has answered.
    pub(crate) forbidden: bool,
    /// Site data was cleared.
    pub(crate) cleared: bool,
    /// The epoch of each end of a session, in their order.
    pub(crate) sign_outs: Vec<Epoch>,
    /// How many of them there were when each sign-in was asked for.
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
    /// Nothing while it is closed.
    pub(crate) machine: Option<Machine>,
    pub(crate) frozen: bool,
    /// It runs, and nobody looks at it.
    pub(crate) hidden: bool,
    /// Its next look into storage may show what was there before.
    pub(crate) lags: bool,
    /// Its request was sent under the lock, and the tab was awake since.
    pub(crate) trusts_its_lock: bool,
    /// Storage events that have not arrived yet.
    pub(crate) events: VecDeque<Option<Arc<SessionRecord>>>,
    pub(crate) timer: Option<u64>,
    pub(crate) callers: Vec<Caller>,
    pub(crate) asked: u32,
    pub(crate) told: bool,
    /// The sign-in under which the forbidden resource has refused a replay here.
    pub(crate) outlived: Option<Epoch>,
    /// How many sessions had ended when somebody asked to sign in here.
    pub(crate) sign_outs_before: usize,
    /// What a tab that frees the lock too early has still to write.
    pub(crate) unwritten: Option<Arc<SessionRecord>>,
    /// A sign-in that the early script has sent and the machine has not taken over.
    pub(crate) early: Option<EarlySignIn>,
    /// The lock that the early script has taken for somebody who types, while neither a sign-in nor the machine has it.
    pub(crate) expected: Option<ExpectedLock>,
    /// The user who has submitted the form before the machine was there; the app submits it again.
    pub(crate) held: Option<u8>,
    /// What the page shows, or is about to show, before the application does.
    pub(crate) data: Option<EarlyData>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    pub(crate) id: u32,
    pub(crate) state: CallerState,
    pub(crate) resource: ResourceId,
    /// Whom it asked as first.
    pub(crate) user: Option<u8>,
    /// How often it was refused; twice is the most.
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
    /// What its tab knew when it was sent.
    pub(crate) epoch: Epoch,
    /// Who signs in.
    pub(crate) user: u8,
    /// What went out with the request.
    pub(crate) cookies: CookieJar,
    pub(crate) answer: Option<Answer>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    pub(crate) content: AnswerContent,
    /// What the answer makes of the jar.
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

    /// What a tab sees in storage.
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

    /// The browser holds a refresh token of ours that FusionAuth would take.
    pub(crate) fn holds_live_cookie(&self) -> bool {
        self.jar.refresh.is_some_and(|it| self.server.is_live(it) && self.server.app(it) == OURS)
    }

    /// A backend would take the access token that the browser sends by itself.
    pub(crate) fn holds_good_access(&self) -> bool {
        self.jar.access.is_some_and(|it| it.app == OURS && !it.is_over(self.now))
    }
}

impl Tab {
    pub(crate) fn is_awake(&self) -> bool {
        self.machine.is_some() && !self.frozen
    }
}

/// A token that spells out its claims, and when it was received: its life is counted from there.
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

/// Everything that can happen next.
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
    /// A caller sends its request; the cookies decide what comes of it.
    Call {
        tab: usize,
        stale: bool,
    },
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
    /// A tab that freed the lock too early writes at last.
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
    /// Somebody begins to type, and the early script takes the lock.
    Expect {
        tab: usize,
        stale: bool,
    },
    /// The early script gives the lock back.
    GiveBack {
        tab: usize,
    },
    /// The form is submitted, and the early script sends it before the machine asks for that or is there.
    SubmitEarly {
        tab: usize,
        user: u8,
        stale: bool,
    },
    /// The app submits the form that was submitted before.
    SubmitHeld {
        tab: usize,
        user: u8,
    },
    DropEarly {
        tab: usize,
    },
    /// The early script asks for the page's data with the stored token.
    AskForData {
        tab: usize,
    },
    /// The data are there, and the page shows them.
    ShowData {
        tab: usize,
    },
    FireTimer {
        tab: usize,
    },
    BlockStorage {
        tab: usize,
    },
    Serve {
        message: usize,
    },
    AnswerBusy {
        message: usize,
    },
    Deliver {
        message: usize,
        stale: bool,
    },
    LoseBefore {
        message: usize,
    },
    LoseAfter {
        message: usize,
    },
    Cut {
        message: usize,
    },
    Expire,
    Age,
    Clear,
    MixUp,
    Sibling,
    Revoke,
}

/// Only what a reader of a trace needs.
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

/// The event that an answer means to its tab.
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
