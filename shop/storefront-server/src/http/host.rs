//! The host of a request.
//!
//! One name can be spelled in several ways: in capitals, with a trailing dot, in the request line instead of the `Host` header. Cookies,
//! redirects and the check of a form's origin depend on the name, so the server normalises it once, before any other code reads it. All
//! code behind [`normalize_host`] reads the `Host` header, which then has only one spelling.

use crate::http::error::Error;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, uri::Authority};
use axum::response::{IntoResponse, Response};
use axum::{extract::Request, middleware::Next};

/// Middleware, around all others: writes the host into the `Host` header in lower case and without a trailing dot, and spells the host in
/// `Origin` in the same way, so that the two can be compared. A request with several `Host` headers is refused, because a proxy may have
/// read a different one than this server.
pub async fn normalize_host(mut request: Request, next: Next) -> Response {
    if request.headers().get_all(HOST).iter().count() > 1 {
        return Error::HostAmbiguous.into_response();
    }
    // RFC 9112 3.2.2: if the request line contains a host, the `Host` header is ignored.
    let host = request.uri().authority().cloned().or_else(|| header(request.headers(), &HOST)?.parse().ok());
    let origin = header(request.headers(), &ORIGIN).and_then(normalized_origin);
    request.headers_mut().remove(HOST);
    for (name, text) in [(HOST, host.as_ref().map(normalized)), (ORIGIN, origin)] {
        if let Some(value) = text.and_then(|it| HeaderValue::try_from(it).ok()) {
            request.headers_mut().insert(name, value);
        }
    }
    if let Some(path) = request.uri().path_and_query() {
        *request.uri_mut() = Uri::from(path.clone());
    }
    next.run(request).await
}

/// The host and port of a request.
pub fn host(headers: &HeaderMap) -> Option<&str> {
    header(headers, &HOST)
}

/// The port that the browser used, if the `Host` header contains one. With a proxy in between, it need not be a port of this server.
pub fn port(headers: &HeaderMap) -> Option<u16> {
    host(headers)?.rsplit_once(':')?.1.parse().ok()
}

/// A host without its port.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name, // `[::1]` is an address without a port
        _ => host,
    }
}

fn normalized(authority: &Authority) -> String {
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    authority.port().map_or_else(|| name.clone(), |port| format!("{name}:{port}"))
}

/// `None` for a value without a host, such as `null`. The caller leaves such a header unchanged, and it equals no host.
fn normalized_origin(origin: &str) -> Option<String> {
    let (scheme, authority) = origin.split_once("://")?;
    Some(format!("{scheme}://{}", normalized(&authority.parse().ok()?)))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
