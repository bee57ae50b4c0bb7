use crate::{
    CallerId, Config, Credential, CredentialError, Epoch, Event, SessionState, SessionVersion, SignOutReason, User,
    callers::Caller,
    cookie_owner::CookieOwner,
    operation_queue::OperationQueue,
    pending_effects::PendingEffects,
    refresh::{Retry, UnconfirmedRefusal},
    storage_lag::StorageLag,
    token::{Freshness, LiveToken, Now},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One tab's session. See the crate's documentation.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Machine {
    /// Shared: whoever explores many states copies machines.
    pub(crate) config: Arc<Config>,
    /// Time and chance of the current event; nothing between events.
    pub(crate) now: Now,
    pub(crate) chance: u32,
    pub(crate) booted: bool,
    pub(crate) visible: bool,
    /// The newest epoch that this tab knows of.
    pub(crate) epoch: Epoch,
    pub(crate) session: Option<Live>,
    /// Only with cookies that nobody here can read: whether it is known whose they are.
    pub(crate) cookie_owner: CookieOwner,
    /// Why the last session ended.
    pub(crate) ended: Option<SignOutReason>,
    /// The last session ended while this page was open, so a sign-out is worth telling.
    pub(crate) ended_here: bool,
    pub(crate) logout_pending: bool,
    /// An answer came without the lock, so another tab's logout may not have known of its cookie. Only this tab's own
    /// logout settles that.
    pub(crate) answered_without_lock: bool,
    pub(crate) storage_lag: StorageLag,
    pub(crate) operations: OperationQueue,
    pub(crate) callers: Vec<Caller>,
    /// Until when the view may be *loading*, by the monotonic clock.
    pub(crate) loading_until: Option<u64>,
    /// A caller was given a token near its end: renew it meanwhile.
    pub(crate) renew_in_background: bool,
    pub(crate) unconfirmed_refusal: UnconfirmedRefusal,
    pub(crate) refresh_retry: Retry,
    pub(crate) logout_retry: Retry,
    pub(crate) storage: Storage,
    pub(crate) timer_at: Option<u64>,
    pub(crate) shown: SessionState,
    #[serde(skip)]
    pub(crate) effects: PendingEffects,
}

/// A session that is alive.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Live {
    pub(crate) user: User,
    pub(crate) generation: u32,
    pub(crate) access: Access,
}

/// What requests go out with.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Access {
    /// Storage lost the token but not the session.
    Missing,
    Token(LiveToken),
    /// A cookie that nobody here can read; only a 401 tells its age.
    Cookie,
    CookieRefused,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Storage {
    Works,
    /// It failed, and the shopper was told.
    Fails,
}

impl Machine {
    /// A machine that waits for [`Event::Started`].
    pub fn new(config: Config) -> Self {
        Self {
            config: Arc::new(config),
            now: Now::default(),
            chance: 0,
            booted: false,
            visible: true,
            epoch: Epoch::default(),
            session: None,
            cookie_owner: CookieOwner::Settled,
            ended: None,
            ended_here: false,
            logout_pending: false,
            answered_without_lock: false,
            storage_lag: StorageLag::default(),
            operations: OperationQueue::default(),
            callers: Vec::new(),
            loading_until: None,
            renew_in_background: false,
            unconfirmed_refusal: UnconfirmedRefusal::None,
            refresh_retry: Retry::default(),
            logout_retry: Retry::default(),
            storage: Storage::Works,
            timer_at: None,
            shown: SessionState::Loading,
            effects: PendingEffects::default(),
        }
    }

    /// What to show now; [`SessionState::Loading`] before the first event.
    pub fn state(&self) -> &SessionState {
        &self.shown
    }

    /// How far the session has come, as far as this tab knows.
    pub fn version(&self) -> SessionVersion {
        let generation = self.session.as_ref().map_or(u32::from(!self.logout_pending), |it| it.generation);
        SessionVersion { epoch: self.epoch, generation }
    }

    /// Takes one event. `chance` is any number that other tabs don't get; it spreads retries and tells epochs apart.
    pub fn step(&mut self, now: Now, chance: u32, event: Event) -> Vec<crate::Effect> {
        (self.now, self.chance) = (now, chance);
        match event {
            Event::Started(stored) => self.boot(stored),
            Event::CredentialRequested(caller, stored) => self.credential_requested(caller, stored),
            Event::Unauthorized(caller, pass, stored) => self.unauthorized(caller, &pass, stored),
            Event::UnauthorizedAgain(caller, pass, stored) => self.unauthorized_again(caller, &pass, stored),
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
        self.booted = true;
        self.adopt(stored);
        if !self.config.transport.is_bearer() && !self.logout_pending {
            self.cookie_owner = CookieOwner::Asking;
        }
        // Where there is nothing to wait for, `settle` ends it in this very step.
        self.loading_until = Some(self.now.after(self.config.tuning.caller_timeout_ms));
    }

    fn caller_dropped(&mut self, caller: CallerId) {
        self.callers.retain(|it| it.id != caller);
    }

    fn resumed(&mut self, stored: crate::Stored) {
        self.visible = true;
        self.adopt(stored);
        // Whoever was frozen may have been overtaken, whatever it held.
        self.operations.distrust_lock();
        if self.freshness() != Freshness::Fresh {
            self.renew_in_background = true;
            self.refresh_retry.skip_backoff(self.now);
        }
        self.logout_retry.skip_backoff(self.now);
    }

    pub(crate) fn freshness(&self) -> Freshness {
        match self.session.as_ref().map(|it| &it.access) {
            Some(Access::Token(token)) => token.freshness(&self.config.tuning, self.now),
            Some(Access::Cookie) => Freshness::Fresh,
            Some(Access::Missing | Access::CookieRefused) | None => Freshness::Unusable,
        }
    }

    /// Somebody who asked as another person, or before the session ended, learns that it is over.
    pub(crate) fn resolve_all_callers(&mut self, result: &Result<Credential, CredentialError>) {
        let Self { callers, effects, .. } = self;
        callers.iter().for_each(|it| effects.resolve(it.id, result.clone()));
        callers.clear();
    }
}
