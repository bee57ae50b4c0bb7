//! A fault: what goes wrong, for which requests, and how often.

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

/// A fault, as in the body of `POST /emulator/faults`. `path` and one effect are enough:
/// `Fault { path: "/api/*".into(), status: Some(503), ..Fault::default() }`. The machine's clock measures durations, not the emulated
/// clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The path of the requests, or its beginning followed by `*`. Faults never apply to `/` and to paths under `/emulator/`.
    pub path: String,
    /// The method of the requests; with `None` any method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The number of requests to which the fault applies; with `None` all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How long the fault applies, at most a day; with `None` until the fault is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_milliseconds: Option<u64>,
    /// Where a request stops. It continues when the fault ends, and after ten minutes at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// How long the request waits before it is handled.
    #[serde(default)]
    pub delay_request_milliseconds: u64,
    /// How long the answer waits before it is sent.
    #[serde(default)]
    pub delay_answer_milliseconds: u64,
    /// The status, 200 to 599, of an answer that replaces FusionAuth's. If it is set, the request is not handled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of the answer with `status`, such as a proxy's error page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The `Retry-After` of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// Where the emulator cuts off the answer and closes the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// Where a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// Before the request is handled.
    Request,
    /// After the request is handled, and before the answer is sent.
    Answer,
}

/// Where an answer is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Before the first byte of the answer.
    Headers,
    /// After half of the body.
    Body,
}

/// Why a fault cannot be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    /// The fault changes nothing.
    #[error("expected an effect, such as status, hold or cut.")]
    Effect,
    /// [`Fault::path`] does not begin with `/`.
    #[error("expected a path, which begins with /.")]
    Path,
    /// [`Fault::status`] is not between 200 and 599.
    #[error("expected 200 to 599.")]
    Status,
}

impl Fault {
    pub(super) fn check(&self) -> Result<(), InvalidFault> {
        if !self.path.starts_with('/') {
            return Err(InvalidFault::Path);
        }
        if self.status.is_some_and(|it| !(200..600).contains(&it)) {
            return Err(InvalidFault::Status);
        }
        let has_delay = self.delay_request_milliseconds > 0 || self.delay_answer_milliseconds > 0;
        if self.status.is_none() && self.hold.is_none() && self.cut.is_none() && !has_delay {
            return Err(InvalidFault::Effect);
        }
        Ok(())
    }

    pub(super) fn applies_to(&self, method: &Method, path: &str) -> bool {
        let right_path = match self.path.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == self.path,
        };
        right_path && self.method.as_deref().is_none_or(|it| it == method.as_str())
    }

    /// The status of the answer that replaces FusionAuth's.
    pub(super) fn status_code(&self) -> Option<StatusCode> {
        self.status.and_then(|it| StatusCode::from_u16(it).ok())
    }
}
