//! The reasons to refuse a request. Endpoints return a [`Refusal`] with `?`, and `http::reply` turns it into a response like FusionAuth's.

use super::password_hash::HashError;
use crate::database::DatabaseError;
use crate::state::KeyError;
use crate::state::request::WithoutEffect;
use axum::http::StatusCode;
use fusionauth_api::errors::Errors;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// 400 with FusionAuth's `Errors`.
    Errors(Errors),
    /// 413 with FusionAuth's `Errors`.
    TooLong,
    /// Any status without a body.
    Status(StatusCode),
    /// 500 without a body. The failed step and its cause are logged, so neither may contain a secret.
    Internal(&'static str, String),
}

impl Refusal {
    /// 400 with one error for one field. The code is `[kind]field`.
    pub(crate) fn field(kind: &str, field: &str, message: &str) -> Self {
        Self::Errors(Errors::field(field, &format!("[{kind}]{field}"), message))
    }

    /// 400, because a required field has no value.
    pub(crate) fn blank(field: &str) -> Self {
        Self::field("blank", field, "A value is required.")
    }
}

/// Refuses a request with all errors that its checks found, as FusionAuth does.
pub(crate) fn all_of(checks: impl IntoIterator<Item = Result<(), Refusal>>) -> Result<(), Refusal> {
    let mut all = Errors::default();
    for check in checks {
        match check {
            Ok(()) => {}
            Err(Refusal::Errors(errors)) => {
                all.field_errors.extend(errors.field_errors);
                all.general_errors.extend(errors.general_errors);
            }
            Err(other) => return Err(other),
        }
    }
    if all.is_empty() { Ok(()) } else { Err(all.into()) }
}

/// The value of a field that must not be absent or empty.
pub(crate) fn required(field: &str, value: Option<String>) -> Result<String, Refusal> {
    value.filter(|it| !it.is_empty()).ok_or_else(|| Refusal::blank(field))
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

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::WithoutEffect(error) => error.into(),
            error => Self::Internal("the database failed", error.to_string()),
        }
    }
}

impl From<WithoutEffect> for Refusal {
    /// The names begin with that of a type, such as `Tenant`, which a body has in lower case.
    fn from(WithoutEffect(names): WithoutEffect) -> Self {
        let mut errors = Errors::default();
        for name in names {
            let field = format!("{}{}", name[..1].to_lowercase(), &name[1..]);
            let message = "The emulator stores this member without any effect, which --strict refuses.";
            errors.field_errors.extend(Errors::field(&field, &format!("[withoutEffect]{field}"), message).field_errors);
        }
        Self::Errors(errors)
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        Self::Internal("signing failed", error.to_string())
    }
}

impl From<HashError> for Refusal {
    fn from(error: HashError) -> Self {
        Self::Internal("hashing failed", error.to_string())
    }
}
