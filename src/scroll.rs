//! Back and forward lead to where one had scrolled to. The browser does it by itself only where the content stands already.

use crate::route::Route;
use leptos::{ev, prelude::*};
use std::time::Duration;

/// A handle to what is remembered: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Scroll(StoredValue<State>);

#[derive(Default)]
struct State {
    shown: Option<Route>,
    left: Vec<(Route, f64)>,
    by_history: bool,
    pending: Option<f64>,
}

impl Scroll {
    /// Provides the memory. Call it outside the router: its listener must hear of a step in the history first.
    pub fn provide() -> Self {
        let scroll = Self(StoredValue::new(State::default()));
        window_event_listener(ev::popstate, move |_| scroll.0.update_value(|state| state.by_history = true));
        provide_context(scroll);
        scroll
    }

    /// A page is about to be shown.
    pub fn shows(self, route: Route) {
        let at = window().scroll_y().unwrap_or_default();
        self.0.update_value(|state| {
            if let Some(old) = state.shown.replace(route) {
                state.left.retain(|(route, _)| *route != old);
                state.left.push((old, at));
            }
            let saved = state.left.iter().find(|(left, _)| *left == route).map(|(_, at)| *at);
            state.pending = saved.filter(|_| std::mem::take(&mut state.by_history));
        });
    }

    /// The page's content stands.
    pub fn settled(self) {
        if let Some(at) = self.0.try_update_value(|state| state.pending.take()).flatten() {
            set_timeout(move || window().scroll_to_with_x_and_y(0.0, at), Duration::ZERO); // once it has a height
        }
    }
}
