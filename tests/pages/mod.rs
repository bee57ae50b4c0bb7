//! Tests of the pages: their markup, announcements and controls.

mod boot;
mod cart;
mod early_cart;
mod format;
mod journeys;
mod language;
mod service_worker;
mod session_end;
mod sign_in;
mod static_form;
mod static_form_state;
mod translator;
