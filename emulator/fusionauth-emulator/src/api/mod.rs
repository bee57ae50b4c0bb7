//! FusionAuth's API. Each file has the endpoints of one resource, or of one step such as a login.

mod application_roles;
mod applications;
mod change_password;
mod emails;
mod entity_grants;
mod families;
mod forgot_password;
mod group_members;
mod jwt;
mod keys;
mod login;
mod login_ping;
mod logout;
mod oauth;
mod openid_configuration;
mod operations;
mod passwordless;
mod refresh_tokens;
mod registrations;
mod search;
mod stored_resources;
mod stored_settings;
mod system;
mod tenants;
mod two_factor;
mod user_actions;
mod user_import;
mod user_search;
mod user_two_factor;
mod users;
mod verification;
mod webauthn;

pub(crate) use keys::generate_postponed;
pub(crate) use operations::OperationPath;

use crate::http::{Routes, access, empty, request_info};
use crate::state::AppState;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Extension, Router};
use std::sync::Arc;

/// FusionAuth's API without the filters that requests from the network pass first, such as CORS (see `emulator.rs`). The requests of a
/// kickstart file use this router directly.
pub(crate) fn router(emulator: Arc<AppState>) -> Router {
    let limits = from_fn_with_state(Arc::clone(&emulator), access::limit);
    let endpoints = endpoints().layer(limits).layer(from_fn(operations::answer_unimplemented)).layer(from_fn(request_info::describe));
    endpoints.layer(Extension(emulator.unknown_members)).with_state(emulator)
}

fn endpoints() -> Routes {
    Routes::new()
        .merge(application_roles::router())
        .merge(applications::router())
        .merge(change_password::router())
        .merge(emails::router())
        .merge(entity_grants::router())
        .merge(families::router())
        .merge(forgot_password::router())
        .merge(group_members::router())
        .merge(jwt::router())
        .merge(keys::router())
        .merge(login::router())
        .merge(login_ping::router())
        .merge(logout::router())
        .merge(oauth::router())
        .merge(openid_configuration::router())
        .merge(passwordless::router())
        .merge(refresh_tokens::router())
        .merge(registrations::router())
        .merge(stored_resources::router())
        .merge(stored_settings::router())
        .merge(system::router())
        .merge(tenants::router())
        .merge(two_factor::router())
        .merge(user_actions::router())
        .merge(user_import::router())
        .merge(user_search::router())
        .merge(user_two_factor::router())
        .merge(users::router())
        .merge(verification::router())
        .merge(webauthn::router())
        .fallback(|| async { empty(StatusCode::NOT_FOUND) })
}
