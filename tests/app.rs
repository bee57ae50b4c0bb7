//! The app in a real browser, with a pretended network: pages, forms, announcements and writes.
//!
//! All of them share one page, one after another, so each test leaves it as it was: `support` unmounts the app and empties the network and
//! what the app stores. `german` is a program of its own.
#![cfg(target_arch = "wasm32")]

mod account;
mod catalogue;
mod faults;
mod forums;
mod mutations;
mod orders;
mod own_account;
mod pages;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
