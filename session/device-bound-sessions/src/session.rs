//! The life of a session, as pure functions: offered, registered, refreshed.
//!
//! Each function takes the record that a store holds, and returns the record that must take its place. The open challenge is the version of
//! the record: [`SessionStore::rotate`](crate::SessionStore::rotate) replaces a record only if that challenge is still open, so each is
//! taken once.

use crate::config::Lifetimes;
use crate::identifiers::{Challenge, CookieKey, SessionId};
use crate::key::PublicKey;
use crate::proof::{ProofError, RegistrationProof, verify_refresh};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// The record of a session. As JSON it contains the [`CookieKey`], which is a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// The challenge that the next proof must answer.
    pub challenge: IssuedChallenge,
    /// The registered key. None until the browser registers one; browsers without the protocol never do.
    pub device: Option<Device>,
}

/// A challenge, and the end of its validity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedChallenge {
    /// The challenge.
    pub text: Challenge,
    /// It is valid before this time.
    pub expires_at: UnixMillis,
}

/// The registered key of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The public key.
    pub key: PublicKey,
    /// The secret for the values of the bound cookie.
    pub cookie_key: CookieKey,
    /// When the key was registered.
    pub registered_at: UnixMillis,
    /// The challenge that the last accepted proof answered. It is accepted again for [`Lifetimes::grace`].
    pub previous: Option<IssuedChallenge>,
}

/// Why a registration is refused, or a refresh needs another proof. It is for logs; the browser is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A page of another origin has sent the request. If it was your own page, correct the origin in the configuration.
    #[error("the request comes from another origin")]
    CrossOrigin,
    /// There is no such session, or the proof names another one. A sign-out during the registration is a harmless cause.
    #[error("there is no such session")]
    NoSession,
    /// The session has a key, and takes no second one: somebody repeats a registration.
    #[error("the session has a key already")]
    AlreadyRegistered,
    /// The request has no proof, such as the first refresh of a browser without a challenge.
    #[error("the request has no proof")]
    NoProof,
    /// The proof answers no open challenge: it is too late, or a replay.
    #[error("the proof answers no open challenge")]
    StaleProof,
    /// The proof is not valid.
    #[error(transparent)]
    InvalidProof(#[from] ProofError),
}

/// What a server does with a request for a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshStep {
    /// The proof is valid. Store this record in place of the old one, and then answer with a new cookie and the next challenge.
    Refresh(Box<Session>),
    /// The proof was accepted a moment ago, and its answer may be lost. Answer with a new cookie and the open challenge, and store nothing.
    Repeat,
    /// There is no valid proof. Answer 403 with the open challenge, and store nothing.
    Ask(Refusal),
    /// There is no valid proof, and the challenge has expired. Store this record in place of the old one, and then answer 403 with its
    /// challenge.
    AskWith(Box<Session>, Refusal),
    /// The session has no key, so no browser has this session: answer `continue: false`.
    End,
}

/// Whether a request comes from the device that holds the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Possession {
    /// No key is registered, or one was a moment ago. Accept the request if its sign-in is valid.
    NotRequired,
    /// The bound cookie is valid. Accept the request if its sign-in is valid.
    Proved,
    /// A key is registered, and the bound cookie is missing, expired or forged. Refuse the request, and keep the sign-in: the device may
    /// have been unable to refresh, or somebody else sends copied cookies.
    Missing,
    /// There is no such session: it has ended. Refuse the request.
    Ended,
}

/// Browsers count a cookie's `Max-Age` from its arrival, so they send it a little longer than the server counts.
const COOKIE_ALLOWANCE: std::time::Duration = std::time::Duration::from_secs(30);

impl Session {
    /// The record of a sign-in that is offered a key.
    pub fn offered(id: SessionId, challenge: Challenge, lifetimes: &Lifetimes, now: UnixMillis) -> Self {
        Self { id, challenge: IssuedChallenge { text: challenge, expires_at: now.plus(lifetimes.offer) }, device: None }
    }

