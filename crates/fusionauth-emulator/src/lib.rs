//! FusionAuth for development and tests: native login, refresh and logout, started from the same `kickstart.json` as a real FusionAuth.
//! **Never for production**: passwords are hashed cheaply and the database holds private keys.
//!
//! [`Emulator`] shows a test that signs a user in.
//!
//! # Layout
//!
//! Each folder depends on those above it only.
//!
//! - `model/`: tenants, applications and users as FusionAuth's JSON has them.
//! - `state/`: the state of every endpoint: clock, random source, signing keys, sent messages, behaviours.
//! - `database/`: one module per table of the SQLite database.
//! - `domain/`: users, sessions, renewals, one-time ids, mail and user actions.
//! - `http/`: HTTP as FusionAuth speaks it: JSON errors, PATCH, cookies, CORS, API keys.
//! - `api/`: the endpoints. `api/operations.txt` lists all operations of FusionAuth; those without an endpoint answer 501.
//! - `kickstart/`: runs a kickstart file through the same endpoints.
//! - `control/`: endpoints that FusionAuth does not have: the sent messages, faults, the clock, the requests, behaviours, the reset.
//!   [`Emulator`]'s methods do the same within the process.
//!
//! `docs/emulator.md` lists the differences from a real FusionAuth, and the answers to open questions.

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

/// The programs of the README, which the doctests compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
