//! The session state machine of one tab: its state, and `step`, which takes one event and returns effects.

use crate::{
    Attempt, CallerId, Config, Credential, CredentialError, Epoch, Event, ResourceId, SessionState, SessionVersion, SignOutReason, User,
    operation_queue::OperationQueue,
    pending_effects::PendingEffects,
    retry::{Retry, UnconfirmedRefusal},
    storage_lag::StorageLag,
    token::{Freshness, LiveToken, Now},
    unauthorized::ForbiddenResources,
};
use fusionauth_api::AccessToken;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One tab's session. The crate's documentation shows an example.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Machine {
    /// The configuration is shared, because a model checker copies machines many times.
    pub(crate) config: Arc<Config>,
    /// The time and the random number of the current event; both are zero between events.
    pub(crate) now: Now,
    pub(crate) chance: u32,
    pub(crate) visible: bool,
    /// The newest epoch that this tab knows of.
    pub(crate) epoch: Epoch,
    pub(crate) session: Option<LiveSession>,
    /// Whether the owner of the cookies is known. Used only if the tokens are in HttpOnly cookies.
    pub(crate) cookie_owner: CookieOwner,
    pub(crate) storage_lag: StorageLag,
    pub(crate) operations: OperationQueue,
    pub(crate) callers: Vec<Caller>,
    pub(crate) renewal: Renewal,
    pub(crate) logout: Logout,
    pub(crate) view: View,
    pub(crate) storage: Storage,
    pub(crate) timer_at: Option<u64>,
    #[serde(skip)]
    pub(crate) effects: PendingEffects,
}

/// The renewals of this tab.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Renewal {
    pub(crate) retry: Retry,
    pub(crate) unconfirmed_refusal: UnconfirmedRefusal,
    /// Whether the token must be renewed although no caller waits: a caller received it shortly before its expiry, or the
    /// page was resumed.
    pub(crate) in_background: bool,
    /// Whether this tab sent a refresh without `LockState::Held` and FusionAuth did not refuse it. The cookie of the answer may
    /// have arrived after another tab's logout, so this tab must send its own logout when the user signs out.
    pub(crate) answered_without_lock: bool,
}

/// The request that ends the session at FusionAuth.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Logout {
    pub(crate) pending: bool,
    pub(crate) retry: Retry,
}

/// What the user sees of the session.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) shown: SessionState,
    pub(crate) booted: bool,
    /// The monotonic time at which the view stops being `Loading` at the latest.
    pub(crate) loading_until: Option<u64>,
    /// Why the last session ended.
    pub(crate) ended: Option<SignOutReason>,
    /// Whether the last session ended while this page was open. Only then does the view say that the user signed out.
    pub(crate) ended_here: bool,
}

/// A session that has not ended.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LiveSession {
    pub(crate) user: User,
    pub(crate) generation: u32,
    pub(crate) access: HeldCredential,
    /// The machine forgets these resources with the session, because the next user may have other permissions.
    pub(crate) forbidden: ForbiddenResources,
}

impl LiveSession {
    pub(crate) fn new(user: User, generation: u32, access: HeldCredential) -> Self {
        Self { user, generation, access, forbidden: ForbiddenResources::default() }
    }
}

/// Whether the owner of the cookies is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum CookieOwner {
    /// The owner is known, or the tab need not know the owner, because script holds the token.
    Settled,
    /// The tab must ask the backend for the owner.
    Asking,
    /// The backend answered 401 or 404, so a renewal comes first.
    Stale,
    /// The tab must ask again after the renewal. A further 401 means that the renewal did not help; a 404 means that the
    /// cookies belong to another application.
    AskingAgain,
}

impl CookieOwner {
    pub(crate) fn is_asked(self) -> bool {
        matches!(self, Self::Asking | Self::AskingAgain)
    }
}

/// A caller that waits for a credential.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Caller {
    pub(crate) id: CallerId,
    pub(crate) deadline: u64,
    /// The attempt that a backend refused; also [`Attempt::First`] if the caller has not sent its request yet.
    pub(crate) attempt: Attempt,
}

impl Caller {
    /// The answer for this caller. After a refused replay it gets no further credential, because a request is sent twice at
    /// most.
    pub(crate) fn result(&self, result: &Result<Credential, CredentialError>) -> Result<Credential, CredentialError> {
        if result.is_ok() && self.attempt == Attempt::Replay { Err(CredentialError::Forbidden) } else { result.clone() }
    }
}

/// The credential that requests are sent with.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum HeldCredential {
    /// This tab has no usable token, for example because the record holds none; the session continues.
    Missing,
    Token(LiveToken),
    /// An HttpOnly cookie; only a 401 shows that it has expired.
    Cookie,
    CookieRefused,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Storage {
    Works,
    /// Storage is blocked or a write failed. With a bearer token, the user has got a notice.
    Fails,
}

