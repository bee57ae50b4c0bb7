//! Fault injection: tests make the emulator hold a request or an answer, or delay, replace or cut off an answer.

use super::state::Control;
use crate::domain::Refusal;
use crate::http::{JsonBody, Query, empty, json};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};

const PATH: &str = "/emulator/faults";

/// `/emulator/faults`: `GET` lists the injected faults, `POST` injects one more, `DELETE` removes all. `/emulator/faults/{id}`: `GET` tells
/// how many requests a fault holds, `DELETE` removes it. Removing a fault releases the requests it holds.
pub(super) fn router() -> Router<Control> {
    Router::new().route(PATH, get(list).post(add).delete(clear)).route("/emulator/faults/{id}", get(retrieve).delete(remove))
}

/// Whether a request is about the faults themselves. Such a request may wait until another one is held, so a reset must not wait for it.
pub(super) fn is_about_faults(path: &str) -> bool {
    path.starts_with(PATH)
}

/// No request is held longer than this, and `GET /emulator/faults/{id}?held=…` waits no longer for held requests.
const LONGEST_HOLD: Duration = Duration::from_secs(600);

/// A fault: its kind, the requests it applies to, and how often. Durations are measured by the machine's clock, not by the emulated one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    /// The requests' path, or its beginning followed by `*`.
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// To how many requests it applies; without it to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// For how long it applies; without it until the fault is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    for_milliseconds: Option<u64>,
    /// Where a request stops until the fault is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
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
    /// The `Retry-After` of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
    /// Where the connection breaks off during the answer to a request that was handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<Cut>,
}

/// Where a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Hold {
    /// Before it is handled.
    Request,
    /// After it was handled, before it is answered.
    Answer,
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

/// The injected faults.
#[derive(Default)]
pub(crate) struct Faults(Mutex<List>);

#[derive(Default)]
struct List {
    last_id: u64,
    injected: Vec<Injected>,
}

/// An injected fault.
struct Injected {
    id: u64,
    fault: Fault,
    gate: Arc<Gate>,
}

/// The place where the held requests of a fault wait.
#[derive(Default)]
struct Gate {
    held: watch::Sender<usize>,
    is_open: watch::Sender<bool>,
    end: Option<Instant>,
}

impl Faults {
    pub(crate) fn clear(&self) {
        self.list().injected.clear();
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first fault that matches this request. The request counts as one of its times.
    fn take(&self, method: &Method, path: &str) -> Option<(Fault, Arc<Gate>)> {
        let mut list = self.list();
        let now = Instant::now();
        list.injected.retain(|it| it.is_needed_at(now));
        let injected = list.injected.iter_mut().find(|it| it.fault.times != Some(0) && it.fault.applies_to(method, path))?;
        injected.fault.times = injected.fault.times.map(|it| it.saturating_sub(1));
        Some((injected.fault.clone(), Arc::clone(&injected.gate)))
    }
}

impl Injected {
    /// Whether the fault applies to further requests, or may still hold some, which its removal would release.
    fn is_needed_at(&self, now: Instant) -> bool {
        (self.fault.times != Some(0) || self.fault.hold.is_some()) && self.gate.end.is_none_or(|it| it > now)
    }

    fn to_json(&self) -> Value {
        let mut fault = json!(self.fault);
        fault["id"] = json!(self.id);
        fault["held"] = json!(*self.gate.held.borrow());
        fault
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        self.gate.is_open.send_replace(true);
    }
}

impl Gate {
    /// Returns when the gate is open, at the fault's end, or after [`LONGEST_HOLD`].
    async fn pass(&self) {
        let _held = Held::new(&self.held);
        let limit = Instant::now() + LONGEST_HOLD;
        // The request continues after a timeout, too.
        let _ = tokio::time::timeout_at(self.end.map_or(limit, |it| it.min(limit)), self.opened()).await;
    }

    async fn opened(&self) {
        // `wait_for` fails only if the sender is dropped. The caller borrows the gate, which owns the sender.
        let _ = self.is_open.subscribe().wait_for(|it| *it).await;
    }
}

/// Counts a request while it is held. A request is released when its client hangs up.
struct Held<'a>(&'a watch::Sender<usize>);

impl<'a> Held<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|it| *it += 1);
        Self(count)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|it| *it -= 1);
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

/// Applies the first fault that matches a request. Requests for `/` and under `/emulator/` are exempt.
pub(crate) async fn inject_fault(State(control): State<Control>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == "/" || path.starts_with("/emulator/") {
        return next.run(request).await;
    }
    let Some((fault, gate)) = control.faults.take(request.method(), path) else { return next.run(request).await };
    if fault.hold == Some(Hold::Request) {
        gate.pass().await;
    }
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
    if fault.hold == Some(Hold::Answer) {
        gate.pass().await;
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
    // The `Content-Length` shows a client that bytes are missing, even if the connection is closed properly.
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len().max(1)));
    let first = match cut {
        Cut::Headers => None,
        Cut::Body => Some(bytes.slice(..bytes.len() / 2)),
    };
    Response::from_parts(head, Body::new(BrokenBody { first, pause: None }))
}

/// A body that fails, so that hyper closes the connection. If the body fails at once, not even the headers are sent.
struct BrokenBody {
    first: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
}

/// The pause before the failure, in which hyper sends the first part of the body.
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
    let all: Vec<Value> = control.faults.list().injected.iter().map(Injected::to_json).collect();
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
    let mut list = control.faults.list();
    list.last_id += 1;
    let injected = Injected { id: list.last_id, fault, gate: Arc::new(Gate { end, ..Gate::default() }) };
    let answer = json(StatusCode::OK, &json!({"fault": injected.to_json()}));
    list.injected.push(injected);
    Ok(answer)
}

async fn clear(State(control): State<Control>) -> Response {
    control.faults.clear();
    empty(StatusCode::OK)
}

#[derive(Deserialize)]
struct Wait {
    /// How many requests the fault must hold before the answer comes.
    #[serde(default)]
    held: usize,
}

async fn retrieve(State(control): State<Control>, Path(id): Path<String>, Query(wait): Query<Wait>) -> Result<Response, StatusCode> {
    let find = || {
        let list = control.faults.list();
        let injected = list.injected.iter().find(|it| it.id.to_string() == id).ok_or(StatusCode::NOT_FOUND)?;
        Ok((injected.to_json(), Arc::clone(&injected.gate)))
    };
    let (_, gate) = find()?;
    let mut held = gate.held.subscribe();
    tokio::select! {
        _ = held.wait_for(|it| *it >= wait.held) => {}
        () = gate.opened() => {}
        () = tokio::time::sleep(LONGEST_HOLD) => {}
    }
    find().map(|(fault, _)| json(StatusCode::OK, &json!({"fault": fault})))
}

async fn remove(State(control): State<Control>, Path(id): Path<String>) -> Response {
    let mut list = control.faults.list();
    let before = list.injected.len();
    list.injected.retain(|it| it.id.to_string() != id);
    empty(if list.injected.len() < before { StatusCode::OK } else { StatusCode::NOT_FOUND })
}
