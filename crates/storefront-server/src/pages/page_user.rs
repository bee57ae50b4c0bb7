//! The extractor of pages that need a sign-in. Whoever has none is sent to the form, and back afterwards.

use crate::{
    auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError, verify::Identity},
    pages::{PageState, flash::Flash, redirect_302, redirect_303, return_to::login_path},
};
use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
    response::{IntoResponse, Response},
};
use storefront_api::App;

/// Somebody who is signed in.
pub(crate) struct PageUser(pub(crate) Identity);

impl FromRequestParts<PageState> for PageUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Response> {
        match CurrentUser::from_request_parts(parts, state).await {
            Ok(CurrentUser(identity)) => Ok(Self(identity)),
            Err(error) => Err(sign_in_first(error, parts, state.backend.site.app)),
        }
    }
}

/// Somebody who may be signed in, on a page that everybody may see. It does not wait for FusionAuth.
pub(crate) struct Visitor(pub(crate) Option<Identity>);

impl FromRequestParts<PageState> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Self::Rejection> {
        let Some(cookies) = parts.extensions.get::<Cookies>() else { return Ok(Self(None)) };
        Ok(Self(state.backend.authenticator.recognize(cookies).await))
    }
}

/// Whether an error means that nobody is signed in, and what the sign-in page says then.
pub(crate) fn signed_out(error: &AuthError) -> Option<Flash> {
    match error {
        AuthError::CredentialMissing => Some(Flash::SignInFirst),
        AuthError::SessionOver | AuthError::TokenRefused(_) => Some(Flash::SessionOver),
        _ => None,
    }
}

fn sign_in_first(error: AuthError, parts: &Parts, app: App) -> Response {
    let (Some(flash), Some(cookies)) = (signed_out(&error), parts.extensions.get::<Cookies>()) else { return error.into_response() };
    flash.leave(cookies);
    match parts.method {
        Method::GET | Method::HEAD => redirect_302(&login_path(app, parts.uri.path_and_query().map_or("/", |it| it.as_str()))),
        // A form's address is no page to come back to; the page with the form is.
        _ if parts.uri.path() == "/shopping-cart/lines" => redirect_303(&login_path(app, "/")),
        _ => redirect_303("/login"),
    }
}
