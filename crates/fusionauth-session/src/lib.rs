//! The session state machine of a native-login app: no I/O, no clock, no randomness.

#![warn(missing_docs)]

mod view;

pub use view::{Connection, EndCause, SignIn, User, View};
