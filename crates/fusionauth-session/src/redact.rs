//! Between what a machine hears and does, and its mirror without secrets.

use crate::{
    CallerId, Credential, CredentialError, CurrentUserAnswer, Effect, Epoch, Event, IssuedToken, OperationId, RECORD_FORMAT, RefreshAnswer,
    SessionRecord, SessionState, SessionToken, SessionVersion, SignInAnswer, SignInId, SignInOutcome, Stored, StoredSession, User,
    trace::{Answered, Did, Heard, Name, Refused, Says, Seen, Settled, Shown},
};
use fusionauth_api::{
    AccessToken,
    claims::{Audience, Claims},
};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Gives tokens and users numbers. It keeps hashes, so that it holds no secret itself.
pub(crate) struct Names {
    application_id: String,
    hashes: Vec<u64>,
}

impl Names {
    pub(crate) fn new(application_id: &str) -> Self {
        Self { application_id: application_id.to_owned(), hashes: Vec::new() }
    }

    fn name(&mut self, secret: &str) -> Name {
        let mut hasher = DefaultHasher::new();
        secret.hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.hashes.iter().position(|it| *it == hash);
        known.unwrap_or_else(|| {
            self.hashes.push(hash);
            self.hashes.len() - 1
        }) as Name
    }

    fn token(&mut self, token: &AccessToken) -> Name {
        self.name(token.expose())
    }

    fn says(&mut self, claims: &Claims) -> Says {
        let user = claims.sub.as_deref().map(|it| self.name(it));
        Says { user, ours: claims.aud.contains(&self.application_id), lifetime_ms: claims.lifetime_ms() }
    }

    fn issued(&mut self, issued: &IssuedToken) -> Answered {
        Answered::Token(self.token(&issued.token), self.says(&issued.claims))
    }

    fn seen(&mut self, stored: &Stored) -> Seen {
        match stored {
            Stored::Nothing => Seen::Nothing,
            Stored::Blocked => Seen::Blocked,
            Stored::Record(record, claims) => self.record(record, claims.as_ref()),
        }
    }

    fn record(&mut self, record: &SessionRecord, claims: Option<&Claims>) -> Seen {
        let version = record.version();
        let Some(session) = &record.session else {
            return Seen::Tombstone { version, ended: record.ended, logout_pending: record.logout_pending };
        };
        let token = session.token.as_ref().map(|it| self.token(it));
        let user = self.name(&session.sub);
        Seen::Session { version, user, token, received_at: session.received_at, says: claims.map(|it| self.says(it)) }
    }

    fn refused(&mut self, pass: &Credential) -> Refused {
        match pass {
            Credential::Token(grant) => {
                Refused { token: Some(self.token(&grant.token)), version: SessionVersion { epoch: grant.epoch, generation: 0 } }
            }
            Credential::Cookie(SessionVersion { epoch, generation }) => {
                Refused { token: None, version: SessionVersion { epoch: *epoch, generation: *generation } }
            }
        }
    }

