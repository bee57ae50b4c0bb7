//! The session state machine of a native-login app: no I/O, no clock, no randomness.
//!
//! [`Machine::step`] takes an [`Event`] with the time and a random number, and says which [`Effect`]s to carry out. It
//! alone decides when to refresh, which caller gets a token, when to try again and when a session is over; a driver
//! (such as `leptos-fusionauth`) only carries out effects. The same events always give the same effects.
//!
//! ```
//! use fusionauth_session::{CallerId, Config, CredentialError, Effect, Event, Machine, Now, Stored, Transport, Tuning};
//!
//! let application_id = "10000000-0000-0000-0000-000000000001".into();
//! let config = Config { application_id, transport: Transport::BearerToken, tuning: Tuning::DEFAULT };
//! let mut machine = Machine::new(config);
//! let now = Now { wall_ms: 1_790_000_000_000, mono_ms: 12 };
//! machine.step(now, 0, Event::Started(Stored::Nothing));
//!
//! // Nothing in storage: nobody is signed in, and no request was made to find out.
//! let effects = machine.step(now, 0, Event::CredentialRequested(CallerId(1), Stored::Nothing));
//! assert!(matches!(effects[..], [Effect::Resolve(CallerId(1), Err(CredentialError::SignedOut))]));
//! ```
//!
//! # Layout
//!
//! - `machine`: the state and [`Machine::step`].
//! - `callers`: who waits for a credential, and what they get.
//! - `forbidden`: a backend's 401, and the resources that answer 401 to valid credentials.
//! - `operations`: which request is due, the last look at storage before it is sent, the state that is shown, and the
//!   timer.
//! - `operation_queue`: one request at a time that may change the browser's cookies.
//! - `refresh`: answers to a refresh, retries and back-off.
//! - `sign_in`: sign-in and sign-out.
//! - `stored`: changes by other tabs, as storage shows them.
//! - `cookie_owner`: sessions in cookies that script can't read.
//! - `storage_lag`: waiting for storage that lags behind the lock.
//! - `token`: how old a token is, by two clocks, each of which may be wrong.
//! - `record`: the one value in storage.
//! - `pending_effects`: the order in which a step's effects are carried out.
//! - `trace`, `redact`: the last steps without their secrets.
//!
//! # Words
//!
//! An *epoch* is one sign-in or sign-out; a *generation* is one renewal within it. A *tombstone* is the record that a
//! sign-out leaves, so that no other tab considers the session alive. A *caller* waits for an access token.
//!
//! `DESIGN.md` in the crate explains the design, and what is checked. `docs/scenarios.md` names a test for each
//! situation.

#![warn(missing_docs)]

mod callers;
mod config;
mod cookie_owner;
mod event;
mod forbidden;
mod machine;
mod operation_queue;
mod operations;
mod pending_effects;
mod record;
mod redact;
mod refresh;
mod sign_in;
mod state;
mod storage_lag;
mod stored;
mod token;
mod trace;

pub use config::{Config, Transport, Tuning};
pub use event::{
    Attempt, CallerId, Credential, CredentialError, CurrentUserAnswer, Effect, Event, LockState, LogoutAnswer, Notice, OperationId,
    RefreshAnswer, RefusedRequest, Request, ResourceId, SessionToken, SignInAnswer, SignInId,
};
pub use fusionauth_api::{User, login::LoginFailure};
pub use machine::Machine;
pub use record::{Epoch, RECORD_FORMAT, SessionRecord, SessionVersion, Stored, StoredSession};
pub use state::{Connection, SessionState, SignOutReason};
pub use token::{IssuedToken, Now};
pub use trace::{Step, Trace, TracedMachine};

/// The programs of the README, which the doctests compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
