//! Random events in random order: the machine never panics, answers each caller exactly once, never hands out a token that it knows has
//! expired, and puts no secret into its trace.

use crate::support::{FORUMS, ORDERS, STORE, Tab, token};
use fusionauth_api::claims::Audience;
use fusionauth_session::{
    Attempt, CallerId, Config, Credential, CurrentUserAnswer, Effect, Event, LockState, LoginFailure, LogoutAnswer, OperationId,
    RefreshAnswer, RefusedRequest, Request, ResourceId, SessionState, SessionVersion, SignInAnswer, Stored, TokenStorage, Trace,
    TracedMachine, Tuning, User,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Ask,
    Refuse,
    RefuseAgain,
    Authorize,
    Forget,
    SignIn { sub: u8, lifetime: i32 },
    SignInFails,
    SignOut,
    Answer { kind: u8, lifetime: i32 },
    Reload,
    Pass { ms: u32 },
    Jump { ms: i64 },
    Wake,
    Hide,
    OtherTabSignsOut,
    Storage { works: bool },
    Locks { work: bool },
}

fn steps() -> impl Strategy<Value = Step> {
    let lifetime = prop_oneof![Just(300), Just(0), Just(-5), Just(1), 0..1_000_000i32];
    prop_oneof![
        4 => Just(Step::Ask),
        2 => Just(Step::Refuse),
        1 => Just(Step::RefuseAgain),
        1 => Just(Step::Authorize),
        1 => Just(Step::Forget),
        2 => (0..3u8, lifetime.clone()).prop_map(|(sub, lifetime)| Step::SignIn { sub, lifetime }),
        1 => Just(Step::SignInFails),
        1 => Just(Step::SignOut),
        6 => (0..8u8, lifetime).prop_map(|(kind, lifetime)| Step::Answer { kind, lifetime }),
        1 => Just(Step::Reload),
        3 => (0..400_000u32).prop_map(|ms| Step::Pass { ms }),
        1 => (-100_000_000..100_000_000i64).prop_map(|ms| Step::Jump { ms }),
        1 => Just(Step::Wake),
        1 => Just(Step::Hide),
        1 => Just(Step::OtherTabSignsOut),
        1 => any::<bool>().prop_map(|works| Step::Storage { works }),
        1 => any::<bool>().prop_map(|work| Step::Locks { work }),
    ]
}

fn answer(tab: &mut Tab, kind: u8, lifetime: i32) {
    let Some((id, request)) = tab.sent.pop_front() else { return };
    let fresh = |sub: &str, aud| token(sub, aud, f64::from(lifetime), tab.refreshes as u32);
    let event = match request {
        Request::Refresh => {
            let answer = match kind {
                0..=2 => RefreshAnswer::Refreshed(fresh("shopper", STORE)),
                3 => RefreshAnswer::Refreshed(fresh("shopper", FORUMS)),
                4 => RefreshAnswer::Refused,
                5 => RefreshAnswer::Unavailable { status: 429, retry_after_ms: Some(u64::from(lifetime.unsigned_abs()) * 1_000_000) },
                6 => RefreshAnswer::Unavailable { status: 500, retry_after_ms: None },
                _ => RefreshAnswer::NoAnswer,
            };
            Event::RefreshAnswered(id, answer, tab.stored())
        }
        Request::CurrentUser => unreachable!("the token says who is signed in"),
        Request::Logout => Event::LogoutAnswered(id, if kind < 6 { LogoutAnswer::Done } else { LogoutAnswer::Failed }),
        Request::SignIn(_) => Event::SignInAnswered(id, SignInAnswer::Failed(LoginFailure::NoAnswer), tab.stored()),
    };
    tab.event(event);
}

/// Signs in with a token, unless a request is under way.
fn sign_in(tab: &mut Tab, sub: u8, lifetime: i32) {
    if tab.sent.is_empty() {
        tab.sign_in(token(["shopper", "second", ""][sub as usize], STORE, f64::from(lifetime), 1_000));
    }
}

/// Whether a text holds a token of these tests, or a user's id.
fn holds_secret(text: &str) -> bool {
    text.contains('|') || text.contains("shopper")
}