    pub(crate) fn heard(&mut self, event: &Event) -> Heard {
        match event {
            Event::Started(stored) => Heard::Started(self.seen(stored)),
            Event::CredentialRequested(caller, stored) => Heard::CredentialRequested(caller.0, self.seen(stored)),
            Event::Unauthorized(caller, pass, stored) => Heard::Unauthorized(caller.0, self.refused(pass), self.seen(stored)),
            Event::UnauthorizedAgain(caller, pass, stored) => Heard::UnauthorizedAgain(caller.0, self.refused(pass), self.seen(stored)),
            Event::CallerDropped(caller) => Heard::CallerDropped(caller.0),
            Event::SignInRequested(id) => Heard::SignInRequested(id.0),
            Event::SignOutRequested => Heard::SignOutRequested,
            Event::Locked(id, lock, stored, version) => Heard::Locked(id.0, *lock, self.seen(stored), *version),
            Event::SignInAnswered(id, answer, stored) => {
                let answered = match answer {
                    SignInAnswer::Issued(issued) => self.issued(issued),
                    SignInAnswer::Accepted(user) => Answered::User(self.name(&user.id)),
                    SignInAnswer::Other(_) => Answered::NotSignedIn,
                };
                Heard::SignInAnswered(id.0, answered, self.seen(stored))
            }
            Event::RefreshAnswered(id, answer, stored) => {
                let answered = match answer {
                    RefreshAnswer::Refreshed(issued) => self.issued(issued),
                    RefreshAnswer::Renewed => Answered::Renewed,
                    RefreshAnswer::Refused => Answered::Refused,
                    RefreshAnswer::Unavailable { status, retry_after_ms } => {
                        Answered::Unavailable { status: Some(*status), retry_after_ms: *retry_after_ms }
                    }
                    RefreshAnswer::NoAnswer => Answered::NoAnswer,
                };
                Heard::RefreshAnswered(id.0, answered, self.seen(stored))
            }
            Event::CurrentUserAnswered(id, answer, stored) => {
                let answered = match answer {
                    CurrentUserAnswer::Known(user) => Answered::User(self.name(&user.id)),
                    CurrentUserAnswer::Nobody => Answered::Nobody,
                    CurrentUserAnswer::Unauthorized => Answered::Expired,
                    CurrentUserAnswer::Unavailable { status, retry_after_ms } => {
                        Answered::Unavailable { status: *status, retry_after_ms: *retry_after_ms }
                    }
                };
                Heard::CurrentUserAnswered(id.0, answered, self.seen(stored))
            }
            Event::LogoutAnswered(id, answer) => Heard::LogoutAnswered(id.0, *answer),
            Event::StorageChanged(heard, stored) => Heard::StorageChanged(self.seen(heard), self.seen(stored)),
            Event::StorageFailed => Heard::StorageFailed,
            Event::TimerFired => Heard::TimerFired,
            Event::Resumed(stored) => Heard::Resumed(self.seen(stored)),
            Event::Hidden => Heard::Hidden,
        }
    }

    pub(crate) fn did(&mut self, effect: &Effect) -> Did {
        match effect {
            Effect::Lock(id) => Did::Lock(id.0),
            Effect::Unlock(id, version) => Did::Unlock(id.0, *version),
            Effect::Send(id, request) => Did::Send(id.0, *request),
            Effect::Store(record) => Did::Store(self.record(record, None)),
            Effect::SetTimer(ms) => Did::SetTimer(*ms),
            Effect::ClearTimer => Did::ClearTimer,
            Effect::Resolve(caller, result) => Did::Resolve(caller.0, self.settled(result)),
            Effect::ResolveSignIn(id, outcome) => Did::ResolveSignIn(id.0, *outcome == SignInOutcome::SignedIn),
            Effect::SetState(SessionState::Loading) => Did::Show(Shown::Loading),
            Effect::SetState(SessionState::SignedOut(cause)) => Did::Show(Shown::SignedOut(*cause)),
            Effect::SetState(SessionState::SignedIn { user, connection }) => Did::Show(Shown::SignedIn(self.name(&user.id), *connection)),
            Effect::Notify(notice) => Did::Notify(*notice),
        }
    }

    fn settled(&mut self, result: &Result<Credential, CredentialError>) -> Settled {
        match result {
            Ok(Credential::Token(grant)) => Settled::Token(self.token(&grant.token), SessionVersion { epoch: grant.epoch, generation: 0 }),
            Ok(Credential::Cookie(ticket)) => Settled::Cookie(SessionVersion { epoch: ticket.epoch, generation: ticket.generation }),
            Err(CredentialError::SignedOut) => Settled::SignedOut,
            Err(CredentialError::Reconnecting) => Settled::Reconnecting,
        }
    }
}

