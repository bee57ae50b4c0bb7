//! The changes that a user interface shows.

use fusionauth_session::{Notice, SessionState};

/// A change of a session. [`Session::start`](crate::Session::start) takes a function that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionChange {
    /// The session has another state. [`Session::state`](crate::Session::state) returns it, too.
    State(SessionState),
    /// A message for the user, such as that storage is blocked.
    Notice(Notice),
    /// The access token may be another one, so [`Session::claims`](crate::Session::claims) may return other values. Needs the feature
    /// `roles`.
    Token,
}

/// The function that shows the changes. It is never freed, as the driver that calls it.
pub(crate) type OnChange = &'static dyn Fn(SessionChange);
