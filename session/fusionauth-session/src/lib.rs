//! The session state machine of a native-login app: no I/O, no clock, no randomness.
//!
//! [`Machine::step`] takes an [`Event`] with the time and a random number, and returns the [`Effect`]s to carry out. The
//! machine alone decides when to refresh, which caller gets a token, when to retry and when a session is over. A driver
//! (such as `fusionauth-session-web`) only carries out effects. The same events always give the same effects.
//!
//! ```
//! use fusionauth_session::{CallerId, Config, CredentialError, Effect, Event, Machine, Now, Stored, TokenStorage, Tuning};
//!
//! let application_id = "10000000-0000-0000-0000-000000000001".into();
//! let config = Config { application_id, token_storage: TokenStorage::LocalStorage, tuning: Tuning::DEFAULT };
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
//! - `callers`: the callers that wait for a credential, and when each of them gets an answer.
//! - `unauthorized`: a backend's 401, and the resources that answer 401 to valid credentials.
//! - `operations`: which request is due, the last check of storage before it is sent, the state that the user sees, and
//!   the timer.
//! - `operation_queue`: the queue of requests that may change the browser's cookies; one of them runs at a time.
//! - `refresh`: answers to a refresh.
//! - `retry`: retries and their back-off, and the rate of refreshes.
//! - `sign_in`: sign-in and sign-out.
//! - `stored`: records that other tabs wrote to storage.
//! - `cookie_owner`: sessions in cookies that script can't read.
//! - `storage_lag`: the wait until local storage shows another tab's newest record.
//! - `token`: the age of a token by a wall clock and a monotonic clock, each of which may be wrong.
//! - `record`: the session record, which is the one value in storage.
//! - `pending_effects`: the order in which a driver carries out the effects of a step.
//! - `trace`, `redact`: a trace of the last steps, without secrets.
//!
//! # Words
//!
//! An *epoch* is one sign-in or sign-out; a *generation* is one renewal within it. A *tombstone* is the record that the
//! end of a session leaves, so that no other tab considers the session alive. A *caller* is a request of the application
//! that waits for a credential: an access token, or the version of the cookies.
//!
//! `DESIGN.md` in the crate explains the design and lists the checks. `docs/scenarios.md` names a test for each situation.

#![warn(missing_docs)]

mod callers;
mod config;
mod cookie_owner;
mod event;
mod machine;
mod operation_queue;
mod operations;
mod pending_effects;
mod record;
mod redact;
mod refresh;
mod retry;
mod sign_in;
mod state;
mod storage_lag;
mod stored;
mod token;
mod trace;
mod unauthorized;

pub use config::{Config, TokenStorage, Tuning};
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

/// Makes the doctests compile the programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