/// An event like the one that was heard, with made-up tokens and users.
pub(crate) fn event(heard: &Heard, application_id: &str) -> Event {
    let stored = |seen: &Seen| stored(seen, application_id);
    match heard {
        Heard::Started(seen) => Event::Started(stored(seen)),
        Heard::CredentialRequested(caller, seen) => Event::CredentialRequested(CallerId(*caller), stored(seen)),
        Heard::Unauthorized(caller, refused, seen) => Event::Unauthorized(CallerId(*caller), pass(*refused), stored(seen)),
        Heard::UnauthorizedAgain(caller, refused, seen) => Event::UnauthorizedAgain(CallerId(*caller), pass(*refused), stored(seen)),
        Heard::CallerDropped(caller) => Event::CallerDropped(CallerId(*caller)),
        Heard::SignInRequested(id) => Event::SignInRequested(SignInId(*id)),
        Heard::SignOutRequested => Event::SignOutRequested,
        Heard::Locked(id, lock, seen, version) => Event::Locked(OperationId(*id), *lock, stored(seen), *version),
        Heard::SignInAnswered(id, answered, seen) => {
            let answer = match answered {
                Answered::Token(name, says) => SignInAnswer::Issued(issued(*name, *says, application_id)),
                Answered::User(name) => SignInAnswer::Accepted(user(*name)),
                _ => SignInAnswer::Other(SignInOutcome::NoAnswer),
            };
            Event::SignInAnswered(OperationId(*id), answer, stored(seen))
        }
        Heard::RefreshAnswered(id, answered, seen) => {
            let answer = match answered {
                Answered::Token(name, says) => RefreshAnswer::Refreshed(issued(*name, *says, application_id)),
                Answered::Renewed => RefreshAnswer::Renewed,
                Answered::Refused => RefreshAnswer::Refused,
                Answered::Unavailable { status: Some(status), retry_after_ms } => {
                    RefreshAnswer::Unavailable { status: *status, retry_after_ms: *retry_after_ms }
                }
                _ => RefreshAnswer::NoAnswer,
            };
            Event::RefreshAnswered(OperationId(*id), answer, stored(seen))
        }
        Heard::CurrentUserAnswered(id, answered, seen) => {
            let answer = match answered {
                Answered::User(name) => CurrentUserAnswer::Known(user(*name)),
                Answered::Nobody => CurrentUserAnswer::Nobody,
                Answered::Expired => CurrentUserAnswer::Unauthorized,
                Answered::Unavailable { status, retry_after_ms } => {
                    CurrentUserAnswer::Unavailable { status: *status, retry_after_ms: *retry_after_ms }
                }
                _ => CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None },
            };
            Event::CurrentUserAnswered(OperationId(*id), answer, stored(seen))
        }
        Heard::LogoutAnswered(id, answer) => Event::LogoutAnswered(OperationId(*id), *answer),
        Heard::StorageChanged(heard, seen) => Event::StorageChanged(stored(heard), stored(seen)),
        Heard::StorageFailed => Event::StorageFailed,
        Heard::TimerFired => Event::TimerFired,
        Heard::Resumed(seen) => Event::Resumed(stored(seen)),
        Heard::Hidden => Event::Hidden,
    }
}

fn pass(refused: Refused) -> Credential {
    let SessionVersion { epoch, generation } = refused.version;
    match refused.token {
        Some(name) => Credential::Token(SessionToken { token: token(name), epoch }),
        None => Credential::Cookie(SessionVersion { epoch, generation }),
    }
}

fn token(name: Name) -> AccessToken {
    AccessToken::new(format!("token-{name}"))
}

fn user(name: Name) -> User {
    User { id: format!("user-{name}"), email: None }
}

fn claims(says: Says, application_id: &str) -> Claims {
    let aud = Audience(vec![if says.ours { application_id.to_owned() } else { "another".to_owned() }]);
    // Half a millisecond more, so that it comes back as the same whole number.
    let exp = says.lifetime_ms.map(|it| (it as f64 + 0.5) / 1_000.0);
    Claims { sub: says.user.map(|it| user(it).id), aud, iat: exp.map(|_| 0.0), exp, email: None }
}

fn issued(name: Name, says: Says, application_id: &str) -> IssuedToken {
    IssuedToken { token: token(name), claims: claims(says, application_id) }
}

fn stored(seen: &Seen, application_id: &str) -> Stored {
    let record =
        |epoch: Epoch, session, ended, logout_pending| SessionRecord { format: RECORD_FORMAT, epoch, session, ended, logout_pending };
    match seen {
        Seen::Nothing => Stored::Nothing,
        Seen::Blocked => Stored::Blocked,
        Seen::Tombstone { version, ended, logout_pending } => Stored::Record(record(version.epoch, None, *ended, *logout_pending), None),
        Seen::Session { version, user: name, token: held, received_at, says } => {
            let session =
                StoredSession { sub: user(*name).id, generation: version.generation, token: held.map(token), received_at: *received_at };
            Stored::Record(record(version.epoch, Some(session), None, false), says.map(|it| claims(it, application_id)))
        }
    }
}
