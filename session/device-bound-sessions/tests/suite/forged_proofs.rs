//! Random proofs and random sequences of requests: nothing is accepted but what the rules allow.

use device_bound_sessions::{
    Algorithm, Challenge, CookieKey, Lifetimes, RefreshStep, RegistrationProof, Session, SessionId, UnixMillis, verify_refresh,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::collections::HashMap;
use test_support::device_proofs::{KEYS, Key};

const BOTH: [Algorithm; 2] = [Algorithm::ES256, Algorithm::RS256];
const CHALLENGE: &str = "challenge-1";
const SESSION: &str = "session-1";

fn signer() -> impl Strategy<Value = &'static Key> {
    prop_oneof![4 => Just(&KEYS.p256), 2 => Just(&KEYS.rsa), 1 => Just(&KEYS.other), 1 => Just(&KEYS.p384)]
}

/// A part of a proof that is right in most cases, so that many proofs are wrong in one part only.
fn mostly<T: Clone + std::fmt::Debug + 'static>(right: T, wrong: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![3 => Just(right), 1 => select(wrong)]
}

/// A change of a text.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(Index, char),
    Insert(Index, char),
    Remove(Index),
    Truncate(Index),
    Repeat(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let character = || "[A-Za-z0-9_.=+/ é-]".prop_map(|it| it.chars().next().unwrap());
    prop_oneof![
        (any::<Index>(), character()).prop_map(|(at, to)| Mutation::Replace(at, to)),
        (any::<Index>(), character()).prop_map(|(at, to)| Mutation::Insert(at, to)),
        any::<Index>().prop_map(Mutation::Remove),
        any::<Index>().prop_map(Mutation::Truncate),
        any::<Index>().prop_map(Mutation::Repeat),
    ]
}

fn mutate(text: &str, mutation: &Mutation) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let length = characters.len();
    match mutation {
        Mutation::Replace(at, to) => characters[at.index(length)] = *to,
        Mutation::Insert(at, to) => characters.insert(at.index(length), *to),
        Mutation::Remove(at) => drop(characters.remove(at.index(length))),
        Mutation::Truncate(at) => characters.truncate(at.index(length)),
        Mutation::Repeat(at) => characters.extend_from_within(at.index(length)..),
    }
    characters.into_iter().collect()
}

