//! The pause after a message before the user can request another. The button that sends counts down.

use leptos::prelude::*;
use std::time::Duration;

/// FusionAuth's own limits allow more; one message in half a minute is enough for a person.
const SECONDS: u32 = 30;

/// A handle to the remaining time: it is `Copy`.
#[derive(Clone, Copy)]
pub(super) struct CoolDown(RwSignal<u32>);

impl CoolDown {
    /// A message can be sent at once.
    pub(super) fn over() -> Self {
        Self(RwSignal::new(0))
    }

    /// A message was sent just now.
    pub(super) fn start(self) {
        let is_counting = self.is_running_untracked();
        if self.0.try_set(SECONDS).is_none() && !is_counting {
            self.count();
        }
    }

    fn count(self) {
        let next = move || {
            let left = self.0.try_update(|left| {
                *left = left.saturating_sub(1);
                *left
            });
            if left.is_some_and(|left| left > 0) {
                self.count();
            }
        };
        set_timeout(next, Duration::from_secs(1));
    }

    /// Whether no message can be sent yet. Tracked.
    pub(super) fn is_running(self) -> bool {
        self.0.get() > 0
    }

    /// Whether no message can be sent yet.
    pub(super) fn is_running_untracked(self) -> bool {
        self.0.get_untracked() > 0
    }

    /// The button's text: `text`, and the seconds that are left. Tracked.
    pub(super) fn label(self, text: &str) -> String {
        match self.0.get() {
            0 => text.to_owned(),
            left => format!("{text} ({left} s)"),
        }
    }
}
