//! Sessions in cookies, which the browser sends with each request. The application's backend answers who is signed in. A backend that
//! renews the cookies does so in the same step.

use crate::{
    actions::take_holding,
    server::{Server, is_bearer},
    setup::{Begin, Setup},
    state::{AccessCookie, Action, Answer, AnswerContent, CookieJar, HEALTHY, LIFETIME_MS, ModelState, OURS},
};
use fusionauth_session::{Event, SessionVersion, TokenStorage};

/// The owner of a request's cookies, as a backend sees it.
pub(crate) enum CookieCheck {
    /// The cookies are this user's. If the backend has renewed them, its answer sets the new ones.
    Valid(u8, Option<CookieJar>),
    /// There are no cookies, or they belong to another application.
    NotOurs,
    /// The cookies have expired, and this backend cannot renew them. A backend that tried deletes them with its answer.
    Expired(Option<CookieJar>),
}

impl Server {
    pub(crate) fn look_at(&mut self, cookies: CookieJar, now: u64) -> CookieCheck {
        let Some(access) = cookies.access.filter(|it| it.app == OURS) else { return CookieCheck::NotOurs };
        if !access.is_over(now) {
            return CookieCheck::Valid(access.user, None);
        }
        if self.token_storage == TokenStorage::SharedDomainCookies {
            return CookieCheck::Expired(None);
        }
        match cookies.refresh.and_then(|it| self.renew(it, now)) {
            Some((user, refresh)) if user == access.user => CookieCheck::Valid(user, Some(self.cookies(refresh, now))),
            _ => CookieCheck::Expired(Some(CookieJar::default())),
        }
    }

    pub(crate) fn current_user(&mut self, cookies: CookieJar, now: u64) -> Answer {
        match self.look_at(cookies, now) {
            CookieCheck::Valid(user, jar) => Answer { content: AnswerContent::Known { user }, jar },
            CookieCheck::NotOurs => Answer { content: AnswerContent::Nobody, jar: None },
            CookieCheck::Expired(jar) => Answer { content: AnswerContent::Expired, jar },
        }
    }

    /// The cookies that come with a refresh token.
    pub(crate) fn cookies(&self, refresh: u8, now: u64) -> CookieJar {
        let (user, app) = self.owner(refresh);
        let access = (!is_bearer(self.token_storage)).then_some(AccessCookie { user, app, issued_at: now });
        CookieJar { refresh: Some(refresh), access }
    }
}

impl Setup {
    /// A caller with a credential sends its request, and gets the answer in the same step. The model never delays such an answer,
    /// because it reaches no machine. Returns whether the backend has accepted the request.
    pub(crate) fn call(&self, model: &mut ModelState, tab: usize, stale: bool) -> bool {
        let Some(caller) = take_holding(model, tab, |it| it.resource == HEALTHY) else { return false };
        let seen = model.server.look_at(model.jar, model.now);
        if let CookieCheck::Valid(_, Some(jar)) | CookieCheck::Expired(Some(jar)) = &seen {
            model.jar = *jar;
        }
        if matches!(seen, CookieCheck::Valid(..)) {
            if model.tabs[tab].machine.as_ref().is_some_and(|it| it.is_forbidden(HEALTHY)) {
                self.step_machine(model, tab, Event::Authorized(HEALTHY));
            }
            return true;
        }
        self.refuse(model, tab, caller, stale);
        false
    }

    /// Closes and reopens the browser, which deletes cookies without `Max-Age`.
    pub(crate) fn restart(&self, model: &mut ModelState) {
        for tab in 0..model.tabs.len() {
            Self::close(model, tab);
        }
        if self.begin == Begin::WithoutARecord {
            // The browser has purged storage and kept the cookies, and the access token has expired.
            (model.storage, model.before, model.version) = (None, None, SessionVersion::default());
            model.now += LIFETIME_MS;
        } else if self.token_storage == TokenStorage::SharedDomainCookies {
            model.jar.access = None;
        }
        model.history.orphaned = false;
        for tab in 0..model.tabs.len() {
            self.act(model, Action::Open { tab, stale: false });
        }
    }
}
