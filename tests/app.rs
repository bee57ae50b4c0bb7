//! Tests of the app in a real browser, with a simulated network: pages, forms, announcements and writes.
//!
//! The tests run one after another in the same page, so each test must leave the page clean: `support` unmounts the app, resets the network
//! and clears the app's storage. `german` is a separate test program.
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
