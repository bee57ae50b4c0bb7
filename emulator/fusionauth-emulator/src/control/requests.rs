//! `GET /emulator/requests` lists the latest answered requests for FusionAuth's paths. `DELETE` clears the list. An entry has the method,
//! the route and the status, and no data from the client: no body, no header, no id and no token.

use super::is_control_path;
use super::state::Control;
use crate::api::OperationPath;
use crate::http::{empty, json};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use serde_json::json;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/requests", get(list).delete(clear))
}

/// The maximum number of requests that are kept; older ones are dropped.
const CAPACITY: usize = 1_000;

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AnsweredRequest {
    /// The method, or `other` for a method that FusionAuth's API does not use.
    pub method: &'static str,
    /// The pattern of the path, such as `/api/user/{userId}`; `None` for a path that FusionAuth does not have.
    pub route: Option<String>,
    /// The status of the answer. A fault (`POST /emulator/faults`) may have set it.
    pub status: u16,
}

/// Formats the request like `POST /api/login 200`.
impl fmt::Display for AnsweredRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.route.as_deref().unwrap_or("unknown"), self.status)
    }
}

/// The latest requests, in the order of their answers.
#[derive(Default)]
pub(crate) struct Journal(Mutex<VecDeque<AnsweredRequest>>);

impl Journal {
    pub(crate) fn requests(&self) -> Vec<AnsweredRequest> {
        self.entries().iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        self.entries().clear();
    }

    fn push(&self, request: AnsweredRequest) {
        let mut entries = self.entries();
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(request);
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<AnsweredRequest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds a request to the journal when it is answered. Requests for `/` and under `/emulator/` are left out.
pub(crate) async fn record(State(control): State<Control>, matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    if is_control_path(request.uri().path()) {
        return next.run(request).await;
    }
    let method = method(request.method());
    let response = next.run(request).await;
    // If the emulator lacks the operation, the answer carries the operation's path. It takes precedence over the matched route, which may
    // be that of another operation: `DELETE /api/user/bulk` also matches `/api/user/{userId}`.
    let operation = response.extensions().get::<OperationPath>().map(|it| it.0.to_owned());
    let route = operation.or_else(|| matched.map(|it| it.as_str().to_owned()));
    control.journal.push(AnsweredRequest { method, route, status: response.status().as_u16() });
    response
}

/// The method's name if it is a known one. The journal must not repeat an invented method, because a client can put any text into it.
fn method(method: &Method) -> &'static str {
    ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"].into_iter().find(|it| *it == method.as_str()).unwrap_or("other")
}

async fn list(State(control): State<Control>) -> Response {
    json(StatusCode::OK, &json!({"requests": control.journal.requests()}))
}

async fn clear(State(control): State<Control>) -> Response {
    control.journal.clear();
    empty(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_keeps_the_latest() {
        let journal = Journal::default();
        for status in 0..=1_000 {
            journal.push(AnsweredRequest { method: "GET", route: None, status });
        }
        let kept = journal.requests();
        assert_eq!((kept.len(), kept[0].status, kept[CAPACITY - 1].status), (CAPACITY, 1, 1_000));
    }
}
