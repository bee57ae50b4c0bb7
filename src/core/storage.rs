//! Local storage and session storage, if the browser allows them. gloo's `raw` panics if they are blocked, so the getter is called first.

#![expect(clippy::disallowed_methods, reason = "all other files of the app use this one")]

use gloo_storage::{LocalStorage, SessionStorage, Storage};
use leptos::prelude::window;

/// The storage that outlives the browser.
pub fn local() -> Option<web_sys::Storage> {
    window().local_storage().ok()??;
    Some(LocalStorage::raw())
}

/// The storage of this tab.
pub fn session() -> Option<web_sys::Storage> {
    window().session_storage().ok()??;
    Some(SessionStorage::raw())
}
