//! The requests that may change the cookie jar, from the note that one is under way to its answer.

use super::{Driver, lock::Noted};
use crate::{
    event::{Misconfiguration, SessionEvent},
    fusionauth,
};
use fusionauth_session::{Event, LogoutAnswer, OperationId, RefreshAnswer, Request, SignIn, SignInAnswer, Stored, WhoAmIAnswer};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

impl Driver {
    pub(super) fn send(self: &Rc<Self>, id: OperationId, request: Request) {
        let driver = self.clone();
        spawn_local(async move {
            let noted = driver.note_sending(id).await;
            if noted == Noted::LockLost {
                return driver.dispatch(unsent(id, request, driver.store.read()));
            }
            let event = match request {
                Request::SignIn(sign_in) => {
                    let credentials =
                        driver.sign_ins.borrow_mut().iter_mut().find(|it| it.id == sign_in).and_then(|it| it.credentials.take());
                    let (answer, fault) = match credentials {
                        Some(credentials) => fusionauth::sign_in(&driver.config, &credentials).await,
                        None => (SignInAnswer::Other(SignIn::NoAnswer), None),
                    };
                    fault.into_iter().for_each(|it| driver.tell(SessionEvent::Misconfigured(it)));
                    Event::SignInAnswered(id, answer, driver.store.read())
                }
                Request::Refresh => {
                    let answer = fusionauth::refresh(&driver.config).await;
                    let refused = matches!(answer, RefreshAnswer::Refused);
                    if refused && driver.unproven.take() == Some(driver.machine.borrow().order().epoch) {
                        driver.tell(SessionEvent::Misconfigured(Misconfiguration::FirstRenewalRefused));
                    }
                    Event::RefreshAnswered(id, answer, driver.store.read())
                }
                Request::Logout => Event::LogoutAnswered(id, fusionauth::logout(&driver.config).await),
                Request::WhoAmI => {
                    let answer = fusionauth::who_am_i(&driver.config).await;
                    Event::WhoAmIAnswered(id, answer, driver.store.read())
                }
            };
            let before = driver.machine.borrow().order();
            driver.dispatch(event);
            let now = driver.machine.borrow().order();
            if now.epoch == before.epoch && now.generation > before.generation && request != Request::Logout {
                driver.unproven.set(None);
                driver.tell(SessionEvent::Renewed);
            }
        });
    }
}

/// The answer to a request that never went out.
fn unsent(id: OperationId, request: Request, stored: Stored) -> Event {
    match request {
        Request::SignIn(_) => Event::SignInAnswered(id, SignInAnswer::Other(SignIn::NoAnswer), stored),
        Request::Refresh => Event::RefreshAnswered(id, RefreshAnswer::NoAnswer, stored),
        Request::Logout => Event::LogoutAnswered(id, LogoutAnswer::Failed),
        Request::WhoAmI => Event::WhoAmIAnswered(id, WhoAmIAnswer::Unavailable { status: None, retry_after_ms: None }, stored),
    }
}
