//! Restores the scroll position after a step back or forward in the history. The browser does so only for content that already exists, and
//! here the content loads later. After any other navigation the router scrolls to the top.

use crate::core::Route;
use leptos::{ev, prelude::*};
use std::time::Duration;

/// A `Copy` handle to the stored positions.
#[derive(Clone, Copy)]
pub struct Scroll(StoredValue<State>);

#[derive(Default)]
struct State {
    shown: Option<Route>,
    /// The scroll position of the page that is about to be left.
    left_at: f64,
    positions: Vec<(Route, f64)>,
    is_history_step: bool,
    pending: Option<f64>,
}

impl Scroll {
    /// Provides the positions. Call it above the `<Router>`, because the router's `popstate` listener must run after the listener here.
    pub fn provide() -> Self {
        let scroll = Self(StoredValue::new(State::default()));
        window_event_listener(ev::popstate, move |_| scroll.0.update_value(|state| state.is_history_step = true));
        provide_context(scroll);
        scroll
    }

    /// Stores the position of the current page, which is about to be left. Call it before [`Self::before_show`], because the router may
    /// scroll to the top between the two calls.
    pub fn before_leave(self) {
        self.0.update_value(|state| state.left_at = window().scroll_y().unwrap_or_default());
    }

    /// Call it when a page is about to be shown. After a step in the history, the page's stored position becomes pending.
    pub fn before_show(self, route: Route) {
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

    /// Call it when the URL changes and the page stays. The page's new content has no stored position, so this step in the history restores
    /// none.
    pub fn keep_page(self) {
        self.0.update_value(|state| state.is_history_step = false);
    }

    /// Call it when the page's content is rendered. It restores the pending position.
    pub fn content_rendered(self) {
        if let Some(at) = self.0.try_update_value(|state| state.pending.take()).flatten() {
            set_timeout(move || window().scroll_to_with_x_and_y(0.0, at), Duration::ZERO); // after layout, which gives the page its height
        }
    }
}
