//! What a machine heard and did lately, without a secret: for a console, a bug report, and a native test that replays it.

use crate::{
    Config, Connection, Effect, Event, LockState, LogoutAnswer, Machine, Notice, Now, Request, SessionState, SessionVersion, SignOutReason,
    redact::{self, Names},
};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, fmt};

/// A machine that remembers its last 200 steps.
pub struct TracedMachine {
    machine: Machine,
    names: Names,
    trace: Trace,
}

/// Steps, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// How many older steps were dropped. A trace that lacks its beginning can be read, but not replayed.
    pub dropped: u64,
    /// The steps that are left.
    pub steps: VecDeque<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// By the wall clock.
    pub wall_ms: u64,
    /// By the monotonic clock.
    pub mono_ms: u64,
    /// The chance of the step.
    pub chance: u32,
    /// What the machine heard.
    pub heard: Heard,
    /// What it did.
    pub did: Vec<Did>,
}

/// How many steps are kept.
const KEPT: usize = 200;

/// Stands for a token or a user: the first one is 0. The same thing has the same number throughout a trace.
pub type Name = u32;

/// An [`Event`] without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is its event's mirror")]
pub enum Heard {
    Started(Seen),
    CredentialRequested(u32, Seen),
    Unauthorized(u32, Refused, Seen),
    UnauthorizedAgain(u32, Refused, Seen),
    CallerDropped(u32),
    SignInRequested(u32),
    SignOutRequested,
    Locked(u32, LockState, Seen, SessionVersion),
    SignInAnswered(u32, Answered, Seen),
    RefreshAnswered(u32, Answered, Seen),
    CurrentUserAnswered(u32, Answered, Seen),
    LogoutAnswered(u32, LogoutAnswer),
    StorageChanged(Seen, Seen),
    StorageFailed,
    TimerFired,
    Resumed(Seen),
    Hidden,
}

/// What storage held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is its record's mirror")]
pub enum Seen {
    Nothing,
    Blocked,
    Session { version: SessionVersion, user: Name, token: Option<Name>, received_at: u64, says: Option<Says> },
    Tombstone { version: SessionVersion, ended: Option<SignOutReason>, logout_pending: bool },
}

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Says {
    /// Whose it is.
    pub user: Option<Name>,
    /// Whether it is for this application.
    pub ours: bool,
    /// How long it lives.
    pub lifetime_ms: Option<u64>,
}

/// What a backend refused.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The token, if it was one.
    pub token: Option<Name>,
    /// The sign-in and, for a cookie, the renewal.
    pub version: SessionVersion,
}

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is its answer's mirror")]
pub enum Answered {
    Token(Name, Says),
    User(Name),
    Renewed,
    Refused,
    Nobody,
    Expired,
    Unavailable {
        status: Option<u16>,
        retry_after_ms: Option<u64>,
    },
    NoAnswer,
    /// A sign-in that came out in another way.
    NotSignedIn,
}

/// An [`Effect`] without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is its effect's mirror")]
pub enum Did {
    Lock(u32),
    Unlock(u32, SessionVersion),
    Send(u32, Request),
    Store(Seen),
    SetTimer(u64),
    ClearTimer,
    Resolve(u32, Settled),
    ResolveSignIn(u32, bool),
    Show(Shown),
    Notify(Notice),
}

/// What a caller got.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is its result's mirror")]
pub enum Settled {
    Token(Name, SessionVersion),
    Cookie(SessionVersion),
    SignedOut,
    Reconnecting,
}

/// What was shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is its view's mirror")]
pub enum Shown {
    Loading,
    SignedOut(Option<SignOutReason>),
    SignedIn(Name, Connection),
}

impl TracedMachine {
    /// A machine that waits for [`Event::Started`].
    pub fn new(config: Config) -> Self {
        let names = Names::new(&config.application_id);
        Self { machine: Machine::new(config), names, trace: Trace::default() }
    }

    /// See [`Machine::state`].
    pub fn state(&self) -> &SessionState {
        self.machine.state()
    }

    /// See [`Machine::version`].
    pub fn version(&self) -> SessionVersion {
        self.machine.version()
    }

    /// The last steps.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// See [`Machine::step`].
    pub fn step(&mut self, now: Now, chance: u32, event: Event) -> Vec<Effect> {
        let heard = self.names.heard(&event);
        let effects = self.machine.step(now, chance, event);
        let did = effects.iter().map(|it| self.names.did(it)).collect();
        self.trace.steps.push_back(Step { wall_ms: now.wall_ms, mono_ms: now.mono_ms, chance, heard, did });
        if self.trace.steps.len() > KEPT {
            self.trace.steps.pop_front();
            self.trace.dropped += 1;
        }
        effects
    }
}

impl Trace {
    /// Lets a new machine hear the same. The number of the first step in which it does something else.
    ///
    /// # Errors
    ///
    /// The number of that step; 0 also where the trace lacks its beginning.
    pub fn replay(&self, config: Config) -> Result<(), usize> {
        if self.dropped > 0 {
            return Err(0);
        }
        let application_id = config.application_id.clone();
        let mut traced = TracedMachine::new(config);
        for (at, step) in self.steps.iter().enumerate() {
            let now = Now { wall_ms: step.wall_ms, mono_ms: step.mono_ms };
            traced.step(now, step.chance, redact::event(&step.heard, &application_id));
            if traced.trace.steps.back().map(|it| &it.did) != Some(&step.did) {
                return Err(at);
            }
        }
        Ok(())
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{:>9} ms  {:?}", step.mono_ms, step.heard)?;
            step.did.iter().try_for_each(|it| writeln!(f, "              -> {it:?}"))?;
        }
        Ok(())
    }
}
