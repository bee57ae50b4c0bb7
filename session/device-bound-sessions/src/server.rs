//! The server's side of the protocol: the pure functions, a store and HTTP's headers together.

use crate::config::Config;
use crate::headers::{self, ChallengeHeader, RegistrationHeader};
use crate::identifiers::{Challenge, CookieKey, SessionId};
use crate::instructions::{END, Instructions};
use crate::proof::RegistrationProof;
use crate::session::{Possession, RefreshStep, Refusal, Session};
use crate::store::SessionStore;
use crate::time::UnixMillis;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

/// How often a request starts again because another request has taken the challenge. It then finds the new one.
const ATTEMPTS: u8 = 3;

/// The device-bound sessions of one site.
pub struct DeviceBoundSessions<S> {
    config: Config,
    store: S,
}

impl<S: SessionStore> DeviceBoundSessions<S> {
    /// The sessions in `store`.
    pub fn new(config: Config, store: S) -> Self {
        Self { config, store }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Offers a key to the browser of a new sign-in: the response to the sign-in must have the header. `None` if there is a session with
    /// this id, because each sign-in needs an id of its own. If the browser had a session before, [`end`](Self::end) that one: both would
    /// refresh the same cookie.
    ///
    /// # Errors
    /// The store's: nothing is offered.
    pub async fn offer(&self, id: SessionId, now: UnixMillis) -> Result<Option<RegistrationHeader>, S::Error> {
        let session = Session::offered(id, Challenge::random(), &self.config.lifetimes, now);
        let is_new = self.store.create(&session).await?;
        Ok(is_new.then(|| RegistrationHeader {
            algorithms: self.config.algorithms.clone(),
            path: self.config.registration_path.clone(),
            challenge: session.challenge.text,
            authorization: Some(session.id),
        }))
    }

    /// Answers the request at the registration path.
    ///
    /// # Errors
    /// The store's: answer 503. The browser stays without a key.
    pub async fn register(&self, headers: &HeaderMap, now: UnixMillis) -> Result<Answer, S::Error> {
        let proof = match self.registration_proof(headers) {
            Ok(proof) => proof,
            Err(refusal) => return Ok(Answer::Refused(refusal)),
        };
        let Some(id) = &proof.authorization else { return Ok(Answer::Refused(Refusal::NoSession)) };
        let instructions = Instructions::new(&self.config, id).to_json();
        for _ in 0..ATTEMPTS {
            let Some(session) = self.store.find(id).await? else { return Ok(Answer::Refused(Refusal::NoSession)) };
            let next = match session.register(&proof, Challenge::random(), CookieKey::random(), &self.config.lifetimes, now) {
                Ok(Some(next)) => next,
                Ok(None) => return Ok(self.accepted(&session, instructions, now)),
                Err(refusal) => return Ok(Answer::Refused(refusal)),
            };
            if self.store.rotate(&session.challenge.text, &next).await? {
                return Ok(self.accepted(&next, instructions, now));
            }
        }
        Ok(Answer::Unavailable)
    }

    /// Answers the request at the refresh path.
    ///
    /// # Errors
    /// The store's: answer 503. The browser keeps the session, and tries again.
    pub async fn refresh(&self, headers: &HeaderMap, now: UnixMillis) -> Result<Answer, S::Error> {
        if !self.is_same_origin(headers) {
            return Ok(Answer::Refused(Refusal::CrossOrigin));
        }
        let Some(id) = headers::text(headers, &headers::SEC_SECURE_SESSION_ID) else { return Ok(Answer::Refused(Refusal::NoSession)) };
        let Ok(id) = SessionId::try_from(id.to_owned()) else { return Ok(Answer::Ended) };
        let proof = headers::text(headers, &headers::SECURE_SESSION_RESPONSE);
        for _ in 0..ATTEMPTS {
            let Some(session) = self.store.find(&id).await? else { return Ok(Answer::Ended) };
            let (next, answer) = match session.refresh(proof, Challenge::random(), &self.config.lifetimes, now) {
                RefreshStep::End => return Ok(Answer::Ended),
                RefreshStep::Ask(refusal) => return Ok(Answer::ProofRequired(challenge_of(&session), refusal)),
                RefreshStep::Repeat => return Ok(self.accepted(&session, String::new(), now)),
                // Without a body, the browser keeps its instructions.
                RefreshStep::Refresh(next) => (next.clone(), self.accepted(&next, String::new(), now)),
                RefreshStep::AskWith(next, refusal) => (next.clone(), Answer::ProofRequired(challenge_of(&next), refusal)),
            };
            if self.store.rotate(&session.challenge.text, &next).await? {
                return Ok(answer);
            }
        }
        Ok(Answer::Unavailable)
    }

    /// Whether a request of a sign-in comes from the device that holds the key. `id` is the one that [`offer`](Self::offer) got, and
    /// `headers` are those of the request.
    ///
    /// # Errors
    /// The store's: answer 503.
    pub async fn possession(&self, id: &SessionId, headers: &HeaderMap, now: UnixMillis) -> Result<Possession, S::Error> {
        let Some(session) = self.store.find(id).await? else { return Ok(Possession::Ended) };
        let cookies: Vec<&str> = self.config.cookie.values(headers).collect();
        Ok(session.possession(&cookies, &self.config.lifetimes, now))
    }

    /// Ends a session, at a sign-out or a new sign-in of the browser. The browser learns of it at its next refresh.
    ///
    /// # Errors
    /// The store's: the session has not ended.
    pub async fn end(&self, id: &SessionId) -> Result<(), S::Error> {
        self.store.remove(id).await
    }

    fn registration_proof(&self, headers: &HeaderMap) -> Result<RegistrationProof, Refusal> {
        if !self.is_same_origin(headers) {
            return Err(Refusal::CrossOrigin);
        }
        let text = headers::text(headers, &headers::SECURE_SESSION_RESPONSE).ok_or(Refusal::NoProof)?;
        Ok(RegistrationProof::verify(text, &self.config.algorithms)?)
    }

    /// False if a page of another origin has sent the request. Browsers always send `Origin` with POST, so a request without it comes from
    /// no page.
    fn is_same_origin(&self, headers: &HeaderMap) -> bool {
        let is_all = |name: HeaderName, wanted: &str| headers.get_all(name).iter().all(|it| it.as_bytes() == wanted.as_bytes());
        is_all(header::ORIGIN, &self.config.scope.origin) && is_all(HeaderName::from_static("sec-fetch-site"), "same-origin")
    }

    fn accepted(&self, session: &Session, instructions: String, now: UnixMillis) -> Answer {
        let Some(device) = &session.device else { return Answer::Ended };
        let lifetimes = &self.config.lifetimes;
        let cookie = self.config.cookie.set_cookie(&device.cookie(lifetimes, now), lifetimes.cookie);
        Answer::Accepted { instructions, cookie, challenge: challenge_of(session) }
    }
}

fn challenge_of(session: &Session) -> ChallengeHeader {
    ChallengeHeader { challenge: session.challenge.text.clone(), id: session.id.clone() }
}

/// The answer to a registration or refresh.
///
/// Its status is never 401 or 429, because Chromium would end the session. Answer 503 to a request that you limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200: the key is registered, or the cookie refreshed.
    Accepted {
        /// The instructions as JSON. Empty at a refresh: the browser keeps those that it has.
        instructions: String,
        /// The bound cookie.
        cookie: HeaderValue,
        /// The challenge of the next refresh. Without a new one, Chromium would send the same proof again and again.
        challenge: ChallengeHeader,
    },
    /// 403 with a challenge: the browser signs it, and tries again.
    ProofRequired(ChallengeHeader, Refusal),
    /// 200 with `continue: false`: the session has ended, and the browser forgets it.
    Ended,
    /// 400: no browser with an offer or a session sends such a request. Nothing has changed.
    Refused(Refusal),
    /// 503: the store has failed, or other requests of the session come first each time. The browser keeps the session, and tries again.
    Unavailable,
}

