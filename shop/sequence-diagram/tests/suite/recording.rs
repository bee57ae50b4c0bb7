//! Builds recordings by hand, for the tests of this folder.

use sequence_diagram::Applications;
use wire_recorder::{Actor, Credential, Message, Place, SetCookie};

pub(crate) const STORE: &str = "10000000-0000-0000-0000-000000000001";
pub(crate) const FORUMS: &str = "10000000-0000-0000-0000-000000000002";

pub(crate) fn applications() -> Applications {
    Applications { store: STORE.to_owned(), forums: FORUMS.to_owned() }
}

/// Messages, in the order in which they were sent.
#[derive(Default)]
pub(crate) struct Recording {
    pub(crate) messages: Vec<Message>,
}

impl Recording {
    /// Adds a request, such as `GET /api/user`; returns the id of its exchange.
    pub(crate) fn request(&mut self, from: Actor, to: Actor, line: &str, credentials: Vec<Credential>) -> String {
        let host = match to {
            Actor::FusionAuth if from == Actor::Browser => "auth.webapp-jwt.localhost:9011",
            Actor::FusionAuth => "127.0.0.1:9012",
            Actor::Forums => "forums.webapp-jwt.localhost:8080",
            _ => "store.webapp-jwt.localhost:8080",
        };
        self.request_at(host, from, to, line, credentials)
    }

    pub(crate) fn request_at(&mut self, host: &str, from: Actor, to: Actor, line: &str, credentials: Vec<Credential>) -> String {
        let (method, path) = line.split_once(' ').unwrap();
        let exchange = format!("exchange-{}", self.messages.len());
        self.messages.push(Message::Request {
            exchange: exchange.clone(),
            from,
            to,
            host: host.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            origin: None,
            browser: None,
            credentials,
        });
        exchange
    }

    pub(crate) fn response(&mut self, exchange: &str, status: u16, cookies: Vec<SetCookie>, credentials: Vec<Credential>) {
        self.messages.push(Message::Response { exchange: exchange.to_owned(), status, cookies, credentials });
    }

    /// Adds a request and its response.
    pub(crate) fn exchange(&mut self, from: Actor, to: Actor, line: &str, credentials: Vec<Credential>, status: u16) {
        let exchange = self.request(from, to, line, credentials);
        self.response(&exchange, status, vec![], vec![]);
    }

    /// Adds a request that a page of this origin sends, and its response.
    pub(crate) fn exchange_from(&mut self, origin: &str, from: Actor, to: Actor, line: &str, credentials: Vec<Credential>, status: u16) {
        let exchange = self.request(from, to, line, credentials);
        if let Some(Message::Request { origin: named, .. }) = self.messages.last_mut() {
            *named = Some(origin.to_owned());
        }
        self.response(&exchange, status, vec![], vec![]);
    }
}

pub(crate) fn token(name: &str, place: Place, fingerprint: &str) -> Credential {
    Credential { name: name.to_owned(), place, audience: None, expired: None, fingerprint: Some(fingerprint.to_owned()) }
}

pub(crate) fn jwt(name: &str, place: Place, fingerprint: &str, expired: bool) -> Credential {
    Credential { audience: Some(STORE.to_owned()), expired: Some(expired), ..token(name, place, fingerprint) }
}

pub(crate) fn session(fingerprint: &str) -> Credential {
    token("storefront_session", Place::Cookie, fingerprint)
}

pub(crate) fn secret(name: &str, place: Place) -> Credential {
    Credential { name: name.to_owned(), place, audience: None, expired: None, fingerprint: None }
}

pub(crate) fn set(name: &str, fingerprint: &str) -> SetCookie {
    let attributes = ["Max-Age=2592000", "Path=/", "HttpOnly", "SameSite=Lax"].map(str::to_owned).to_vec();
    SetCookie { name: name.to_owned(), attributes, deleted: false, fingerprint: Some(fingerprint.to_owned()) }
}
