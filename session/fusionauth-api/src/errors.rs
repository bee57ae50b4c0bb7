//! FusionAuth's `Errors` object (<https://fusionauth.io/docs/apis/errors>). Use the codes to tell errors apart,
//! because messages are localised.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The body of a 400: errors by field, and general ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Errors {
    /// Errors by the path of the invalid field, such as `refreshToken`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub field_errors: BTreeMap<String, Vec<ApiError>>,
    /// Errors of the request as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub general_errors: Vec<ApiError>,
}

impl Errors {
    /// One error for one field.
    pub fn field(path: &str, code: &str, message: &str) -> Self {
        Self { field_errors: BTreeMap::from([(path.to_owned(), vec![ApiError::new(code, message)])]), ..Self::default() }
    }

    /// One error for the request as a whole.
    pub fn general(code: &str, message: &str) -> Self {
        Self { general_errors: vec![ApiError::new(code, message)], ..Self::default() }
    }

    /// Whether there are no errors. A JSON object that is not an `Errors` object decodes to a value without errors.
    pub fn is_empty(&self) -> bool {
        self.field_errors.is_empty() && self.general_errors.is_empty()
    }
}

/// One error: a stable code such as `[invalid]refreshToken`, and a text for users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The code, which tells errors apart.
    pub code: String,
    /// The text, in the server's language.
    #[serde(default)]
    pub message: String,
}

impl ApiError {
    fn new(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned() }
    }
}
