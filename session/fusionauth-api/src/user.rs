//! The fields of FusionAuth's user object that a client displays.

use serde::{Deserialize, Serialize};

/// The part of FusionAuth's user object that a client displays. An application's own backend also sends it, as the answer to a page that
/// asks for the signed-in user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// FusionAuth's user id, the `sub` claim.
    pub id: String,
    /// The email address, if the user has one.
    #[serde(default)]
    pub email: Option<String>,
}
