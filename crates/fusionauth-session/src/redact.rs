//! Between what a machine hears and does, and its mirror without secrets.

use crate::{
    CallerId, Effect, Epoch, Event, Grant, Issued, OperationId, Order, Pass, RECORD_VERSION, Record, RefreshAnswer, Settlement, SignIn,
    SignInAnswer, SignInId, Stored, StoredSession, Ticket, User, View, WhoAmIAnswer,
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

    fn issued(&mut self, issued: &Issued) -> Answered {
        Answered::Token(self.token(&issued.token), self.says(&issued.claims))
    }

    fn seen(&mut self, stored: &Stored) -> Seen {
        match stored {
            Stored::Nothing => Seen::Nothing,
            Stored::Blocked => Seen::Blocked,
            Stored::Record(record, claims) => self.record(record, claims.as_ref()),
        }
    }

    fn record(&mut self, record: &Record, claims: Option<&Claims>) -> Seen {
        let order = record.order();
        let Some(session) = &record.session else {
            return Seen::Tombstone { order, ended: record.ended, logout_pending: record.logout_pending };
        };
        let token = session.token.as_ref().map(|it| self.token(it));
        let user = self.name(&session.sub);
        Seen::Session { order, user, token, received_at: session.received_at, says: claims.map(|it| self.says(it)) }
    }

    fn refused(&mut self, pass: &Pass) -> Refused {
        match pass {
            Pass::Token(grant) => Refused { token: Some(self.token(&grant.token)), order: Order { epoch: grant.epoch, generation: 0 } },
            Pass::Cookie(Ticket { epoch, generation }) => Refused { token: None, order: Order { epoch: *epoch, generation: *generation } },
        }
    }

    pub(crate) fn heard(&mut self, event: &Event) -> Heard {
        match event {
            Event::Booted(stored) => Heard::Booted(self.seen(stored)),
            Event::TokenWanted(caller, stored) => Heard::TokenWanted(caller.0, self.seen(stored)),
            Event::Unauthorized(caller, pass, stored) => Heard::Unauthorized(caller.0, self.refused(pass), self.seen(stored)),
            Event::UnauthorizedAgain(caller, pass, stored) => Heard::UnauthorizedAgain(caller.0, self.refused(pass), self.seen(stored)),
            Event::CallerGone(caller) => Heard::CallerGone(caller.0),
            Event::SignInAsked(id) => Heard::SignInAsked(id.0),
            Event::SignOutAsked => Heard::SignOutAsked,
            Event::Locked(id, lock, stored, order) => Heard::Locked(id.0, *lock, self.seen(stored), *order),
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
            Event::WhoAmIAnswered(id, answer, stored) => {
                let answered = match answer {
                    WhoAmIAnswer::Known(user) => Answered::User(self.name(&user.id)),
                    WhoAmIAnswer::Nobody => Answered::Nobody,
                    WhoAmIAnswer::Expired => Answered::Expired,
                    WhoAmIAnswer::Unavailable { status, retry_after_ms } => {
                        Answered::Unavailable { status: *status, retry_after_ms: *retry_after_ms }
                    }
                };
                Heard::WhoAmIAnswered(id.0, answered, self.seen(stored))
            }
            Event::LogoutAnswered(id, answer) => Heard::LogoutAnswered(id.0, *answer),
            Event::StorageChanged(heard, stored) => Heard::StorageChanged(self.seen(heard), self.seen(stored)),
            Event::StorageFailed => Heard::StorageFailed,
            Event::TimerFired => Heard::TimerFired,
            Event::Woke(stored) => Heard::Woke(self.seen(stored)),
            Event::Hid => Heard::Hid,
        }
    }

    pub(crate) fn did(&mut self, effect: &Effect) -> Did {
        match effect {
            Effect::Lock(id) => Did::Lock(id.0),
            Effect::Unlock(id, order) => Did::Unlock(id.0, *order),
            Effect::Send(id, request) => Did::Send(id.0, *request),
            Effect::Store(record) => Did::Store(self.record(record, None)),
            Effect::SetTimer(ms) => Did::SetTimer(*ms),
            Effect::ClearTimer => Did::ClearTimer,
            Effect::Settle(caller, settlement) => Did::Settle(caller.0, self.settled(settlement)),
            Effect::SettleSignIn(id, outcome) => Did::SettleSignIn(id.0, *outcome == SignIn::SignedIn),
            Effect::Show(View::Loading) => Did::Show(Shown::Loading),
            Effect::Show(View::SignedOut(cause)) => Did::Show(Shown::SignedOut(*cause)),
            Effect::Show(View::SignedIn { user, connection }) => Did::Show(Shown::SignedIn(self.name(&user.id), *connection)),
            Effect::Notify(notice) => Did::Notify(*notice),
        }
    }

    fn settled(&mut self, settlement: &Settlement) -> Settled {
        match settlement {
            Settlement::Token(grant) => Settled::Token(self.token(&grant.token), Order { epoch: grant.epoch, generation: 0 }),
            Settlement::Cookie(ticket) => Settled::Cookie(Order { epoch: ticket.epoch, generation: ticket.generation }),
            Settlement::SignedOut => Settled::SignedOut,
            Settlement::Reconnecting => Settled::Reconnecting,
        }
    }
}

