//! Fault injection: an answer that is late, replaced or cut off.

use super::Control;
use crate::domain::Refusal;
use crate::http::{JsonBody, empty, json};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// `/emulator/faults`: `GET` lists the injected faults, `POST` injects one more, `DELETE` removes all.
pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/faults", get(list).post(add).delete(clear))
}

/// What goes wrong, for which requests, and how often. Times here are those of the machine's clock, not of the emulated one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fault {
    /// The requests' path, or its beginning followed by `*`.
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// For how many requests; without it for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// For how long; without it until the fault is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    for_milliseconds: Option<u64>,
    /// How long the request waits before it is handled.
    #[serde(default)]
    delay_request_milliseconds: u64,
    /// How long the answer waits after the request was handled.
    #[serde(default)]
    delay_answer_milliseconds: u64,
    /// The status of an answer in place of FusionAuth's. The request is not handled then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The body of that answer, such as a proxy's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    /// The `Retry-After` of that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
    /// Where the connection breaks off while the request, which was handled, is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<Cut>,
}

/// Where an answer breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Cut {
    /// Before its first byte.
    Headers,
    /// After half of the body.
    Body,
}

/// The injected faults, each with the instant at which it ends.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<(Fault, Option<Instant>)>>);

impl Faults {
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first fault for this request, which counts as one of its times.
    fn take(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        faults.retain(|(fault, end)| fault.times != Some(0) && end.is_none_or(|it| it > now));
        let (fault, _) = faults.iter_mut().find(|(it, _)| it.applies_to(method, path))?;
        fault.times = fault.times.map(|it| it.saturating_sub(1));
        Some(fault.clone())
    }
}

impl Fault {
    fn applies_to(&self, method: &Method, path: &str) -> bool {
        let right_path = match self.path.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == self.path,
        };
        right_path && self.method.as_deref().is_none_or(|it| it == method.as_str())
    }
}

/// Applies the first fault that concerns a request. Requests under `/emulator/` never meet one.
pub(crate) async fn inject_fault(State(control): State<Control>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == "/" || path.starts_with("/emulator/") {
        return next.run(request).await;
    }
    let Some(fault) = control.faults.take(request.method(), path) else { return next.run(request).await };
    tokio::time::sleep(Duration::from_millis(fault.delay_request_milliseconds)).await;
    let mut response = match fault.status.and_then(|it| StatusCode::from_u16(it).ok()) {
        Some(status) => match fault.html {
            Some(html) => (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))], html).into_response(),
            None => empty(status),
        },
        None => next.run(request).await,
    };
    if let Some(seconds) = fault.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    tokio::time::sleep(Duration::from_millis(fault.delay_answer_milliseconds)).await;
    match fault.cut {
        Some(cut) => cut_off(response, cut).await,
        None => response,
    }
}

async fn cut_off(response: Response, cut: Cut) -> Response {
    let (mut head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    // The promised length lets a client see that something is missing, even if the connection is closed in good order.
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len().max(1)));
    let first = match cut {
        Cut::Headers => None,
        Cut::Body => Some(bytes.slice(..bytes.len() / 2)),
    };
    Response::from_parts(head, Body::new(BrokenBody { first, pause: None }))
}

/// A body that fails, whereupon hyper closes the connection. If the body fails at once, not even the headers are sent.
struct BrokenBody {
    first: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
}

/// After this time, hyper has sent what the body gave it before it fails.
const FLUSH: Duration = Duration::from_millis(50);

impl HttpBody for BrokenBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        if let Some(first) = self.first.take() {
            self.pause = Some(Box::pin(tokio::time::sleep(FLUSH)));
            return Poll::Ready(Some(Ok(http_body::Frame::data(first))));
        }
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(context));
        }
        Poll::Ready(Some(Err(std::io::Error::other("cut off by an injected fault"))))
    }
}

async fn list(State(control): State<Control>) -> Response {
    let faults = control.faults.0.lock().unwrap_or_else(PoisonError::into_inner);
    let all: Vec<&Fault> = faults.iter().map(|(it, _)| it).collect();
    json(StatusCode::OK, &json!({"faults": all}))
}

async fn add(State(control): State<Control>, JsonBody(fault): JsonBody<Fault>) -> Result<Response, Refusal> {
    if fault.status.is_some_and(|it| !(200..600).contains(&it)) {
        return Err(Refusal::field("invalid", "status", "expected 200 to 599."));
    }
    if !fault.path.starts_with('/') {
        return Err(Refusal::field("invalid", "path", "expected a path, which begins with /."));
    }
    let end = fault.for_milliseconds.map(|it| Instant::now() + Duration::from_millis(it.min(24 * 60 * 60 * 1_000)));
    let answer = json(StatusCode::OK, &json!({"fault": &fault}));
    control.faults.0.lock().unwrap_or_else(PoisonError::into_inner).push((fault, end));
    Ok(answer)
}

async fn clear(State(control): State<Control>) -> Response {
    control.faults.clear();
    empty(StatusCode::OK)
}
