//! Local storage and session storage, or `None` if the browser blocks them. In that case gloo's `raw` would panic, so these functions call
//! the browser's getter first.

#![expect(clippy::disallowed_methods, reason = "all other files of the app use this module")]

use gloo_storage::{LocalStorage, SessionStorage, Storage};
use leptos::prelude::window;

/// Local storage, which survives a restart of the browser.
pub fn local() -> Option<web_sys::Storage> {
    window().local_storage().ok()??;
    Some(LocalStorage::raw())
}

/// Session storage, which belongs to this tab.
pub fn session() -> Option<web_sys::Storage> {
    window().session_storage().ok()??;
    Some(SessionStorage::raw())
}