/// An event like the one that was heard, with made-up tokens and users.
pub(crate) fn event(heard: &Heard, application_id: &str) -> Event {
    let stored = |seen: &Seen| stored(seen, application_id);
    match heard {
        Heard::Booted(seen) => Event::Booted(stored(seen)),
        Heard::TokenWanted(caller, seen) => Event::TokenWanted(CallerId(*caller), stored(seen)),
        Heard::Unauthorized(caller, refused, seen) => Event::Unauthorized(CallerId(*caller), pass(*refused), stored(seen)),
        Heard::UnauthorizedAgain(caller, refused, seen) => Event::UnauthorizedAgain(CallerId(*caller), pass(*refused), stored(seen)),
        Heard::CallerGone(caller) => Event::CallerGone(CallerId(*caller)),
        Heard::SignInAsked(id) => Event::SignInAsked(SignInId(*id)),
        Heard::SignOutAsked => Event::SignOutAsked,
        Heard::Locked(id, lock, seen, order) => Event::Locked(OperationId(*id), *lock, stored(seen), *order),
        Heard::SignInAnswered(id, answered, seen) => {
            let answer = match answered {
                Answered::Token(name, says) => SignInAnswer::Issued(issued(*name, *says, application_id)),
                Answered::User(name) => SignInAnswer::Accepted(user(*name)),
                _ => SignInAnswer::Other(SignIn::NoAnswer),
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
        Heard::WhoAmIAnswered(id, answered, seen) => {
            let answer = match answered {
                Answered::User(name) => WhoAmIAnswer::Known(user(*name)),
                Answered::Nobody => WhoAmIAnswer::Nobody,
                Answered::Expired => WhoAmIAnswer::Expired,
                Answered::Unavailable { status, retry_after_ms } => {
                    WhoAmIAnswer::Unavailable { status: *status, retry_after_ms: *retry_after_ms }
                }
                _ => WhoAmIAnswer::Unavailable { status: None, retry_after_ms: None },
            };
            Event::WhoAmIAnswered(OperationId(*id), answer, stored(seen))
        }
        Heard::LogoutAnswered(id, answer) => Event::LogoutAnswered(OperationId(*id), *answer),
        Heard::StorageChanged(heard, seen) => Event::StorageChanged(stored(heard), stored(seen)),
        Heard::StorageFailed => Event::StorageFailed,
        Heard::TimerFired => Event::TimerFired,
        Heard::Woke(seen) => Event::Woke(stored(seen)),
        Heard::Hid => Event::Hid,
    }
}

fn pass(refused: Refused) -> Pass {
    let Order { epoch, generation } = refused.order;
    match refused.token {
        Some(name) => Pass::Token(Grant { token: token(name), epoch }),
        None => Pass::Cookie(Ticket { epoch, generation }),
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

fn issued(name: Name, says: Says, application_id: &str) -> Issued {
    Issued { token: token(name), claims: claims(says, application_id) }
}

fn stored(seen: &Seen, application_id: &str) -> Stored {
    let record = |epoch: Epoch, session, ended, logout_pending| Record { version: RECORD_VERSION, epoch, session, ended, logout_pending };
    match seen {
        Seen::Nothing => Stored::Nothing,
        Seen::Blocked => Stored::Blocked,
        Seen::Tombstone { order, ended, logout_pending } => Stored::Record(record(order.epoch, None, *ended, *logout_pending), None),
        Seen::Session { order, user: name, token: held, received_at, says } => {
            let session =
                StoredSession { sub: user(*name).id, generation: order.generation, token: held.map(token), received_at: *received_at };
            Stored::Record(record(order.epoch, Some(session), None, false), says.map(|it| claims(it, application_id)))
        }
    }
}
