//! Describes each request for the events that it causes (<https://fusionauth.io/docs/extend/events-and-webhooks/events/>).

use super::listeners::Peer;
use crate::state::events;
use axum::extract::{ConnectInfo, Request};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};

/// Handles the request as one of this client.
pub(crate) async fn describe(request: Request, next: Next) -> Response {
    events::during(info(&request), next.run(request)).await
}

/// The IP address and the user agent. The first address in `X-Forwarded-For` is the client's.
fn info(request: &Request) -> Value {
    let text = |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok());
    let forwarded = text("x-forwarded-for").and_then(|it| it.split(',').next()).map(|it| it.trim().to_owned());
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|it| it.0.0.ip().to_string());
    let (ip_address, user_agent) = (forwarded.or(peer), text(header::USER_AGENT.as_str()).map(str::to_owned));
    let members = [("ipAddress", ip_address), ("userAgent", user_agent)];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
}