impl Machine {
    /// A machine that waits for [`Event::Started`].
    pub fn new(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            now: Now::default(),
            chance: 0,
            visible: true,
            epoch: Epoch::default(),
            session: None,
            cookie_owner: CookieOwner::Settled,
            storage_lag: StorageLag::default(),
            operations: OperationQueue::default(),
            callers: Vec::new(),
            renewal: Renewal {
                retry: Retry::default(),
                unconfirmed_refusal: UnconfirmedRefusal::None,
                in_background: false,
                answered_without_lock: false,
            },
            logout: Logout { pending: false, retry: Retry::default() },
            view: View { shown: SessionState::Loading, booted: false, loading_until: None, ended: None, ended_here: false },
            storage: Storage::Works,
            timer_at: None,
            effects: PendingEffects::default(),
        }
    }

    /// The state to show to the user. It is [`SessionState::Loading`] before the first event.
    pub fn state(&self) -> &SessionState {
        &self.view.shown
    }

    /// The version of the session that this tab knows.
    pub fn version(&self) -> SessionVersion {
        let generation = self.session.as_ref().map_or(u32::from(!self.logout.pending), |it| it.generation);
        SessionVersion { epoch: self.epoch, generation }
    }

    /// The session's access token, even if it has expired; `None` if this tab has no token, for example because the
    /// tokens are in HttpOnly cookies.
    pub fn access_token(&self) -> Option<&AccessToken> {
        match &self.session.as_ref()?.access {
            HeldCredential::Token(it) => Some(&it.token),
            HeldCredential::Missing | HeldCredential::Cookie | HeldCredential::CookieRefused => None,
        }
    }

    /// Whether this resource is known to refuse the session's valid credentials.
    pub fn is_forbidden(&self, resource: ResourceId) -> bool {
        self.session.as_ref().is_some_and(|it| it.forbidden.contains(resource))
    }

    /// Processes one event. `chance` is a random number that differs between tabs; it spreads retries over time and
    /// distinguishes epochs with the same number.
    pub fn step(&mut self, now: Now, chance: u32, event: Event) -> Vec<crate::Effect> {
        (self.now, self.chance) = (now, chance);
        match event {
            Event::Started(stored) => self.boot(stored),
            Event::StartedAfterClose(stored) => {
                self.boot(stored);
                self.sign_out();
                self.view.ended = Some(SignOutReason::Expired);
            }
            Event::CredentialRequested(caller, stored) => self.credential_requested(caller, stored),
            Event::Unauthorized(caller, refused, stored) => self.unauthorized(caller, &refused, stored),
            Event::Authorized(resource) => self.authorized(resource),
            Event::CallerDropped(caller) => self.caller_dropped(caller),
            Event::SignInRequested(id) => self.sign_in_requested(id),
            Event::SignOutRequested => self.sign_out(),
            Event::Locked(id, lock, stored, version) => self.locked(id, lock, stored, version),
            Event::SignInAnswered(id, answer, stored) => self.sign_in_answered(id, answer, stored),
            Event::RefreshAnswered(id, answer, stored) => self.refresh_answered(id, answer, stored),
            Event::CurrentUserAnswered(id, answer, stored) => self.current_user_answered(id, answer, stored),
            Event::LogoutAnswered(id, answer) => self.logout_answered(id, answer),
            Event::StorageChanged(heard, stored) => self.storage_changed(heard, stored),
            Event::StorageFailed => self.storage_failed(),
            Event::TimerFired => self.timer_at = None,
            Event::Resumed(stored) => self.resumed(stored),
            Event::Hidden => self.visible = false,
        }
        self.resolve_callers();
        self.start_operations();
        self.show();
        self.set_timer();
        (self.now, self.chance) = (Now::default(), 0);
        self.effects.take(self.version().max(self.storage_lag.newest))
    }

    fn boot(&mut self, stored: crate::Stored) {
        self.view.booted = true;
        self.adopt(stored);
        if !self.config.token_storage.is_bearer() && !self.logout.pending {
            self.cookie_owner = CookieOwner::Asking;
        }
        // If nothing is pending, `resolve_callers` ends `Loading` in this same step.
        self.view.loading_until = Some(self.now.after(self.config.tuning.caller_timeout_ms));
    }

    fn caller_dropped(&mut self, caller: CallerId) {
        self.callers.retain(|it| it.id != caller);
    }

    fn resumed(&mut self, stored: crate::Stored) {
        self.visible = true;
        self.adopt(stored);
        // The page may have been frozen. Another tab may have renewed or signed out since, even if this tab held the lock.
        self.operations.distrust_lock();
        if self.freshness() != Freshness::Fresh {
            self.renewal.in_background = true;
            self.renewal.retry.skip_backoff(self.now);
        }
        self.logout.retry.skip_backoff(self.now);
    }

    pub(crate) fn freshness(&self) -> Freshness {
        match self.session.as_ref().map(|it| &it.access) {
            Some(HeldCredential::Token(token)) => token.freshness(&self.config.tuning, self.now),
            Some(HeldCredential::Cookie) => Freshness::Fresh,
            Some(HeldCredential::Missing | HeldCredential::CookieRefused) | None => Freshness::Unusable,
        }
    }

    /// Gives this answer to all waiting callers, and forgets them.
    pub(crate) fn resolve_all_callers(&mut self, result: &Result<Credential, CredentialError>) {
        let Self { callers, effects, .. } = self;
        callers.iter().for_each(|it| effects.resolve(it.id, it.result(result)));
        callers.clear();
    }
}
