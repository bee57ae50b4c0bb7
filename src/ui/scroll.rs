//! Restores the scroll position after a step back or forward. The browser does so only for content that is already there, and here the
//! content loads later. The router scrolls every other page to its top.

use crate::core::Route;
use leptos::{ev, prelude::*};
use std::time::Duration;

/// A handle to the stored positions: it is `Copy`.
#[derive(Clone, Copy)]
pub struct Scroll(StoredValue<State>);

#[derive(Default)]
struct State {
    shown: Option<Route>,
    /// The position of the page that is about to be left.
    left_at: f64,
    positions: Vec<(Route, f64)>,
    is_history_step: bool,
    pending: Option<f64>,
}

impl Scroll {
    /// Provides the positions. Call it above the `<Router>`: the router's listener must run after this one.
    pub fn provide() -> Self {
        let scroll = Self(StoredValue::new(State::default()));
        window_event_listener(ev::popstate, move |_| scroll.0.update_value(|state| state.is_history_step = true));
        provide_context(scroll);
        scroll
    }

    /// The current page is about to be left. The router scrolls the next one to its top, and may do so before [`Self::page_changes`].
    pub fn page_goes(self) {
        self.0.update_value(|state| state.left_at = window().scroll_y().unwrap_or_default());
    }

    /// A page is about to be shown.
    pub fn page_changes(self, route: Route) {
        self.0.update_value(|state| {
            let at = std::mem::take(&mut state.left_at);
            if let Some(old) = state.shown.replace(route) {
                state.positions.retain(|(route, _)| *route != old);
                state.positions.push((old, at));
            }
            let saved = state.positions.iter().find(|(saved, _)| *saved == route).map(|(_, at)| *at);
            let is_history_step = std::mem::take(&mut state.is_history_step);
            state.pending = saved.filter(|_| is_history_step);
        });
    }

    /// The current page shows other content, which has no position of its own. A step in the history that led there does not change the
    /// page.
    pub fn page_stays(self) {
        self.0.update_value(|state| state.is_history_step = false);
    }

    /// The page's content is rendered.
    pub fn content_rendered(self) {
        if let Some(at) = self.0.try_update_value(|state| state.pending.take()).flatten() {
            set_timeout(move || window().scroll_to_with_x_and_y(0.0, at), Duration::ZERO); // after layout, which gives the page its height
        }
    }
}
