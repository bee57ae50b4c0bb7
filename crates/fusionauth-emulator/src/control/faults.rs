//! Faults that are asked for: an answer that is late, another, or cut off.

use crate::http::{JsonBody, Refusal, empty, json};
use crate::instance::Instance;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// `GET`, `POST` and `DELETE /emulator/faults`: which there are, one more, none.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/emulator/faults", get(list).post(add).delete(clear))
}

/// What goes wrong, for which requests, how often. The clock of the machine counts here, not the virtual one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fault {
    /// A path, or its beginning followed by `*`.
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// How many requests; without it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// For how long, from now; without it until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    for_milliseconds: Option<u64>,
    /// Waits before the request is handled.
    #[serde(default)]
    delay_request_milliseconds: u64,
    /// Waits after the request was handled.
    #[serde(default)]
    delay_answer_milliseconds: u64,
    /// Answers this in place of FusionAuth, which never sees the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The body that goes with `status`: a proxy's page, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    /// Handles the request, and breaks the connection off while answering.
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

/// The faults that wait for their requests.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<(Fault, Option<Instant>)>>);

impl Faults {
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first fault for this request; one of its times is used up.
    fn take(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        faults.retain(|(fault, end)| fault.times != Some(0) && end.is_none_or(|it| it > now));
        let (fault, _) = faults.iter_mut().find(|(it, _)| it.concerns(method, path))?;
        fault.times = fault.times.map(|it| it.saturating_sub(1));
        Some(fault.clone())
    }
}

impl Fault {
    fn concerns(&self, method: &Method, path: &str) -> bool {
        let right_path = match self.path.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == self.path,
        };
        right_path && self.method.as_deref().is_none_or(|it| it == method.as_str())
    }
}

/// Lets a request meet its fault. What is below `/emulator/` never has one.
pub(crate) async fn inject(State(instance): State<Arc<Instance>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == "/" || path.starts_with("/emulator/") {
        return next.run(request).await;
    }
    let Some(fault) = instance.faults.take(request.method(), path) else { return next.run(request).await };
    tokio::time::sleep(Duration::from_millis(fault.delay_request_milliseconds)).await;
    let response = match fault.status.and_then(|it| StatusCode::from_u16(it).ok()) {
        Some(status) => match fault.html {
            Some(html) => (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))], html).into_response(),
            None => empty(status),
        },
        None => next.run(request).await,
    };
    tokio::time::sleep(Duration::from_millis(fault.delay_answer_milliseconds)).await;
    match fault.cut {
        Some(cut) => cut_off(response, cut).await,
        None => response,
    }
}

async fn cut_off(response: Response, cut: Cut) -> Response {
    let (mut head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    // The length that is promised, so that a client sees that something is missing even if the server closes politely.
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len().max(1)));
    let first = match cut {
        Cut::Headers => None,
        Cut::Body => Some(bytes.slice(..bytes.len() / 2)),
    };
    Response::from_parts(head, Body::new(Broken { first, pause: None }))
}

/// A body that breaks: hyper closes the connection then. If it breaks at once, not even the headers have left.
struct Broken {
    first: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
}

/// Long enough that what was written has left for the socket.
const FLUSH: Duration = Duration::from_millis(50);

impl HttpBody for Broken {
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
        Poll::Ready(Some(Err(std::io::Error::other("cut off, as asked for"))))
    }
}

async fn list(State(instance): State<Arc<Instance>>) -> Response {
    let faults = instance.faults.0.lock().unwrap_or_else(PoisonError::into_inner);
    let all: Vec<&Fault> = faults.iter().map(|(it, _)| it).collect();
    json(StatusCode::OK, &json!({"faults": all}))
}

async fn add(State(instance): State<Arc<Instance>>, JsonBody(fault): JsonBody<Fault>) -> Result<Response, Refusal> {
    if fault.status.is_some_and(|it| !(200..600).contains(&it)) {
        return Err(Refusal::field("invalid", "status", "expected 200 to 599."));
    }
    if !fault.path.starts_with('/') {
        return Err(Refusal::field("invalid", "path", "expected a path, which begins with /."));
    }
    let end = fault.for_milliseconds.map(|it| Instant::now() + Duration::from_millis(it.min(24 * 60 * 60 * 1_000)));
    let answer = json(StatusCode::OK, &json!({"fault": &fault}));
    instance.faults.0.lock().unwrap_or_else(PoisonError::into_inner).push((fault, end));
    Ok(answer)
}

async fn clear(State(instance): State<Arc<Instance>>, _headers: HeaderMap) -> Response {
    instance.faults.clear();
    empty(StatusCode::OK)
}
