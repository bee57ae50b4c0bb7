//! The pause after a code or a link was sent, before the user can request another one. The button shows the remaining seconds.

use leptos::prelude::*;
use std::time::Duration;

/// The length of the pause. FusionAuth's own limits allow more messages, but a person needs at most one in half a minute.
const SECONDS: u32 = 30;

/// The remaining seconds of the pause. All copies share them.
#[derive(Clone, Copy)]
pub struct CoolDown(RwSignal<u32>);

impl CoolDown {
    /// No pause, because no message was sent yet.
    pub fn over() -> Self {
        Self(RwSignal::new(0))
    }

    /// Starts the pause, or starts it again. Call this when a message was sent.
    pub fn start(self) {
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

    /// Whether the pause is still running, so that the user cannot request a message yet. Tracked.
    pub fn is_running(self) -> bool {
        self.0.get() > 0
    }

    /// As [`is_running`](Self::is_running), but not tracked.
    pub fn is_running_untracked(self) -> bool {
        self.0.get_untracked() > 0
    }

    /// The button's text: `text`, and the remaining seconds during the pause. Tracked.
    pub fn label(self, text: &str) -> String {
        match self.0.get() {
            0 => text.to_owned(),
            left => format!("{text} ({left} s)"),
        }
    }
}
