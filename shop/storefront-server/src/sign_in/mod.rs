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

use crate::pages::PageState;
use crate::state::Backend;
use axum::Router;
use storefront_api::Workflow;

/// The routes below `/api`. The server-rendered workflows have pages in place of all but the registration.
pub(crate) fn api(workflow: Workflow) -> Router<Backend> {
    let registration = registration::router();
    match workflow {
        Workflow::WebappJwt | Workflow::WebappSession => registration,
        Workflow::SpaLocalStorage | Workflow::SpaSharedDomain => registration.merge(steps_with_api_key()),
        Workflow::SpaBackend => registration
            .merge(steps_with_api_key())
            .merge(api::router())
            .merge(passkey_api::login_router())
            .merge(passwordless::login_router())
            .merge(password_api::router())
            .merge(verification_api::router()),
    }
}

/// The single-page app's calls for joining an application, for verification messages, for the second factor after a reset link, for
/// passkeys, and for sign-ins without a password. They go through this server in every workflow, because FusionAuth requires an API key for them.
fn steps_with_api_key() -> Router<Backend> {
    let steps = join::router().merge(verification_api::message_router()).merge(password_link::router());
    steps.merge(passkey_api::router()).merge(passwordless::router())
}

/// The server-rendered pages.
pub(crate) fn pages() -> Router<PageState> {
    let pages = login_page::router().merge(forgot_password_page::router()).merge(change_password_page::router());
    let pages = pages.merge(verification_page::router()).merge(join_page::router()).merge(registration_page::router());
    pages.merge(passwordless_page::router()).merge(sign_in_link_page::router())
}
