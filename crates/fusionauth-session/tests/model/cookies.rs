//! Sessions in cookies: requests that carry them by themselves, and the application's backend, which answers who is
//! signed in and, where it renews, does so meanwhile.

use crate::{
    next::look,
    server::{Server, is_bearer},
    setup::{Begin, Setup},
    world::{Access, Action, Answer, CallerState, Jar, LIFETIME_MS, OURS, Said, World},
};
use fusionauth_session::{CallerId, Event, SessionVersion, Transport};

/// What a backend makes of the cookies of a request.
pub(crate) enum Seen {
    /// This user's; where they were renewed, with what the answer makes of them.
    Good(u8, Option<Jar>),
    /// Nobody's, or another application's.
    Nobodys,
    /// Over, and not to be renewed here.
    Over(Option<Jar>),
}

impl Server {
    pub(crate) fn look_at(&mut self, cookies: Jar, now: u64) -> Seen {
        let Some(access) = cookies.access.filter(|it| it.app == OURS) else { return Seen::Nobodys };
        if !access.is_over(now) {
            return Seen::Good(access.user, None);
        }
        if self.transport == Transport::SharedDomainCookies {
            return Seen::Over(None);
        }
        match cookies.refresh.and_then(|it| self.renew(it, now)) {
            Some((user, refresh)) if user == access.user => Seen::Good(user, Some(self.cookies(refresh, now))),
            _ => Seen::Over(Some(Jar::default())),
        }
    }

    pub(crate) fn current_user(&mut self, cookies: Jar, now: u64) -> Answer {
        match self.look_at(cookies, now) {
            Seen::Good(user, jar) => Answer { said: Said::Known { user }, jar },
            Seen::Nobodys => Answer { said: Said::Nobody, jar: None },
            Seen::Over(jar) => Answer { said: Said::Expired, jar },
        }
    }

    /// The cookies that come with a refresh token.
    pub(crate) fn cookies(&self, refresh: u8, now: u64) -> Jar {
        let (user, app) = self.owner(refresh);
        let access = (!is_bearer(self.transport)).then_some(Access { user, app, issued_at: now });
        Jar { refresh: Some(refresh), access }
    }
}

impl Setup {
    /// A caller with a ticket sends its request, and hears the answer in the same moment: answers that come late are
    /// not modelled, because no machine hears of them. Whether it was answered.
    pub(crate) fn call(&self, world: &mut World, tab: usize, stale: bool) -> bool {
        let Some(at) = world.tabs[tab].callers.iter().position(|it| matches!(it.state, CallerState::Holding(_))) else { return false };
        let caller = world.tabs[tab].callers.remove(at);
        let CallerState::Holding(pass) = caller.state else { return false };
        let seen = world.server.look_at(world.jar, world.now);
        if let Seen::Good(_, Some(jar)) | Seen::Over(Some(jar)) = &seen {
            world.jar = *jar;
        }
        if matches!(seen, Seen::Good(..)) {
            return true;
        }
        let id = CallerId(Self::new_caller(world, tab, caller.user, caller.refusals + 1));
        let stored = look(world, tab, stale);
        let event = if caller.refusals == 0 { Event::Unauthorized(id, pass, stored) } else { Event::UnauthorizedAgain(id, pass, stored) };
        self.tell(world, tab, event);
        false
    }

    /// The browser was closed: what has no `Max-Age` is gone.
    pub(crate) fn restart(&self, world: &mut World) {
        for tab in 0..world.tabs.len() {
            Self::close(world, tab);
        }
        if self.begin == Begin::WithoutARecord {
            // Storage was purged, and the cookies were not; the access token is over.
            (world.storage, world.before, world.version) = (None, None, SessionVersion::default());
            world.now += LIFETIME_MS;
        } else if self.transport == Transport::SharedDomainCookies {
            world.jar.access = None;
        }
        world.history.orphaned = false;
        for tab in 0..world.tabs.len() {
            self.act(world, Action::Open { tab, stale: false });
        }
    }
}