fn refused(credential: Credential) -> RefusedRequest {
    RefusedRequest { resource: ORDERS, credential, attempt: Attempt::First }
}

/// S10 (traces contain no secret): the search would find secrets in a trace without redaction.
#[test]
fn the_search_for_secrets_finds_them_in_what_is_not_redacted() {
    let mut tab = Tab::signed_in(300.0);
    let caller = tab.ask();
    let grant = tab.grant(caller).unwrap();
    let stored = tab.stored();
    let unredacted = [
        serde_json::to_string(&Event::Started(stored.clone())),
        serde_json::to_string(&Event::RefreshAnswered(
            OperationId(1),
            RefreshAnswer::Refreshed(token("shopper", STORE, 300.0, 1)),
            Stored::Nothing,
        )),
        serde_json::to_string(&Event::Unauthorized(CallerId(1), refused(Credential::Token(grant)), Stored::Nothing)),
        serde_json::to_string(&Effect::SetState(tab.machine.state().clone())),
        serde_json::to_string(&stored),
    ];
    for text in unredacted {
        assert!(holds_secret(&text.unwrap()));
    }
}

/// S10 (traces contain no secret): a trace has labels in place of the secrets in its events.
#[test]
fn every_event_is_redacted() {
    let user = || User { id: "shopper".to_owned(), email: Some("a|b".to_owned()) };
    let mut issued = token("shopper", STORE, 300.0, 1);
    issued.claims.email = Some("a|b".to_owned());
    issued.claims.aud = Audience(vec!["another|application".to_owned()]);
    let mut other = Tab::signed_in(300.0);
    let caller = other.ask();
    let credential = || Credential::Token(other.grant(caller).unwrap());
    let stored = || other.stored();
    let two_factor = LoginFailure::TwoFactorRequired { two_factor_id: "a|b".to_owned() };
    let change = LoginFailure::PasswordChangeRequired { change_password_id: Some("a|b".to_owned()), reason: None };
    let events = [
        Event::Started(stored()),
        Event::StartedAfterClose(stored()),
        Event::CredentialRequested(CallerId(1), stored()),
        Event::Unauthorized(CallerId(2), refused(credential()), stored()),
        Event::Locked(OperationId(1), LockState::Held, stored(), SessionVersion::default()),
        Event::SignInAnswered(OperationId(1), SignInAnswer::Issued(issued.clone()), stored()),
        Event::SignInAnswered(OperationId(1), SignInAnswer::Accepted(user()), Stored::Nothing),
        Event::SignInAnswered(OperationId(1), SignInAnswer::Failed(two_factor), Stored::Nothing),
        Event::SignInAnswered(OperationId(1), SignInAnswer::Failed(change), Stored::Nothing),
        Event::RefreshAnswered(OperationId(1), RefreshAnswer::Refreshed(issued), stored()),
        Event::RefreshAnswered(OperationId(1), RefreshAnswer::Refused, stored()),
        Event::CurrentUserAnswered(OperationId(1), CurrentUserAnswer::Known(user()), stored()),
        Event::StorageChanged(stored(), Stored::Nothing),
        Event::StorageChanged(Stored::Nothing, stored()),
        Event::Resumed(stored()),
    ];
    for event in events {
        assert!(holds_secret(&serde_json::to_string(&event).unwrap()));
        let mut machine =
            TracedMachine::new(Config { application_id: STORE.into(), token_storage: TokenStorage::LocalStorage, tuning: Tuning::DEFAULT });
        machine.step(other.now, 0, event);
        let text = serde_json::to_string(machine.trace()).unwrap();
        assert!(!holds_secret(&text), "{text}");
    }
}

