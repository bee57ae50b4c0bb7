//! The fields of FusionAuth's user object that a client displays.

use serde::{Deserialize, Serialize};

/// The part of FusionAuth's user object that a client needs. An application's own backend answers with it to the question who is signed in.
/// For display only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// FusionAuth's user id, the `sub` claim.
    pub id: String,
    /// The email address, if the user has one.
    #[serde(default)]
    pub email: Option<String>,
}
