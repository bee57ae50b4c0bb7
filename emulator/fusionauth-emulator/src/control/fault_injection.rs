//! Fault injection: tests make the emulator hold a request or an answer, or delay, replace or cut off an answer.

use super::fault::{Cut, Fault, Hold, InvalidFault};
use super::is_control_path;
use super::state::Control;
use crate::domain::Refusal;
use crate::http::{Answer, JsonBody, Query, empty, json};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

const PATH: &str = "/emulator/faults";

/// `/emulator/faults`: `GET` lists the injected faults, `POST` injects one more, `DELETE` removes all. `/emulator/faults/{id}`: `GET` shows
/// a fault and how many requests it holds, `DELETE` removes the fault. Removing a fault releases the requests that it holds.
pub(super) fn router() -> Router<Control> {
    Router::new().route(PATH, get(list).post(add).delete(clear)).route("/emulator/faults/{id}", get(retrieve).delete(remove))
}

/// Whether a request is about the faults themselves. Such a request may wait for minutes until a fault holds another request, so a reset
/// must not wait for it.
pub(super) fn is_about_faults(path: &str) -> bool {
    path.starts_with(PATH)
}

/// No request is held longer than this, and `GET /emulator/faults/{id}?held=…` waits no longer for held requests.
const LONGEST_HOLD: Duration = Duration::from_secs(600);

/// The longest time for which a fault applies: a day.
const LONGEST_LIFE_MS: u64 = 24 * 60 * 60 * 1_000;

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

/// A handle to an injected fault. The fault stays in effect when the handle is dropped.
pub struct InjectedFault {
    id: u64,
    faults: Arc<Faults>,
}

impl InjectedFault {
    /// Waits until the fault holds `count` requests at once, or until ten minutes have passed. Returns how many requests the fault
    /// holds, or 0 if it was removed.
    pub async fn held(&self, count: usize) -> usize {
        self.faults.find_holding(self.id, count).await.map_or(0, |(_, gate)| *gate.held.borrow())
    }

    /// Ends the fault, and releases the requests that it holds. Does nothing if the fault has ended already.
    pub fn remove(self) {
        self.faults.remove(self.id);
    }
}

impl fmt::Debug for InjectedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InjectedFault").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The place where the held requests of a fault wait.
#[derive(Default)]
struct Gate {
    held: watch::Sender<usize>,
    is_open: watch::Sender<bool>,
    end: Option<Instant>,
}

impl Faults {
    pub(crate) fn inject(self: &Arc<Self>, fault: Fault) -> Result<InjectedFault, InvalidFault> {
        fault.check()?;
        let end = fault.for_milliseconds.map(|it| Instant::now() + Duration::from_millis(it.min(LONGEST_LIFE_MS)));
        let mut list = self.list();
        list.last_id += 1;
        let id = list.last_id;
        list.injected.push(Injected { id, fault, gate: Arc::new(Gate { end, ..Gate::default() }) });
        Ok(InjectedFault { id, faults: Arc::clone(self) })
    }

    pub(crate) fn clear(&self) {
        self.list().injected.clear();
    }

    /// Removes the fault with this id. Returns whether there was one.
    fn remove(&self, id: u64) -> bool {
        let mut list = self.list();
        let before = list.injected.len();
        list.injected.retain(|it| it.id != id);
        list.injected.len() < before
    }

    /// The fault with this id as JSON, and its gate.
    fn find(&self, id: u64) -> Option<(Value, Arc<Gate>)> {
        let list = self.list();
        list.injected.iter().find(|it| it.id == id).map(|it| (it.to_json(), Arc::clone(&it.gate)))
    }

