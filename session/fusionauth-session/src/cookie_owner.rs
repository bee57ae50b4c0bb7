//! Finds out who is signed in if the tokens are in HttpOnly cookies: the machine asks `GET /api/user`, and only a 401
//! shows that the access token has expired.

use crate::{
    CurrentUserAnswer, Machine, OperationId, SignOutReason, Stored, TokenStorage, User,
    machine::{CookieOwner, HeldCredential, LiveSession},
    record::Because,
    retry::UnconfirmedRefusal,
};

impl Machine {
    pub(crate) fn current_user_answered(&mut self, id: OperationId, answer: CurrentUserAnswer, stored: Stored) {
        let Some(asked) = self.end_operation(id) else { return };
        self.adopt(stored);
        if self.epoch != asked.version.epoch || !self.cookie_owner.is_asked() {
            // The backend may have set cookies for a session that has ended.
            self.answered_too_late(!matches!(answer, CurrentUserAnswer::Nobody));
            return;
        }
        match answer {
            CurrentUserAnswer::Known(user) => {
                let generation = self.version().max(asked.newest).generation;
                self.known(user, generation);
            }
            CurrentUserAnswer::Unauthorized if self.config.token_storage == TokenStorage::SharedDomainCookies => {
                if self.cookie_owner == CookieOwner::Asking {
                    self.cookie_owner = CookieOwner::Stale;
                } else if self.session.is_none() {
                    // The renewal succeeded but did not help, and this tab knows no session that it could try to keep.
                    self.nobody(SignOutReason::Expired);
                } else {
                    self.cookie_owner = CookieOwner::Asking;
                    self.renewal.retry.fail(&self.config.tuning, self.now, self.chance);
                }
            }
            CurrentUserAnswer::Nobody if self.may_be_renewed() => self.cookie_owner = CookieOwner::Stale,
            CurrentUserAnswer::Nobody if self.cookie_owner == CookieOwner::AskingAgain => self.nobody(SignOutReason::Replaced),
            // The backend has already renewed if it could, so its answer is final.
            CurrentUserAnswer::Unauthorized | CurrentUserAnswer::Nobody => self.nobody(SignOutReason::Expired),
            CurrentUserAnswer::Unavailable { status, retry_after_ms } => {
                self.unavailable(status, retry_after_ms);
                self.share_pace(asked);
            }
        }
    }

    /// `generation` is the newest generation of any tab, as far as this tab knows.
    fn known(&mut self, user: User, generation: u32) {
        self.cookie_owner = CookieOwner::Settled;
        self.renewal.retry.succeed();
        match &mut self.session {
            Some(live) if live.user.id == user.id => {
                live.user = user;
                live.forbidden.cookies_are_good(generation);
                if live.access == HeldCredential::CookieRefused {
                    self.cookie_renewed();
                }
            }
            // Another user's sign-in has replaced the cookies.
            Some(_) => self.end(SignOutReason::Replaced),
            // The user has signed out, and the logout is still pending. These cookies begin no session.
            None if self.logout.pending => {}
            None => {
                self.epoch = self.epoch.max(self.storage_lag.newest.epoch).next(Because::SignedIn, self.now, self.chance);
                self.session = Some(LiveSession::new(user, 0, HeldCredential::Cookie));
                self.store();
            }
        }
    }

    /// Whether a 404 may be followed by a renewal. When the browser is closed, it deletes FusionAuth's cookie with the access token, but
    /// keeps the cookie with the refresh token. So a 404 does not show that the session has ended: a renewal may restore the access token.
    fn may_be_renewed(&self) -> bool {
        self.config.token_storage == TokenStorage::SharedDomainCookies && self.cookie_owner == CookieOwner::Asking && self.session.is_some()
    }

    fn nobody(&mut self, cause: SignOutReason) {
        self.cookie_owner = CookieOwner::Settled;
        if self.session.is_some() {
            self.end(cause);
        }
    }

    /// Handles a backend's refusal of the credential that this tab holds. With `BackendCookies` the tab then asks who is
    /// signed in, and the backend renews the cookies in its answer.
    pub(crate) fn access_refused(&mut self) {
        if self.config.token_storage == TokenStorage::BackendCookies {
            self.cookie_owner = CookieOwner::Asking;
        }
    }

    /// Handles an answer that set new cookies for the same session.
    pub(crate) fn cookie_renewed(&mut self) {
        self.renewal.unconfirmed_refusal = UnconfirmedRefusal::None;
        if self.cookie_owner == CookieOwner::Stale {
            // Only the next answer shows whether the renewal helped.
            self.cookie_owner = CookieOwner::AskingAgain;
        } else {
            self.renewal.retry.succeed();
        }
        if let Some(live) = &mut self.session {
            live.generation = live.generation.saturating_add(1);
            live.access = HeldCredential::Cookie;
            self.store();
        }
    }
}
