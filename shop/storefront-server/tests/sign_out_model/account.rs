//! Checks every order of events that change the credentials of an account: an owner who confirms changes, a thief who copies the owner's
//! access token or all cookies, a stranger who registers the owner's email, and resets by mail. The server's
//! `account::sensitive_changes` decides whether a change without the password is accepted, and `auth::confirmation_proof` how long a
//! confirmation counts.

use stateright::{Checker, HasDiscoveries, Model, Property};
use storefront_server::account::sensitive_changes::StepUp;
use storefront_server::auth::confirmation_proof::is_recent;

/// Longer than a confirmation counts, in seconds.
const ELEVEN_MINUTES: i64 = 11 * 60;
const MOST_TICKS: u8 = 2;

/// The defect of a broken version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// Accepts the access token of a recent sign-in in place of a proof.
    TrustsRecentSignIns,
    /// Sets the proof again at each change that it has confirmed.
    ProlongsTheProof,
    /// Accepts the proof of a sign-in that has ended.
    KeepsProofsOfEndedSignIns,
    /// Lets users with an unverified email add credentials.
    AddsBeforeTheVerification,
    /// Keeps the credentials from before the verification at a reset by mail.
    KeepsOlderCredentials,
    /// Removes every credential at a reset by mail, also those of an owner who has verified the email before.
    RemovesNewerCredentials,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    Owner,
    /// A thief of the owner's credentials, or a stranger who has registered the owner's email.
    Other,
}

/// The sign-in of an owner with a verified email.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Confirming {
    now: i64,
    ticks: u8,
    /// When the owner last entered the password.
    entered_at: i64,
    /// The time in the owner's proof.
    proof: Option<i64>,
    /// What the thief has copied: the access token, and the proof if the thief has copied all cookies.
    stolen: Option<Option<i64>>,
    has_ended: bool,
    /// Whether the owner, or the thief, has made a change without the password, and whether that was late or after the end.
    changed_by_owner: bool,
    changed_by_token_alone: bool,
    changed_late: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Event {
    /// The owner makes a change that asks for this, with the password.
    ChangeWithPassword(StepUp),
    /// The owner makes a change that asks for this, without the password.
    Change(StepUp),
    StealToken,
    StealCookies,
    ThiefChanges(StepUp),
    SignOut,
    Tick,
}

#[derive(Clone, Debug)]
struct Confirmations {
    /// Whether the server has signed the user in, so that the sign-in is a proof.
    sign_in_is_proof: bool,
    broken: Option<Broken>,
}

const NEEDS_PROOF: &str = "a copied access token alone makes no sensitive change";
const ENDS: &str = "a copied proof ends with the sign-in, and ten minutes after the owner entered the password";

impl Confirmations {
    /// Whether a change without the password is accepted.
    fn accepts(&self, state: &Confirming, asks: StepUp, proof: Option<i64>) -> bool {
        let is_valid = |at: i64| is_recent(at, state.now) && (!state.has_ended || self.broken == Some(Broken::KeepsProofsOfEndedSignIns));
        let proof = if self.broken == Some(Broken::TrustsRecentSignIns) { Some(0) } else { proof };
        asks.accepts_no_password(proof.is_some_and(is_valid))
    }
}

impl Model for Confirmations {
    type State = Confirming;
    type Action = Event;

    fn init_states(&self) -> Vec<Confirming> {
        let proof = self.sign_in_is_proof.then_some(0);
        vec![Confirming {
            now: 0,
            ticks: 0,
            entered_at: 0,
            proof,
            stolen: None,
            has_ended: false,
            changed_by_owner: false,
            changed_by_token_alone: false,
            changed_late: false,
        }]
    }

