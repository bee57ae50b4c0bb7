//! Forwards HTTP requests to a server. All proxies of the journeys use this module.

use crate::tls::{Scheme, authority};
use anyhow::Context;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use reqwest::Client;

/// The maximum length of a request's body, in bytes.
const MAX_REQUEST: usize = 1 << 20;

/// A client that follows no redirects, ignores the proxy settings of this machine, and trusts only the run's authority.
pub(crate) fn client() -> Client {
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = match authority().expect("the authority is created") {
        Some(authority) => client.tls_certs_only(authority.root()),
        None => client,
    };
    // This fails only if TLS cannot be set up. `unwrap_or_default` would then use the machine's proxy settings.
    client.build().expect("a TLS backend")
}

/// Sends a request to the server on `port`, which speaks `scheme`, with the same `Host` header. Returns 502 if there is no response.
pub(crate) async fn forward(client: &Client, scheme: Scheme, port: u16, request: Request) -> Response {
    send(client, scheme, port, request).await.unwrap_or_else(|error| bad_gateway(&error))
}

/// The response of a proxy when its server sends no response.
pub(crate) fn bad_gateway(error: &anyhow::Error) -> Response {
    (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response()
}

async fn send(client: &Client, scheme: Scheme, port: u16, request: Request) -> anyhow::Result<Response> {
    let path = request.uri().path_and_query().context("no path")?.as_str();
    let url = format!("{scheme}://127.0.0.1:{port}{path}");
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_REQUEST).await?;
    let answer = client.request(parts.method, url).headers(end_to_end(parts.headers)).body(body).send().await?;
    let (status, headers) = (answer.status(), end_to_end(answer.headers().clone()));
    let mut response = Response::new(Body::from_stream(answer.bytes_stream()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Drops the headers that belong to one connection (RFC 9110, section 7.6.1).
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
    headers
}
