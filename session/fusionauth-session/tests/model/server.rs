//! FusionAuth in the model: the refresh tokens that it has issued, and its answers to sign-in, refresh and logout.

use crate::state::{Answer, AnswerContent, CookieJar, Message, OURS, SIBLING};
use fusionauth_session::{Request, TokenStorage};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) usage: Usage,
    pub(crate) token_storage: TokenStorage,
    /// Every refresh token that was ever issued.
    tokens: Vec<RefreshToken>,
}

/// FusionAuth's refresh token usage policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Usage {
    Reusable,
    OneTime,
    /// For this many milliseconds, a used token is accepted again.
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
    Used {
        at: u64,
        /// The next token. A backend keeps it for late requests with the used one, until the user signs out.
        kept: Option<u8>,
    },
    Revoked,
}

/// Whether scripts in the page hold the access token.
pub(crate) fn is_bearer(token_storage: TokenStorage) -> bool {
    matches!(token_storage, TokenStorage::LocalStorage | TokenStorage::Memory)
}

impl Server {
    pub(crate) fn new(usage: Usage, token_storage: TokenStorage) -> Self {
        Self { usage, token_storage, tokens: Vec::new() }
    }

    pub(crate) fn is_live(&self, serial: u8) -> bool {
        self.tokens[usize::from(serial)].state == State::Live
    }

    pub(crate) fn is_used(&self, serial: u8) -> bool {
        matches!(self.tokens[usize::from(serial)].state, State::Used { .. })
    }

    pub(crate) fn app(&self, serial: u8) -> u8 {
        self.owner(serial).1
    }

    /// The user and the application of a refresh token.
    pub(crate) fn owner(&self, serial: u8) -> (u8, u8) {
        let token = self.tokens[usize::from(serial)];
        (token.user, token.app)
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
                Answer { content: AnswerContent::Token { user: message.user, app: OURS }, jar: Some(self.cookies(serial, now)) }
            }
            Request::Refresh => self.refresh(message.cookies.refresh, now),
            Request::Logout => {
                // FusionAuth revokes only the token in the request. If another tab renews it at the same time, the new token stays valid.
                if let Some(serial) = message.cookies.refresh {
                    self.forget(serial);
                    if self.is_live(serial) {
                        self.revoke(serial);
                    }
                }
                Answer { content: AnswerContent::Done, jar: Some(CookieJar::default()) }
            }
            Request::CurrentUser => self.current_user(message.cookies, now),
        }
    }

    fn refresh(&mut self, cookie: Option<u8>, now: u64) -> Answer {
        match cookie.and_then(|it| self.rotate(it, now)) {
            Some(serial) => {
                let (user, app) = self.owner(serial);
                Answer { content: AnswerContent::Token { user, app }, jar: Some(self.cookies(serial, now)) }
            }
            None => Answer { content: AnswerContent::Refused, jar: None },
        }
    }

    /// The refresh token that FusionAuth's answer sets. `None` if FusionAuth refuses this one.
    fn rotate(&mut self, serial: u8, now: u64) -> Option<u8> {
        let token = self.tokens[usize::from(serial)];
        let taken = match (token.state, self.usage) {
            (State::Live, _) => true,
            (State::Used { at, .. }, Usage::Grace(ms)) => now <= at + ms,
            (State::Used { .. } | State::Revoked, _) => false,
        };
        if !taken || self.usage == Usage::Reusable {
            return Some(serial).filter(|_| taken);
        }
        let next = self.sign_in(token.user, token.app);
        self.tokens[usize::from(serial)].state = State::Used { at: now, kept: Some(next) };
        Some(next)
    }

    /// A backend's renewal. The backend refreshes each token once, and gives late requests with that token the same outcome.
    pub(crate) fn renew(&mut self, serial: u8, now: u64) -> Option<(u8, u8)> {
        let next = match self.tokens[usize::from(serial)].state {
            State::Used { kept: Some(next), .. } => Some(next),
            State::Used { kept: None, .. } | State::Live | State::Revoked => self.rotate(serial, now),
        };
        next.map(|it| (self.owner(it).0, it))
    }

    /// A backend's sign-out: late requests get no outcome of a renewal from or to this token.
    fn forget(&mut self, serial: u8) {
        for (at, token) in self.tokens.iter_mut().enumerate() {
            if let State::Used { kept, .. } = &mut token.state
                && (at == usize::from(serial) || *kept == Some(serial))
            {
                *kept = None;
            }
        }
    }

    /// The sibling application's sign-in, which overwrites our cookies.
    pub(crate) fn sibling(&mut self, now: u64) -> CookieJar {
        let serial = self.sign_in(0, SIBLING);
        self.cookies(serial, now)
    }
}
