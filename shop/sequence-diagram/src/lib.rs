//! Turns recorded messages into sequence diagrams. Everything here is pure: no files, no clock, no network.
//!
//! 1. [`conversation`] joins requests and responses, puts a backend's own calls inside the request that caused them,
//!    leaves out messages that have nothing to do with a sign-in, and sorts requests that were sent at the same time.
//! 2. [`Diagram`] turns exchanges into arrows. Credentials get [`Names`] such as `refresh token 1`, because the record has no
//!    values, and its fingerprints differ from run to run.
//! 3. [`Diagram::take_steps_of`] numbers the arrows by the steps of an earlier drawing, and says which steps are missing.
//! 4. [`split_into_phases`] splits a live conversation into phases: a sign-in, a page load, a renewal, an attack.

#![warn(missing_docs)]

mod arrows;
mod conversation;
mod label;
mod mermaid;
mod names;
mod phases;
mod steps;

pub use arrows::{Arrow, Diagram, Direction, Line, Note};
pub use conversation::{Exchange, Response, conversation};
pub use label::{CredentialGroup, CredentialPlace, Label};
pub use names::{Applications, Names, RecordExtent};
pub use phases::{Phase, PhaseKind, split_into_phases};

use wire_recorder::Actor;

/// The name of an actor in diagrams.
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

/// All actors, in the order in which diagrams show them from left to right.
pub const ACTORS: [Actor; 6] = [Actor::Attacker, Actor::Browser, Actor::Store, Actor::Forums, Actor::FusionAuth, Actor::Client];
