//! OAuth 2.0 and OpenID Connect (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints>): the authorization code grant
//! with PKCE, the refresh grant, the client credentials grant, the password grant and the device grant; plain pages for sign-in,
//! registration, devices and mailed links, with single sign-on; and the hosted backend for browsers that keep tokens in cookies. The implicit grant is
//! missing.

mod authorize;
mod client;
mod client_credentials;
mod code;
mod completion;
mod device;
mod device_page;
mod error;
mod form;
mod hosted_backend;
mod logout;
mod mailed_links;
mod pages;
mod passkey;
mod password;
mod register;
mod request;
mod scopes;
mod sso;
mod token;
mod token_claims;
mod tokens;

use crate::http::Routes;

pub(super) fn router() -> Routes {
    Routes::new()
        .merge(authorize::router())
        .merge(device::router())
        .merge(device_page::router())
        .merge(hosted_backend::router())
        .merge(logout::router())
        .merge(mailed_links::router())
        .merge(passkey::router())
        .merge(register::router())
        .merge(token::router())
        .merge(token_claims::router())
}
