//! The requests that may change the cookie jar, from the note that one is under way to its answer.

use super::{Driver, TELLS, lock::Noted};
use crate::{
    browser::request::{self, NoAnswer},
    event::{Misconfiguration, SessionEvent},
    fusionauth::{self, Call},
};
use fusionauth_session::{Event, OperationId, RefreshAnswer, Request};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

impl Driver {
    pub(super) fn send(self: &Rc<Self>, id: OperationId, request: Request) {
        let driver = Rc::clone(self);
        spawn_local(async move {
            let noted = driver.note_sending(id).await;
            let answer = match driver.call(request) {
                Some(call) if noted == Noted::MaySend => Some(call.send(&driver.config).await),
                _ => None,
            };
            let failed = matches!((request, &answer), (Request::SignIn(_), Some(Err(NoAnswer::Network))));
            if TELLS && failed && request::is_there(&[&driver.config.fusionauth_url, "/api/status"].concat()).await {
                driver.tell(SessionEvent::Misconfigured(Misconfiguration::AnswerUnreadable));
            }
            let (event, fault) = fusionauth::event(id, request, answer.and_then(Result::ok), driver.store.read());
            fault.into_iter().for_each(|it| driver.tell(SessionEvent::Misconfigured(it)));
            driver.take_answer(request, event);
        });
    }

    /// What is to be sent; nothing where that was sent already.
    fn call(&self, request: Request) -> Option<Call> {
        let config = &self.config;
        Some(match request {
            Request::SignIn(id) => {
                let credentials = self.sign_ins.borrow_mut().iter_mut().find(|it| it.id == id)?.credentials.take()?;
                Call::sign_in(config, &credentials)
            }
            Request::Refresh => Call::refresh(config),
            Request::Logout => Call::logout(config),
            Request::WhoAmI => Call::who_am_i(config),
        })
    }

    /// Hands an answer to the machine, and tells what only a comparison of before and after shows.
    fn take_answer(self: &Rc<Self>, request: Request, event: Event) {
        if !TELLS {
            return self.dispatch(event);
        }
        let before = self.machine.borrow().order();
        let refused = matches!(event, Event::RefreshAnswered(_, RefreshAnswer::Refused, _));
        if refused && self.unproven.take() == Some(before.epoch) {
            self.tell(SessionEvent::Misconfigured(Misconfiguration::FirstRenewalRefused));
        }
        // The observer may have called anything.
        let before = self.machine.borrow().order();
        self.dispatch(event);
        let now = self.machine.borrow().order();
        if now.epoch == before.epoch && now.generation > before.generation && request != Request::Logout {
            self.unproven.set(None);
            self.tell(SessionEvent::Renewed);
        }
    }
}
