//! The address of the page: follows links, and steps through the browser's history, without loading the document again.
//!
//! `leptos_router` would keep the address of every page that was visited for as long as the tab is open, and it costs several kilobytes
//! for what this app does not use: here the routes are one match, and one page reads the query.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement};

/// A handle to the address: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct Location {
    path: RwSignal<String>,
    query: RwSignal<String>,
}

/// What becomes of the page that is left, in the browser's history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// A step back leads to it.
    Kept,
    /// The next page takes its place.
    Replaced,
}

/// The address of the app around the caller.
pub fn use_location() -> Location {
    use_context().expect("provided by the shell")
}

impl Location {
    /// Provides the address to everything below the caller, and follows links and history until the caller is cleaned up.
    pub fn provide() -> Self {
        let location = Self { path: RwSignal::new(current_path()), query: RwSignal::new(current_query()) };
        provide_context(location);
        let links = window_event_listener(ev::click, move |event| location.clicked(&event));
        let history = window_event_listener(ev::popstate, move |_| _ = location.follow());
        on_cleanup(move || {
            links.remove();
            history.remove();
        });
        location
    }

    /// The path, for readers that live as long as the app. Tracked.
    pub fn path(self) -> String {
        self.path.get()
    }

    /// The query string, from its `?` on, for readers that end before the app (`read_until_cleanup`).
    pub fn query(self) -> ReadSignal<String> {
        self.query.read_only()
    }

    /// Opens `address`, a path of this application that may have a query.
    pub fn open(self, address: &str, departure: Departure) {
        let Ok(history) = window().history() else { return };
        _ = match departure {
            Departure::Kept if current_address() == address => Ok(()), // the same page once more is no step
            Departure::Kept => history.push_state_with_url(&JsValue::NULL, "", Some(address)),
            Departure::Replaced => history.replace_state_with_url(&JsValue::NULL, "", Some(address)),
        };
        if !self.follow() {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }

    /// Reads the address. Returns whether another page is shown now.
    fn follow(self) -> bool {
        let is_other = update(self.path, current_path());
        if is_other {
            // The page that is left must not take the query for its own, and the next one reads it anyway.
            *self.query.write_untracked() = current_query();
        } else {
            update(self.query, current_query());
        }
        is_other
    }

    /// Gives the page that is shown another path, which is a step of its own in the history. The page goes on as it is: it has asked for this.
    pub fn go_on_at(self, path: &str) {
        let Ok(history) = window().history() else { return };
        if history.push_state_with_url(&JsValue::NULL, "", Some(path)).is_ok() {
            *self.path.write_untracked() = current_path();
        }
    }

    /// Opens the page that a link of this origin leads to.
    fn clicked(self, event: &ev::MouseEvent) {
        if let Some(link) = take_link(event) {
            self.open(&(link.pathname() + &link.search()), Departure::Kept);
        }
    }
}

/// The link of this origin that was clicked, which the browser does not follow then. `None` if the click asks for something else, such as a
/// new tab.
pub fn take_link(event: &ev::MouseEvent) -> Option<HtmlAnchorElement> {
    let has_modifier = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || has_modifier {
        return None;
    }
    let element = event.target()?.dyn_into::<Element>().ok()?;
    let link = element.closest("a[href]").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    let is_elsewhere = window().location().origin().ok() != Some(link.origin());
    if is_elsewhere || !link.target().is_empty() || link.has_attribute("download") {
        return None;
    }
    event.prevent_default();
    Some(link)
}

/// Gives `signal` the value, if it is another one. Returns whether it is.
fn update(signal: RwSignal<String>, value: String) -> bool {
    let is_other = signal.with_untracked(|before| *before != value);
    if is_other {
        signal.set(value);
    }
    is_other
}

fn current_path() -> String {
    window().location().pathname().unwrap_or_default()
}

fn current_query() -> String {
    window().location().search().unwrap_or_default()
}

fn current_address() -> String {
    current_path() + &current_query()
}