proptest! {
    #[test]
    fn a_proof_is_accepted_only_if_every_part_is_right(
        signer in signer(),
        typ in mostly(json!("dbsc+jwt"), vec![json!("JWT"), json!("dpop+jwt"), json!("DBSC+JWT"), json!(1), Value::Null]),
        alg in mostly(None, vec![Some("none"), Some("HS256"), Some("ES256"), Some("RS256"), Some("PS256"), Some("ES384"), Some("")]),
        jwk in mostly(None, vec![Some(&KEYS.p256.jwk), Some(&KEYS.other.jwk), Some(&KEYS.rsa.jwk), Some(&Value::Null)]),
        offered in mostly(BOTH.to_vec(), vec![vec![Algorithm::ES256], vec![Algorithm::RS256], vec![]]),
        jti in mostly(json!(CHALLENGE), vec![json!("challenge-2"), json!(["challenge-1"]), Value::Null]),
    ) {
        let own = format!("{:?}", signer.algorithm);
        let (alg, jwk) = (alg.unwrap_or(&own), jwk.unwrap_or(&signer.jwk));
        let proof = signer.sign(&json!({ "typ": typ, "alg": alg, "jwk": jwk }), &json!({ "jti": jti, "authorization": SESSION }));
        let is_signed = typ == "dbsc+jwt" && alg == own && *jwk == signer.jwk && alg != "ES384" && jti.is_string();

        let registration = RegistrationProof::verify(&proof, &offered);
        prop_assert_eq!(registration.is_ok(), is_signed && offered.iter().any(|it| it.name() == alg));
        if let Ok(registration) = registration {
            prop_assert_eq!(json!(registration.challenge), jti.clone());
            prop_assert_eq!(registration.key, signer.public());
        }

        // With the stored key of another device, nothing in the proof makes it acceptable.
        for stored in [&KEYS.p256, &KEYS.other, &KEYS.rsa] {
            let is_own = stored.jwk == signer.jwk;
            let accepted = verify_refresh(&proof, &stored.public()).is_ok();
            prop_assert_eq!(accepted, is_own && typ == "dbsc+jwt" && alg == own && jti.is_string());
        }
    }

    #[test]
    fn a_changed_proof_is_refused(key in select(vec![&KEYS.p256, &KEYS.rsa]), mutations in prop::collection::vec(mutation(), 1..4)) {
        for (proof, is_registration) in [(key.registration(CHALLENGE, SESSION), true), (key.refresh(CHALLENGE), false)] {
            let changed = mutations.iter().fold(proof.clone(), |text, mutation| if text.is_empty() { text } else { mutate(&text, mutation) });
            prop_assume!(changed != proof);
            let is_refused = match is_registration {
                true => RegistrationProof::verify(&changed, &BOTH).is_err(),
                false => verify_refresh(&changed, &key.public()).is_err(),
            };
            prop_assert!(is_refused);
        }
    }

    #[test]
    fn any_other_text_is_refused(text in prop_oneof![any::<String>(), "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,90}"]) {
        prop_assert!(RegistrationProof::verify(&text, &BOTH).is_err());
        prop_assert!(verify_refresh(&text, &KEYS.p256.public()).is_err());
    }

    #[test]
    fn a_challenge_is_taken_once_and_only_by_the_key_of_its_session(requests in prop::collection::vec(request(), 1..30)) {
        let lifetimes = Lifetimes::default();
        let mut now = UnixMillis(1_800_000_000_000);
        let offered = Session::offered(SessionId::try_from(SESSION.to_owned()).unwrap(), Challenge::try_from(CHALLENGE.to_owned()).unwrap(), &lifetimes, now);
        let proof = RegistrationProof::verify(&KEYS.p256.registration(CHALLENGE, SESSION), &BOTH).unwrap();
        let mut session = offered.register(&proof, Challenge::random(), CookieKey::random(), &lifetimes, now).unwrap().unwrap();
        let mut issued = vec![CHALLENGE.to_owned(), session.challenge.text.as_str().to_owned()];
        let mut taken: HashMap<String, UnixMillis> = HashMap::from([(CHALLENGE.to_owned(), now)]);
        for Request { wait, challenge, signer } in requests {
            now = UnixMillis(now.0 + wait);
            // The latest challenges are the likely ones.
            let challenge = challenge.map(|back| issued[issued.len() - 1 - back.min(issued.len() - 1)].clone());
            let proof = challenge.as_ref().map(|it| signer.refresh(it));
            let open = session.challenge.text.as_str().to_owned();
            let is_open = now < session.challenge.expires_at;
            let is_own = signer.jwk == KEYS.p256.jwk;
            match session.refresh(proof.as_deref(), Challenge::random(), &lifetimes, now) {
                RefreshStep::Refresh(next) => {
                    prop_assert!(is_own && is_open && challenge.as_ref() == Some(&open));
                    prop_assert!(taken.insert(open, now).is_none());
                    session = *next;
                    issued.push(session.challenge.text.as_str().to_owned());
                }
                RefreshStep::Repeat => {
                    let taken_at = taken[&challenge.unwrap()];
                    prop_assert!(is_own && now < taken_at.plus(lifetimes.grace));
                }
                RefreshStep::Ask(_) => prop_assert!(is_open && !(is_own && challenge.as_ref() == Some(&open))),
                RefreshStep::AskWith(next, _) => {
                    prop_assert!(!is_open);
                    session = *next;
                    issued.push(session.challenge.text.as_str().to_owned());
                }
                RefreshStep::End => prop_assert!(false, "the session has a key"),
            }
        }
    }
}

/// A request for a refresh.
#[derive(Clone, Debug)]
struct Request {
    /// The time since the last request, in milliseconds.
    wait: i64,
    /// The challenge that the proof answers, counted back from the latest one. None without a proof.
    challenge: Option<usize>,
    signer: &'static Key,
}

fn request() -> impl Strategy<Value = Request> {
    let wait = select(vec![0, 1, 5_000, 9_999, 10_000, 480_000, 899_999, 900_000]);
    let challenge = prop_oneof![1 => Just(None), 6 => (0..4_usize).prop_map(Some)];
    let signer = prop_oneof![5 => Just(&KEYS.p256), 1 => Just(&KEYS.other), 1 => Just(&KEYS.rsa)];
    (wait, challenge, signer).prop_map(|(wait, challenge, signer)| Request { wait, challenge, signer })
}
