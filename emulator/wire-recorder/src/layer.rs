//! The tower layer that writes one line for each request and one for its response.
//!
//! A request's line is written before the inner service sees the request, and a response's line before its first byte leaves, so
//! that the order of the lines is the order of the events. The layer changes neither message.

use crate::recorder::RecordFile;
use crate::{Actor, Message, Recorder, body, redact};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, ORIGIN, USER_AGENT};
use axum::response::Response;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service};

impl Recorder {
    /// The layer that records every request that passes through it, and its response. `host_to_actor` maps the `Host` header to the
    /// receiver.
    pub fn layer(&self, host_to_actor: fn(&str) -> Actor) -> RecorderLayer {
        RecorderLayer { recorder: self.clone(), host_to_actor, left_out: None }
    }
}

/// A tower layer that records every request and its response; see [`Recorder::layer`].
#[derive(Clone, Debug)]
pub struct RecorderLayer {
    recorder: Recorder,
    host_to_actor: fn(&str) -> Actor,
    left_out: Option<&'static str>,
}

impl RecorderLayer {
    /// Does not record requests for this path, such as a stream of events, which never ends and is not part of a workflow.
    #[must_use]
    pub fn leaving_out(self, path: &'static str) -> Self {
        Self { left_out: Some(path), ..self }
    }
}

impl<S> Layer<S> for RecorderLayer {
    type Service = RecorderService<S>;

    fn layer(&self, inner: S) -> RecorderService<S> {
        RecorderService { inner, recorder: self.recorder.clone(), host_to_actor: self.host_to_actor, left_out: self.left_out }
    }
}

/// The service that [`RecorderLayer`] returns.
#[derive(Clone, Debug)]
pub struct RecorderService<S> {
    inner: S,
    recorder: Recorder,
    host_to_actor: fn(&str) -> Actor,
    left_out: Option<&'static str>,
}

impl<S> Service<Request> for RecorderService<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let is_left_out = self.left_out == Some(request.uri().path());
        let Some(record) = self.recorder.file().filter(|_| !is_left_out) else { return Box::pin(self.inner.call(request)) };
        let record = Arc::clone(record);
        let host_to_actor = self.host_to_actor;
        // Only the instance that was polled ready may be called. The future takes that instance, and an unpolled clone replaces it in
        // `self`.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let exchange = record.next_exchange();
            let request = record_request(&record, exchange.clone(), host_to_actor, request).await;
            let response = inner.call(request).await?;
            Ok(record_response(&record, exchange, response).await)
        })
    }
}

async fn record_request(record: &RecordFile, exchange: String, host_to_actor: fn(&str) -> Actor, request: Request) -> Request {
    let (head, body) = request.into_parts();
    let (seen, body) = peek_if(body_format(&head.headers), body).await;
    // An HTTP/2 request has no `Host` header: its authority is a part of the URI.
    let host = text(&head.headers, &HOST).or(head.uri.authority().map(|it| it.as_str())).unwrap_or_default();
    let mut credentials = redact::headers(&head.headers, record);
    credentials.extend(seen.map(|(format, bytes)| redact::body(format, redact::Direction::Request, &bytes, record)).unwrap_or_default());
    let user_agent = text(&head.headers, &USER_AGENT).unwrap_or_default();
    let from = sender(user_agent);
    record.write(&Message::Request {
        exchange,
        from,
        to: host_to_actor(host),
        host: redact::host(host),
        method: redact::method(&head.method),
        path: redact::path(head.uri.path()),
        origin: text(&head.headers, &ORIGIN).map(redact::origin),
        browser: (from == Actor::Browser).then(|| record.fingerprint(user_agent)),
        credentials,
    });
    Request::from_parts(head, body)
}

async fn record_response(record: &RecordFile, exchange: String, response: Response) -> Response {
    let (head, body) = response.into_parts();
    let (seen, body) = peek_if(body_format(&head.headers), body).await;
    let in_body = seen.map(|(format, bytes)| redact::body(format, redact::Direction::Response, &bytes, record));
    record.write(&Message::Response {
        exchange,
        status: head.status.as_u16(),
        cookies: redact::set_cookies(&head.headers, record),
        credentials: in_body.into_iter().flatten().chain(redact::device_bound_session(&head.headers)).collect(),
    });
    Response::from_parts(head, body)
}

async fn peek_if(format: Option<redact::BodyFormat>, body: Body) -> (Option<(redact::BodyFormat, Bytes)>, Body) {
    let Some(format) = format else { return (None, body) };
    let (seen, body) = body::peek(body).await;
    (seen.map(|it| (format, it)), body)
}

fn body_format(headers: &HeaderMap) -> Option<redact::BodyFormat> {
    let media_type = text(headers, &CONTENT_TYPE)?.split(';').next()?.trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/x-www-form-urlencoded" => Some(redact::BodyFormat::Form),
        "application/json" => Some(redact::BodyFormat::Json),
        other if other.ends_with("+json") => Some(redact::BodyFormat::Json),
        _ => None,
    }
}

/// The sender, by the `User-Agent` header. The attacker's name is compared first, because an attacker may append the `User-Agent`
/// of a browser to it.
fn sender(user_agent: &str) -> Actor {
    if user_agent.starts_with("attacker") {
        Actor::Attacker
    } else if user_agent.starts_with("storefront-store") {
        Actor::Store
    } else if user_agent.starts_with("storefront-forums") {
        Actor::Forums
    } else if user_agent.starts_with("fusionauth") {
        Actor::FusionAuth
    } else if user_agent.contains("Mozilla/") {
        Actor::Browser
    } else {
        Actor::Client
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_known_by_the_user_agent() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0", Actor::Browser),
            ("attacker/1", Actor::Attacker),
            ("attacker Mozilla/5.0", Actor::Attacker),
            ("storefront-store/0.1", Actor::Store),
            ("storefront-forums/0.1", Actor::Forums),
            ("fusionauth-emulator/0.1", Actor::FusionAuth),
            ("curl/8", Actor::Client),
            ("", Actor::Client),
        ];
        for (user_agent, actor) in cases {
            assert_eq!(sender(user_agent), actor, "{user_agent}");
        }
    }
}
