//! Decides which request is due, checks once more under the lock whether the request is still needed, derives the view, and sets the timer.

use crate::{
    Connection, LockState, Machine, OperationId, Request, SessionState, SessionVersion, SignOutReason, Stored, TokenStorage,
    machine::CookieOwner,
    operation_queue::{Operation, Snapshot},
    retry::UnconfirmedRefusal,
    token::Freshness,
};

/// The longest timer. A longer wait takes several timers, because a browser's timer overflows at 2^31 ms and drifts while
/// the device sleeps.
const TIMER_STEP_MS: u64 = 30_000;

impl Machine {
    /// Called when an operation may continue, with the lock or without it. Sends the operation's request, unless another tab has made the
    /// request unnecessary, or the request must wait.
    pub(crate) fn locked(&mut self, id: OperationId, lock: LockState, stored: Stored, version: SessionVersion) {
        let Some(operation) = self.operations.active.filter(|it| it.id == id && it.sent.is_none()) else { return };
        self.adopt(stored);
        if version.epoch.is_possible() {
            self.storage_lag.newest = self.storage_lag.newest.max(version);
        }
        if !self.is_needed(operation.request) || !self.keeps_pace(operation.request) {
            self.end_operation(id);
            return;
        }
        if self.waits_for_storage(operation, lock) {
            return;
        }
        if operation.request == Request::Refresh && self.renewal.unconfirmed_refusal == UnconfirmedRefusal::LookAgain {
            self.end_operation(id);
            self.refused();
            return;
        }
        let newest = self.storage_lag.newest;
        self.stop_waiting_for_storage();
        if matches!(operation.request, Request::Refresh | Request::CurrentUser) {
            self.renewal.retry.started(&self.config.tuning, self.now);
        }
        let snapshot = Snapshot { version: self.version(), newest, lock };
        self.operations.active = Some(Operation { sent: Some(snapshot), ..operation });
        self.effects.send(id, operation.request);
    }

    fn is_needed(&self, request: Request) -> bool {
        match request {
            Request::SignIn(_) => true,
            Request::Refresh => self.cookie_owner == CookieOwner::Stale || self.session.is_some() && self.wants_refresh(),
            Request::CurrentUser => self.cookie_owner.is_asked(),
            Request::Logout => self.session.is_none() && self.logout.pending,
        }
    }

    /// Whether the request may be sent now. A refresh or `GET /api/user` must not be sent during the back-off, during a pause that
    /// a server asked for, or if the tabs have used up their common rate.
    fn keeps_pace(&self, request: Request) -> bool {
        !matches!(request, Request::Refresh | Request::CurrentUser) || self.renewal.retry.allowed(&self.config.tuning, self.now)
    }

    /// Ends an operation and frees its lock. Returns the snapshot taken when the request was sent, if it was sent.
    pub(crate) fn end_operation(&mut self, id: OperationId) -> Option<Snapshot> {
        let operation = self.operations.finish(id)?;
        // Storage may not show another tab's newest version yet. This tab leaves at least that version for the next holder,
        // so the version never goes back.
        self.effects.unlock(id, operation.sent.map_or(self.storage_lag.newest, |it| it.newest));
        operation.sent
    }

    /// Whether a new token is needed.
    fn wants_refresh(&self) -> bool {
        match self.freshness() {
            Freshness::Fresh => false,
            Freshness::RenewSoon => self.renewal.in_background,
            Freshness::Unusable => self.is_waited_for() || self.renewal.in_background || (self.visible && self.renewal.retry.failed()),
        }
    }

    fn is_waited_for(&self) -> bool {
        !self.callers.is_empty() || self.view.loading_until.is_some()
    }

    /// Whether a refresh is needed and none is under way.
    fn refresh_is_due(&self) -> bool {
        let wanted = match self.cookie_owner {
            CookieOwner::Settled => self.session.is_some() && self.wants_refresh(),
            CookieOwner::Stale => true,
            CookieOwner::Asking | CookieOwner::AskingAgain => false,
        };
        wanted && self.config.token_storage != TokenStorage::BackendCookies && !self.operations.holds(Request::Refresh)
    }

    /// Whether `GET /api/user` is needed and not under way.
    fn current_user_is_due(&self) -> bool {
        self.cookie_owner.is_asked() && !self.operations.holds(Request::CurrentUser)
    }

    /// Whether FusionAuth has not confirmed the sign-out yet, and no logout is under way.
    fn logout_is_due(&self) -> bool {
        self.logout.pending && self.session.is_none() && !self.operations.holds(Request::Logout)
    }

    pub(crate) fn start_operations(&mut self) {
        if self.renewal.retry.allowed(&self.config.tuning, self.now) {
            if self.refresh_is_due() {
                self.operations.enqueue(Request::Refresh);
            }
            if self.current_user_is_due() {
                self.operations.enqueue(Request::CurrentUser);
            }
        }
        if self.logout_is_due() && self.logout.retry.allowed(&self.config.tuning, self.now) {
            self.operations.enqueue(Request::Logout);
        }
        if self.storage_lag.until(self.now).is_none()
            && let Some(id) = self.operations.start()
        {
            self.effects.lock(id);
        }
    }

    pub(crate) fn show(&mut self) {
        let view = self.current_view();
        if view != self.view.shown {
            self.view.shown = view.clone();
            self.effects.show(view);
        }
    }

    fn current_view(&self) -> SessionState {
        if !self.view.booted || self.view.loading_until.is_some() {
            return SessionState::Loading;
        }
        let Some(live) = &self.session else {
            // The view does not mention a sign-out during an earlier visit. It mentions an expiry, because that may be why
            // the user must sign in again.
            return SessionState::SignedOut(self.view.ended.filter(|it| self.view.ended_here || *it != SignOutReason::UserRequest));
        };
        let lost = self.freshness() == Freshness::Unusable && self.renewal.retry.quick_retries_used_up();
        SessionState::SignedIn { user: live.user.clone(), connection: if lost { Connection::Reconnecting } else { Connection::Good } }
    }

    /// Sets one timer for the earliest deadline, and none if nothing waits. A hidden page sets no timer for a retry, unless
    /// callers wait for it.
    pub(crate) fn set_timer(&mut self) {
        let mut next = None::<u64>;
        // This is no chain of iterators, because each link of a chain would be another type with its own code.
        let mut wait_for = |at: u64| next = Some(next.map_or(at, |it| it.min(at)));
        self.callers.iter().for_each(|it| wait_for(it.deadline));
        self.view.loading_until.into_iter().for_each(&mut wait_for);
        let awake = self.visible || !self.callers.is_empty();
        if awake && (self.refresh_is_due() || self.current_user_is_due()) {
            wait_for(self.renewal.retry.next_at(&self.config.tuning));
        }
        if self.visible && self.logout_is_due() {
            wait_for(self.logout.retry.next_at(&self.config.tuning));
        }
        if self.operations.waits() {
            self.storage_lag.until(self.now).into_iter().for_each(wait_for);
        }
        if next == self.timer_at {
            return;
        }
        self.timer_at = next;
        self.effects.timer(next.map(|at| at.saturating_sub(self.now.mono_ms).clamp(1, TIMER_STEP_MS)));
    }
}
