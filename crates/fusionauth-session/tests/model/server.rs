//! FusionAuth, as far as sessions depend on it.

use crate::world::{Answer, Message, OURS, SIBLING, Said};
use fusionauth_session::Request;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) usage: Usage,
    /// Every refresh token that was ever issued.
    tokens: Vec<RefreshToken>,
}

/// FusionAuth's refresh token usage policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Usage {
    Reusable,
    OneTime,
    /// A used token is taken once more for so many milliseconds.
    Grace(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct RefreshToken {
    user: u8,
    app: u8,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Live,
    Used { at: u64 },
    Revoked,
}

impl Server {
    pub(crate) fn new(usage: Usage) -> Self {
        Self { usage, tokens: Vec::new() }
    }

    pub(crate) fn is_live(&self, serial: u8) -> bool {
        self.tokens[usize::from(serial)].state == State::Live
    }

    pub(crate) fn is_used(&self, serial: u8) -> bool {
        matches!(self.tokens[usize::from(serial)].state, State::Used { .. })
    }

    pub(crate) fn app(&self, serial: u8) -> u8 {
        self.tokens[usize::from(serial)].app
    }

    pub(crate) fn sign_in(&mut self, user: u8, app: u8) -> u8 {
        self.tokens.push(RefreshToken { user, app, state: State::Live });
        (self.tokens.len() - 1) as u8
    }

    pub(crate) fn revoke(&mut self, serial: u8) {
        self.tokens[usize::from(serial)].state = State::Revoked;
    }

    pub(crate) fn serve(&mut self, message: &Message, now: u64) -> Answer {
        match message.request {
            Request::SignIn(_) => {
                let serial = self.sign_in(message.user, OURS);
                Answer { said: Said::Token { user: message.user, app: OURS }, jar: Some(Some(serial)) }
            }
            Request::Refresh => self.refresh(message.cookie, now),
            Request::Logout => {
                // Only the value that came is revoked: the hardest case for who rotated it meanwhile.
                if let Some(serial) = message.cookie.filter(|it| self.is_live(*it)) {
                    self.revoke(serial);
                }
                Answer { said: Said::Done, jar: Some(None) }
            }
            Request::WhoAmI => Answer { said: Said::Busy, jar: None },
        }
    }

    fn refresh(&mut self, cookie: Option<u8>, now: u64) -> Answer {
        let refused = Answer { said: Said::Refused, jar: None };
        let Some(serial) = cookie else { return refused };
        let token = self.tokens[usize::from(serial)];
        let taken = match (token.state, self.usage) {
            (State::Live, _) => true,
            (State::Used { at }, Usage::Grace(ms)) => now <= at + ms,
            (State::Used { .. } | State::Revoked, _) => false,
        };
        if !taken {
            return refused;
        }
        let said = Said::Token { user: token.user, app: token.app };
        if self.usage == Usage::Reusable {
            return Answer { said, jar: Some(Some(serial)) };
        }
        self.tokens[usize::from(serial)].state = State::Used { at: now };
        Answer { said, jar: Some(Some(self.sign_in(token.user, token.app))) }
    }

    /// The sibling application's sign-in, in whose cookie ours is lost.
    pub(crate) fn sibling(&mut self) -> u8 {
        self.sign_in(0, SIBLING)
    }
}
