//! The app's pages in a real browser, with a pretended network: the markup, the announcements and the controls.
#![cfg(target_arch = "wasm32")]

mod cart;
mod format;
mod journeys;
mod sign_in;
mod static_form;
mod static_form_state;
mod static_page;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
