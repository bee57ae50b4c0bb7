//! Checks every order of a registration, refreshes at two instances, lost answers, a theft of all cookies, the passing of time, and the end
//! of the family, for a sign-in that is bound to a device. `device_bound_sessions::Session` makes the decisions, as in the server.

use device_bound_sessions::{Challenge, CookieKey, Lifetimes, Possession, RefreshStep, RegistrationProof, Session, SessionId, UnixMillis};
use stateright::{Checker, HasDiscoveries, Model, Property};
use test_support::device_proofs::KEYS;

/// Longer than the life of a bound cookie, and shorter than that of a challenge.
const ELEVEN_MINUTES: i64 = 11 * 60 * 1_000;
const MOST_TICKS: u8 = 2;
/// The number of requests that the browser sends.
const MOST_REQUESTS: u8 = 4;

/// The defect of a broken version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// Writes a record although the family has ended, or another instance has taken the challenge.
    WritesWithoutACheck,
    /// Accepts a bound sign-in without the bound cookie, as if it had never been bound.
    FallsBackToUnbound,
    /// Registers a key for a sign-in that has one.
    TakesASecondKey,
}

#[derive(Clone, Debug)]
struct Setup {
    broken: Option<Broken>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
    /// The browser sends its proof to an instance, which reads the record.
    Send(usize),
    /// The instance decides, and writes the record.
    Write(usize),
    Deliver(usize),
    LoseAnswer(usize),
    /// A thief copies all cookies.
    Steal,
    /// The thief sends the proof of another key.
    ThiefRegisters,
    EndFamily,
    Tick,
}

/// A request of the browser at an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Load {
    Idle,
    Read {
        record: String,
        signed: String,
    },
    /// The answer with the bound cookie and the next challenge.
    Leaves {
        cookie: String,
        challenge: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    now: i64,
    ticks: u8,
    /// The record in the row of the family. None after the family's end.
    record: Option<String>,
    ended: bool,
    challenges: u8,
    loads: [Load; 2],
    requests: u8,
    // The browser.
    challenge: String,
    cookie: Option<String>,
    /// The thief's copy of the bound cookie, if there was one, and the time of the theft.
    stolen: Option<(Option<String>, i64)>,
}

const NO_THIEF: &str = "copied cookies open nothing when the bound cookie has expired";
const ENDED: &str = "no key outlives its family";
const ONE_KEY: &str = "a sign-in has only the key of its owner";

fn session_id() -> SessionId {
    SessionId::try_from("family".to_owned()).unwrap()
}

fn challenge(text: &str) -> Challenge {
    Challenge::try_from(text.to_owned()).unwrap()
}

fn encode(session: &Session) -> String {
    serde_json::to_string(session).unwrap()
}

fn decode(record: &str) -> Session {
    serde_json::from_str(record).unwrap()
}

impl State {
    fn new() -> Self {
        let offered = Session::offered(session_id(), challenge("c0"), &Lifetimes::default(), UnixMillis(0));
        Self {
            now: 0,
            ticks: 0,
            record: Some(encode(&offered)),
            ended: false,
            challenges: 1,
            loads: [Load::Idle, Load::Idle],
            requests: 0,
            challenge: "c0".to_owned(),
            cookie: None,
            stolen: None,
        }
    }

    fn session(&self) -> Option<Session> {
        self.record.as_deref().map(decode)
    }

    /// Whether the server accepts the thief's cookies.
    fn opens_to_the_thief(&self, setup: &Setup) -> bool {
        let (Some(session), Some((cookie, _))) = (self.session(), &self.stolen) else { return false };
        if session.device.is_none() {
            return false; // a sign-in that was never bound works as published
        }
        match session.possession(&cookie.as_deref().into_iter().collect::<Vec<_>>(), &Lifetimes::default(), UnixMillis(self.now)) {
            Possession::Proved | Possession::NotRequired => true,
            Possession::Missing => setup.broken == Some(Broken::FallsBackToUnbound),
            Possession::Ended => false,
        }
    }

    /// The record that takes the place of `session`, and the one that the answer is about. None if the request is refused.
    fn decide(&mut self, setup: &Setup, session: &Session, signed: &str, is_of_thief: bool) -> Option<(Option<Session>, Session)> {
        let (lifetimes, now, next) = (Lifetimes::default(), UnixMillis(self.now), challenge(&format!("c{}", self.challenges)));
        let registers = is_of_thief || session.device.is_none();
        let written = if registers {
            let mut session = session.clone();
            if setup.broken == Some(Broken::TakesASecondKey) {
                session.device = None;
            }
            let key = if is_of_thief { KEYS.other.public() } else { KEYS.p256.public() };
            let proof = RegistrationProof { key, challenge: challenge(signed), authorization: Some(session_id()) };
            session.register(&proof, next, CookieKey::try_from("cookie-key".to_owned()).unwrap(), &lifetimes, now).ok()?
        } else {
            match session.refresh(Some(&KEYS.p256.refresh(signed)), next, &lifetimes, now) {
                RefreshStep::Refresh(next) => Some(*next),
                RefreshStep::Repeat => None,
                RefreshStep::Ask(_) | RefreshStep::AskWith(..) | RefreshStep::End => return None,
            }
        };
        if written.is_some() {
            self.challenges += 1;
        }
        let answered = written.clone().unwrap_or_else(|| session.clone());
        Some((written, answered))
    }

