//! `/login?as=shopper` on a site shows the site's sign-in form with the email and the password of a development account.

use crate::index::{ACCOUNTS, PASSWORD};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The maximum size of a page with a form.
const MAX_PAGE: usize = 1 << 20;

/// Middleware around the sites: fills in the form if the URL names an account.
pub(crate) async fn fill_in(mut request: Request, next: Next) -> Response {
    let named = request.uri().query().filter(|_| request.uri().path() == "/login").and_then(|query| query.strip_prefix("as="));
    let Some((name, _)) = named.and_then(|name| ACCOUNTS.iter().find(|it| it.0 == name)) else { return next.run(request).await };
    for name in [header::ACCEPT_ENCODING, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
        request.headers_mut().remove(name);
    }
    let (mut parts, body) = next.run(request).await.into_parts();
    let Ok(page) = to_bytes(body, MAX_PAGE).await else { return StatusCode::BAD_GATEWAY.into_response() };
    for name in [header::CONTENT_LENGTH, header::ETAG] {
        parts.headers.remove(name);
    }
    // The first `value` of an input counts.
    let fill = |page: String, input: &str, value: &str| page.replacen(input, &format!("{input} value=\"{value}\""), 1);
    let page = fill(String::from_utf8_lossy(&page).into_owned(), "name=\"username\"", &format!("{name}@example.com"));
    Response::from_parts(parts, Body::from(fill(page, "name=\"password\"", PASSWORD)))
}
