//! One tab with its machine, for the tests of this suite. By default it gets the lock at once and its storage works. Requests wait until
//! the test answers them.

pub(crate) mod short;

use fusionauth_api::{AccessToken, claims::Claims};
use fusionauth_session::{
    Attempt, CallerId, Config, Credential, CredentialError, CurrentUserAnswer, Effect, Event, IssuedToken, LockState, LoginFailure,
    LogoutAnswer, Notice, Now, OperationId, RefreshAnswer, RefusedRequest, Request, ResourceId, SessionRecord, SessionState, SessionToken,
    SessionVersion, SignInAnswer, SignInId, Stored, TokenStorage, TracedMachine, Tuning,
};
use std::{
    collections::{BTreeMap, VecDeque},
    mem::discriminant,
};

pub(crate) const STORE: &str = "10000000-0000-0000-0000-000000000001";
pub(crate) const FORUMS: &str = "10000000-0000-0000-0000-000000000002";

/// A resource of the application's backend.
pub(crate) const ORDERS: ResourceId = ResourceId(7);

pub(crate) struct Tab {
    pub(crate) machine: TracedMachine,
    pub(crate) now: Now,
    pub(crate) storage: Option<(SessionRecord, Option<Claims>)>,
    pub(crate) storage_works: bool,
    /// Whether storage can be read, but not written.
    pub(crate) storage_is_full: bool,
    pub(crate) lock: LockState,
    /// The session version that the last holder of the lock has left in IndexedDB.
    pub(crate) version: SessionVersion,
    /// The requests under way, oldest first.
    pub(crate) sent: VecDeque<(OperationId, Request)>,
    /// The number of requests of each kind that the tab has sent.
    pub(crate) refreshes: usize,
    pub(crate) logouts: usize,
    pub(crate) who_am_is: usize,
    pub(crate) settled: BTreeMap<u32, Result<Credential, CredentialError>>,
    pub(crate) signed_in: BTreeMap<u32, Result<(), LoginFailure>>,
    pub(crate) views: Vec<SessionState>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) timer: Option<u64>,
    pub(crate) held: Vec<OperationId>,
    /// Whether the lock is granted at once.
    pub(crate) lock_is_free: bool,
    pub(crate) wanted: Option<OperationId>,
    /// The session version that this tab has left for the next holder of the lock.
    pub(crate) left: Option<SessionVersion>,
    next_id: u32,
}

impl Tab {
    pub(crate) fn new() -> Self {
        Self::with(TokenStorage::LocalStorage)
    }

    pub(crate) fn with(token_storage: TokenStorage) -> Self {
        let machine = TracedMachine::new(Config { application_id: STORE.into(), token_storage, tuning: Tuning::DEFAULT });
        Self {
            machine,
            now: Now { wall_ms: 1_790_000_000_000, mono_ms: 1_000 },
            storage: None,
            storage_works: true,
            storage_is_full: false,
            lock: LockState::Held,
            version: SessionVersion::default(),
            sent: VecDeque::new(),
            refreshes: 0,
            logouts: 0,
            who_am_is: 0,
            settled: BTreeMap::new(),
            signed_in: BTreeMap::new(),
            views: Vec::new(),
            notices: Vec::new(),
            timer: None,
            held: Vec::new(),
            lock_is_free: true,
            wanted: None,
            left: None,
            next_id: 0,
        }
    }

    /// A page that has just been opened, with empty storage.
    pub(crate) fn open(token_storage: TokenStorage) -> Self {
        let mut tab = Self::with(token_storage);
        tab.boot();
        tab
    }

    /// A tab with a shopper who signed in just now, with a token of this lifetime.
    pub(crate) fn signed_in(lifetime_s: f64) -> Self {
        let mut tab = Self::open(TokenStorage::LocalStorage);
        tab.sign_in(token("shopper", STORE, lifetime_s, 0));
        tab
    }

    /// A tab with a shopper whose token has expired.
    pub(crate) fn expired() -> Self {
        let mut tab = Self::signed_in(300.0);
        tab.pass(400_000);
        tab
    }

    /// Another page load with the same storage.
    pub(crate) fn reloaded(&self) -> Self {
        self.reloaded_with(TokenStorage::LocalStorage)
    }

    pub(crate) fn reloaded_with(&self, token_storage: TokenStorage) -> Self {
        let mut tab = Self::with(token_storage);
        tab.now = Now { wall_ms: self.now.wall_ms, mono_ms: 5 };
        tab.storage = self.storage.clone();
        tab.boot();
        tab
    }

    pub(crate) fn stored(&self) -> Stored {
        match &self.storage {
            _ if !self.storage_works => Stored::Blocked,
            Some((record, claims)) => Stored::from_record(record.clone(), claims.clone()),
            None => Stored::Nothing,
        }
    }

