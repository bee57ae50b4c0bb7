//! Signing in: the form, its copy in `index.html`, registration, forgotten passwords, and the steps after a rejected sign-in.

mod forgotten_password;
mod form;
mod register;
mod sign_in_steps;
mod static_form;
mod static_form_state;
