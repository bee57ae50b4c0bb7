use anyhow::Context;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use reqwest::Client;

/// The longest request that is forwarded, in bytes.
const MAX_REQUEST: usize = 1 << 20;

/// A client for forwarding: it follows no redirect and uses no proxy of the machine.
pub(crate) fn client() -> Client {
    // Building fails only where TLS can't start.
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a TLS backend")
}

/// Asks the server on `port` what was asked here, with the same `Host`. Answers 502 if the server does not answer.
pub(crate) async fn forward(client: &Client, port: u16, request: Request) -> Response {
    send(client, port, request).await.unwrap_or_else(|error| bad_gateway(&error))
}

/// The response when there is none to forward.
pub(crate) fn bad_gateway(error: &anyhow::Error) -> Response {
    (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response()
}

async fn send(client: &Client, port: u16, request: Request) -> anyhow::Result<Response> {
    let path = request.uri().path_and_query().context("no path")?.as_str();
    let url = format!("http://127.0.0.1:{port}{path}");
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
