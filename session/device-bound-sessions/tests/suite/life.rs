//! The life of sessions in a store: offered, registered, refreshed, ended, and what happens in between.

use device_bound_sessions::headers::{RegistrationHeader, SEC_SECURE_SESSION_ID, SECURE_SESSION_RESPONSE};
use device_bound_sessions::{
    Answer, BoundCookie, Challenge, Config, DeviceBoundSessions, InvalidCookie, Lifetimes, MemoryStore, Possession, ProofError, Refusal,
    Session, SessionId, SessionStore, UnixMillis,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use test_support::device_proofs::KEYS;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const ORIGIN: &str = "https://shop.example";

pub(crate) fn after(seconds: i64) -> UnixMillis {
    UnixMillis(NOW.0 + seconds * 1_000)
}

pub(crate) fn sessions<S: SessionStore>(store: S) -> DeviceBoundSessions<S> {
    DeviceBoundSessions::new(Config::new(ORIGIN), store)
}

pub(crate) fn id(text: &str) -> SessionId {
    SessionId::try_from(text.to_owned()).unwrap()
}

/// The headers of a browser's request.
pub(crate) fn request(id: Option<&SessionId>, proof: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut insert = |name: HeaderName, value: &str| headers.insert(name, HeaderValue::from_str(value).unwrap());
    insert(header::ORIGIN, ORIGIN);
    insert(HeaderName::from_static("sec-fetch-site"), "same-origin");
    if let Some(id) = id {
        insert(SEC_SECURE_SESSION_ID, id.as_str());
    }
    if let Some(proof) = proof {
        insert(SECURE_SESSION_RESPONSE, proof);
    }
    headers
}

fn registration(offer: &RegistrationHeader) -> String {
    KEYS.p256.registration(offer.challenge.as_str(), offer.authorization.as_ref().unwrap().as_str())
}

/// The bound cookie of an answer, as the header of a request, and the next challenge.
fn cookie_and_challenge(answer: Answer) -> (HeaderMap, Challenge) {
    let Answer::Accepted { cookie, challenge, .. } = answer else { panic!("{answer:?}") };
    let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    (HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(format!("a=b; {pair}; c=d")).unwrap())]), challenge.challenge)
}

async fn registered<S: SessionStore>(sessions: &DeviceBoundSessions<S>, id: &SessionId) -> (HeaderMap, Challenge) {
    let offer = sessions.offer(id.clone(), NOW).await.unwrap().unwrap();
    cookie_and_challenge(sessions.register(&request(None, Some(&registration(&offer))), NOW).await.unwrap())
}

#[tokio::test]
async fn a_session_from_the_offer_to_its_end() {
    let (sessions, id) = (sessions(MemoryStore::default()), id("one"));
    let nothing = HeaderMap::new();
    let offer = sessions.offer(id.clone(), NOW).await.unwrap().unwrap();
    assert_eq!(sessions.possession(&id, &nothing, after(86_400)).await, Ok(Possession::NotRequired), "browsers without the protocol");

    let answer = sessions.register(&request(None, Some(&registration(&offer))), NOW).await.unwrap();
    let (first, challenge) = cookie_and_challenge(answer);
    assert_eq!(sessions.possession(&id, &first, NOW).await, Ok(Possession::Proved));
    assert_eq!(sessions.possession(&id, &nothing, after(29)).await, Ok(Possession::NotRequired), "the page after the sign-in");
    assert_eq!(sessions.possession(&id, &nothing, after(30)).await, Ok(Possession::Missing));
    assert_eq!(sessions.possession(&id, &first, after(629)).await, Ok(Possession::Proved), "on its way when it ended");
    assert_eq!(sessions.possession(&id, &first, after(630)).await, Ok(Possession::Missing), "a copied cookie");

    let proof = KEYS.p256.refresh(challenge.as_str());
    let (second, next) = cookie_and_challenge(sessions.refresh(&request(Some(&id), Some(&proof)), after(500)).await.unwrap());
    assert_ne!(next, challenge);
    assert_eq!(sessions.possession(&id, &second, after(1_129)).await, Ok(Possession::Proved));
    assert_eq!(sessions.possession(&id, &first, after(600)).await, Ok(Possession::Proved), "requests in flight keep the older cookie");

    sessions.end(&id).await.unwrap();
    assert_eq!(sessions.possession(&id, &second, after(501)).await, Ok(Possession::Ended));
    assert_eq!(sessions.refresh(&request(Some(&id), Some(&KEYS.p256.refresh(next.as_str()))), after(502)).await, Ok(Answer::Ended));
}

