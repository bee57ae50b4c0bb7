//! FusionAuth for development and tests: native login, refresh and logout, started from the same `kickstart.json` as a real FusionAuth.
//! **Never for production**: passwords are hashed cheaply and the database contains private keys.
//!
//! The documentation of [`Emulator`] has an example that signs a user in.
//!
//! # Layout
//!
//! Each folder depends only on folders above it in this list.
//!
//! - `model/`: tenants, applications and users in the form of FusionAuth's JSON.
//! - `state/`: the state that all endpoints share: clock, random source, signing keys, sent messages, behaviours.
//! - `database/`: one module per table of the SQLite database.
//! - `domain/`: users, sessions, renewals, one-time ids, mail and user actions.
//! - `http/`: HTTP as FusionAuth speaks it: JSON errors, PATCH, cookies, CORS, API keys.
//! - `api/`: the endpoints. `api/operations.txt` lists all operations of FusionAuth; operations without an endpoint answer 501.
//! - `kickstart/`: sends the requests of a kickstart file to these endpoints.
//! - `control/`: endpoints that FusionAuth does not have: for sent messages, faults, the clock, past requests, behaviours and the reset.
//!   [`Emulator`]'s methods do the same within the process.
//!
//! `docs/emulator.md` lists the differences from a real FusionAuth, and the emulator's choices where FusionAuth's documentation is
//! silent.

#![warn(missing_docs)]

mod api;
mod control;
mod database;
mod domain;
mod emulator;
mod http;
mod kickstart;
mod model;
mod state;

pub use control::{AnsweredRequest, Cut, Fault, Hold, InjectedFault, InvalidFault};
pub use emulator::{Config, Emulator, StartError};
pub use http::{HostName, InvalidHostName};
pub use kickstart::{Kickstart, KickstartError, built_in};
pub use state::{
    Behaviours, Clock, CorsOff, FailedRefreshCookies, FixedMaxAge, Message, Random, RefreshFailure, SameSite, Topic, UnknownMembers,
    UnverifiedToken,
};

/// The README. Including it here lets doctests compile its Rust example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
