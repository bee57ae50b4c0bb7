//! Tests of the app in a real browser, with a simulated network: pages, forms, announcements and writes.
//!
//! The folders have the names of those in `src`. `faults` and `mutations` test the writes of all features.
//!
//! The tests run one after another in the same page, so each test must leave the page clean: `support` unmounts the app, resets the network
//! and clears the app's storage. `translated` is a separate test program.
#![cfg(target_arch = "wasm32")]

mod account;
mod boot;
mod faults;
mod forums;
mod mutations;
mod shell;
mod sign_in;
mod store;
mod support;
mod ui;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
