//! Restores the scroll position after a step back or forward. The browser does so only for content that is already there, and
//! here the content comes later.

use crate::core::Route;
use leptos::{ev, prelude::*};
use std::time::Duration;

/// A handle to the remembered positions: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Scroll(StoredValue<State>);

#[derive(Default)]
struct State {
    shown: Option<Route>,
    positions: Vec<(Route, f64)>,
    is_history_step: bool,
    pending: Option<f64>,
}

impl Scroll {
    /// Provides the positions. Call it outside the router, because its listener must run before the router's.
    pub fn provide() -> Self {
        let scroll = Self(StoredValue::new(State::default()));
        window_event_listener(ev::popstate, move |_| scroll.0.update_value(|state| state.is_history_step = true));
        provide_context(scroll);
        scroll
    }

    /// A page is about to be shown.
    pub fn page_changes(self, route: Route) {
        let at = window().scroll_y().unwrap_or_default();
        self.0.update_value(|state| {
            if let Some(old) = state.shown.replace(route) {
                state.positions.retain(|(route, _)| *route != old);
                state.positions.push((old, at));
            }
            let saved = state.positions.iter().find(|(saved, _)| *saved == route).map(|(_, at)| *at);
            state.pending = saved.filter(|_| std::mem::take(&mut state.is_history_step));
        });
    }

    /// The page's content is rendered.
    pub fn content_rendered(self) {
        if let Some(at) = self.0.try_update_value(|state| state.pending.take()).flatten() {
            set_timeout(move || window().scroll_to_with_x_and_y(0.0, at), Duration::ZERO); // after layout, which gives the page its height
        }
    }
}