    /// Decides what follows from a registration with this proof. Store the returned record in place of this one, and then answer with
    /// instructions and a cookie. `None` if the same proof has just been accepted: Chromium sends it again if it lost the answer. Answer in
    /// the same way then, and store nothing.
    ///
    /// # Errors
    /// The registration is refused: the browser stays without a key, and the sign-in as it was.
    pub fn register(
        &self,
        proof: &RegistrationProof,
        next: Challenge,
        cookie_key: CookieKey,
        lifetimes: &Lifetimes,
        now: UnixMillis,
    ) -> Result<Option<Self>, Refusal> {
        if proof.authorization.as_ref() != Some(&self.id) {
            return Err(Refusal::NoSession);
        }
        if let Some(device) = &self.device {
            let is_repeated = device.key == proof.key && device.has_answered(&proof.challenge, now);
            return if is_repeated { Ok(None) } else { Err(Refusal::AlreadyRegistered) };
        }
        if !self.challenge.is_answered(&proof.challenge, now) {
            return Err(Refusal::StaleProof);
        }
        let device = Device { key: proof.key.clone(), cookie_key, registered_at: now, previous: None };
        Ok(Some(self.taken(device, next, lifetimes, now)))
    }

    /// Decides what follows from a request for a refresh with this proof.
    pub fn refresh(&self, proof: Option<&str>, next: Challenge, lifetimes: &Lifetimes, now: UnixMillis) -> RefreshStep {
        let Some(device) = &self.device else { return RefreshStep::End };
        let refusal = match proof.map(|text| verify_refresh(text, &device.key)) {
            Some(Ok(signed)) if self.challenge.is_answered(&signed, now) => {
                return RefreshStep::Refresh(Box::new(self.taken(device.clone(), next, lifetimes, now)));
            }
            Some(Ok(signed)) if device.has_answered(&signed, now) => return RefreshStep::Repeat,
            Some(Ok(_)) => Refusal::StaleProof,
            Some(Err(error)) => error.into(),
            None => Refusal::NoProof,
        };
        // An open challenge stays. Anybody who knows the id can come here, and must not be able to take the browser's challenge.
        if now < self.challenge.expires_at {
            return RefreshStep::Ask(refusal);
        }
        RefreshStep::AskWith(Box::new(self.with(Device { previous: None, ..device.clone() }, next, lifetimes, now)), refusal)
    }

    /// Whether a request with these values of the bound cookie comes from the device.
    pub fn possession(&self, cookies: &[&str], lifetimes: &Lifetimes, now: UnixMillis) -> Possession {
        match &self.device {
            None => Possession::NotRequired,
            Some(device) if cookies.iter().any(|value| device.cookie_key.accepts(value, now)) => Possession::Proved,
            Some(device) if now < device.registered_at.plus(lifetimes.settling) => Possession::NotRequired,
            Some(_) => Possession::Missing,
        }
    }

    /// This record after a proof for its challenge.
    fn taken(&self, device: Device, next: Challenge, lifetimes: &Lifetimes, now: UnixMillis) -> Self {
        let previous = Some(IssuedChallenge { text: self.challenge.text.clone(), expires_at: now.plus(lifetimes.grace) });
        self.with(Device { previous, ..device }, next, lifetimes, now)
    }

    fn with(&self, device: Device, next: Challenge, lifetimes: &Lifetimes, now: UnixMillis) -> Self {
        let challenge = IssuedChallenge { text: next, expires_at: now.plus(lifetimes.challenge) };
        Self { id: self.id.clone(), challenge, device: Some(device) }
    }
}

impl IssuedChallenge {
    fn is_answered(&self, signed: &Challenge, now: UnixMillis) -> bool {
        now < self.expires_at && self.text == *signed
    }
}

impl Device {
    /// Whether a proof for this challenge has just been accepted.
    fn has_answered(&self, signed: &Challenge, now: UnixMillis) -> bool {
        self.previous.as_ref().is_some_and(|it| it.is_answered(signed, now))
    }

    /// A new value of the bound cookie.
    pub fn cookie(&self, lifetimes: &Lifetimes, now: UnixMillis) -> String {
        self.cookie_key.issue(now.plus(lifetimes.cookie).plus(COOKIE_ALLOWANCE))
    }
}
