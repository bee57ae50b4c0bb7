//! The kinds of login ids.

use serde::{Deserialize, Serialize};

/// What a `loginId` can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LoginIdType {
    #[default]
    Email,
    PhoneNumber,
    Username,
}
