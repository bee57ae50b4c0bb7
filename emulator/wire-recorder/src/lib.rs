//! Records the messages on the wire: sender, receiver, the places of tokens, and the response.
//!
//! The recorder is for development and tests: browser tests assert on the records, and the sequence diagrams are drawn
//! from them. Secrets are removed before anything is written: no type here has a field that could hold a token, a cookie's
//! value, a password or a body, and a text that a client can choose (path, host, origin, audience) is kept only if it has the
//! shape that such texts have.
//!
//! Several processes append to one file, one JSON object a line, so the lines' order is the order of events: the line of a request is
//! written before the request is handled, and the line of a response before its first byte leaves.
//!
//! ```no_run
//! use wire_recorder::{Actor, Recorder};
//!
//! let recorder = Recorder::to_file("target/run.jsonl")?;
//! let app: axum::Router = axum::Router::new().layer(recorder.layer(|_host| Actor::FusionAuth));
//! # std::io::Result::Ok(())
//! ```

#![warn(missing_docs)]

mod body;
mod layer;
mod message;
mod recorder;
mod redact;

pub use layer::{RecorderLayer, RecorderService};
pub use message::{Actor, Credential, Message, Place, SetCookie};
pub use recorder::{Recorder, read};

/// The programs of the README, which the doctests compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
