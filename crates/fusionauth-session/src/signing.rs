use crate::{
    Effect, EndCause, Machine, OperationId, Request, Settlement, SignIn, SignInAnswer, Stored,
    event::LogoutAnswer,
    machine::Live,
    refresh::Retry,
    token::{Issued, LiveToken, user_of},
};

impl Machine {
    pub(crate) fn sign_in_answered(&mut self, id: OperationId, answer: SignInAnswer, stored: Stored) {
        let Some(Request::SignIn(attempt)) = self.jar.active.filter(|it| it.id == id).map(|it| it.request) else { return };
        self.end_operation(id);
        self.adopt(stored);
        let outcome = match answer {
            SignInAnswer::Issued(issued) => self.signed_in(issued),
            SignInAnswer::Other(outcome) => outcome,
        };
        self.after_view.push(Effect::SettleSignIn(attempt, outcome));
    }

    /// A new session, in a new epoch: whatever was before, here or in another tab, is over.
    fn signed_in(&mut self, issued: Issued) -> SignIn {
        let Some(user) = user_of(&issued.claims, &self.config.application_id) else { return SignIn::UnusableToken };
        // Who still waits asked as somebody else.
        self.settle_all(&Settlement::SignedOut);
        self.epoch = self.epoch.next(self.chance);
        self.session = Some(Live { user, generation: 0, token: Some(LiveToken::received(issued, self.now)) });
        self.ended = None;
        self.logout_pending = false;
        self.renew_behind = false;
        self.refresh_retry = Retry::default();
        self.jar.withdraw(Request::Logout);
        self.jar.withdraw(Request::Refresh);
        self.store();
        SignIn::SignedIn
    }

    /// Locally at once, whatever the network does; FusionAuth is told as soon as it can be reached.
    pub(crate) fn sign_out(&mut self) {
        if self.session.is_some() {
            self.logout_retry = Retry::default();
            self.end(EndCause::SignedOut);
        }
    }

    pub(crate) fn logout_answered(&mut self, id: OperationId, answer: LogoutAnswer) {
        if self.end_operation(id).is_none() {
            return;
        }
        match answer {
            LogoutAnswer::Done if self.session.is_none() && self.logout_pending => {
                self.logout_pending = false;
                self.store();
            }
            LogoutAnswer::Done => {}
            LogoutAnswer::Failed => self.logout_retry.fail(&self.config.tuning, self.now, self.chance),
        }
    }
}
