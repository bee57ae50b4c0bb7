//! The extractors for the user of a page: [`PageUser`] for pages that need a sign-in, and [`Visitor`] for all others.
//!
//! The API answers 401 if nobody is signed in. A page instead redirects the browser to the sign-in form, which leads back to the page.

use crate::auth::{cookies::Cookies, current_user::CurrentUser, error::Error as AuthError, verify::Identity};
use crate::pages::{PageState, flash::Flash, redirect_302, redirect_303, return_to::login_path};
use axum::extract::FromRequestParts;
use axum::http::{Method, request::Parts};
use axum::response::{IntoResponse, Response};
use storefront_api::App;

/// The signed-in user. Without one the handler is not called, and the browser is redirected to the sign-in form.
pub(crate) struct PageUser(pub(crate) Identity);

impl FromRequestParts<PageState> for PageUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Response> {
        match CurrentUser::from_request_parts(parts, state).await {
            Ok(CurrentUser(identity)) => Ok(Self(identity)),
            Err(error) => Err(redirect_to_sign_in(error, parts, state.backend.site.app)),
        }
    }
}

/// The signed-in user, if there is one, on a public page. The page does not wait for FusionAuth, so a user with a token that must be
/// renewed counts as a guest.
pub(crate) struct Visitor(pub(crate) Option<Identity>);

impl FromRequestParts<PageState> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &PageState) -> Result<Self, Self::Rejection> {
        let Some(cookies) = parts.extensions.get::<Cookies>() else { return Ok(Self(None)) };
        Ok(Self(state.backend.authenticator.identify_without_renewal(cookies).await))
    }
}

/// The message of the sign-in page, if the error means that nobody is signed in.
pub(crate) fn signed_out_message(error: &AuthError) -> Option<Flash> {
    match error {
        AuthError::CredentialMissing => Some(Flash::SignInFirst),
        AuthError::SessionOver | AuthError::TokenRefused(_) => Some(Flash::SessionOver),
        _ => None,
    }
}

/// The end of the path of a form that cancels an order.
const CANCELLATION: &str = "/cancellation";

/// Redirects to the sign-in form if the error means that nobody is signed in. The sign-in form leads back to this page.
pub(crate) fn redirect_to_sign_in(error: AuthError, parts: &Parts, app: App) -> Response {
    let (Some(flash), Some(cookies)) = (signed_out_message(&error), parts.extensions.get::<Cookies>()) else {
        return error.into_response();
    };
    flash.set(cookies);
    match parts.method {
        Method::GET | Method::HEAD => redirect_302(&login_path(app, parts.uri.path_and_query().map_or("/", |it| it.as_str()))),
        // The URL of a form is no page, so the user returns to the page with the form. For adding to the cart it is the start page.
        _ if parts.uri.path() == "/shopping-cart/lines" => redirect_303(&login_path(app, "/")),
        // For cancelling an order it is the page of the order.
        _ if parts.uri.path().ends_with(CANCELLATION) => redirect_303(&login_path(app, parts.uri.path().trim_end_matches(CANCELLATION))),
        _ => redirect_303("/login"),
    }
}
