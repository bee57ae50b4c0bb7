//! Carries the messages of the model: FusionAuth answers a request, and the network delivers the answer, loses it, or replaces it with a
//! failure.

use crate::{
    actions::look,
    early::is_early,
    properties,
    server::is_bearer,
    setup::Setup,
    state::{AnswerContent, Message, ModelState, issued, name, no_answer},
};
use fusionauth_session::{CurrentUserAnswer, Event, LogoutAnswer, RefreshAnswer, Request, SignInAnswer, User};

impl Setup {
    pub(crate) fn serve(model: &mut ModelState, message: usize) {
        properties::used_token_is_sent(model, message);
        properties::sign_out_of_a_sign_in(model, message);
        let answer = model.server.serve(&model.net[message], model.now);
        // From here on the tab reads the newest record: in the model, FusionAuth takes longer to answer than storage takes to catch up.
        let operation = model.net[message].operation;
        model.tabs[operation.tab].lags = false;
        model.net[message].answer = Some(answer);
    }

    pub(crate) fn deliver(&self, model: &mut ModelState, message: Message, stale: bool) {
        let Some(answer) = &message.answer else { return };
        if let Some(jar) = answer.jar {
            model.jar = jar;
        }
        if Self::keep_early_answer(model, &message, &answer.content) {
            return;
        }
        if model.is_orphan(&message) {
            model.history.sign_in_lost |= matches!(message.request, Request::SignIn(_));
            return;
        }
        let (tab, id) = (message.operation.tab, message.operation.id);
        let stored = look(model, tab, stale);
        let event = match (message.request, &answer.content) {
            (Request::SignIn(_), AnswerContent::Token { user, .. }) if !is_bearer(self.token_storage) => {
                Event::SignInAnswered(id, SignInAnswer::Accepted(User { id: name(*user), email: None }), stored)
            }
            (Request::Refresh, AnswerContent::Token { .. }) if !is_bearer(self.token_storage) && !self.token_in_body => {
                Event::RefreshAnswered(id, RefreshAnswer::Renewed, stored)
            }
            (Request::CurrentUser, content) => Event::CurrentUserAnswered(id, current_user(content), stored),
            (Request::SignIn(_), AnswerContent::Token { user, app }) => {
                Event::SignInAnswered(id, SignInAnswer::Issued(issued(*user, *app, model.now)), stored)
            }
            (Request::Refresh, AnswerContent::Token { user, app }) => {
                Event::RefreshAnswered(id, RefreshAnswer::Refreshed(issued(*user, *app, model.now)), stored)
            }
            (Request::Refresh, AnswerContent::Refused) => Event::RefreshAnswered(id, RefreshAnswer::Refused, stored),
            (Request::Refresh, _) => Event::RefreshAnswered(id, RefreshAnswer::Unavailable { status: 429, retry_after_ms: None }, stored),
            (Request::Logout, AnswerContent::Done) => Event::LogoutAnswered(id, LogoutAnswer::Done),
            (request, _) => no_answer(id, request, stored),
        };
        self.step_machine(model, tab, event);
    }

    pub(crate) fn lose(&self, model: &mut ModelState, message: &Message) {
        if is_early(message, message.operation.tab) {
            return Self::drop_early(model, message.operation.tab);
        }
        if !model.is_orphan(message) {
            let stored = look(model, message.operation.tab, false);
            self.step_machine(model, message.operation.tab, no_answer(message.operation.id, message.request, stored));
        }
    }
}

fn current_user(content: &AnswerContent) -> CurrentUserAnswer {
    match content {
        AnswerContent::Known { user } => CurrentUserAnswer::Known(User { id: name(*user), email: None }),
        AnswerContent::Nobody => CurrentUserAnswer::Nobody,
        AnswerContent::Expired => CurrentUserAnswer::Unauthorized,
        AnswerContent::Token { .. } | AnswerContent::Refused | AnswerContent::Done | AnswerContent::Busy => {
            CurrentUserAnswer::Unavailable { status: Some(429), retry_after_ms: None }
        }
    }
}
