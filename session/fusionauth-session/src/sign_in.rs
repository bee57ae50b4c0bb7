//! Handles sign-ins and sign-outs: begins a session in a new epoch, ends it, and logs out again if a late answer may
//! have set a cookie.

use crate::{
    CredentialError, LoginFailure, Machine, OperationId, Request, SignInAnswer, SignInId, SignOutReason, Stored, User,
    event::LogoutAnswer,
    machine::{CookieOwner, HeldCredential, LiveSession},
    record::Because,
    retry::{Retry, UnconfirmedRefusal},
    token::{IssuedToken, LiveToken, user_of},
};
use fusionauth_api::{AccessToken, claims::Claims};

impl Machine {
    /// Begins a sign-in. A form that is submitted twice sends one request, and both submissions get its outcome.
    pub(crate) fn sign_in_requested(&mut self, attempt: SignInId) {
        if !self.operations.holds(Request::SignIn(attempt)) {
            self.operations.enqueue(Request::SignIn(attempt));
        }
    }

    pub(crate) fn sign_in_answered(&mut self, id: OperationId, answer: SignInAnswer, stored: Stored) {
        let Some(Request::SignIn(attempt)) = self.operations.active.filter(|it| it.id == id).map(|it| it.request) else { return };
        let newest = self.end_operation(id).map_or_else(Default::default, |it| it.newest);
        self.storage_lag.newest = self.storage_lag.newest.max(newest);
        self.adopt(stored);
        let outcome = self.accepted(answer).map(|(user, access)| self.signed_in(user, access));
        self.effects.resolve_sign_in(attempt, outcome);
    }

    fn accepted(&self, answer: SignInAnswer) -> Result<(User, HeldCredential), LoginFailure> {
        let holds_token = self.config.token_storage.is_bearer();
        match answer {
            SignInAnswer::Issued(IssuedToken { token, claims }) => {
                let access = if holds_token { self.received(token, &claims) } else { HeldCredential::Cookie };
                let user = user_of(claims, &self.config.application_id).ok_or(LoginFailure::UnusableToken)?;
                Ok((user, access))
            }
            SignInAnswer::Accepted(user) if !holds_token => Ok((user, HeldCredential::Cookie)),
            SignInAnswer::Accepted(_) => Err(LoginFailure::UnusableToken),
            SignInAnswer::Failed(failure) => Err(failure),
        }
    }

    pub(crate) fn received(&self, token: AccessToken, claims: &Claims) -> HeldCredential {
        HeldCredential::Token(LiveToken::received(token, claims.lifetime_ms(), self.now))
    }

    /// Begins a new session in a new epoch. This ends every earlier session, here and in other tabs.
    fn signed_in(&mut self, user: User, access: HeldCredential) {
        // The waiting callers asked before this sign-in, so the tab must not send their requests for the new user.
        self.resolve_all_callers(&Err(CredentialError::SignedOut));
        self.epoch = self.epoch.max(self.storage_lag.newest.epoch).next(Because::SignedIn, self.now, self.chance);
        self.session = Some(LiveSession::new(user, 0, access));
        self.cookie_owner = CookieOwner::Settled;
        self.logout.pending = false;
        self.renewal.answered_without_lock = false;
        self.renewal.in_background = false;
        self.renewal.unconfirmed_refusal = UnconfirmedRefusal::None;
        self.renewal.retry = Retry::default();
        self.operations.withdraw(Request::Logout);
        self.operations.withdraw(Request::Refresh);
        self.operations.withdraw(Request::CurrentUser);
        self.store();
    }

    /// Signs out in this tab at once. The logout follows as soon as FusionAuth can be reached.
    pub(crate) fn sign_out(&mut self) {
        if self.session.is_some() {
            self.logout.retry = Retry::default();
            self.end(SignOutReason::UserRequest);
        }
    }

    /// Ends the session and leaves a tombstone: a record without a session, from which other tabs learn of the end.
    pub(crate) fn end(&mut self, cause: SignOutReason) {
        let because = if cause == SignOutReason::UserRequest { Because::SignedOut } else { Because::Ended };
        self.epoch = self.epoch.max(self.storage_lag.newest.epoch).next(because, self.now, self.chance);
        self.session = None;
        self.cookie_owner = CookieOwner::Settled;
        self.view.ended = Some(cause);
        self.view.ended_here = true;
        self.logout.pending = cause == SignOutReason::UserRequest;
        self.operations.withdraw(Request::Refresh);
        self.operations.withdraw(Request::CurrentUser);
        self.store();
    }

    /// Handles an answer for a session that has ended. If the user signed out and the answer may have set a cookie, one
    /// more logout follows. This logout gets a new tombstone, because the confirmation of another tab's logout says nothing
    /// about this cookie.
    pub(crate) fn answered_too_late(&mut self, may_have_set_a_cookie: bool) {
        if may_have_set_a_cookie && self.session.is_none() && self.view.ended == Some(SignOutReason::UserRequest) {
            let ended_here = self.view.ended_here;
            self.end(SignOutReason::UserRequest);
            self.view.ended_here = ended_here;
        }
    }

    pub(crate) fn logout_answered(&mut self, id: OperationId, answer: LogoutAnswer) {
        let Some(asked) = self.end_operation(id) else { return };
        match answer {
            LogoutAnswer::Done if self.session.is_none() && self.logout.pending && self.epoch == asked.version.epoch => {
                self.logout.pending = false;
                self.renewal.answered_without_lock = false;
                self.logout.retry = Retry::default();
                self.store();
            }
            LogoutAnswer::Done => {}
            LogoutAnswer::Failed => self.logout.retry.fail(&self.config.tuning, self.now, self.chance),
        }
    }
}
