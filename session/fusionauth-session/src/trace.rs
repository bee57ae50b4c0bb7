//! Records the last events and effects of a machine without secrets, for bug reports and for native tests that replay
//! them.

use crate::{Config, Effect, Event, Machine, Now, ResourceId, SessionState, SessionVersion, redact::Labels};
use fusionauth_api::AccessToken;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A machine that remembers its last 200 steps.
pub struct TracedMachine {
    machine: Machine,
    /// This machine gets the same events with labels in place of secrets, so neither its state nor its effects hold a
    /// secret.
    redacted: Machine,
    labels: Labels,
    trace: Trace,
}

/// The last steps of a machine, and the machine before these steps.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// How many older steps were dropped.
    pub dropped: u64,
    /// The machine before the oldest of `steps`.
    pub start: Machine,
    /// The steps, oldest first.
    pub steps: VecDeque<Step>,
}

/// One step of a machine.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The time of the step.
    pub now: Now,
    /// The random number that the machine received.
    pub chance: u32,
    /// The event.
    pub event: Event,
    /// The effects.
    pub effects: Vec<Effect>,
}

/// The maximum number of steps. They cover some minutes of a busy page in about 60 KB.
const KEPT: usize = 200;

impl TracedMachine {
    /// See [`Machine::new`].
    pub fn new(config: Config) -> Self {
        let start = Machine::new(config.clone());
        Self {
            machine: start.clone(),
            redacted: start.clone(),
            labels: Labels::new(config.application_id),
            trace: Trace { dropped: 0, start, steps: VecDeque::new() },
        }
    }

    /// See [`Machine::state`].
    pub fn state(&self) -> &SessionState {
        self.machine.state()
    }

    /// See [`Machine::version`].
    pub fn version(&self) -> SessionVersion {
        self.machine.version()
    }

    /// See [`Machine::access_token`].
    pub fn access_token(&self) -> Option<&AccessToken> {
        self.machine.access_token()
    }

    /// See [`Machine::is_forbidden`].
    pub fn is_forbidden(&self, resource: ResourceId) -> bool {
        self.machine.is_forbidden(resource)
    }

    /// The last steps.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// See [`Machine::step`].
    pub fn step(&mut self, now: Now, chance: u32, event: Event) -> Vec<Effect> {
        let redacted = self.labels.redact(event.clone());
        let effects = self.redacted.step(now, chance, redacted.clone());
        self.trace.push(Step { now, chance, event: redacted, effects });
        self.machine.step(now, chance, event)
    }
}

impl Trace {
    fn push(&mut self, step: Step) {
        self.steps.push_back(step);
        if self.steps.len() > KEPT
            && let Some(Step { now, chance, event, .. }) = self.steps.pop_front()
        {
            self.start.step(now, chance, event);
            self.dropped += 1;
        }
    }

    /// Replays the steps, and compares the effects.
    ///
    /// # Errors
    ///
    /// The index of the first step with other effects.
    pub fn replay(&self) -> Result<(), usize> {
        let mut machine = self.start.clone();
        let differs = |it: &Step| machine.step(it.now, it.chance, it.event.clone()) != it.effects;
        self.steps.iter().position(differs).map_or(Ok(()), Err)
    }
}
