//! Sign-in, registration and sign-out, in the API and as server-rendered pages.

pub mod api;
pub(crate) mod change_password_form;
pub(crate) mod change_password_page;
pub(crate) mod code_form;
pub mod error;
pub(crate) mod forgot_password_page;
pub(crate) mod join;
pub mod join_api;
pub(crate) mod join_page;
pub mod link_code_api;
pub(crate) mod login_page;
pub(crate) mod outcome;
pub mod passkey_api;
pub mod password_api;
pub(crate) mod password_link;
pub(crate) mod passwordless;
pub mod passwordless_api;
pub(crate) mod passwordless_page;
pub mod registration;
pub(crate) mod registration_page;
pub(crate) mod sign_in_link_page;
pub mod verification_api;
pub(crate) mod verification_message;
pub(crate) mod verification_page;
