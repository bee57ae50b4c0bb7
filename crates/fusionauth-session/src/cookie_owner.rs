//! Sessions in cookies that nobody here can read: who is signed in is asked, and only a 401 tells a token's age.

use crate::{
    CurrentUserAnswer, Machine, OperationId, SignOutReason, Stored, Transport, User,
    machine::{Access, Live},
    record::Because,
    refresh::UnconfirmedRefusal,
};
use serde::{Deserialize, Serialize};

/// Whether it is known whose the cookies are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum CookieOwner {
    /// As far as it needs to be; always so where the browser holds the token.
    Settled,
    /// It is to be asked.
    Asking,
    /// It was answered that nobody is, or 401: a renewal comes first.
    Stale,
    /// It is to be asked after a renewal. A 401 now says that renewing does not help, and nobody that the cookies are
    /// another application's.
    AskingAgain,
}

impl CookieOwner {
    pub(crate) fn is_asked(self) -> bool {
        matches!(self, Self::Asking | Self::AskingAgain)
    }
}

impl Machine {
    pub(crate) fn current_user_answered(&mut self, id: OperationId, answer: CurrentUserAnswer, stored: Stored) {
        let Some(asked) = self.end_operation(id) else { return };
        self.adopt(stored);
        if self.epoch != asked.version.epoch || !self.cookie_owner.is_asked() {
            // The backend may have renewed its cookies for a session that is over.
            self.answered_too_late(!matches!(answer, CurrentUserAnswer::Nobody));
            return;
        }
        match answer {
            CurrentUserAnswer::Known(user) => self.known(user),
            CurrentUserAnswer::Unauthorized if self.config.transport == Transport::SharedDomainCookies => {
                if self.cookie_owner == CookieOwner::Asking {
                    self.cookie_owner = CookieOwner::Stale;
                } else if self.session.is_none() {
                    // A renewal went well and changed nothing: there is no session that could be tried again later.
                    self.nobody(SignOutReason::Expired);
                } else {
                    self.cookie_owner = CookieOwner::Asking;
                    self.refresh_retry.fail(&self.config.tuning, self.now, self.chance);
                }
            }
            CurrentUserAnswer::Nobody if self.may_be_renewed() => self.cookie_owner = CookieOwner::Stale,
            CurrentUserAnswer::Nobody if self.cookie_owner == CookieOwner::AskingAgain => self.nobody(SignOutReason::Replaced),
            // The backend has renewed what it could: a second 401 is final.
            CurrentUserAnswer::Unauthorized | CurrentUserAnswer::Nobody => self.nobody(SignOutReason::Expired),
            CurrentUserAnswer::Unavailable { status, retry_after_ms } => {
                self.unavailable(status, retry_after_ms);
                self.share_pace(asked);
            }
        }
    }

    fn known(&mut self, user: User) {
        self.cookie_owner = CookieOwner::Settled;
        self.refresh_retry.succeed();
        match &mut self.session {
            Some(live) if live.user.id == user.id => {
                live.user = user;
                if live.access == Access::CookieRefused {
                    self.cookie_renewed();
                }
            }
            // Another user has taken over the cookies.
            Some(_) => self.end(SignOutReason::Replaced),
            // A sign-out that FusionAuth has not heard of yet: it still will.
            None if self.logout_pending => {}
            None => {
                self.epoch = self.epoch.max(self.storage_lag.newest.epoch).next(Because::SignedIn, self.now, self.chance);
                self.session = Some(Live { user, generation: 0, access: Access::Cookie });
                self.ended = None;
                self.store();
            }
        }
    }

    /// FusionAuth's cookie with the access token ends with the browser, the one with the refresh token does not. So nobody
    /// is known to be signed in, but where there was a session, a renewal may bring it back.
    fn may_be_renewed(&self) -> bool {
        self.config.transport == Transport::SharedDomainCookies && self.cookie_owner == CookieOwner::Asking && self.session.is_some()
    }

    fn nobody(&mut self, cause: SignOutReason) {
        self.cookie_owner = CookieOwner::Settled;
        if self.session.is_some() {
            self.end(cause);
        }
    }

    /// A backend refused the access token that this tab would send.
    pub(crate) fn access_refused(&mut self) {
        if self.config.transport == Transport::BackendCookies {
            self.cookie_owner = CookieOwner::Asking;
        }
    }

    /// There are new cookies for the same session.
    pub(crate) fn cookie_renewed(&mut self) {
        self.unconfirmed_refusal = UnconfirmedRefusal::None;
        if self.cookie_owner == CookieOwner::Stale {
            // Only the next answer tells whether that helped.
            self.cookie_owner = CookieOwner::AskingAgain;
        } else {
            self.refresh_retry.succeed();
        }
        if let Some(live) = &mut self.session {
            live.generation = live.generation.saturating_add(1);
            live.access = Access::Cookie;
            self.store();
        }
    }
}
