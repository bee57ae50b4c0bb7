//! Notifies the view, the sign-in form, event listeners and the console.

use super::Driver;
use crate::event::{self, SessionEvent};
use fusionauth_session::{LoginFailure, SessionState};
use leptos::prelude::*;
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

    /// Shows a view, unless the provider has been removed, and reports the change.
    pub(super) fn show(&self, view: SessionState) {
        if !REPORTS_EVENTS {
            let _ = self.view.try_set(view);
            return;
        }
        let change = self.view.try_with_untracked(|before| event::of_view(before, &view)).flatten();
        let _ = self.view.try_set(view);
        change.filter(|it| self.booted.get() || !matches!(it, SessionEvent::Ended(_))).into_iter().for_each(|it| self.notify(it));
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
            leptos::logging::warn!("leptos-fusionauth: {what}");
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