    pub(crate) fn boot(&mut self) {
        self.event(Event::Started(self.stored()));
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        self.now.wall_ms += ms;
        self.now.mono_ms += ms;
    }

    /// Lets time pass, and fires the timer whenever it is due.
    pub(crate) fn wait(&mut self, ms: u64) {
        let end = self.now.mono_ms + ms;
        while let Some(at) = self.timer.filter(|it| *it <= end) {
            let step = at - self.now.mono_ms;
            self.pass(step);
            self.timer = None;
            self.event(Event::TimerFired);
        }
        let rest = end - self.now.mono_ms;
        self.pass(rest);
    }

    pub(crate) fn sign_in(&mut self, issued: IssuedToken) -> u32 {
        let id = self.id();
        self.event(Event::SignInRequested(SignInId(id)));
        let (operation, _) = self.sent.pop_back().expect("a sign-in request");
        self.event(Event::SignInAnswered(operation, SignInAnswer::Issued(issued), self.stored()));
        id
    }

    /// Signs out, and FusionAuth confirms the logout.
    pub(crate) fn sign_out(&mut self) {
        self.event(Event::SignOutRequested);
        self.answer_logout(LogoutAnswer::Done);
    }

    /// Adds a caller whose credential must be renewed, and answers the refresh with this token.
    pub(crate) fn renew(&mut self, serial: u32) {
        self.ask();
        self.answer_refresh(short::refreshed(serial));
    }

    /// Gives this tab the lock for which it waits.
    pub(crate) fn grant_lock(&mut self) {
        self.lock_is_free = true;
        if let Some(id) = self.wanted.take() {
            self.held.push(id);
            self.event(Event::Locked(id, self.lock, self.stored(), self.version));
        }
    }

    /// Adds a caller that asks for a credential. Returns its id.
    pub(crate) fn ask(&mut self) -> u32 {
        let id = self.id();
        self.event(Event::CredentialRequested(CallerId(id), self.stored()));
        id
    }

    /// Adds a caller whose token a backend has refused. Returns its id.
    pub(crate) fn refused(&mut self, grant: SessionToken) -> u32 {
        self.refused_by(ORDERS, Credential::Token(grant), Attempt::First)
    }

    pub(crate) fn refused_by(&mut self, resource: ResourceId, credential: Credential, attempt: Attempt) -> u32 {
        let id = self.id();
        self.event(Event::Unauthorized(CallerId(id), RefusedRequest { resource, credential, attempt }, self.stored()));
        id
    }

    pub(crate) fn answer_refresh(&mut self, answer: RefreshAnswer) {
        let (operation, request) = self.sent.pop_front().expect("a request under way");
        assert_eq!(request, Request::Refresh);
        self.event(Event::RefreshAnswered(operation, answer, self.stored()));
    }

    pub(crate) fn answer_who_am_i(&mut self, answer: CurrentUserAnswer) {
        let (operation, request) = self.sent.pop_front().expect("a request under way");
        assert_eq!(request, Request::CurrentUser);
        self.event(Event::CurrentUserAnswered(operation, answer, self.stored()));
    }

    pub(crate) fn answer_logout(&mut self, answer: LogoutAnswer) {
        let (operation, request) = self.sent.pop_front().expect("a request under way");
        assert_eq!(request, Request::Logout);
        self.event(Event::LogoutAnswered(operation, answer));
    }

    /// Gives this tab the other tab's record, with a storage event.
    pub(crate) fn hears_of(&mut self, other: &Self) {
        self.storage = other.storage.clone();
        self.event(Event::StorageChanged(self.stored(), self.stored()));
    }