    fn actions(&self, state: &Confirming, events: &mut Vec<Event>) {
        for asks in [StepUp::Password, StepUp::PasswordOrProof] {
            if !state.has_ended {
                events.extend([Event::ChangeWithPassword(asks), Event::Change(asks)]);
            }
            if state.stolen.is_some() {
                events.push(Event::ThiefChanges(asks));
            }
        }
        if state.stolen.is_none() {
            events.extend([Event::StealToken, Event::StealCookies]);
        }
        if !state.has_ended {
            events.push(Event::SignOut);
        }
        if state.ticks < MOST_TICKS {
            events.push(Event::Tick);
        }
    }

    fn next_state(&self, state: &Confirming, event: Event) -> Option<Confirming> {
        let mut next = state.clone();
        match event {
            Event::ChangeWithPassword(asks) => {
                next.entered_at = next.now;
                if asks == StepUp::PasswordOrProof {
                    next.proof = Some(next.now);
                }
            }
            Event::Change(asks) => next.changed_by_owner |= self.accepts(state, asks, state.proof),
            Event::StealToken => next.stolen = Some(None),
            Event::StealCookies => next.stolen = Some(state.proof),
            Event::ThiefChanges(asks) => {
                let proof = state.stolen.flatten();
                if self.accepts(state, asks, proof) {
                    next.changed_by_token_alone |= proof.is_none();
                    next.changed_late |= state.has_ended || state.now - state.entered_at >= ELEVEN_MINUTES;
                    if self.broken == Some(Broken::ProlongsTheProof) {
                        next.stolen = Some(Some(state.now));
                    }
                }
            }
            Event::SignOut => (next.has_ended, next.proof) = (true, None),
            Event::Tick => (next.now, next.ticks) = (next.now + ELEVEN_MINUTES / 2, next.ticks + 1),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NEEDS_PROOF, |_: &Self, state: &Confirming| !state.changed_by_token_alone),
            Property::always(ENDS, |_: &Self, state: &Confirming| !state.changed_late),
            Property::sometimes("a confirmed owner needs no password", |_: &Self, state: &Confirming| state.changed_by_owner),
        ]
    }
}

/// A credential besides the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Passkey,
    /// A second factor, whose code FusionAuth requires for a reset by mail.
    Authenticator,
}

/// An account with a password and further credentials. Each event takes place at a time of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Account {
    now: u8,
    verified_at: Option<u8>,
    password_of: Who,
    /// The credentials, who added them, and when.
    credentials: Vec<(Kind, Who, u8)>,
    was_reset: bool,
    /// Whether FusionAuth has refused the owner's reset, because it lacked the code of a stranger's authenticator.
    reset_was_refused: bool,
    /// Whether the owner has added a credential after the verification.
    added_by_owner: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum AccountEvent {
    /// The user who knows the password adds a credential.
    Add(Kind),
    /// The owner uses a mailed link or code that verifies the email. Only owners use one that they have requested.
    Verify,
    /// The owner uses a mailed reset link.
    Reset,
}

/// An account that the owner, or a stranger, has registered with the owner's email.
#[derive(Clone, Debug)]
struct Registration {
    by: Who,
    broken: Option<Broken>,
}

const RESETS: &str = "a stranger's authenticator never keeps the owner from a reset";
const NO_STRANGER: &str = "after the owner's reset, no credential of a stranger signs in";
const KEEPS_OWN: &str = "a reset keeps what the owner added after the verification";

impl Registration {
    /// A mailed proof of the email's owner. Credentials from before the verification may be a stranger's.
    fn prove(&self, account: &mut Account) {
        let verified_at = *account.verified_at.get_or_insert(account.now);
        match self.broken {
            Some(Broken::KeepsOlderCredentials) => {}
            Some(Broken::RemovesNewerCredentials) => account.credentials.clear(),
            _ => account.credentials.retain(|(.., at)| *at > verified_at),
        }
    }
}

impl Account {
    fn has_credential_of_other(&self) -> bool {
        self.credentials.iter().any(|(_, who, _)| *who == Who::Other)
    }
}

impl Model for Registration {
    type State = Account;
    type Action = AccountEvent;

