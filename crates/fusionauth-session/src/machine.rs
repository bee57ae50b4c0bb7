use crate::{
    CallerId, Config, Connection, Effect, EndCause, Epoch, Event, Grant, Lock, Notice, Now, OperationId, RECORD_VERSION, Record, Request,
    Settlement, Stored, StoredSession, User, View,
    jar::{Jar, Snapshot},
    refresh::Retry,
    token::{Freshness, LiveToken},
};

/// One tab's session. See the crate's documentation.
#[derive(Clone)]
pub struct Machine {
    pub(crate) config: Config,
    pub(crate) now: Now,
    /// Chance of the current event.
    pub(crate) chance: u32,
    pub(crate) booted: bool,
    pub(crate) visible: bool,
    /// The newest epoch that this tab knows of.
    pub(crate) epoch: Epoch,
    pub(crate) session: Option<Live>,
    /// Why the last session ended.
    pub(crate) ended: Option<EndCause>,
    pub(crate) logout_pending: bool,
    pub(crate) jar: Jar,
    callers: Vec<Caller>,
    /// Until when the view may be *loading*, by the monotonic clock.
    loading_until: Option<u64>,
    /// A caller was given a token near its end: renew it meanwhile.
    pub(crate) renew_behind: bool,
    pub(crate) refresh_retry: Retry,
    pub(crate) logout_retry: Retry,
    storage: Storage,
    timer_at: Option<u64>,
    shown: View,
    pub(crate) effects: Vec<Effect>,
    /// What must come after the view: a form that is told "signed in" finds the view changed already.
    pub(crate) after_view: Vec<Effect>,
}

