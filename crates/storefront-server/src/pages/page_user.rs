//! The extractor of pages that need a sign-in. Whoever has none is sent to the form, and back afterwards.

use crate::{
    auth::{cookies::Cookies, current_user::Shopper, verify::Identity},
    http::error::Error,
    pages::{Webapp, flash::Flash, found, see_other},
    sign_in::return_to::login_path,
};
use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
    response::{IntoResponse, Response},
};
use storefront_api::App;

/// Somebody who is signed in.
pub(crate) struct Member(pub(crate) Identity);

impl FromRequestParts<Webapp> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, webapp: &Webapp) -> Result<Self, Response> {
        match Shopper::from_request_parts(parts, webapp).await {
            Ok(Shopper(identity)) => Ok(Self(identity)),
            Err(error) => Err(sent_away(error, parts, webapp.backend.site.app)),
        }
    }
}

/// Somebody who may be signed in, on a page that everybody may see. It does not wait for FusionAuth.
pub(crate) struct Visitor(pub(crate) Option<Identity>);

impl FromRequestParts<Webapp> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, webapp: &Webapp) -> Result<Self, Self::Rejection> {
        let Some(cookies) = parts.extensions.get::<Cookies>() else { return Ok(Self(None)) };
        Ok(Self(webapp.backend.gate.recognize(cookies).await))
    }
}

/// Whether an error means that nobody is signed in, and what the sign-in page says then.
pub(crate) fn signed_out(error: &Error) -> Option<Flash> {
    match error {
        Error::CredentialMissing => Some(Flash::SignInFirst),
        Error::SessionOver | Error::TokenRefused(_) => Some(Flash::SessionOver),
        _ => None,
    }
}

fn sent_away(error: Error, parts: &Parts, app: App) -> Response {
    let (Some(flash), Some(cookies)) = (signed_out(&error), parts.extensions.get::<Cookies>()) else { return error.into_response() };
    flash.leave(cookies);
    match parts.method {
        Method::GET | Method::HEAD => found(&login_path(app, parts.uri.path_and_query().map_or("/", |it| it.as_str()))),
        // A form's address is no page to come back to; the page with the form is.
        _ if parts.uri.path() == "/shopping-cart/lines" => see_other(&login_path(app, "/")),
        _ => see_other("/login"),
    }
}
