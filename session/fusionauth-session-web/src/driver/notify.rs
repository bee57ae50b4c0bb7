//! Notifies the user interface, the sign-in form, event listeners and the console.

use super::Driver;
use crate::{
    SessionChange,
    event::{self, SessionEvent},
};
use fusionauth_session::{LoginFailure, SessionState};
use std::rc::Rc;

pub(crate) type EventListener = Rc<dyn Fn(SessionEvent)>;

/// Whether this build reports events. A release build without the feature `events` omits the code, because it has no
/// listeners.
pub(crate) const REPORTS_EVENTS: bool = cfg!(any(feature = "events", debug_assertions));

impl Driver {
    #[cfg(feature = "events")]
    pub(crate) fn add_listener(&self, listener: EventListener) -> u32 {
        let id = self.next_id();
        self.event_listeners.borrow_mut().push((id, listener));
        id
    }

    #[cfg(feature = "events")]
    pub(crate) fn remove_listener(&self, id: u32) {
        self.event_listeners.borrow_mut().retain(|it| it.0 != id);
    }

    /// Shows a state, unless the session has stopped, and reports the change.
    pub(super) fn show(&self, state: SessionState) {
        let event = if REPORTS_EVENTS { self.event_of(&state) } else { None };
        self.change(SessionChange::State(state));
        event.into_iter().for_each(|it| self.notify(it));
    }

    fn event_of(&self, state: &SessionState) -> Option<SessionEvent> {
        let before = self.reported_state.replace(state.clone());
        let event = event::of_state(&before, state).filter(|it| self.booted.get() || !matches!(it, SessionEvent::Ended(_)));
        self.on_change.get().and(event)
    }

    pub(super) fn change(&self, change: SessionChange) {
        if let Some(on_change) = self.on_change.get() {
            on_change(change);
        }
    }

    pub(super) fn notify(&self, event: SessionEvent) {
        if !REPORTS_EVENTS {
            return;
        }
        #[cfg(any(feature = "events", debug_assertions))]
        if let SessionEvent::Misconfigured(what) = event {
            if self.reported.borrow().contains(&what) {
                return;
            }
            self.reported.borrow_mut().push(what);
            web_sys::console::warn_1(&format!("fusionauth-session-web: {what}").into());
        }
        // The list is cloned instead of borrowed, because a listener may call any method.
        let listeners = self.event_listeners.borrow().clone();
        listeners.into_iter().for_each(|(_, it)| it(event.clone()));
    }

    pub(super) fn resolve_sign_in(&self, outcome: &Result<(), LoginFailure>) {
        if REPORTS_EVENTS {
            if outcome.is_ok() {
                self.unproven.set(Some(self.machine.borrow().version().epoch));
            }
            outcome.as_ref().err().and_then(event::of_sign_in).into_iter().for_each(|it| self.notify(SessionEvent::Misconfigured(it)));
        }
        self.sign_ins.take().into_iter().for_each(|it| it.outcome.send(outcome.clone()));
    }
}
