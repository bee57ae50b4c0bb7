//! Sign-in, registration and sign-out, in the API and as server-rendered pages.

pub mod api;
pub(crate) mod change_password_form;
pub(crate) mod change_password_page;
pub(crate) mod code_form;
pub mod error;
pub(crate) mod forgot_password_page;
pub mod join;
pub(crate) mod join_page;
pub(crate) mod login_page;
pub(crate) mod outcome;
pub mod passkey_api;
pub mod password_api;
pub mod password_link;
pub mod passwordless;
pub(crate) mod passwordless_page;
pub mod registration;
pub(crate) mod registration_page;
pub(crate) mod sign_in_link_page;
pub mod verification_api;
pub(crate) mod verification_page;
