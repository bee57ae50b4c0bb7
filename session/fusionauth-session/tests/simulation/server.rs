//! FusionAuth, and the application's backend if cookies carry the session.

use crate::state::{LIFETIME_MS, Message, Simulation};
use fusionauth_session::{Request, SignInId, TokenStorage};

/// How long a backend keeps the outcome of a renewal for late requests.
const KEPT_MS: u64 = 60_000;

/// The browser's cookies.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CookieJar {
    pub(crate) refresh: Option<usize>,
    /// The user of the access token and its time of issue, if the access token is a cookie, too.
    pub(crate) access: Option<(u8, u64)>,
}

#[derive(Clone, Copy)]
pub(crate) struct RefreshToken {
    pub(crate) user: u8,
    pub(crate) live: bool,
    /// The token's successor, and the time until which a backend returns it.
    kept: Option<(usize, u64)>,
}

#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) content: AnswerContent,
    /// The browser's cookies after this answer, if it changes them.
    pub(crate) jar: Option<CookieJar>,
}

#[derive(Clone, Copy)]
pub(crate) enum AnswerContent {
    /// A token for this user.
    Token(u8),
    Known(u8),
    Nobody,
    Expired,
    Refused,
    Done,
    Busy(u16, Option<u64>),
    Nothing,
}

impl Answer {
    pub(crate) fn without_cookies(content: AnswerContent) -> Self {
        Self { content, jar: None }
    }
}

impl Simulation {
    /// The answer to a request.
    pub(crate) fn serve(&mut self, message: &Message) -> Answer {
        match message.request {
            Request::SignIn(SignInId(id)) => {
                let user = (id % 2) as u8;
                let serial = self.issue(user);
                Answer { content: AnswerContent::Token(user), jar: Some(self.cookies(serial)) }
            }
            Request::Refresh => match message.cookies.refresh.and_then(|it| self.rotate(it)) {
                Some(serial) => Answer { content: AnswerContent::Token(self.refresh_tokens[serial].user), jar: Some(self.cookies(serial)) },
                None => Answer::without_cookies(AnswerContent::Refused),
            },
            Request::Logout => {
                if let Some(serial) = message.cookies.refresh {
                    self.refresh_tokens[serial].live = false;
                    let kept = |it: &mut RefreshToken| it.kept = it.kept.filter(|kept| kept.0 != serial);
                    self.refresh_tokens.iter_mut().for_each(kept);
                    self.refresh_tokens[serial].kept = None;
                }
                Answer { content: AnswerContent::Done, jar: Some(CookieJar::default()) }
            }
            Request::CurrentUser => self.look_at(message.cookies),
        }
    }

    /// A backend's answer to a request with these cookies.
    pub(crate) fn look_at(&mut self, cookies: CookieJar) -> Answer {
        let Some((user, issued)) = cookies.access else { return Answer::without_cookies(AnswerContent::Nobody) };
        if self.now < issued + LIFETIME_MS {
            return Answer::without_cookies(AnswerContent::Known(user));
        }
        if self.plan.token_storage == TokenStorage::SharedDomainCookies {
            return Answer::without_cookies(AnswerContent::Expired);
        }
        match cookies.refresh.and_then(|it| self.renewed(it)) {
            Some(serial) => Answer { content: AnswerContent::Known(user), jar: Some(self.cookies(serial)) },
            None => Answer { content: AnswerContent::Expired, jar: Some(CookieJar::default()) },
        }
    }

    /// A backend's renewal. The backend refreshes each token once, and gives late requests with that token the same outcome.
    fn renewed(&mut self, serial: usize) -> Option<usize> {
        let kept = self.refresh_tokens[serial].kept.filter(|it| self.now < it.1);
        kept.map(|it| it.0).or_else(|| self.rotate(serial))
    }

    /// The refresh token that FusionAuth's answer sets. `None` if FusionAuth refuses this one.
    fn rotate(&mut self, serial: usize) -> Option<usize> {
        if !self.refresh_tokens[serial].live {
            self.used_tokens += 1;
            return None;
        }
        if !self.plan.one_time {
            return Some(serial);
        }
        let next = self.issue(self.refresh_tokens[serial].user);
        let used = &mut self.refresh_tokens[serial];
        (used.live, used.kept) = (false, Some((next, self.now + KEPT_MS)));
        Some(next)
    }

    fn issue(&mut self, user: u8) -> usize {
        self.refresh_tokens.push(RefreshToken { user, live: true, kept: None });
        self.refresh_tokens.len() - 1
    }

    /// The cookies that come with a refresh token.
    fn cookies(&self, refresh: usize) -> CookieJar {
        let by_cookie = self.plan.token_storage != TokenStorage::LocalStorage;
        CookieJar { refresh: Some(refresh), access: by_cookie.then_some((self.refresh_tokens[refresh].user, self.now)) }
    }

    pub(crate) fn holds_live_cookie(&self) -> bool {
        self.jar.refresh.is_some_and(|it| self.refresh_tokens[it].live)
    }
}
