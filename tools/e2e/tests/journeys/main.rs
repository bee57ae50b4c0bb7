//! All journeys: end-to-end tests in a real browser. They are in one binary, so that the linker runs only once.
//! The tests in `tests/diagrams` run the numbered steps of FusionAuth's published workflows.

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
mod session_states;
mod shared_session;
mod sign_out;
mod spa;
mod spa_use;
mod tabs;
mod template;
mod theft;
mod topology;
mod webapp;
mod webapp_csrf;
mod webapp_forms;