/// A session that is alive.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Live {
    pub(crate) user: User,
    pub(crate) generation: u32,
    /// None where storage lost the token but not the session.
    pub(crate) token: Option<LiveToken>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Caller {
    id: CallerId,
    deadline: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Storage {
    Works,
    /// It failed, and the shopper was told.
    Fails,
}

/// Timers are set in steps of at most this: a browser's timer overflows at 2^31 ms and drifts while it sleeps.
const TIMER_STEP_MS: u64 = 30_000;

impl Machine {
    /// A machine that waits for [`Event::Booted`].
    pub fn new(config: Config) -> Self {
        Self {
            config,
            now: Now::default(),
            chance: 0,
            booted: false,
            visible: true,
            epoch: Epoch::default(),
            session: None,
            ended: None,
            logout_pending: false,
            jar: Jar::default(),
            callers: Vec::new(),
            loading_until: None,
            renew_behind: false,
            refresh_retry: Retry::default(),
            logout_retry: Retry::default(),
            storage: Storage::Works,
            timer_at: None,
            shown: View::Loading,
            effects: Vec::new(),
            after_view: Vec::new(),
        }
    }

    /// What to show now; [`View::Loading`] before the first event.
    pub fn view(&self) -> &View {
        &self.shown
    }

    /// Takes one event. `chance` is any number that other tabs don't get; it spreads retries and tells epochs apart.
    pub fn step(&mut self, now: Now, chance: u32, event: Event) -> Vec<Effect> {
        self.now = now;
        self.chance = chance;
        match event {
            Event::Booted(stored) => self.boot(stored),
            Event::TokenWanted(caller) => self.token_wanted(caller),
            Event::Unauthorized(caller, token) => self.unauthorized(caller, &token),
            Event::CallerGone(caller) => self.callers.retain(|it| it.id != caller),
            Event::SignInAsked(id) => self.jar.enqueue(Request::SignIn(id)),
            Event::SignOutAsked => self.sign_out(),
            Event::Locked(id, lock, stored) => self.locked(id, lock, stored),
            Event::SignInAnswered(id, answer, stored) => self.sign_in_answered(id, answer, stored),
            Event::RefreshAnswered(id, answer, stored) => self.refresh_answered(id, answer, stored),
            Event::LogoutAnswered(id, answer) => self.logout_answered(id, answer),
            Event::StorageChanged(stored) => self.storage_changed(stored),
            Event::StorageFailed => self.storage_failed(),
            Event::TimerFired => self.timer_at = None,
            Event::Woke(stored) => self.woke(stored),
            Event::Hid => self.visible = false,
        }
        self.settle();
        self.start_operations();
        self.show();
        self.set_timer();
        let mut effects = std::mem::take(&mut self.effects);
        effects.append(&mut self.after_view);
        effects
    }

    fn boot(&mut self, stored: Stored) {
        self.booted = true;
        self.adopt(stored);
        // A sign-out of an earlier visit is no news; an expiry may be what brought the shopper to this page.
        self.ended = self.ended.filter(|it| *it != EndCause::SignedOut);
        if self.session.is_some() && self.freshness() == Freshness::Unusable {
            self.loading_until = Some(self.now.mono_ms + self.config.tuning.caller_timeout_ms);
        }
    }

    fn token_wanted(&mut self, caller: CallerId) {
        match self.freshness() {
            Freshness::Fresh => {}
            Freshness::RenewSoon => self.renew_behind = true,
            Freshness::Unusable => self.refresh_retry.hurry(self.now),
        }
        self.wait(caller);
    }

    fn unauthorized(&mut self, caller: CallerId, refused: &Grant) {
        if refused.epoch != self.epoch {
            // Asked under another sign-in, perhaps as another person.
            self.effects.push(Effect::Settle(caller, Settlement::SignedOut));
            return;
        }
        if let Some(token) = self.session.as_mut().and_then(|it| it.token.as_mut()).filter(|it| it.token == refused.token) {
            token.rejected = true;
            self.refresh_retry.hurry(self.now);
        }
        self.wait(caller);
    }

    fn wait(&mut self, id: CallerId) {
        self.callers.push(Caller { id, deadline: self.now.mono_ms + self.config.tuning.caller_timeout_ms });
    }

    fn woke(&mut self, stored: Stored) {
        self.visible = true;
        self.adopt(stored);
        if self.freshness() != Freshness::Fresh {
            self.renew_behind = true;
            self.refresh_retry.hurry(self.now);
        }
        self.logout_retry.hurry(self.now);
    }

    pub(crate) fn storage_failed(&mut self) {
        if self.storage == Storage::Works {
            self.storage = Storage::Fails;
            self.effects.push(Effect::Notify(Notice::StorageUnavailable));
        }
    }

    fn locked(&mut self, id: OperationId, lock: Lock, stored: Stored) {
        if self.jar.active.is_none_or(|it| it.id != id || it.sent.is_some()) {
            return;
        }
        self.adopt(stored);
        let Some(operation) = self.jar.active else { return };
        let needed = match operation.request {
            Request::SignIn(_) => true,
            Request::Refresh => self.session.is_some() && self.wants_refresh(),
            Request::Logout => self.session.is_none() && self.logout_pending,
        };
        if !needed {
            self.end_operation(id);
            return;
        }
        if operation.request == Request::Refresh {
            self.refresh_retry.started(&self.config.tuning, self.now);
        }
        let generation = self.session.as_ref().map_or(0, |it| it.generation);
        self.jar.active = Some(crate::jar::Operation { sent: Some(Snapshot { epoch: self.epoch, generation, lock }), ..operation });
        self.effects.push(Effect::Send(id, operation.request));
    }

    /// Ends an operation and frees its lock. Its snapshot, if it was sent.
    pub(crate) fn end_operation(&mut self, id: OperationId) -> Option<Snapshot> {
        let operation = self.jar.finish(id)?;
        self.effects.push(Effect::Unlock(id));
        operation.sent
    }

    pub(crate) fn freshness(&self) -> Freshness {
        let token = self.session.as_ref().and_then(|it| it.token.as_ref());
        token.map_or(Freshness::Unusable, |it| it.freshness(&self.config.tuning, self.now))
    }

    /// Whether somebody has a use for a new token.
    fn wants_refresh(&self) -> bool {
        match self.freshness() {
            Freshness::Fresh => false,
            Freshness::RenewSoon => self.renew_behind,
            Freshness::Unusable => {
                !self.callers.is_empty()
                    || self.renew_behind
                    || self.loading_until.is_some()
                    || (self.visible && self.refresh_retry.failed())
            }
        }
    }

    /// A refresh is wanted and none is under way.
    fn refresh_is_due(&self) -> bool {
        self.session.is_some() && !self.jar.holds(Request::Refresh) && self.wants_refresh()
    }

    /// FusionAuth is still to be told of a sign-out.
    fn logout_is_due(&self) -> bool {
        self.logout_pending && self.session.is_none() && !self.jar.holds(Request::Logout)
    }

    /// Tells the callers what can be told now, and ends *loading* where nothing more is to be waited for.
    fn settle(&mut self) {
        if !self.booted {
            return;
        }
        let now = self.now.mono_ms;
        if self.session.is_none() {
            self.loading_until = None;
            self.renew_behind = false;
            return self.settle_all(&Settlement::SignedOut);
        }
        if self.freshness() != Freshness::Unusable {
            self.loading_until = None;
            if let Some(token) = self.session.as_ref().and_then(|it| it.token.as_ref()) {
                let settlement = Settlement::Token(Grant { token: token.token.clone(), epoch: self.epoch });
                self.settle_all(&settlement);
            }
        } else if !self.jar.holds(Request::Refresh) && self.gave_up() {
            self.loading_until = None;
            self.settle_all(&Settlement::Reconnecting);
        }
        let (overdue, waiting): (Vec<Caller>, Vec<Caller>) = self.callers.iter().partition(|it| it.deadline <= now);
        if !overdue.is_empty() || self.loading_until.is_some_and(|it| it <= now) {
            self.refresh_retry.kept_waiting();
        }
        self.callers = waiting;
        self.loading_until = self.loading_until.filter(|it| *it > now);
        self.effects.extend(overdue.iter().map(|it| Effect::Settle(it.id, Settlement::Reconnecting)));
    }

    pub(crate) fn settle_all(&mut self, settlement: &Settlement) {
        self.effects.extend(self.callers.drain(..).map(|it| Effect::Settle(it.id, settlement.clone())));
    }

    /// The quick retries are used up, or somebody asked for a pause: callers are not kept waiting for that.
    fn gave_up(&self) -> bool {
        !self.refresh_retry.allowed(&self.config.tuning, self.now)
            && (self.refresh_retry.beyond_quick() || self.refresh_retry.paused(&self.config.tuning, self.now))
    }

    fn start_operations(&mut self) {
        if self.refresh_is_due() && self.refresh_retry.allowed(&self.config.tuning, self.now) {
            self.jar.enqueue(Request::Refresh);
        }
        if self.logout_is_due() && self.logout_retry.allowed(&self.config.tuning, self.now) {
            self.jar.enqueue(Request::Logout);
        }
        if let Some(id) = self.jar.start() {
            self.effects.push(Effect::Lock(id));
        }
    }

    fn show(&mut self) {
        let view = self.current_view();
        if view != self.shown {
            self.shown = view.clone();
            self.effects.push(Effect::Show(view));
        }
    }

    fn current_view(&self) -> View {
        if !self.booted || self.loading_until.is_some() {
            return View::Loading;
        }
        let Some(live) = &self.session else { return View::SignedOut(self.ended) };
        let lost = self.freshness() == Freshness::Unusable && self.refresh_retry.beyond_quick();
        View::SignedIn { user: live.user.clone(), connection: if lost { Connection::Reconnecting } else { Connection::Good } }
    }

    /// One timer for everything that is waited for; none while nobody waits and nobody looks.
    fn set_timer(&mut self) {
        let callers = self.callers.iter().map(|it| it.deadline);
        let awake = self.visible || !self.callers.is_empty();
        let refresh = (awake && self.refresh_is_due()).then(|| self.refresh_retry.next_at(&self.config.tuning));
        let logout = (self.visible && self.logout_is_due()).then(|| self.logout_retry.next_at(&self.config.tuning));
        let next = callers.chain(self.loading_until).chain(refresh).chain(logout).min();
        if next == self.timer_at {
            return;
        }
        self.timer_at = next;
        self.effects.push(match next {
            Some(at) => Effect::SetTimer(at.saturating_sub(self.now.mono_ms).clamp(1, TIMER_STEP_MS)),
            None => Effect::ClearTimer,
        });
    }

    /// Writes what this tab knows to storage.
    pub(crate) fn store(&mut self) {
        let session = self.session.as_ref().map(|live| StoredSession {
            sub: live.user.id.clone(),
            generation: live.generation,
            token: live.token.as_ref().map(|it| it.token.clone()),
            received_at: live.token.as_ref().map_or(0, |it| it.received_wall_ms),
        });
        let ended = if session.is_some() { None } else { self.ended };
        let record = Record { version: RECORD_VERSION, epoch: self.epoch, session, ended, logout_pending: self.logout_pending };
        self.effects.push(Effect::Store(record));
    }
}
