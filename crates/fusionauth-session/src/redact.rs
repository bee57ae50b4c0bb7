//! Labels in place of secrets: `token-3`, `user-0`. The same secret has the same label throughout, so a machine that is told labels
//! decides what a machine that is told the secrets decides.

use crate::{Credential, CurrentUserAnswer, Event, IssuedToken, RefreshAnswer, SessionRecord, SignInAnswer, SignInOutcome, Stored, User};
use fusionauth_api::{AccessToken, claims::Claims};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Gives secrets their labels. It keeps hashes, so that it holds no secret itself.
pub(crate) struct Labels {
    application_id: String,
    hashes: Vec<u64>,
}

impl Labels {
    pub(crate) fn new(application_id: String) -> Self {
        Self { application_id, hashes: Vec::new() }
    }

    /// The event with labels.
    pub(crate) fn redact(&mut self, mut event: Event) -> Event {
        match &mut event {
            Event::Started(stored) | Event::CredentialRequested(_, stored) | Event::Locked(_, _, stored, _) | Event::Resumed(stored) => {
                self.stored(stored);
            }
            Event::Unauthorized(_, credential, stored) | Event::UnauthorizedAgain(_, credential, stored) => {
                if let Credential::Token(it) = credential {
                    self.token(&mut it.token);
                }
                self.stored(stored);
            }
            Event::SignInAnswered(_, answer, stored) => {
                match answer {
                    SignInAnswer::Issued(issued) => self.issued(issued),
                    SignInAnswer::Accepted(user) => self.user(user),
                    SignInAnswer::Other(outcome) => self.outcome(outcome),
                }
                self.stored(stored);
            }
            Event::RefreshAnswered(_, answer, stored) => {
                if let RefreshAnswer::Refreshed(issued) = answer {
                    self.issued(issued);
                }
                self.stored(stored);
            }
            Event::CurrentUserAnswered(_, answer, stored) => {
                if let CurrentUserAnswer::Known(user) = answer {
                    self.user(user);
                }
                self.stored(stored);
            }
            Event::StorageChanged(written, stored) => {
                self.stored(written);
                self.stored(stored);
            }
            Event::CallerDropped(_)
            | Event::SignInRequested(_)
            | Event::SignOutRequested
            | Event::LogoutAnswered(..)
            | Event::StorageFailed
            | Event::TimerFired
            | Event::Hidden => {}
        }
        event
    }

    fn stored(&mut self, stored: &mut Stored) {
        let Stored::Record(SessionRecord { session, .. }, claims) = stored else { return };
        if let Some(session) = session {
            self.text("user", &mut session.sub);
            session.token.iter_mut().for_each(|it| self.token(it));
        }
        claims.iter_mut().for_each(|it| self.claims(it));
    }

    fn issued(&mut self, IssuedToken { token, claims }: &mut IssuedToken) {
        self.token(token);
        self.claims(claims);
    }

    /// Who, for whom and for how long is kept; when is not.
    fn claims(&mut self, claims: &mut Claims) {
        claims.sub.iter_mut().for_each(|it| self.text("user", it));
        claims.email.iter_mut().for_each(|it| self.text("email", it));
        let is_for_us = claims.aud.contains(&self.application_id);
        claims.aud.0 = vec![if is_for_us { self.application_id.clone() } else { "another".to_owned() }];
        // With half a millisecond more the same whole number comes back.
        claims.exp = claims.lifetime_ms().map(|it| (it as f64 + 0.5) / 1_000.0);
        claims.iat = claims.exp.map(|_| 0.0);
    }

    fn user(&mut self, User { id, email }: &mut User) {
        self.text("user", id);
        email.iter_mut().for_each(|it| self.text("email", it));
    }

    fn outcome(&mut self, outcome: &mut SignInOutcome) {
        match outcome {
            SignInOutcome::PasswordChangeRequired { change_password_id: Some(id), .. } => self.text("id", id),
            SignInOutcome::TwoFactorRequired { two_factor_id, methods } => {
                self.text("id", two_factor_id);
                methods.clear();
            }
            _ => {}
        }
    }

    fn token(&mut self, token: &mut AccessToken) {
        let mut label = token.expose().to_owned();
        self.text("token", &mut label);
        *token = AccessToken::new(label);
    }

    fn text(&mut self, kind: &str, secret: &mut String) {
        let mut hasher = DefaultHasher::new();
        secret.hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.hashes.iter().position(|it| *it == hash);
        let number = known.unwrap_or_else(|| {
            self.hashes.push(hash);
            self.hashes.len() - 1
        });
        *secret = format!("{kind}-{number}");
    }
}
