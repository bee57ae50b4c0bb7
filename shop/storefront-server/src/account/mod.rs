//! The account of the signed-in user, in the API and as server-rendered pages.

mod authenticator;
mod authenticator_page;
pub mod data;
mod data_page;
pub mod deletion;
pub(crate) mod email_change;
mod email_change_page;
pub mod error;
mod form;
mod not_me;
mod overview;
pub(crate) mod pages;
mod passkeys_api;
mod password_api;
mod password_check;
mod password_page;
pub mod sensitive_changes;
mod sessions;
mod sessions_page;
pub mod user;

use crate::pages::PageState;
use crate::state::Backend;
use crate::user_data::UserData;
use axum::Router;

/// The rows about users in the account's tables.
pub(crate) const USER_DATA: &[UserData] = &[email_change::USER_DATA, deletion::USER_DATA];

/// The routes below `/api` for the account page of the single-page app, besides [`user::router`].
pub fn api() -> Router<Backend> {
    let account = overview::router().merge(password_api::router()).merge(authenticator::router());
    account
        .merge(email_change::router())
        .merge(passkeys_api::router())
        .merge(sessions::router())
        .merge(data::router())
        .merge(not_me::router())
}

/// The server-rendered pages.
pub(crate) fn pages() -> Router<PageState> {
    pages::router()
}