    pub(crate) fn event(&mut self, event: Event) {
        let mut effects = self.step(event);
        while let Some(effect) = effects.pop_front() {
            let follow_up = match effect {
                Effect::Lock(id) if !self.lock_is_free => {
                    self.wanted = Some(id);
                    None
                }
                Effect::Lock(id) => {
                    self.held.push(id);
                    Some(Event::Locked(id, self.lock, self.stored(), self.version))
                }
                Effect::Unlock(id, version) => {
                    self.left = Some(version);
                    self.held.retain(|it| *it != id);
                    None
                }
                Effect::Send(id, request) => {
                    self.refreshes += usize::from(request == Request::Refresh);
                    self.logouts += usize::from(request == Request::Logout);
                    self.who_am_is += usize::from(request == Request::CurrentUser);
                    self.sent.push_back((id, request));
                    None
                }
                Effect::Store(_) if !self.storage_works || self.storage_is_full => Some(Event::StorageFailed),
                Effect::Store(record) => {
                    let claims = record.session.as_ref().and_then(|it| it.token.as_ref()).map(claims_of);
                    self.storage = Some((record, claims));
                    None
                }
                Effect::SetTimer(ms) => {
                    self.timer = Some(self.now.mono_ms + ms);
                    None
                }
                Effect::ClearTimer => {
                    self.timer = None;
                    None
                }
                Effect::Resolve(CallerId(id), settlement) => {
                    if let Ok(Credential::Token(grant)) = &settlement {
                        assert!(claims_of(&grant.token).lifetime_ms().is_none_or(|it| it > 0), "a token that had expired when it arrived");
                    }
                    assert!(self.settled.insert(id, settlement).is_none(), "caller {id} was settled twice");
                    None
                }
                Effect::ResolveSignIn(SignInId(id), outcome) => {
                    assert!(self.signed_in.insert(id, outcome).is_none(), "sign-in {id} was settled twice");
                    None
                }
                Effect::SetState(view) => {
                    self.views.push(view);
                    None
                }
                Effect::Notify(notice) => {
                    self.notices.push(notice);
                    None
                }
            };
            if let Some(event) = follow_up {
                effects.extend(self.step(event));
            }
        }
    }

    fn step(&mut self, event: Event) -> VecDeque<Effect> {
        let effects = self.machine.step(self.now, 0x8000_0000, event);
        let traced = &self.machine.trace().steps.back().unwrap().effects;
        let kinds = |effects: &[Effect]| effects.iter().map(discriminant).collect::<Vec<_>>();
        assert_eq!(kinds(&effects), kinds(traced), "the trace has other effects than the step");
        effects.into()
    }

    pub(crate) fn grant(&self, caller: u32) -> Option<SessionToken> {
        match self.settled.get(&caller) {
            Some(Ok(Credential::Token(grant))) => Some(grant.clone()),
            _ => None,
        }
    }

    /// The credential of a caller whose requests carry cookies instead of a token.
    pub(crate) fn granted_version(&self, caller: u32) -> Option<SessionVersion> {
        match self.settled.get(&caller) {
            Some(Ok(Credential::Cookie(version))) => Some(*version),
            _ => None,
        }
    }

    /// Adds a caller whose cookie a backend has refused. Returns its id.
    pub(crate) fn cookie_refused(&mut self, version: SessionVersion) -> u32 {
        self.refused_by(ORDERS, Credential::Cookie(version), Attempt::First)
    }

    /// Adds a caller, and another one after a backend has refused the first one's cookie. Returns the second one's id.
    pub(crate) fn ask_with_refused_cookie(&mut self) -> u32 {
        let caller = self.ask();
        self.cookie_refused(self.granted_version(caller).unwrap())
    }

    /// Adds a caller whose replay with a cookie a backend has refused, too.
    pub(crate) fn cookie_refused_again(&mut self, version: SessionVersion) -> u32 {
        self.refused_by(ORDERS, Credential::Cookie(version), Attempt::Replay)
    }

    /// Adds a caller whose replay with a token a backend has refused, too.
    pub(crate) fn refused_again(&mut self, grant: SessionToken) -> u32 {
        self.refused_by(ORDERS, Credential::Token(grant), Attempt::Replay)
    }

    /// Whether the caller gets the backend's 401.
    pub(crate) fn is_forbidden(&self, caller: u32) -> bool {
        matches!(self.settled.get(&caller), Some(Err(CredentialError::Forbidden)))
    }

    pub(crate) fn is_signed_out(&self, caller: u32) -> bool {
        matches!(self.settled.get(&caller), Some(Err(CredentialError::SignedOut)))
    }

    pub(crate) fn is_reconnecting(&self, caller: u32) -> bool {
        matches!(self.settled.get(&caller), Some(Err(CredentialError::Reconnecting)))
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }
}

/// An access token with its claims in its text, so that the tests can read a stored token's claims without a JSON parser.
pub(crate) fn token(sub: &str, aud: &str, lifetime_s: f64, serial: u32) -> IssuedToken {
    let token = AccessToken::new(format!("{sub}|{aud}|{lifetime_s}|{serial}"));
    IssuedToken { claims: claims_of(&token), token }
}

fn claims_of(token: &AccessToken) -> Claims {
    let parts: Vec<&str> = token.expose().split('|').collect();
    let lifetime: f64 = parts[2].parse().unwrap();
    Claims {
        sub: Some(parts[0].to_owned()).filter(|it| !it.is_empty()),
        aud: fusionauth_api::claims::Audience(vec![parts[1].to_owned()]),
        // The issuer's clock is years off, which must not matter.
        iat: Some(1_000.0),
        exp: Some(1_000.0 + lifetime),
        email: None,
    }
}
