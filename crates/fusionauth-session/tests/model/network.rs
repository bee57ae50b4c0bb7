//! What becomes of requests and of their answers.

use crate::{
    next::look,
    server::is_bearer,
    setup::Setup,
    watch,
    world::{Message, Said, World, issued, name, no_answer},
};
use fusionauth_session::{CurrentUserAnswer, Event, LogoutAnswer, RefreshAnswer, Request, SignInAnswer, User};

impl Setup {
    pub(crate) fn serve(world: &mut World, message: usize) {
        watch::used_token_is_sent(world, message);
        watch::sign_out_of_a_sign_in(world, message);
        let answer = world.server.serve(&world.net[message], world.now);
        // Storage lags for less than an answer is on its way.
        let ticket = world.net[message].ticket;
        world.tabs[ticket.tab].lags = false;
        world.net[message].answer = Some(answer);
    }

    pub(crate) fn deliver(&self, world: &mut World, message: Message, stale: bool) {
        let Some(answer) = &message.answer else { return };
        if let Some(jar) = answer.jar {
            world.jar = jar;
        }
        if world.is_orphan(&message) {
            world.history.sign_in_lost |= matches!(message.request, Request::SignIn(_));
            return;
        }
        let (tab, id) = (message.ticket.tab, message.ticket.id);
        let stored = look(world, tab, stale);
        let event = match (message.request, &answer.said) {
            (Request::SignIn(_), Said::Token { user, .. }) if !is_bearer(self.transport) => {
                Event::SignInAnswered(id, SignInAnswer::Accepted(User { id: name(*user), email: None }), stored)
            }
            (Request::Refresh, Said::Token { .. }) if !is_bearer(self.transport) && !self.token_in_body => {
                Event::RefreshAnswered(id, RefreshAnswer::Renewed, stored)
            }
            (Request::CurrentUser, said) => Event::CurrentUserAnswered(id, current_user(said), stored),
            (Request::SignIn(_), Said::Token { user, app }) => {
                Event::SignInAnswered(id, SignInAnswer::Issued(issued(*user, *app, world.now)), stored)
            }
            (Request::Refresh, Said::Token { user, app }) => {
                Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued(*user, *app, world.now)), stored)
            }
            (Request::Refresh, Said::Refused) => Event::RefreshAnswered(id, RefreshAnswer::Refused, stored),
            (Request::Refresh, _) => Event::RefreshAnswered(id, RefreshAnswer::Unavailable { status: 429, retry_after_ms: None }, stored),
            (Request::Logout, Said::Done) => Event::LogoutAnswered(id, LogoutAnswer::Done),
            (request, _) => no_answer(id, request, stored),
        };
        self.tell(world, tab, event);
    }

    pub(crate) fn lose(&self, world: &mut World, message: &Message) {
        if !world.is_orphan(message) {
            let stored = look(world, message.ticket.tab, false);
            self.tell(world, message.ticket.tab, no_answer(message.ticket.id, message.request, stored));
        }
    }
}

fn current_user(said: &Said) -> CurrentUserAnswer {
    match said {
        Said::Known { user } => CurrentUserAnswer::Known(User { id: name(*user), email: None }),
        Said::Nobody => CurrentUserAnswer::Nobody,
        Said::Expired => CurrentUserAnswer::Unauthorized,
        Said::Token { .. } | Said::Refused | Said::Done | Said::Busy => {
            CurrentUserAnswer::Unavailable { status: Some(429), retry_after_ms: None }
        }
    }
}
