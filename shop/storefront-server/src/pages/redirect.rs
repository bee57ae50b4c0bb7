//! The redirects of the pages and their forms.

use crate::http::error::Error;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A redirect with 302, which the published workflows use before and after a sign-in.
pub(crate) fn redirect_302(to: &str) -> Response {
    redirect(StatusCode::FOUND, to)
}

/// A redirect with 303: the browser gets the next page, and a reload of that page sends no form again.
pub(crate) fn redirect_303(to: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, to)
}

fn redirect(status: StatusCode, to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (status, [(header::LOCATION, to)]).into_response(),
        Err(_) => Error::Internal.into_response(),
    }
}
