//! The proxy in front of FusionAuth: browsers reach FusionAuth through it, in development on the hosts `auth.<workflow>.localhost`.
//!
//! FusionAuth's host repeats what the application guards, so the proxy passes only the requests that the app in the browser needs
//! ([`endpoints`]), without API keys and access tokens in headers. It removes the refresh token from response bodies.
//!
//! The proxy keeps FusionAuth's cookies in the browser under a name of each application (`cookies`).
//!
//! The workflow `spa-shared-domain` depends on the proxy. FusionAuth sets cookies for its own host only, and that workflow needs them on the
//! parent domain. The proxy moves them there, and removes all tokens from response bodies.
//!
//! The proxy sets the forwarding headers itself, so that no client escapes FusionAuth's limits per client address. It stores nothing. It
//! works with a real FusionAuth and with the emulator.

mod cookies;
pub mod endpoints;
mod rewrite;

use crate::auth_proxy::cookies::{Passing, ProxyCookies, RequestCookies};
use crate::config::path_pattern::PathPattern;
use crate::config::site::{FusionAuthCaller, FusionAuthSite};
use crate::http::body::{has_media_type, with_body_limit};
use crate::http::host::port;
use crate::http::origin::Scheme;
use crate::http::{client_address::PeerAddress, error::Error as HttpError, outgoing::client_for, request_context};
use crate::traces;
use anyhow::Context;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{RequestExt, Router, middleware, routing::any};
use http_body_util::LengthLimitError;
use std::{error::Error, iter::successors, sync::Arc, time::Duration};

/// FusionAuth's cookies that pass, in requests and answers.
const COOKIES: Passing<'static> = {
    const NAMES: &[&str] = &["access_token", "refresh_token", "fusionauth.trust"];
    Passing::Listed { sent: NAMES, set: NAMES }
};

/// The longest body that is forwarded to FusionAuth, in bytes. FusionAuth's own limit is similar.
const MAX_REQUEST: usize = 10 * 1024 * 1024;

/// The longest JSON body of a response that is rewritten, in bytes. The bodies of FusionAuth have a few KB.
const MAX_REWRITTEN: usize = 1024 * 1024;

/// How long FusionAuth may take for a response. This is longer than a browser waits, because the response may hold the only copy of a
/// rotated refresh token, which the proxy must not cut off.
const TIMEOUT: Duration = Duration::from_secs(65);

/// The state that the handlers of one host share.
struct AuthProxy {
    http: reqwest::Client,
    upstream: String,
    scheme: Scheme,
    upstream_host: HeaderValue,
    access: Access,
    cookies: ProxyCookies,
}

/// The requests that pass, and what happens to them.
enum Access {
    /// Requests of the app in the browser, and requests for paths that the operator has named.
    Listed(FusionAuthCaller, Vec<PathPattern>),
    /// All requests, unchanged, for development.
    All,
}

/// The routes of the proxy on a host of the configuration. `add_inner_layers` adds layers between the routes and the proxy's own layers,
/// which limit time and size.
///
/// # Errors
/// No HTTP client can be built, or FusionAuth's URL names no host.
pub fn router(site: &FusionAuthSite, add_inner_layers: impl Fn(Router) -> Router) -> anyhow::Result<Router> {
    for named in &site.pass {
        for repeated in endpoints::warnings(named) {
            tracing::warn!(
                host = site.origin.host(),
                path = named.as_str(),
                repeated,
                "FusionAuth's host passes what the application guards"
            );
        }
    }
    let access = Access::Listed(site.caller, site.pass.clone());
    let proxy = AuthProxy { cookies: ProxyCookies::of_site(site), ..AuthProxy::new(&site.fusionauth_url, site.origin.scheme(), access)? };
    // The log names the endpoints that the app needs. All other paths are for the fallback.
    let mut paths: Vec<&str> = endpoints::of_app().map(|(_, path)| path).collect();
    paths.sort_unstable();
    paths.dedup();
    let routes = paths.into_iter().fold(Router::new().fallback(forward), |it, path| it.route(path, any(forward)));
    Ok(with_limits(add_inner_layers(routes.with_state(Arc::new(proxy)))))
}

/// The routes of a proxy that passes every request unchanged, for development.
///
/// # Errors
/// The same as those of [`router`].
pub fn unrestricted_router(fusionauth_url: &str) -> anyhow::Result<Router> {
    let proxy = AuthProxy::new(fusionauth_url, Scheme::Http, Access::All)?;
    Ok(with_limits(Router::new().fallback(forward).with_state(Arc::new(proxy))))
}

fn with_limits(routes: Router) -> Router {
    let limit = TIMEOUT + Duration::from_secs(5);
    with_body_limit(routes, MAX_REQUEST).layer(middleware::from_fn_with_state(limit, request_context::add_request_context))
}

async fn forward(State(proxy): State<Arc<AuthProxy>>, mut request: Request) -> Response {
    let Access::Listed(caller, named) = &proxy.access else {
        return proxy.exchange(request).await.unwrap_or_else(IntoResponse::into_response);
    };
    let (method, path) = (request.method(), request.uri().path());
    let is_named = named.iter().any(|it| it.fits(path));
    let is_of_app = *caller == FusionAuthCaller::App && endpoints::is_needed(method, path);
    if !is_named && !is_of_app {
        // The answer has a body, because apps read an empty 404 to a renewal as the end of the session.
        return HttpError::NotFound.into_response();
    }
    let cookies = proxy.cookies.of_request(request.headers(), if is_of_app { COOKIES } else { Passing::AsPublished });
    let sent = match cookies.to_fusionauth() {
        Ok(sent) => sent,
        Err(error) => return error.into_response(),
    };
    let headers = request.headers_mut();
    headers.remove(header::COOKIE);
    headers.extend(sent.map(|it| (header::COOKIE, it)));
    if !is_named {
        headers.remove(header::AUTHORIZATION); // the app sends no API key and no access token to FusionAuth
    }
    headers.remove(header::ACCEPT_ENCODING); // a compressed body could not be rewritten
    match proxy.exchange(request).await {
        Ok(answer) => rewritten(answer, &cookies, proxy.cookies.are_on_parent_domain()).await,
        Err(status) => status.into_response(),
    }
}

