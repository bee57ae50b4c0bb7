//! The callers that wait for a credential, and when each of them gets an answer.

use crate::{
    Attempt, CallerId, Credential, CredentialError, Machine, Request, SessionToken, SessionVersion, Stored,
    machine::{Caller, CookieOwner, HeldCredential},
    token::{Freshness, Now},
};

impl Machine {
    pub(crate) fn credential_requested(&mut self, caller: CallerId, stored: Stored) {
        // The caller asks on behalf of the user on screen. It is registered before `adopt`, so that `adopt` answers it with
        // `SignedOut` if the record names another user.
        self.wait(caller, Attempt::First);
        self.adopt(stored);
        match self.freshness() {
            Freshness::Fresh => {}
            Freshness::RenewSoon => self.renewal.in_background = true,
            Freshness::Unusable => self.renewal.retry.skip_backoff(self.now),
        }
    }

    pub(crate) fn wait(&mut self, id: CallerId, attempt: Attempt) {
        self.callers.push(Caller { id, deadline: self.now.after(self.config.tuning.caller_timeout_ms), attempt });
    }

    /// Answers every caller for which the result is known, and ends `Loading` if nothing is pending.
    pub(crate) fn resolve_callers(&mut self) {
        if !self.view.booted {
            return;
        }
        if self.cookie_owner == CookieOwner::Settled {
            self.resolve_with_known_owner();
        } else if !self.renewal_is_under_way() && self.retries_are_slow() {
            self.reconnecting();
        }
        self.resolve_overdue(self.now);
    }

    fn resolve_with_known_owner(&mut self) {
        if self.session.is_none() {
            self.view.loading_until = None;
            self.resolve_all_callers(&Err(CredentialError::SignedOut));
        } else if self.freshness() != Freshness::Unusable {
            self.view.loading_until = None;
            if let Some(result) = self.usable() {
                self.resolve_all_callers(&result);
            }
        } else if !self.renewal_is_under_way() && self.retries_are_slow() {
            self.reconnecting();
        }
    }

    fn reconnecting(&mut self) {
        self.view.loading_until = None;
        self.renewal.retry.skip_quick_retries();
        self.resolve_all_callers(&Err(CredentialError::Reconnecting));
    }

    fn resolve_overdue(&mut self, now: Now) {
        let is_over = |it: u64| it <= now.mono_ms;
        if self.view.loading_until.is_some_and(is_over) {
            self.view.loading_until = None;
            self.renewal.retry.skip_quick_retries();
        }
        while let Some(at) = self.callers.iter().position(|it| is_over(it.deadline)) {
            self.renewal.retry.skip_quick_retries();
            let overdue = self.callers.remove(at);
            self.effects.resolve(overdue.id, Err(CredentialError::Reconnecting));
        }
    }

    fn usable(&self) -> Option<Result<Credential, CredentialError>> {
        let live = self.session.as_ref()?;
        match &live.access {
            HeldCredential::Token(token) => Some(Ok(Credential::Token(SessionToken { token: token.token.clone(), epoch: self.epoch }))),
            HeldCredential::Cookie => Some(Ok(Credential::Cookie(SessionVersion { epoch: self.epoch, generation: live.generation }))),
            HeldCredential::Missing | HeldCredential::CookieRefused => None,
        }
    }

    fn renewal_is_under_way(&self) -> bool {
        self.operations.holds(Request::Refresh) || self.operations.holds(Request::CurrentUser)
    }

    /// Whether the next renewal will take longer than callers should wait, because the quick retries are used up or the server
    /// asked for a pause. If so, callers get an error at once.
    fn retries_are_slow(&self) -> bool {
        !self.renewal.retry.allowed(&self.config.tuning, self.now)
            && (self.renewal.retry.quick_retries_used_up() || self.renewal.retry.paused(&self.config.tuning, self.now))
    }
}
