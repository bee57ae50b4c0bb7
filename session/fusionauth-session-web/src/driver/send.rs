//! Sends the requests that may change the browser's cookies, and passes their answers to the machine.

use super::{Driver, REPORTS_EVENTS};
use crate::{
    TokenStorage,
    event::{Misconfiguration, SessionEvent},
    fusionauth::{self, Call},
};
use fusionauth_session::{Event, OperationId, RefreshAnswer, Request, SignInId};
use wasm_bindgen_futures::spawn_local;

impl Driver {
    pub(super) fn send(&'static self, id: OperationId, request: Request) {
        spawn_local(async move {
            let may_send = self.note_request(id).await;
            let answer = match self.call(request) {
                Some(call) if may_send => Some(call.send(&self.config).await),
                _ => None,
            };
            if let (Request::SignIn(id), Some(Ok(answer))) = (request, &answer) {
                if answer.status == 200 {
                    self.keep_as_asked(id);
                } else {
                    self.refusal.replace(answer.body.clone());
                }
            }
            #[cfg(any(feature = "events", debug_assertions))]
            if let (Request::SignIn(_), Some(answer)) = (request, &answer) {
                self.misconfigurations(answer).await.into_iter().for_each(|it| self.notify(SessionEvent::Misconfigured(it)));
            }
            let event = fusionauth::event(id, request, answer.and_then(Result::ok), self.store.read());
            self.take_answer(request, event);
        });
    }

    /// The call for a request; `None` for a sign-in without credentials, because they were sent already.
    fn call(&self, request: Request) -> Option<Call> {
        let config = &self.config;
        Some(match request {
            Request::SignIn(id) => {
                let credentials = self.sign_ins.borrow_mut().iter_mut().find(|it| it.id == id)?.credentials.take()?;
                Call::sign_in(config, credentials)
            }
            Request::Refresh => Call::refresh(config),
            Request::Logout => Call::logout(config),
            Request::CurrentUser => Call::current_user(config),
        })
    }

    /// Sets or deletes the mark that the new session must end when the browser is closed, before the session's record is written. With
    /// `BackendCookies` the backend received the choice in the request instead.
    fn keep_as_asked(&self, id: SignInId) {
        let keep = self.sign_ins.borrow().iter().find(|it| it.id == id).and_then(|it| it.keep);
        if let (Some(keep), false) = (keep, self.config.token_storage == TokenStorage::BackendCookies) {
            self.store.keep(keep);
        }
    }

    /// Passes an answer to the machine. Reports a renewal, which it detects by comparing the session version before and after, and the
    /// refusal of the first renewal after a sign-in.
    fn take_answer(&'static self, request: Request, event: Event) {
        if !REPORTS_EVENTS {
            return self.dispatch(event);
        }
        let before = self.machine.borrow().version();
        let refused = matches!(event, Event::RefreshAnswered(_, RefreshAnswer::Refused, _));
        if refused && self.unproven.take() == Some(before.epoch) {
            self.notify(SessionEvent::Misconfigured(Misconfiguration::FirstRenewalRefused));
        }
        // The listener may have changed the version, because it may call any method.
        let before = self.machine.borrow().version();
        self.dispatch(event);
        let now = self.machine.borrow().version();
        if now.epoch == before.epoch && now.generation > before.generation && request != Request::Logout {
            self.unproven.set(None);
            self.notify(SessionEvent::Renewed);
        }
    }
}