#[tokio::test]
async fn a_session_takes_one_key() {
    let (sessions, id) = (sessions(MemoryStore::default()), id("one"));
    let offer = sessions.offer(id.clone(), NOW).await.unwrap().unwrap();
    assert_eq!(sessions.offer(id.clone(), NOW).await, Ok(None), "the id is in use");
    let proof = request(None, Some(&registration(&offer)));
    let (_, challenge) = cookie_and_challenge(sessions.register(&proof, NOW).await.unwrap());
    let (cookie, again) = cookie_and_challenge(sessions.register(&proof, after(9)).await.unwrap());
    assert_eq!(challenge, again, "a browser that lost the answer");
    assert_eq!(sessions.possession(&id, &cookie, after(60)).await, Ok(Possession::Proved));
    assert_eq!(sessions.register(&proof, after(10)).await, Ok(Answer::Refused(Refusal::AlreadyRegistered)));
    let of_thief = request(None, Some(&KEYS.other.registration(offer.challenge.as_str(), "one")));
    assert_eq!(sessions.register(&of_thief, after(1)).await, Ok(Answer::Refused(Refusal::AlreadyRegistered)));
}

#[tokio::test]
async fn an_offer_is_for_one_sign_in_and_one_minute() {
    let sessions = sessions(MemoryStore::default());
    let one = sessions.offer(id("one"), NOW).await.unwrap().unwrap();
    sessions.offer(id("two"), NOW).await.unwrap();
    let register = async |proof: String, now| sessions.register(&request(None, Some(&proof)), now).await.unwrap();
    let stale = || Answer::Refused(Refusal::StaleProof);
    let malformed = || Answer::Refused(Refusal::InvalidProof(ProofError::Malformed));
    assert_eq!(register(KEYS.p256.registration(one.challenge.as_str(), "two"), NOW).await, stale(), "the challenge of another sign-in");
    assert_eq!(register(registration(&one), after(60)).await, stale(), "too late");
    assert_eq!(register(KEYS.p256.registration(one.challenge.as_str(), "three"), NOW).await, Answer::Refused(Refusal::NoSession));
    assert_eq!(register(KEYS.p256.registration(one.challenge.as_str(), "no id"), NOW).await, malformed());
    assert_eq!(register("a.b.c".to_owned(), NOW).await, malformed());
    assert_eq!(sessions.register(&request(None, None), NOW).await, Ok(Answer::Refused(Refusal::NoProof)));
    assert!(matches!(register(registration(&one), after(59)).await, Answer::Accepted { .. }), "refusals change nothing");
}

#[tokio::test]
async fn the_cookies_of_two_sessions_are_not_exchangeable() {
    let sessions = sessions(MemoryStore::default());
    let (first, second) = (registered(&sessions, &id("one")).await, registered(&sessions, &id("two")).await);
    assert_eq!(sessions.possession(&id("one"), &second.0, after(60)).await, Ok(Possession::Missing));
    let proof = KEYS.p256.refresh(first.1.as_str());
    let answer = sessions.refresh(&request(Some(&id("two")), Some(&proof)), NOW).await.unwrap();
    assert!(matches!(answer, Answer::ProofRequired(_, Refusal::StaleProof)), "{answer:?}");
}