    /// Replaces the record `read`, if it is still there. Each change of a record replaces its challenge.
    fn replace(&mut self, setup: &Setup, read: &Session, written: &Session) -> bool {
        let is_there = self.session().is_some_and(|it| it.challenge.text == read.challenge.text);
        let writes = is_there || setup.broken == Some(Broken::WritesWithoutACheck);
        if writes {
            self.record = Some(encode(written));
        }
        writes
    }

    fn write(&mut self, setup: &Setup, load: usize) {
        let Load::Read { record, signed } = self.loads[load].clone() else { return };
        let read = decode(&record);
        self.loads[load] = Load::Idle;
        let Some((written, answered)) = self.decide(setup, &read, &signed, false) else { return };
        if written.is_none_or(|it| self.replace(setup, &read, &it)) {
            let device = answered.device.expect("an accepted proof has a device");
            let cookie = device.cookie(&Lifetimes::default(), UnixMillis(self.now));
            self.loads[load] = Load::Leaves { cookie, challenge: answered.challenge.text.as_str().to_owned() };
        } else if let Some(record) = self.record.clone() {
            self.loads[load] = Load::Read { record, signed }; // another request was faster: decide again
        }
    }
}

impl Model for Setup {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::new()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (load, it) in state.loads.iter().enumerate() {
            match it {
                Load::Idle if state.requests < MOST_REQUESTS && state.record.is_some() => actions.push(Action::Send(load)),
                Load::Idle => {}
                Load::Read { .. } => actions.push(Action::Write(load)),
                Load::Leaves { .. } => actions.extend([Action::Deliver(load), Action::LoseAnswer(load)]),
            }
        }
        if state.stolen.is_none() {
            actions.push(Action::Steal);
        } else if state.session().is_some_and(|it| it.device.is_some()) {
            actions.push(Action::ThiefRegisters);
        }
        if state.record.is_some() && !state.ended {
            actions.push(Action::EndFamily);
        }
        if state.ticks < MOST_TICKS {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Send(load) => {
                next.requests += 1;
                let record = next.record.clone()?;
                // The browser signs the challenge that it knows. If it got no answer to its registration, that is the offer's challenge.
                next.loads[load] = Load::Read { record, signed: next.challenge.clone() };
            }
            Action::Write(load) => next.write(self, load),
            Action::Deliver(load) => {
                if let Load::Leaves { cookie, challenge } = std::mem::replace(&mut next.loads[load], Load::Idle) {
                    (next.cookie, next.challenge) = (Some(cookie), challenge);
                }
            }
            Action::LoseAnswer(load) => next.loads[load] = Load::Idle,
            Action::Steal => next.stolen = Some((next.cookie.clone(), next.now)),
            Action::ThiefRegisters => {
                let session = next.session()?;
                let open = session.challenge.text.as_str().to_owned(); // the worst case: the thief knows the challenge
                if let Some((Some(written), _)) = next.decide(self, &session, &open, true) {
                    next.replace(self, &session, &written);
                }
            }
            Action::EndFamily => (next.record, next.ended) = (None, true),
            Action::Tick => (next.now, next.ticks) = (next.now + ELEVEN_MINUTES, next.ticks + 1),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_THIEF, |setup: &Self, state: &State| {
                let is_late = state.stolen.as_ref().is_some_and(|(_, at)| state.now >= at + ELEVEN_MINUTES);
                !is_late || !state.opens_to_the_thief(setup)
            }),
            Property::always(ENDED, |_: &Self, state: &State| !state.ended || state.record.is_none()),
            Property::always(ONE_KEY, |_: &Self, state: &State| {
                state.session().and_then(|it| it.device).is_none_or(|it| it.key == KEYS.p256.public())
            }),
            Property::sometimes("the owner refreshes the cookie after it has expired", |_: &Self, state: &State| {
                let values: Vec<&str> = state.cookie.as_deref().into_iter().collect();
                let possession = state.session().map(|it| it.possession(&values, &Lifetimes::default(), UnixMillis(state.now)));
                state.ticks > 0 && possession == Some(Possession::Proved)
            }),
        ]
    }
}

#[test]
fn a_bound_sign_in_meets_a_thief() {
    let checker = Setup { broken: None }.checker().threads(2).spawn_bfs().join();
    assert!(checker.unique_state_count() > 100, "{} states", checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn broken_bindings_are_caught() {
    for (broken, property) in
        [(Broken::WritesWithoutACheck, ENDED), (Broken::FallsBackToUnbound, NO_THIEF), (Broken::TakesASecondKey, ONE_KEY)]
    {
        let checker = Setup { broken: Some(broken) }.checker().finish_when(HasDiscoveries::AnyOf([property].into())).spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{broken:?} keeps the property: {property}");
    }
}