impl Answer {
    /// The answer as a response. A [`Refusal`] is among its extensions, for a log.
    pub fn into_response(self) -> Response<String> {
        let response = Response::builder().header(header::CACHE_CONTROL, "no-store").header("cross-origin-resource-policy", "same-origin");
        let json = HeaderValue::from_static("application/json");
        let response = match self {
            Self::Accepted { instructions, cookie, challenge } => {
                let response = response.header(header::SET_COOKIE, cookie).header(headers::SECURE_SESSION_CHALLENGE, challenge.to_value());
                let response = if instructions.is_empty() { response } else { response.header(header::CONTENT_TYPE, json) };
                response.body(instructions)
            }
            Self::ProofRequired(challenge, refusal) => {
                let response = response.status(StatusCode::FORBIDDEN).extension(refusal);
                response.header(headers::SECURE_SESSION_CHALLENGE, challenge.to_value()).body(String::new())
            }
            Self::Ended => response.header(header::CONTENT_TYPE, json).body(END.to_owned()),
            Self::Refused(refusal) => response.status(StatusCode::BAD_REQUEST).extension(refusal).body(String::new()),
            Self::Unavailable => response.status(StatusCode::SERVICE_UNAVAILABLE).body(String::new()),
        };
        response.expect("the statuses and names are valid")
    }
}
