//! Handles the answer to a refresh.

use crate::{
    LockState, Machine, OperationId, RefreshAnswer, SignOutReason, Stored,
    machine::{CookieOwner, LiveSession},
    operation_queue::Snapshot,
    retry::UnconfirmedRefusal,
    token::{Freshness, IssuedToken, user_of},
};

impl Machine {
    pub(crate) fn refresh_answered(&mut self, id: OperationId, answer: RefreshAnswer, stored: Stored) {
        let Some(asked) = self.end_operation(id) else { return };
        self.renewal.answered_without_lock |= asked.lock != LockState::Held && !matches!(answer, RefreshAnswer::Refused);
        self.adopt(stored);
        self.renewal.in_background = false;
        let anybody = self.session.is_some() || self.cookie_owner == CookieOwner::Stale;
        if !anybody || self.epoch != asked.version.epoch {
            // The user signed in or out while FusionAuth answered, so the answer does not belong to the current
            // session. The answer may have set a cookie.
            self.answered_too_late(!matches!(answer, RefreshAnswer::Refused));
            return;
        }
        let renewed_elsewhere = self.version() > asked.version;
        match answer {
            // Another tab has renewed since the request was sent. Its token is at least as new, and storage holds it.
            RefreshAnswer::Refreshed(_) | RefreshAnswer::Renewed if renewed_elsewhere && self.freshness() == Freshness::Fresh => {}
            RefreshAnswer::Refreshed(issued) => self.renewed(issued, asked),
            RefreshAnswer::Renewed if self.config.token_storage.is_bearer() => self.unavailable(None, None),
            RefreshAnswer::Renewed => self.cookie_renewed(),
            RefreshAnswer::Refused if renewed_elsewhere => self.renewal.retry.succeed(),
            // Another tab may have used the refresh token at the same time, and its answer may still be in flight.
            RefreshAnswer::Refused if asked.lock != LockState::Held => {
                self.renewal.unconfirmed_refusal = if self.renewal.unconfirmed_refusal == UnconfirmedRefusal::None {
                    UnconfirmedRefusal::AskAgain
                } else {
                    UnconfirmedRefusal::LookAgain
                };
                self.unavailable(None, None);
            }
            RefreshAnswer::Refused => self.refused(),
            RefreshAnswer::Unavailable { status, retry_after_ms } => self.unavailable(Some(status), retry_after_ms),
            RefreshAnswer::NoAnswer => self.unavailable(None, None),
        }
        self.share_pace(asked);
    }

    pub(crate) fn refused(&mut self) {
        self.cookie_owner = CookieOwner::Settled;
        if self.session.is_some() {
            self.end(SignOutReason::Expired);
        }
    }

    /// Handles an answer that says nothing about the session. The session continues, and the machine retries later.
    pub(crate) fn unavailable(&mut self, status: Option<u16>, retry_after_ms: Option<u64>) {
        self.renewal.retry.fail(&self.config.tuning, self.now, self.chance);
        if retry_after_ms.is_some() || matches!(status, Some(429 | 503)) {
            let pause = retry_after_ms.unwrap_or(self.config.tuning.busy_ms).min(self.config.tuning.retry_after_max_ms);
            self.renewal.retry.pause(&self.config.tuning, self.now, pause);
        }
    }

    /// Stores how far refreshes are ahead of their rate, so that other tabs and the next page load slow down, too. Without
    /// the lock this tab writes nothing, because the write could replace a newer record of another tab.
    pub(crate) fn share_pace(&mut self, asked: Snapshot) {
        if asked.lock == LockState::Held && self.session.is_some() {
            self.store();
        }
    }

    fn renewed(&mut self, IssuedToken { token, claims }: IssuedToken, asked: Snapshot) {
        if !self.config.token_storage.is_bearer() && self.session.is_none() {
            // This tab knows no user, so it asks `GET /api/user` next whom the cookies belong to.
            return self.cookie_renewed();
        }
        let Some(live) = &self.session else { return };
        let (access, is_readable) = (self.received(token, &claims), claims.sub.is_some());
        match user_of(claims, &self.config.application_id) {
            Some(user) if user.id == live.user.id && !self.config.token_storage.is_bearer() => self.cookie_renewed(),
            Some(user) if user.id == live.user.id => {
                // Another tab may have renewed more often than storage shows.
                let generation = live.generation.max(asked.newest.generation).saturating_add(1);
                let forbidden = live.forbidden;
                self.session = Some(LiveSession { user, generation, access, forbidden });
                self.renewal.unconfirmed_refusal = UnconfirmedRefusal::None;
                if self.freshness() == Freshness::Unusable {
                    // The new token was already unusable on arrival, so an immediate retry would not help.
                    self.renewal.retry.fail(&self.config.tuning, self.now, self.chance);
                    self.renewal.retry.pause(&self.config.tuning, self.now, self.config.tuning.backoff_ms);
                } else {
                    self.renewal.retry.succeed();
                }
                self.store();
            }
            // The claims of this token cannot be read, so they say nothing about its user.
            None if !is_readable => self.unavailable(None, None),
            // The token is for another application or another user, whose sign-in replaced the cookie. A retry would not
            // help.
            _ => self.end(SignOutReason::Replaced),
        }
    }
}
