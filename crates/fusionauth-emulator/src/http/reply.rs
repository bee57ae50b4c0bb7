use crate::jwt::KeyError;
use crate::password::HashError;
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fusionauth_api::errors::Errors;
use serde::Serialize;
use serde_json::Value;

/// Why a request was not done.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// 400 with FusionAuth's `Errors`.
    Errors(Errors),
    /// Any status without a body.
    Status(StatusCode),
    /// 500 without a body; the cause is logged.
    Fault(&'static str, String),
}

/// A JSON answer: members in alphabetical order, those without a value left out.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let Ok(mut body) = serde_json::to_value(body) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    drop_nulls(&mut body);
    // A no-op unless another crate of the build turns on serde_json's preserve_order.
    body.sort_all_objects();
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"))], body.to_string()).into_response()
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

impl Refusal {
    /// 400 with one error for one field. The code is `[kind]field`.
    pub(crate) fn field(kind: &str, field: &str, message: &str) -> Self {
        Self::Errors(Errors::field(field, &format!("[{kind}]{field}"), message))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Errors(errors) => json(StatusCode::BAD_REQUEST, &errors),
            Self::Status(status) => empty(status),
            Self::Fault(what, cause) => {
                tracing::error!(%cause, "{what}");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

impl From<Errors> for Refusal {
    fn from(errors: Errors) -> Self {
        Self::Errors(errors)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Fault("the store failed", error.to_string())
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        Self::Fault("signing failed", error.to_string())
    }
}

impl From<HashError> for Refusal {
    fn from(error: HashError) -> Self {
        Self::Fault("hashing failed", error.to_string())
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, it| !it.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
