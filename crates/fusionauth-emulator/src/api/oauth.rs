//! OAuth 2.0 and OpenID Connect (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints>): the authorization code grant
//! with PKCE and a plain sign-in page, the refresh grant, and the hosted backend for browsers that keep tokens in cookies.
//!
//! There is no single sign-on: each authorization request shows the sign-in page. The implicit, device and client credentials grants and
//! the registration page are missing.

mod authorize;
mod client;
mod code;
mod error;
mod hosted_backend;
mod introspect;
mod logout;
mod request;
mod token;
mod user_info;

use crate::state::AppState;
use axum::Router;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .merge(authorize::router())
        .merge(hosted_backend::router())
        .merge(introspect::router())
        .merge(logout::router())
        .merge(token::router())
        .merge(user_info::router())
}
