//! The way of requests and of their answers.

use crate::{
    server::{Answer, Said},
    tab::issued,
    world::{Message, Thing, Ticket, World},
};
use fusionauth_session::{CurrentUserAnswer, Event, LogoutAnswer, RefreshAnswer, Request, SignInAnswer, SignInOutcome, Transport, User};

/// A driver waits this long for an answer.
const REQUEST_LIMIT_MS: u64 = 60_000;

impl World {
    pub(crate) fn send(&mut self, tab: usize, ticket: Ticket, request: Request) {
        self.requests.push((self.now, tab, request));
        if let Some(holder) = self.holder.as_mut().filter(|it| (it.tab, it.id) == (tab, ticket.id)) {
            holder.sent = true;
            self.under_way = true;
        }
        let message = Message { ticket, request, cookies: self.jar };
        let way = 10 + self.chance.below(200);
        debug_assert!(way < REQUEST_LIMIT_MS);
        self.at(way, Thing::Arrives(message));
    }

    pub(crate) fn arrives(&mut self, message: Message) {
        let way = 10 + self.chance.below(200);
        let trouble = self.plan.faults && !self.quiet;
        if trouble && self.chance.one_in(12) {
            let (status, retry) = [(429, Some(30_000)), (503, None), (500, None), (403, None)][self.chance.below(4) as usize];
            return self.at(way, Thing::Answered(message, Answer::without_cookies(Said::Busy(status, retry))));
        }
        if trouble && self.chance.one_in(20) {
            return self.at(way, Thing::Answered(message, Answer::without_cookies(Said::Nothing)));
        }
        let answer = self.serve(&message);
        let slow = if trouble && self.chance.one_in(30) { self.chance.below(40_000) } else { 0 };
        if self.plan.loses && !self.quiet && self.chance.one_in(40) {
            self.lost = true;
            return self.at(way, Thing::Answered(message, Answer::without_cookies(Said::Nothing)));
        }
        self.at(way + slow, Thing::Answered(message, answer));
    }

    pub(crate) fn answered(&mut self, message: Message, answer: Answer) {
        if let Some(jar) = answer.jar {
            self.jar = jar;
        }
        let Ticket { tab, load, id, .. } = message.ticket;
        if !self.tabs[tab].is_live(load) {
            return;
        }
        self.refusals += u64::from(matches!(answer.said, Said::Refused));
        let stored = self.stored(tab);
        let event = match message.request {
            Request::SignIn(_) => Event::SignInAnswered(id, self.sign_in_answer(answer.said), stored),
            Request::Refresh => Event::RefreshAnswered(id, self.refresh_answer(answer.said), stored),
            Request::CurrentUser => Event::CurrentUserAnswered(id, who_am_i_answer(answer.said), stored),
            Request::Logout => {
                let done = matches!(answer.said, Said::Done);
                Event::LogoutAnswered(id, if done { LogoutAnswer::Done } else { LogoutAnswer::Failed })
            }
        };
        self.tell(tab, event);
    }

    fn sign_in_answer(&self, said: Said) -> SignInAnswer {
        match said {
            Said::Token(user) if self.plan.transport == Transport::BearerToken => SignInAnswer::Issued(issued(user, self.now)),
            Said::Token(user) => SignInAnswer::Accepted(named(user)),
            _ => SignInAnswer::Other(SignInOutcome::NoAnswer),
        }
    }

    fn refresh_answer(&self, said: Said) -> RefreshAnswer {
        match said {
            Said::Token(user) if self.plan.transport == Transport::BearerToken => RefreshAnswer::Refreshed(issued(user, self.now)),
            Said::Token(_) => RefreshAnswer::Renewed,
            Said::Refused => RefreshAnswer::Refused,
            Said::Busy(status, retry_after_ms) => RefreshAnswer::Unavailable { status, retry_after_ms },
            _ => RefreshAnswer::NoAnswer,
        }
    }
}

fn who_am_i_answer(said: Said) -> CurrentUserAnswer {
    match said {
        Said::Known(user) => CurrentUserAnswer::Known(named(user)),
        Said::Nobody => CurrentUserAnswer::Nobody,
        Said::Expired => CurrentUserAnswer::Unauthorized,
        Said::Busy(status, retry_after_ms) => CurrentUserAnswer::Unavailable { status: Some(status), retry_after_ms },
        _ => CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None },
    }
}

fn named(user: u8) -> User {
    User { id: format!("user-{user}"), email: None }
}
