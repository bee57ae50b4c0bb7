//! The page while a translator, such as the one in Chrome, shows it in another language.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/translator.js")]
extern "C" {
    fn follow();
}

/// Keeps all texts of the page up to date while a translator shows them in another language. Call it once, when the program starts.
///
/// Translators replace text nodes, but Leptos continues to change and to remove the nodes that it has created. Without this function, a
/// translated page would not show an error, a price or any other text that changes.
pub fn follow_translator() {
    follow();
}