    fn init_states(&self) -> Vec<Account> {
        let (password_of, credentials) = (self.by, Vec::new());
        let (was_reset, reset_was_refused, added_by_owner) = (false, false, false);
        vec![Account { now: 0, verified_at: None, password_of, credentials, was_reset, reset_was_refused, added_by_owner }]
    }

    fn actions(&self, account: &Account, events: &mut Vec<AccountEvent>) {
        if account.now < 5 {
            events.extend([AccountEvent::Add(Kind::Passkey), AccountEvent::Add(Kind::Authenticator), AccountEvent::Reset]);
            if self.by == Who::Owner {
                events.push(AccountEvent::Verify);
            }
        }
    }

    fn next_state(&self, account: &Account, event: AccountEvent) -> Option<Account> {
        let mut next = account.clone();
        next.now += 1;
        match event {
            AccountEvent::Add(kind) => {
                // Two rules keep a stranger's credential out. A version without the second one shows its error only without the first.
                let adds_early = matches!(self.broken, Some(Broken::AddsBeforeTheVerification | Broken::KeepsOlderCredentials));
                if next.verified_at.is_some() || adds_early {
                    next.credentials.push((kind, next.password_of, next.now));
                    next.added_by_owner |= next.password_of == Who::Owner && next.verified_at.is_some();
                }
            }
            AccountEvent::Verify => self.prove(&mut next),
            AccountEvent::Reset if next.credentials.iter().any(|(kind, who, _)| *kind == Kind::Authenticator && *who == Who::Other) => {
                next.reset_was_refused = true;
            }
            AccountEvent::Reset => {
                // The new password ends every sign-in, so a stranger's session adds nothing later.
                (next.password_of, next.was_reset) = (Who::Owner, true);
                self.prove(&mut next);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(RESETS, |_: &Self, it: &Account| !it.reset_was_refused),
            Property::always(NO_STRANGER, |_: &Self, it: &Account| !it.was_reset || !it.has_credential_of_other()),
            Property::always(KEEPS_OWN, |_: &Self, it: &Account| !it.added_by_owner || !it.credentials.is_empty()),
            Property::sometimes("the owner adds a credential", |_: &Self, it: &Account| it.added_by_owner),
        ]
    }
}

#[test]
fn a_thief_meets_confirmations() {
    for sign_in_is_proof in [true, false] {
        let checker = Confirmations { sign_in_is_proof, broken: None }.checker().threads(2).spawn_bfs().join();
        assert!(checker.unique_state_count() > 15, "{} states", checker.unique_state_count());
        checker.assert_properties();
    }
}

#[test]
fn a_stranger_meets_the_owner_of_the_email() {
    for by in [Who::Owner, Who::Other] {
        Registration { by, broken: None }.checker().threads(2).spawn_bfs().join().assert_properties();
    }
}

#[test]
fn broken_versions_are_caught() {
    for (broken, sign_in_is_proof, property) in [
        (Broken::TrustsRecentSignIns, false, NEEDS_PROOF),
        (Broken::TrustsRecentSignIns, true, NEEDS_PROOF),
        (Broken::ProlongsTheProof, true, ENDS),
        (Broken::KeepsProofsOfEndedSignIns, true, ENDS),
        (Broken::KeepsProofsOfEndedSignIns, false, ENDS),
    ] {
        let checker = Confirmations { sign_in_is_proof, broken: Some(broken) }.checker();
        let checker = checker.finish_when(HasDiscoveries::AnyOf([property].into())).spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{broken:?} keeps the property: {property}");
    }
    for (broken, by, property) in [
        (Broken::AddsBeforeTheVerification, Who::Other, RESETS),
        (Broken::KeepsOlderCredentials, Who::Other, NO_STRANGER),
        (Broken::RemovesNewerCredentials, Who::Owner, KEEPS_OWN),
    ] {
        let checker = Registration { by, broken: Some(broken) }.checker();
        let checker = checker.finish_when(HasDiscoveries::AnyOf([property].into())).spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{broken:?} keeps the property: {property}");
    }
}
