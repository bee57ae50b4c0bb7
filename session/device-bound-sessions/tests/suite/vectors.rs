//! The files in `vectors`, which Python's `cryptography` has made.

use device_bound_sessions::headers::{ChallengeHeader, RegistrationHeader, SEC_SECURE_SESSION_ID};
use device_bound_sessions::{
    Algorithm, Answer, Challenge, Config, CookieKey, DeviceBoundSessions, END, Instructions, Lifetimes, MemoryStore, ProofError, PublicKey,
    RefreshStep, Refusal, RegistrationProof, ScopeRule, Session, SessionId, SessionStore, UnixMillis, verify_refresh,
};
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

const KEYS: &str = include_str!("../../vectors/keys.json");
const REGISTRATION_PROOFS: &str = include_str!("../../vectors/registration_proofs.json");
const REFRESH_PROOFS: &str = include_str!("../../vectors/refresh_proofs.json");
const STEPS: &str = include_str!("../../vectors/steps.json");
const HEADERS: &str = include_str!("../../vectors/headers.json");

fn read<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn file(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn proof_error(error: ProofError) -> Value {
    let name = match error {
        ProofError::TooLong => "too_long",
        ProofError::Malformed => "malformed",
        ProofError::Type => "type",
        ProofError::Algorithm => "algorithm",
        ProofError::Key => "key",
        ProofError::Signature => "signature",
    };
    json!({ "error": name })
}

#[test]
fn proofs_of_registrations() {
    let keys = file(KEYS);
    for vector in list(&file(REGISTRATION_PROOFS)) {
        let (name, expected) = (&vector["name"], &vector["expected"]);
        let offered: Vec<Algorithm> = read(&vector["offered"]);
        match RegistrationProof::verify(vector["proof"].as_str().unwrap(), &offered) {
            Ok(proof) => {
                assert!(expected["error"].is_null(), "{name}");
                assert_eq!(json!(proof.challenge), expected["challenge"], "{name}");
                assert_eq!(json!(proof.authorization), expected["authorization"], "{name}");
                assert_eq!(json!(proof.key), keys[expected["key"].as_str().unwrap()]["public"], "{name}");
            }
            Err(error) => assert_eq!(proof_error(error), *expected, "{name}"),
        }
    }
}

#[test]
fn proofs_of_refreshes() {
    let keys = file(KEYS);
    for vector in list(&file(REFRESH_PROOFS)) {
        let (name, expected) = (&vector["name"], &vector["expected"]);
        let key: PublicKey = read(&keys[vector["key"].as_str().unwrap()]["public"]);
        let result = verify_refresh(vector["proof"].as_str().unwrap(), &key);
        assert_eq!(result.map_or_else(proof_error, |signed| json!({ "challenge": signed })), *expected, "{name}");
    }
}

#[test]
fn steps_of_a_session() {
    let file = file(STEPS);
    let length = |name: &str| Duration::from_millis(read(&file["lifetimes_ms"][name]));
    let lifetimes = Lifetimes {
        offer: length("offer"),
        challenge: length("challenge"),
        grace: length("grace"),
        cookie: length("cookie"),
        settling: length("settling"),
    };
    let next = || read::<Challenge>(&file["next_challenge"]);
    let cookie_key: CookieKey = read(&file["cookie_key"]);
    for vector in list(&file["registration"]) {
        let session: Session = read(&vector["session"]);
        let proof = RegistrationProof::verify(vector["proof"].as_str().unwrap(), &[Algorithm::ES256]).unwrap();
        let result = match session.register(&proof, next(), cookie_key.clone(), &lifetimes, read(&vector["now"])) {
            Ok(Some(registered)) => json!({ "step": "register", "session": registered }),
            Ok(None) => json!({ "step": "repeat" }),
            Err(Refusal::AlreadyRegistered) => json!({ "error": "already_registered" }),
            Err(Refusal::NoSession) => json!({ "error": "no_session" }),
            Err(Refusal::StaleProof) => json!({ "error": "stale_proof" }),
            Err(refusal) => panic!("{refusal}"),
        };
        assert_eq!(result, vector["expected"], "{}", vector["name"]);
    }
    for vector in list(&file["refresh"]) {
        let session: Session = read(&vector["session"]);
        let result = match session.refresh(vector["proof"].as_str(), next(), &lifetimes, read(&vector["now"])) {
            RefreshStep::Refresh(next) => json!({ "step": "refresh", "session": next }),
            RefreshStep::Repeat => json!({ "step": "repeat" }),
            RefreshStep::Ask(_) => json!({ "step": "ask" }),
            RefreshStep::AskWith(next, _) => json!({ "step": "ask_with", "session": next }),
            RefreshStep::End => json!({ "step": "end" }),
        };
        assert_eq!(result, vector["expected"], "{}", vector["name"]);
    }
    for vector in list(&file["cookies"]) {
        let value = vector["value"].as_str().unwrap();
        assert_eq!(json!(cookie_key.accepts(value, read(&vector["now"]))), vector["valid"], "{}", vector["name"]);
    }
}

#[tokio::test]
async fn headers_and_bodies() {
    let file = file(HEADERS);
    for vector in list(&file["registration"]) {
        let header = RegistrationHeader {
            algorithms: read(&vector["algorithms"]),
            path: vector["path"].as_str().unwrap().parse().unwrap(),
            challenge: read(&vector["challenge"]),
            authorization: read(&vector["authorization"]),
        };
        assert_eq!(header.to_value(), vector["value"].as_str().unwrap());
    }
    for vector in list(&file["challenge"]) {
        let header = ChallengeHeader { challenge: read(&vector["challenge"]), id: read(&vector["session"]) };
        assert_eq!(header.to_value(), vector["value"].as_str().unwrap());
    }
    for vector in list(&file["instructions"]) {
        let mut config = Config::new(vector["origin"].as_str().unwrap());
        config.scope.rules = list(&vector["exclude"]).iter().map(|it| ScopeRule::exclude(it.as_str().unwrap())).collect();
        config.refresh_initiators = read(&vector["refresh_initiators"]);
        config.refresh_path = vector["refresh_url"].as_str().unwrap().parse().unwrap();
        let body = Instructions::new(&config, &read(&vector["session"])).to_json();
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), vector["body"]);
    }
    assert_eq!(serde_json::from_str::<Value>(END).unwrap(), file["end"]);

    // The server has read the id if it asks the right session for a proof.
    for vector in list(&file["session_id"]) {
        let (value, id) = (vector["value"].as_str().unwrap(), vector["id"].as_str());
        let mut session: Session = read(&self::file(STEPS)["refresh"][0]["session"]);
        session.id = SessionId::try_from(id.unwrap_or("another").to_owned()).unwrap();
        let store = MemoryStore::default();
        assert!(store.create(&session).await.unwrap());
        let sessions = DeviceBoundSessions::new(Config::new("https://shop.example"), store);
        let headers = HeaderMap::from_iter([(SEC_SECURE_SESSION_ID, HeaderValue::from_str(value).unwrap())]);
        match sessions.refresh(&headers, UnixMillis(0)).await.unwrap() {
            Answer::ProofRequired(challenge, _) => assert_eq!(Some(challenge.id.as_str()), id, "{vector}"),
            answer => assert!(answer == Answer::Ended && id.is_none(), "{vector}"),
        }
    }
}