/// The id of a resource is a hash of its path, and a path may hold a user's id.
#[test]
fn which_resource_was_asked_for_is_redacted() {
    let resource = ResourceId(987_654_321);
    let mut tab = Tab::signed_in(300.0);
    let caller = tab.ask();
    let credential = Credential::Token(tab.grant(caller).unwrap());
    let request = RefusedRequest { resource, credential, attempt: Attempt::First };
    for event in [Event::Unauthorized(CallerId(90), request, tab.stored()), Event::Authorized(resource)] {
        assert!(serde_json::to_string(&event).unwrap().contains("987654321"));
        tab.event(event);
    }
    let text = serde_json::to_string(tab.machine.trace()).unwrap();
    assert!(!text.contains("987654321"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_machine_is_total(script in prop::collection::vec(steps(), 1..60)) {
        let mut tab = Tab::new();
        tab.boot();
        let mut asked: Vec<u32> = Vec::new();
        for step in script {
            match step {
                Step::Ask => asked.push(tab.ask()),
                Step::Refuse => {
                    if let Some(grant) = asked.iter().rev().find_map(|it| tab.grant(*it)) {
                        asked.push(tab.refused(grant));
                    }
                }
                Step::RefuseAgain => {
                    if let Some(grant) = asked.iter().rev().find_map(|it| tab.grant(*it)) {
                        asked.push(tab.refused_again(grant));
                    }
                }
                Step::Authorize => tab.event(Event::Authorized(ORDERS)),
                Step::Forget => {
                    if let Some(at) = asked.iter().position(|it| !tab.settled.contains_key(it)) {
                        tab.event(Event::CallerDropped(CallerId(asked.remove(at))));
                    }
                }
                Step::SignIn { sub, lifetime } => sign_in(&mut tab, sub, lifetime),
                Step::SignInFails => {
                    if tab.sent.is_empty() {
                        tab.event(Event::SignInRequested(fusionauth_session::SignInId(77 + tab.signed_in.len() as u32 * 1_000)));
                        answer(&mut tab, 0, 0);
                    }
                }
                Step::SignOut => {
                    tab.event(Event::SignOutRequested);
                    let signed_in = matches!(tab.machine.state(), SessionState::SignedIn { .. });
                    prop_assert!(!signed_in);
                }
                Step::Answer { kind, lifetime } => answer(&mut tab, kind, lifetime),
                Step::Reload => {
                    asked.clear();
                    tab = tab.reloaded();
                }
                Step::Pass { ms } => tab.wait(u64::from(ms)),
                Step::Jump { ms } => tab.now.wall_ms = tab.now.wall_ms.saturating_add_signed(ms),
                Step::Wake => tab.event(Event::Resumed(tab.stored())),
                Step::Hide => tab.event(Event::Hidden),
                Step::OtherTabSignsOut => {
                    let mut other = tab.reloaded();
                    other.event(Event::SignOutRequested);
                    if tab.storage_works {
                        tab.hears_of(&other);
                    }
                }
                Step::Storage { works } => tab.storage_works = works,
                Step::Locks { work } => tab.lock = if work { LockState::Held } else { LockState::Unavailable },
            }
            prop_assert!(tab.sent.len() <= 1, "one request at a time");
            prop_assert!(tab.notices.len() <= 1);
        }
        let text = serde_json::to_string(tab.machine.trace()).unwrap();
        prop_assert!(!holds_secret(&text), "a secret in a trace");
        let trace: Trace = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(trace.replay(), Ok(()));
        // After any events, every caller gets an answer within the time limit.
        tab.wait(10_000);
        prop_assert!(asked.iter().all(|it| tab.settled.contains_key(it)), "a caller got no answer");
        // If the network then answers, the session works again or has ended.
        for round in 0..40 {
            while !tab.sent.is_empty() {
                answer(&mut tab, 0, 300 + round);
            }
            tab.wait(300_000);
        }
        let caller = tab.ask();
        while !tab.sent.is_empty() {
            answer(&mut tab, 0, 300);
        }
        tab.wait(1);
        match tab.machine.state() {
            SessionState::SignedIn { .. } => prop_assert!(tab.grant(caller).is_some() || tab.is_reconnecting(caller)),
            // A caller may get a token near its expiry before the renewal shows that the cookie is another user's.
            SessionState::SignedOut(_) => prop_assert!(tab.is_signed_out(caller) || tab.grant(caller).is_some()),
            SessionState::Loading => prop_assert!(false, "still loading"),
        }
    }
}
