//! Stores edits of the cart in local storage until the keeper, in the module `waiting`, takes them over. The keeper is in the program's
//! part `store`. A release build loads this part two seconds after the first page, or much later on a slow network.
//!
//! Like the keeper, `first_edits.js` holds a lock while its record contains edits, so that no other tab sends these edits. The keeper is
//! not in the first load, because the keeper's code is ten times as long as this module's.

use super::edit::Edit;
use leptos_fusionauth::json;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/store/cart/first_edits.js")]
extern "C" {
    #[wasm_bindgen(js_name = keep)]
    fn write(id: &str, edit: &str);
    fn kept() -> Option<String>;
}

thread_local! {
    /// Stores an edit in the keeper. `None` until the keeper has loaded.
    static KEEPER: Cell<Option<fn(Edit)>> = const { Cell::new(None) };
}

/// Lets the keeper store edits from now on, by the function `keep`. `None`: the keeper has stopped.
pub(super) fn set_keeper(keep: Option<fn(Edit)>) {
    KEEPER.set(keep);
}

/// Stores an edit in the keeper, if the keeper has loaded.
pub(super) fn keep_in_keeper(edit: Edit) {
    if let Some(keep) = KEEPER.get() {
        keep(edit);
    }
}

/// Stores the unanswered edit with this id, or removes it if `edit` returns `None`. Does nothing once the keeper has loaded.
pub(super) fn keep(id: &str, edit: impl FnOnce() -> Option<Edit>) {
    if KEEPER.get().is_none() {
        write(id, &edit().map(|edit| json::encode(&edit)).unwrap_or_default());
    }
}

/// Forgets all edits, because the keeper has them, or because their user has signed out.
pub(super) fn forget() {
    write("", "");
}

/// The stored edits, which are all unanswered.
pub(super) fn read() -> Vec<Edit> {
    kept().and_then(|edits| json::decode(&edits).ok()).unwrap_or_default()
}
