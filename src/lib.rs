//! Store and Forums: one single-page app with native sign-in on FusionAuth. The configuration block in `index.html` says which of the two a
//! page belongs to.
//!
//! Each folder depends only on those below it in this list, and features never on each other:
//! [`shell`]; the features [`account`], [`store`] and [`forums`]; [`sign_in`]; [`data`]; [`ui`]; [`core`].
#![warn(clippy::disallowed_methods)] // those in clippy.toml
#![recursion_limit = "256"] // without `erase_components`, as natively, the types of views are nested
#![allow(unreachable_pub, reason = "what the component macro writes is pub, whatever the component is")]

pub mod account;
pub mod core;
pub mod data;
pub mod forums;
pub mod shell;
pub mod sign_in;
pub mod store;
pub mod ui;

// Without this, the runner would skip the unit tests: `WASM_BINDGEN_TEST_ONLY_WEB` leaves out tests that may run in Node.js.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
