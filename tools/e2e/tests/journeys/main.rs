//! All journeys: end-to-end tests in a real browser. They are in one binary, so that the linker runs only once.
//!
//! A test named `step_10_to_14_…` covers these steps of its workflow. `docs/workflows/steps.md` lists all steps with their journeys, and
//! [`steps`] checks that no step is missing.

mod attacks;
mod backend_cookies;
mod boot;
mod cart;
mod clobbering;
mod device_binding;
mod early;
mod faults;
mod first_content;
mod gallery;
mod guest_cart;
mod helpers;
mod keep_signed_in;
mod languages;
mod open_tabs;
mod orders;
mod page_changes;
mod parts;
mod passkeys;
mod passwordless;
mod repeated_visits;
mod requests;
mod screen_reader;
mod secrets;
mod self_service;
mod session;
mod session_states;
mod shared_session;
mod sign_out;
mod spa;
mod spa_account;
mod spa_backend;
mod spa_shared_domain;
mod spa_use;
mod steps;
mod tabs;
mod template;
mod theft;
mod threads;
mod topology;
mod webapp;
mod webapp_csrf;
mod webapp_forms;
mod webapp_jwt;
mod webapp_session;
mod webapp_steps;
