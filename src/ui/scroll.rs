//! Restores the scroll position after a step in the history and after a reload, when the content stands. After any other navigation the
//! router scrolls to the top. `scroll.js` does the work, because in Rust each of its listeners would add more bytes to the first load.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/ui/scroll.js")]
extern "C" {
    /// Reads the positions that the tab has kept. Call it before the app replaces the static page, and above the `<Router>`, because the
    /// router's `popstate` listener must run after the listener here.
    pub fn start();

    /// Call it after each change of the URL.
    pub fn navigated();

    /// Whether the page waits for the content of the position that it restores. More of a list then loads without a click, so the focus must
    /// not move to it.
    #[wasm_bindgen(js_name = isRestoring)]
    pub fn is_restoring() -> bool;
}