    /// Waits until the fault holds `count` requests or [`LONGEST_HOLD`] has passed, then calls [`find`](Self::find). `None` if the fault is
    /// removed.
    async fn find_holding(&self, id: u64, count: usize) -> Option<(Value, Arc<Gate>)> {
        let (_, gate) = self.find(id)?;
        let mut held = gate.held.subscribe();
        tokio::select! {
            _ = held.wait_for(|it| *it >= count) => {}
            () = gate.opened() => {}
            () = tokio::time::sleep(LONGEST_HOLD) => {}
        }
        self.find(id)
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first fault that matches this request. The request counts as one of the fault's `times`.
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
    /// Whether the fault applies to further requests, or may still hold requests, which its removal would release.
    fn is_needed_at(&self, now: Instant) -> bool {
        (self.fault.times != Some(0) || self.fault.hold.is_some()) && self.gate.end.is_none_or(|it| it > now)
    }

    fn to_json(&self) -> Value {
        to_json(&self.fault, self.id, *self.gate.held.borrow())
    }
}

fn to_json(fault: &Fault, id: u64, held: usize) -> Value {
    let mut fault = json!(fault);
    (fault["id"], fault["held"]) = (json!(id), json!(held));
    fault
}

impl Drop for Injected {
    fn drop(&mut self) {
        self.gate.is_open.send_replace(true);
    }
}

impl Gate {
    /// Waits until the gate opens, the fault ends, or [`LONGEST_HOLD`] has passed.
    async fn pass(&self) {
        let _held = Held::new(&self.held);
        let limit = Instant::now() + LONGEST_HOLD;
        // The request continues after a timeout, too.
        let _ = tokio::time::timeout_at(self.end.map_or(limit, |it| it.min(limit)), self.opened()).await;
    }

    async fn opened(&self) {
        // `wait_for` fails only if the sender is dropped, and the gate owns the sender.
        let _ = self.is_open.subscribe().wait_for(|it| *it).await;
    }
}

/// Counts a request while a fault holds it. The count also goes down when the client closes the connection.
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

/// Applies the first fault that matches a request. Requests for `/` and under `/emulator/` are exempt.
pub(crate) async fn inject_fault(State(control): State<Control>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if is_control_path(path) {
        return next.run(request).await;
    }
    let Some((fault, gate)) = control.faults.take(request.method(), path) else { return next.run(request).await };
    if fault.hold == Some(Hold::Request) {
        gate.pass().await;
    }
    tokio::time::sleep(Duration::from_millis(fault.delay_request_milliseconds)).await;
    let mut response = match fault.status_code() {
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
    let first = (cut == Cut::Body).then(|| bytes.slice(..bytes.len() / 2));
    let failure = async move {
        // hyper sends the first part of the body during the pause. If the body fails at once, not even the headers are sent.
        if cut == Cut::Body {
            tokio::time::sleep(FLUSH).await;
        }
        Err(std::io::Error::other("cut off by an injected fault"))
    };
    Response::from_parts(head, Body::from_stream(stream::iter(first.map(Ok)).chain(failure.into_stream())))
}

/// The pause before an answer is cut off after a part of its body.
const FLUSH: Duration = Duration::from_millis(50);

async fn list(State(control): State<Control>) -> Response {
    let all: Vec<Value> = control.faults.list().injected.iter().map(Injected::to_json).collect();
    json(StatusCode::OK, &json!({"faults": all}))
}

async fn add(State(control): State<Control>, JsonBody(fault): JsonBody<Fault>) -> Answer {
    let injected = control.faults.inject(fault.clone()).map_err(|error| {
        let field = match error {
            InvalidFault::Effect => "fault",
            InvalidFault::Path => "path",
            InvalidFault::Status => "status",
        };
        Refusal::field("invalid", field, &error.to_string())
    })?;
    Ok(json(StatusCode::OK, &json!({"fault": to_json(&fault, injected.id, 0)})))
}

async fn clear(State(control): State<Control>) -> Response {
    control.faults.clear();
    empty(StatusCode::OK)
}

#[derive(Deserialize)]
struct Wait {
    /// How many requests the fault must hold before the emulator answers.
    #[serde(default)]
    held: usize,
}

async fn retrieve(State(control): State<Control>, Path(id): Path<String>, Query(wait): Query<Wait>) -> Answer<StatusCode> {
    let (fault, _) = control.faults.find_holding(number(&id), wait.held).await.ok_or(StatusCode::NOT_FOUND)?;
    Ok(json(StatusCode::OK, &json!({ "fault": fault })))
}

async fn remove(State(control): State<Control>, Path(id): Path<String>) -> Response {
    empty(if control.faults.remove(number(&id)) { StatusCode::OK } else { StatusCode::NOT_FOUND })
}

/// The id in a path. If it is not a number, the result is 0, which is no fault's id.
fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}