impl AuthProxy {
    fn new(fusionauth_url: &str, scheme: Scheme, access: Access) -> anyhow::Result<Self> {
        let url: Uri = fusionauth_url.parse().context("FusionAuth's URL is not valid")?;
        let host = url.authority().context("FusionAuth's URL names no host")?.as_str();
        Ok(Self {
            http: client_for(fusionauth_url).timeout(TIMEOUT).build()?,
            upstream: fusionauth_url.to_owned(),
            scheme,
            upstream_host: HeaderValue::try_from(host)?,
            access,
            cookies: ProxyCookies::default(),
        })
    }

    async fn exchange(&self, request: Request) -> Result<Response, StatusCode> {
        let (head, body) = request.with_limited_body().into_parts();
        let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
        let mut headers = end_to_end(&head.headers);
        add_forwarding_headers(&mut headers, head.extensions.get::<PeerAddress>().copied(), self.scheme);
        if let Access::Listed(..) = self.access {
            // FusionAuth's documentation asks proxies to send FusionAuth's own host. FusionAuth reads the browser's host from
            // `X-Forwarded-Host`.
            headers.insert(header::HOST, self.upstream_host.clone());
        }
        traces::inject(&mut headers);
        let sent = self.http.request(head.method, format!("{}{path}", self.upstream)).headers(headers);
        // The proxy streams the body, because clients that have not signed in could fill the memory with buffered bodies.
        let sent = if body.is_end_stream() { sent } else { sent.body(reqwest::Body::wrap_stream(body.into_data_stream())) };
        let answer = sent.send().await.map_err(|error| {
            if successors(error.source(), |it| (*it).source()).any(|it| it.is::<LengthLimitError>()) {
                return StatusCode::PAYLOAD_TOO_LARGE;
            }
            let error = error.without_url(); // the path may contain an id that gives access to an account
            tracing::warn!(error = &error as &dyn std::error::Error, "FusionAuth does not answer");
            if error.is_timeout() { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::BAD_GATEWAY }
        })?;
        let (mut head, body) = axum::http::Response::from(answer).into_parts();
        head.headers = end_to_end(&head.headers);
        Ok(Response::from_parts(head, Body::new(body)))
    }
}

/// Adds the address of the peer to those that trusted proxies have reported, and sets the host and port that the browser requested. The
/// forwarding headers of an untrusted peer have been removed before.
fn add_forwarding_headers(headers: &mut HeaderMap, peer: Option<PeerAddress>, scheme: Scheme) {
    let before = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok()).map(ToOwned::to_owned);
    let addresses: Vec<String> = before.chain(peer.map(|it| it.0.to_string())).collect();
    let (host, port) = (headers.get(header::HOST).cloned(), port(headers).map(HeaderValue::from));
    let own = [
        ("x-forwarded-for", HeaderValue::try_from(addresses.join(", ")).ok().filter(|it| !it.is_empty())),
        ("x-forwarded-host", host),
        ("x-forwarded-port", port),
    ];
    for (name, value) in own {
        headers.remove(name);
        headers.extend(value.map(|it| (HeaderName::from_static(name), it)));
    }
    headers.remove("forwarded"); // it has the same data in a format that FusionAuth does not read
    let proto = if scheme == Scheme::Https { "https" } else { "http" };
    headers.entry("x-forwarded-proto").or_insert(HeaderValue::from_static(proto));
}

async fn rewritten(answer: Response, cookies: &RequestCookies<'_>, are_on_parent_domain: bool) -> Response {
    let (mut head, body) = answer.into_parts();
    let lines = cookies.to_browser(head.status, &head.headers);
    head.headers.remove(header::SET_COOKIE);
    for line in lines {
        head.headers.append(header::SET_COOKIE, line);
    }
    if !has_media_type(&head.headers, "application/json") {
        return Response::from_parts(head, body);
    }
    let Ok(bytes) = to_bytes(body, MAX_REWRITTEN).await else {
        tracing::error!("a response of FusionAuth ended early, or is too long to be rewritten");
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let secret_members = if are_on_parent_domain { rewrite::TOKEN_MEMBERS } else { rewrite::REFRESH_TOKEN_MEMBERS };
    let bytes = rewrite::json(&bytes, secret_members).map_or(bytes, Bytes::from);
    head.headers.remove(header::CONTENT_LENGTH); // the rewritten body may be shorter
    Response::from_parts(head, Body::from(bytes))
}

/// The headers without those that are about one connection (RFC 9110 7.6.1).
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    const HOP_BY_HOP: [&str; 8] =
        ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"];
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(',').map(|name| name.trim().to_ascii_lowercase()))
        .collect();
    let kept = headers.iter().filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()) && !named.iter().any(|it| it == name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_about_one_connection_are_not_forwarded() {
        let came = HeaderMap::from_iter(
            [
                ("host", "h"),
                ("connection", "keep-alive, X-Once"),
                ("x-once", "1"),
                ("te", "trailers"),
                ("cookie", "a=1"),
                ("x-forwarded-for", "1.2.3.4"),
            ]
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
        );
        let kept = end_to_end(&came);
        let mut names: Vec<&str> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cookie", "host", "x-forwarded-for"]);
    }
}
