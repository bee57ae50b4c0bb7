//! Describes each request for the events that it causes (<https://fusionauth.io/docs/extend/events-and-webhooks/events/>), and names in the
//! answer what the request has set without any effect.

use crate::state::{UnknownMembers, request};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// How many names the header and a line of the log have at most.
const MOST_NAMES: usize = 20;

/// How many names are logged at most, because clients may invent names.
const MOST_LOGGED: usize = 1_000;

/// Handles the request as one of this client.
pub(crate) async fn describe(request: Request, next: Next) -> Response {
    let is_strict = request.extensions().get() == Some(&UnknownMembers::RefuseWithoutEffect);
    let (mut response, names) = request::during(info(&request), is_strict, next.run(request)).await;
    if response.status().is_success() && !names.is_empty() {
        warn_once(&names);
        let names: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
        if let Ok(names) = HeaderValue::from_str(&names.join(", ")) {
            response.headers_mut().insert("x-emulator-ignored", names);
        }
    }
    response
}

/// Logs names at their first occurrence.
fn warn_once(names: &BTreeSet<String>) {
    static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_new = |name: &&String| logged.len() < MOST_LOGGED && logged.insert((*name).clone());
    let new: Vec<&str> = names.iter().take(MOST_NAMES).filter(is_new).map(String::as_str).collect();
    if !new.is_empty() {
        tracing::warn!("stored without any effect: {}", new.join(", "));
    }
}

/// The IP address and the user agent. The first address in `X-Forwarded-For` is the client's.
fn info(request: &Request) -> Value {
    let text = |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok());
    let forwarded = text("x-forwarded-for").and_then(|it| it.split(',').next()).map(|it| it.trim().to_owned());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip().to_string());
    let (ip_address, user_agent) = (forwarded.or(peer), text(header::USER_AGENT.as_str()).map(str::to_owned));
    let members = [("ipAddress", ip_address), ("userAgent", user_agent)];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
}
