//! Records which messages crossed the wire: who sent what to whom, which tokens stood where, and what came back.
//!
//! For development and tests. Redaction happens at capture: no type here has a field that could hold a token, a cookie
//! value, a password or a body. The tests of the browser journeys assert on the records, and the sequence diagrams are
//! drawn from them.
//!
//! Several processes append to one file, one JSON object a line, so the lines' order is the order of events.

#![warn(missing_docs)]

mod layer;
mod message;
mod redact;

pub use layer::{Recorder, RecorderLayer};
pub use message::{Actor, Credential, Message, Place, SetCookie};
