//! Stores edits of the first seconds in local storage, until the keeper (`waiting`) takes them over. The keeper is in the program's part
//! `cart`, which loads two seconds after the first page, or much later on a slow network.
//!
//! Like the keeper, `first_edits.js` holds the lock of its record, so that no other tab sends the edits. The keeper is not in the first
//! load, because its code is ten times as long.

use super::{context::CartContext, edit::Edit, waiting};
use leptos_fusionauth::json;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/store/cart/first_edits.js")]
extern "C" {
    fn keep(id: &str, edit: &str);
    fn kept() -> Option<String>;
}

/// Stores the change of a line while it is unanswered.
pub(super) fn keep_change(cart: CartContext, product: &str) {
    if !waiting::is_keeper_there() {
        let state = cart.state_untracked();
        let row = state.row(product).filter(|row| row.line.is_pending());
        keep(product, &row.map(|row| json::encode(&row.waiting_change(&cart.owner().unwrap_or_default()))).unwrap_or_default());
    }
}

/// Stores an addition while `is_waiting`, and otherwise removes it.
pub(super) fn keep_addition(cart: CartContext, edit: &Edit, is_waiting: bool) {
    if !waiting::is_keeper_there() {
        let edit = Edit { user: cart.owner().unwrap_or_default(), ..edit.clone() };
        keep(&edit.key, &if is_waiting { json::encode(&edit) } else { String::new() });
    }
}

/// Forgets all edits, because the keeper has them, or because their user has signed out.
pub(super) fn forget() {
    keep("", "");
}

/// The stored edits, which are all unanswered.
pub(super) fn read() -> Vec<Edit> {
    kept().and_then(|edits| json::decode(&edits).ok()).unwrap_or_default()
}
