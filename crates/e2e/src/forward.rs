use anyhow::Context;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use reqwest::Client;

/// The longest request that is passed on, in bytes.
const MAX_REQUEST: usize = 1 << 20;

/// A client that passes on what it is given: it follows no redirect and goes through no proxy.
pub(crate) fn client() -> Client {
    // Building fails only where TLS can't start.
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a TLS backend")
}

/// [`pass`], with 502 where the server does not answer.
pub(crate) async fn answer(client: &Client, port: u16, request: Request) -> Response {
    pass(client, port, request).await.unwrap_or_else(|error| bad_gateway(&error))
}

/// What a browser gets when there is no answer to pass on.
pub(crate) fn bad_gateway(error: &anyhow::Error) -> Response {
    (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response()
}

/// Asks the server on `port` what was asked here, with the same `Host`.
pub(crate) async fn pass(client: &Client, port: u16, request: Request) -> anyhow::Result<Response> {
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

/// Without the headers that speak about one connection only.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
    headers
}
