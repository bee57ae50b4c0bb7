//! A fault: what goes wrong, for which requests, and how often.

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

/// A fault, in the members of `POST /emulator/faults`. `path` and one effect are enough:
/// `Fault { path: "/api/*".into(), status: Some(503), ..Fault::default() }`. Durations are measured by the machine's clock, not by the
/// emulated one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The requests' path, or its beginning followed by `*`. The page at `/` and paths under `/emulator/` have no faults.
    pub path: String,
    /// The requests' method; without it any method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// To how many requests it applies; without it to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// For how long it applies, at most a day; without it until the fault is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_milliseconds: Option<u64>,
    /// Where a request stops until the fault is removed, or ten minutes have passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// How long the request waits before it is handled.
    #[serde(default)]
    pub delay_request_milliseconds: u64,
    /// How long the answer waits after the request was handled.
    #[serde(default)]
    pub delay_answer_milliseconds: u64,
    /// The status of an answer in place of FusionAuth's, 200 to 599. The request is not handled then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of that answer, such as a proxy's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The `Retry-After` of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// Where the connection breaks off during the answer to a request that was handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// Where a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hold {
    /// Before it is handled.
    Request,
    /// After it was handled, before it is answered.
    Answer,
}

/// Where an answer breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Before its first byte.
    Headers,
    /// After half of the body.
    Body,
}

/// Why a fault cannot be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    /// Begin [`Fault::path`] with `/`.
    #[error("expected a path, which begins with /.")]
    Path,
    /// Choose a [`Fault::status`] that ends a request.
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
        Ok(())
    }

    pub(super) fn applies_to(&self, method: &Method, path: &str) -> bool {
        let right_path = match self.path.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == self.path,
        };
        right_path && self.method.as_deref().is_none_or(|it| it == method.as_str())
    }

    /// The status of an answer in place of FusionAuth's.
    pub(super) fn status_code(&self) -> Option<StatusCode> {
        self.status.and_then(|it| StatusCode::from_u16(it).ok())
    }
}
