//! Which host a request asks for. One decision for every port: whoever comes later reads the `Host` header, which then has one
//! spelling.

use crate::http::error::Error;
use axum::{
    extract::Request,
    http::{HeaderValue, Uri, header::HOST},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Middleware, around all others: writes the host into the `Host` header, in lower case and without a dot at its end. A request
/// with several `Host` headers is refused, because somebody else on its way may have read another one.
pub async fn normalize_host(mut request: Request, next: Next) -> Response {
    if request.headers().get_all(HOST).iter().count() > 1 {
        return Error::HostAmbiguous.into_response();
    }
    // RFC 9112 3.2.2: in a request with an absolute address, the `Host` header does not count.
    let authority = match request.uri().authority() {
        Some(authority) => Some(authority.clone()),
        None => request.headers().get(HOST).and_then(|it| it.to_str().ok()?.parse().ok()),
    };
    request.headers_mut().remove(HOST);
    if let Some(authority) = authority {
        let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let host = authority.port().map_or_else(|| name.clone(), |port| format!("{name}:{port}"));
        request.headers_mut().extend(HeaderValue::try_from(host).ok().map(|it| (HOST, it)));
    }
    if let Some(path) = request.uri().path_and_query() {
        *request.uri_mut() = Uri::from(path.clone());
    }
    next.run(request).await
}

/// The host and port that was asked.
pub fn host(request: &Request) -> Option<&str> {
    request.headers().get(HOST)?.to_str().ok()
}
