//! Carries requests to FusionAuth and answers back, with delays, lost answers and failures.

use crate::{
    server::{Answer, AnswerContent},
    state::{Message, PendingOperation, ScheduledEvent, Simulation},
    tab::issued,
};
use fusionauth_session::{CurrentUserAnswer, Event, LoginFailure, LogoutAnswer, RefreshAnswer, Request, SignInAnswer, TokenStorage, User};

/// The driver (`fusionauth-session-web`) waits this long for an answer.
const REQUEST_LIMIT_MS: u64 = 60_000;

impl Simulation {
    pub(crate) fn send(&mut self, tab: usize, operation: PendingOperation, request: Request) {
        self.requests.push((self.now, tab, request));
        if let Some(holder) = self.holder.as_mut().filter(|it| (it.tab, it.id) == (tab, operation.id)) {
            holder.sent = true;
            self.under_way = true;
        }
        let message = Message { operation, request, cookies: self.jar };
        let way = 10 + self.random.below(200);
        debug_assert!(way < REQUEST_LIMIT_MS);
        self.at(way, ScheduledEvent::Arrives(message));
    }

    pub(crate) fn arrives(&mut self, message: Message) {
        let way = 10 + self.random.below(200);
        let trouble = self.plan.faults && !self.quiet;
        if trouble && self.random.one_in(12) {
            let (status, retry) = [(429, Some(30_000)), (503, None), (500, None), (403, None)][self.random.below(4) as usize];
            return self.at(way, ScheduledEvent::Answered(message, Answer::without_cookies(AnswerContent::Busy(status, retry))));
        }
        if trouble && self.random.one_in(20) {
            return self.at(way, ScheduledEvent::Answered(message, Answer::without_cookies(AnswerContent::Nothing)));
        }
        let answer = self.serve(&message);
        let slow = if trouble && self.random.one_in(30) { self.random.below(40_000) } else { 0 };
        if self.plan.loses && !self.quiet && self.random.one_in(40) {
            self.lost = true;
            return self.at(way, ScheduledEvent::Answered(message, Answer::without_cookies(AnswerContent::Nothing)));
        }
        self.at(way + slow, ScheduledEvent::Answered(message, answer));
    }

    pub(crate) fn answered(&mut self, message: Message, answer: Answer) {
        if let Some(jar) = answer.jar {
            self.jar = jar;
        }
        let PendingOperation { tab, load, id, .. } = message.operation;
        if !self.tabs[tab].is_live(load) {
            return;
        }
        self.refusals += u64::from(matches!(answer.content, AnswerContent::Refused));
        let stored = self.stored(tab);
        let event = match message.request {
            Request::SignIn(_) => Event::SignInAnswered(id, self.sign_in_answer(answer.content), stored),
            Request::Refresh => Event::RefreshAnswered(id, self.refresh_answer(answer.content), stored),
            Request::CurrentUser => Event::CurrentUserAnswered(id, who_am_i_answer(answer.content), stored),
            Request::Logout => {
                let done = matches!(answer.content, AnswerContent::Done);
                Event::LogoutAnswered(id, if done { LogoutAnswer::Done } else { LogoutAnswer::Failed })
            }
        };
        self.step_machine(tab, event);
    }

    fn sign_in_answer(&self, content: AnswerContent) -> SignInAnswer {
        match content {
            AnswerContent::Token(user) if self.plan.token_storage == TokenStorage::LocalStorage => {
                SignInAnswer::Issued(issued(user, self.now))
            }
            AnswerContent::Token(user) => SignInAnswer::Accepted(named(user)),
            _ => SignInAnswer::Failed(LoginFailure::NoAnswer),
        }
    }

    fn refresh_answer(&self, content: AnswerContent) -> RefreshAnswer {
        match content {
            AnswerContent::Token(user) if self.plan.token_storage == TokenStorage::LocalStorage => {
                RefreshAnswer::Refreshed(issued(user, self.now))
            }
            AnswerContent::Token(_) => RefreshAnswer::Renewed,
            AnswerContent::Refused => RefreshAnswer::Refused,
            AnswerContent::Busy(status, retry_after_ms) => RefreshAnswer::Unavailable { status, retry_after_ms },
            _ => RefreshAnswer::NoAnswer,
        }
    }
}

fn who_am_i_answer(content: AnswerContent) -> CurrentUserAnswer {
    match content {
        AnswerContent::Known(user) => CurrentUserAnswer::Known(named(user)),
        AnswerContent::Nobody => CurrentUserAnswer::Nobody,
        AnswerContent::Expired => CurrentUserAnswer::Unauthorized,
        AnswerContent::Busy(status, retry_after_ms) => CurrentUserAnswer::Unavailable { status: Some(status), retry_after_ms },
        _ => CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None },
    }
}

fn named(user: u8) -> User {
    User { id: format!("user-{user}"), email: None }
}