#[tokio::test]
async fn a_stranger_takes_no_challenge_and_ends_nothing() {
    let (sessions, id) = (sessions(MemoryStore::default()), id("one"));
    let (_, challenge) = registered(&sessions, &id).await;
    let of_thief = KEYS.other.refresh(challenge.as_str());
    for proof in [None, Some("garbage"), Some(of_thief.as_str())] {
        let Ok(Answer::ProofRequired(asked, _)) = sessions.refresh(&request(Some(&id), proof), after(1)).await else { panic!("{proof:?}") };
        assert_eq!(asked.challenge, challenge);
    }
    let mut two_proofs = request(Some(&id), Some(&KEYS.p256.refresh(challenge.as_str())));
    two_proofs.append(SECURE_SESSION_RESPONSE, HeaderValue::from_str(&of_thief).unwrap());
    assert!(matches!(sessions.refresh(&two_proofs, after(1)).await, Ok(Answer::ProofRequired(_, Refusal::NoProof))));
    cookie_and_challenge(sessions.refresh(&request(Some(&id), Some(&KEYS.p256.refresh(challenge.as_str()))), after(2)).await.unwrap());
}

#[tokio::test]
async fn an_expired_challenge_is_replaced_once() {
    let (sessions, id) = (sessions(MemoryStore::default()), id("one"));
    let (_, challenge) = registered(&sessions, &id).await;
    let late = request(Some(&id), Some(&KEYS.p256.refresh(challenge.as_str())));
    let Ok(Answer::ProofRequired(asked, Refusal::StaleProof)) = sessions.refresh(&late, after(900)).await else { panic!() };
    let Ok(Answer::ProofRequired(again, _)) = sessions.refresh(&late, after(901)).await else { panic!() };
    assert_eq!(asked, again);
    let proof = KEYS.p256.refresh(asked.challenge.as_str());
    cookie_and_challenge(sessions.refresh(&request(Some(&id), Some(&proof)), after(902)).await.unwrap());
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused() {
    let (sessions, id) = (sessions(MemoryStore::default()), id("one"));
    let offer = sessions.offer(id.clone(), NOW).await.unwrap().unwrap();
    let proof = registration(&offer);
    let foreign = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://shop.example"),
        ("origin", "https://shop.example:8443"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in foreign {
        let mut headers = request(Some(&id), Some(&proof));
        headers.insert(name, HeaderValue::from_static(value));
        assert_eq!(sessions.register(&headers, NOW).await, Ok(Answer::Refused(Refusal::CrossOrigin)), "{name}: {value}");
        assert_eq!(sessions.refresh(&headers, NOW).await, Ok(Answer::Refused(Refusal::CrossOrigin)), "{name}: {value}");
    }
    assert_eq!(sessions.refresh(&request(None, None), NOW).await, Ok(Answer::Refused(Refusal::NoSession)));
}

#[tokio::test]
async fn an_offer_without_a_key_cannot_be_refreshed() {
    let (sessions, id) = (sessions(MemoryStore::default()), id("one"));
    let offer = sessions.offer(id.clone(), NOW).await.unwrap().unwrap();
    let proof = KEYS.p256.refresh(offer.challenge.as_str());
    assert_eq!(sessions.refresh(&request(Some(&id), Some(&proof)), NOW).await, Ok(Answer::Ended));
    assert!(matches!(sessions.register(&request(None, Some(&registration(&offer))), NOW).await, Ok(Answer::Accepted { .. })));
}

/// A store that lets another request come first, or the session end, between `find` and `rotate`.
struct RacingStore {
    store: MemoryStore,
    race: Race,
    /// The number of the rotation that loses a race, from 0.
    loser: usize,
    rotations: AtomicUsize,
}

#[derive(Clone, Copy, PartialEq)]
enum Race {
    /// The same proof arrives twice.
    SameProof,
    /// The session ends.
    End,
    /// Another request takes the challenge each time.
    Always,
}

impl SessionStore for RacingStore {
    type Error = Infallible;

    async fn create(&self, session: &Session) -> Result<bool, Infallible> {
        self.store.create(session).await
    }

    async fn find(&self, id: &SessionId) -> Result<Option<Session>, Infallible> {
        self.store.find(id).await
    }

    async fn rotate(&self, taken: &Challenge, session: &Session) -> Result<bool, Infallible> {
        let number = self.rotations.fetch_add(1, Ordering::SeqCst);
        if number < self.loser || number > self.loser && self.race != Race::Always {
            return self.store.rotate(taken, session).await;
        }
        match self.race {
            Race::SameProof => {
                let mut other = session.clone();
                other.challenge.text = Challenge::try_from("winner".to_owned()).unwrap();
                assert!(self.store.rotate(taken, &other).await?);
            }
            Race::End => self.store.remove(&session.id).await?,
            Race::Always => return Ok(false),
        }
        self.store.rotate(taken, session).await
    }

    async fn remove(&self, id: &SessionId) -> Result<(), Infallible> {
        self.store.remove(id).await
    }
}

#[tokio::test]
async fn a_request_that_loses_a_race_follows_the_winner() {
    let id = id("one");
    for race in [Race::SameProof, Race::End, Race::Always] {
        let racing = |loser| sessions(RacingStore { store: MemoryStore::default(), race, loser, rotations: AtomicUsize::new(0) });
        let at_registration = racing(0);
        let offer = at_registration.offer(id.clone(), NOW).await.unwrap().unwrap();
        let registered_late = at_registration.register(&request(None, Some(&registration(&offer))), NOW).await.unwrap();

        let at_refresh = racing(1);
        let (_, challenge) = registered(&at_refresh, &id).await;
        let proof = KEYS.p256.refresh(challenge.as_str());
        let refreshed_late = at_refresh.refresh(&request(Some(&id), Some(&proof)), after(1)).await.unwrap();

        match race {
            Race::SameProof => {
                let challenges = [registered_late, refreshed_late].map(|answer| cookie_and_challenge(answer).1);
                assert_eq!(challenges.map(|it| it.as_str().to_owned()), ["winner", "winner"]);
            }
            Race::End => assert_eq!((registered_late, refreshed_late), (Answer::Refused(Refusal::NoSession), Answer::Ended)),
            Race::Always => assert_eq!((registered_late, refreshed_late), (Answer::Unavailable, Answer::Unavailable)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_with_one_proof_one_takes_the_challenge() {
    let (sessions, id) = (Arc::new(sessions(MemoryStore::default())), id("one"));
    let (_, challenge) = registered(&sessions, &id).await;
    let proof = KEYS.p256.refresh(challenge.as_str());
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let (sessions, headers) = (sessions.clone(), request(Some(&id), Some(&proof)));
            tokio::spawn(async move { sessions.refresh(&headers, after(1)).await.unwrap() })
        })
        .collect();
    let mut challenges = Vec::new();
    for request in requests {
        challenges.push(cookie_and_challenge(request.await.unwrap()).1);
    }
    challenges.dedup();
    assert_eq!(challenges.len(), 1, "all get the same next challenge");
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let challenge = Challenge::try_from("canary".to_owned()).unwrap();
    let session = Session::offered(id("one"), challenge, &Lifetimes::default(), NOW);
    assert!(!format!("{session:?}").contains("canary"));
    let header = RegistrationHeader {
        algorithms: Vec::new(),
        path: "/".parse().unwrap(),
        challenge: Challenge::try_from("canary".to_owned()).unwrap(),
        authorization: None,
    };
    assert!(!format!("{header:?} {:?}", header.to_value()).contains("canary"));
}

#[test]
fn a_cookie_that_browsers_refuse_cannot_be_configured() {
    assert!(BoundCookie::new("bound", "Path=/; Domain=shop.example; Secure; HttpOnly; SameSite=Strict").is_ok());
    for (name, attributes) in
        [("", "Path=/"), ("a b", "Path=/"), ("a", "Path=/; Max-Age=1"), ("a", "PARTITIONED"), ("a", "Expires = x"), ("a", "\n")]
    {
        assert_eq!(BoundCookie::new(name, attributes), Err(InvalidCookie), "{name} {attributes}");
    }
}
