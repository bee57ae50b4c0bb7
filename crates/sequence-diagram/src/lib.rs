//! Draws what crossed the wire: from recorded messages to sequence diagrams. Pure: no files, no clock, no network.
//!
//! 1. [`conversation`] joins requests and responses, puts a backend's own calls inside the request that caused them,
//!    leaves out what says nothing about a sign-in, and gives requests that race an order that doesn't depend on who won.
//! 2. [`Diagram`] turns exchanges into arrows. Credentials are called by [`Names`] such as `refresh token 1`: the recorder
//!    kept no values, and fingerprints, which differ from run to run, are not shown either.
//! 3. [`published()`] has the steps of the published workflows as [`PublishedPhase`]s, which number the arrows of a diagram and say
//!    which step is missing.
//! 4. [`recognise`] cuts a live conversation into phases: a sign-in, a page load, a renewal, an attack.

#![warn(missing_docs)]

mod arrows;
mod conversation;
mod label;
mod mermaid;
mod names;
mod phases;
mod published;
mod script;

pub use arrows::{Arrow, Diagram, Direction, Line, Note};
pub use conversation::{Exchange, Response, conversation};
pub use label::{CredentialGroup, CredentialPlace, Label};
pub use names::{Applications, Names, RecordExtent};
pub use phases::{Phase, PhaseKind, recognise};
pub use published::{last_step, published};
pub use script::{MissingStep, PublishedPhase, Step, StepKind};

use wire_recorder::Actor;

/// What people call an actor.
pub fn actor_name(actor: Actor) -> &'static str {
    match actor {
        Actor::Browser => "Browser",
        Actor::Store => "Store",
        Actor::Forums => "Forums",
        Actor::FusionAuth => "FusionAuth",
        Actor::Attacker => "Attacker",
        Actor::Client => "Client",
    }
}

/// Everybody, from left to right.
pub const ACTORS: [Actor; 6] = [Actor::Attacker, Actor::Browser, Actor::Store, Actor::Forums, Actor::FusionAuth, Actor::Client];
