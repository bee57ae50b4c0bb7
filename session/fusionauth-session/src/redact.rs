//! Labels that replace secrets: `token-3`, `user-0`. The same secret always has the same label, so a machine that gets
//! labels decides like a machine that gets the secrets.

use crate::{
    Credential, CurrentUserAnswer, Event, IssuedToken, LoginFailure, RefreshAnswer, RefusedRequest, ResourceId, SessionRecord,
    SignInAnswer, Stored, User,
};
use fusionauth_api::{AccessToken, claims::Claims};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Gives secrets their labels. It recognises secrets by their hashes, so it holds no secret itself.
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
        event.stored_mut().for_each(|it| self.stored(it));
        match &mut event {
            Event::Unauthorized(_, RefusedRequest { resource, credential, .. }, _) => {
                self.resource(resource);
                if let Credential::Token(it) = credential {
                    self.token(&mut it.token);
                }
            }
            Event::Authorized(resource) => self.resource(resource),
            Event::SignInAnswered(_, answer, _) => match answer {
                SignInAnswer::Issued(issued) => self.issued(issued),
                SignInAnswer::Accepted(user) => self.user(user),
                SignInAnswer::Failed(failure) => self.failure(failure),
            },
            Event::RefreshAnswered(_, RefreshAnswer::Refreshed(issued), _) => self.issued(issued),
            Event::CurrentUserAnswered(_, CurrentUserAnswer::Known(user), _) => self.user(user),
            // A new event that may hold a secret does not compile until it is redacted here.
            Event::Started(_)
            | Event::StartedAfterClose(_)
            | Event::CredentialRequested(..)
            | Event::CallerDropped(_)
            | Event::SignInRequested(_)
            | Event::SignOutRequested
            | Event::Locked(..)
            | Event::RefreshAnswered(..)
            | Event::CurrentUserAnswered(..)
            | Event::LogoutAnswered(..)
            | Event::StorageChanged(..)
            | Event::StorageFailed
            | Event::TimerFired
            | Event::Resumed(_)
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

    /// Keeps the values that the machine needs: labels for the user and the email, the lifetime, and whether the token is
    /// for this application.
    fn claims(&mut self, claims: &mut Claims) {
        claims.sub.iter_mut().for_each(|it| self.text("user", it));
        claims.email.iter_mut().for_each(|it| self.text("email", it));
        let is_for_us = claims.aud.contains(&self.application_id);
        claims.aud.0 = vec![if is_for_us { self.application_id.clone() } else { "another".to_owned() }];
        // `lifetime_ms` rounds down. With half a millisecond more it returns the same number from the new claims.
        claims.exp = claims.lifetime_ms().map(|it| (it as f64 + 0.5) / 1_000.0);
        claims.iat = claims.exp.map(|_| 0.0);
    }

    fn user(&mut self, User { id, email }: &mut User) {
        self.text("user", id);
        email.iter_mut().for_each(|it| self.text("email", it));
    }

    fn failure(&mut self, failure: &mut LoginFailure) {
        match failure {
            LoginFailure::PasswordChangeRequired { change_password_id: Some(id), .. } => self.text("id", id),
            LoginFailure::TwoFactorRequired { two_factor_id } => self.text("id", two_factor_id),
            _ => {}
        }
    }

    fn token(&mut self, token: &mut AccessToken) {
        let mut label = token.expose().to_owned();
        self.text("token", &mut label);
        *token = AccessToken::new(label);
    }

    /// The id is a hash of a URL path, and the path may contain the id of a user's data.
    fn resource(&mut self, ResourceId(id): &mut ResourceId) {
        *id = self.number(*id) as u32;
    }

    fn text(&mut self, kind: &str, secret: &mut String) {
        let number = self.number(&*secret);
        *secret = format!("{kind}-{number}");
    }

    fn number(&mut self, secret: impl Hash) -> usize {
        let mut hasher = DefaultHasher::new();
        secret.hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.hashes.iter().position(|it| *it == hash);
        known.unwrap_or_else(|| {
            self.hashes.push(hash);
            self.hashes.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trace replays only if the machine gets the same lifetime from the labels as from the token.
    #[test]
    fn the_lifetime_of_a_token_stays_the_same() {
        let issued_at = 1_790_000_000.0;
        for seconds in [Some(0.0), Some(0.001), Some(0.25), Some(300.0), Some(86_400.0), None] {
            let mut claims = Claims { exp: seconds.map(|it| issued_at + it), iat: Some(issued_at), ..Claims::default() };
            let before = claims.lifetime_ms();
            Labels::new("app".to_owned()).claims(&mut claims);
            assert_eq!(claims.lifetime_ms(), before, "{seconds:?}");
        }
    }
}
