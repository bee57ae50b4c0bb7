//! Finds out which host a request is for.
//!
//! Any site can point its own name at 127.0.0.1 (DNS rebinding), so that its pages can read the emulator's answers. The browser still sends
//! the site's name as `Host`. So `control` refuses requests with a `Host` that is neither this machine nor an allowed host.

use super::cookies::is_https;
use super::reply::empty;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use std::str::FromStr;

/// A host name or IP address in lower case, without a port: one of `Config::allowed_hosts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

/// The text is not a host name, or has a scheme or a port.
#[derive(Debug, thiserror::Error)]
#[error("expected a host name without scheme and port, such as `fusionauth`")]
pub struct InvalidHostName;

impl FromStr for HostName {
    type Err = InvalidHostName;

    fn from_str(text: &str) -> Result<Self, InvalidHostName> {
        let host = Authority::try_from(text).ok().filter(|it| !text.is_empty() && it.host() == text).ok_or(InvalidHostName)?;
        Ok(Self(host.host().to_ascii_lowercase()))
    }
}

/// Answers 400 to a request with a missing or ambiguous host (RFC 9112 section 3.2).
pub(crate) async fn require_one(request: Request, next: Next) -> Response {
    let count = request.headers().get_all(header::HOST).iter().count();
    let is_missing = count == 0 && request.version() == Version::HTTP_11;
    if count > 1 || is_missing || hosts(&request).any(|it| it.is_none()) {
        return empty(StatusCode::BAD_REQUEST);
    }
    next.run(request).await
}

/// The first host in the request that is neither this machine (`localhost`, a name under `.localhost`, `127.0.0.1` or `[::1]`, with any
/// port) nor in `allowed`; `None` if there is no such host.
pub(crate) fn foreign_host(request: &Request, allowed: &[HostName]) -> Option<String> {
    let names = hosts(request).map(|it| it.map(|it| it.host().to_ascii_lowercase()).unwrap_or_default());
    let is_known = |name: &str| {
        ["localhost", "127.0.0.1", "[::1]"].contains(&name) || name.ends_with(".localhost") || allowed.iter().any(|it| it.0 == name)
    };
    names.into_iter().find(|it| !is_known(it))
}

/// The origin that the browser requested: scheme, host and port, as a proxy's headers report them. The scheme's default port is left out.
pub(crate) fn own_origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let scheme = if is_https(headers) { "https" } else { "http" };
    let host = text("x-forwarded-host").or(text("host")).unwrap_or("localhost:9011"); // HTTP/1.0 needs no host
    let host = match text("x-forwarded-port") {
        Some(port) => format!("{}:{port}", host.rsplit_once(':').map_or(host, |(name, _)| name)),
        None => host.to_owned(),
    };
    let default = if scheme == "https" { ":443" } else { ":80" };
    format!("{scheme}://{}", host.strip_suffix(default).unwrap_or(&host))
}

/// The hosts that a request names, in its target and in its `Host` headers; `None` for a host that can't be parsed.
fn hosts(request: &Request) -> impl Iterator<Item = Option<Authority>> + '_ {
    let target = request.uri().authority().cloned().map(Some);
    target.into_iter().chain(request.headers().get_all(header::HOST).iter().map(|it| Authority::try_from(it.as_bytes()).ok()))
}
