//! Names for credentials, such as `refresh token 1`, so that a reader can follow one credential through a diagram.
//!
//! A record holds fingerprints, which differ from run to run. The names instead number the credentials in the order of the messages, so
//! they are the same in every run.

use std::collections::{BTreeMap, BTreeSet};
use wire_recorder::{Credential, Message, SetCookie};

/// The applications' ids at FusionAuth, which are the audiences of their access tokens.
#[derive(Clone, Debug)]
pub struct Applications {
    /// The Store's id.
    pub store: String,
    /// The Forums' id.
    pub forums: String,
}

/// How much of a run a record contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordExtent {
    /// The whole run. A token that no recorded response issued was made up by its sender.
    Whole,
    /// A part of the run. Tokens may have been issued before the record began.
    Part,
}

/// Gives names to the credentials of one or more diagrams. A credential keeps its name in all of them.
#[derive(Clone, Debug)]
pub struct Names {
    applications: Applications,
    extent: RecordExtent,
    /// The audience of each fingerprint. For a token in a `Set-Cookie` line, whose record has no audience, the audience comes from other
    /// messages with the same token.
    audiences: BTreeMap<String, String>,
    /// The fingerprints of the tokens that a response contained.
    issued: BTreeSet<String>,
    numbers: BTreeMap<(CredentialKind, String), usize>,
}

/// The purpose of a credential. Cookies and members with different names hold credentials of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CredentialKind {
    Jwt,
    RefreshToken,
    Session,
    BoundCookie,
    Other,
}

impl CredentialKind {
    pub(crate) fn of(name: &str) -> Self {
        let prefixes = ["__Host-", "store.", "forums."];
        match prefixes.iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name) {
            "token" | "access_token" | "id_token" | "bearer" | "storefront_jwt" => Self::Jwt,
            "refreshToken" | "refresh_token" | "storefront_refresh_token" => Self::RefreshToken,
            "storefront_session" => Self::Session,
            "storefront_device_bound" => Self::BoundCookie,
            _ => Self::Other,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::RefreshToken => "refresh token",
            Self::Session => "session",
            Self::BoundCookie => "bound cookie",
            Self::Other => "secret",
        }
    }
}

impl Names {
    /// Names for the credentials in `messages`, of which any part may be drawn. No number is assigned yet.
    pub fn new(messages: &[Message], extent: RecordExtent, applications: Applications) -> Self {
        let mut names = Self { applications, extent, audiences: BTreeMap::new(), issued: BTreeSet::new(), numbers: BTreeMap::new() };
        for message in messages {
            match message {
                Message::Request { credentials, .. } => names.learn(credentials),
                Message::Response { credentials, cookies, .. } => {
                    names.learn(credentials);
                    let (bodies, set) = (credentials.iter().map(|it| &it.fingerprint), cookies.iter().map(|it| &it.fingerprint));
                    names.issued.extend(bodies.chain(set).flatten().cloned());
                }
            }
        }
        names
    }

    fn learn(&mut self, credentials: &[Credential]) {
        for credential in credentials {
            if let (Some(fingerprint), Some(audience)) = (&credential.fingerprint, &credential.audience) {
                self.audiences.insert(fingerprint.clone(), audience.clone());
            }
        }
    }

    /// The name of a credential in a request or a body, such as `expired Store JWT 2` or `password`.
    pub(crate) fn credential(&mut self, credential: &Credential) -> String {
        let name = self.name(&credential.name, credential.fingerprint.as_deref());
        if credential.expired == Some(true) { format!("expired {name}") } else { name }
    }

    /// The name of a credential in a cookie that is set or deleted; the cookie's own name if the cookie contains no credential.
    pub(crate) fn cookie(&mut self, cookie: &SetCookie) -> String {
        match CredentialKind::of(&cookie.name) {
            CredentialKind::Other => cookie.name.clone(),
            kind if cookie.deleted => kind.word().to_owned(),
            CredentialKind::Jwt | CredentialKind::RefreshToken | CredentialKind::Session | CredentialKind::BoundCookie => {
                self.name(&cookie.name, cookie.fingerprint.as_deref())
            }
        }
    }

    fn name(&mut self, name: &str, fingerprint: Option<&str>) -> String {
        let kind = CredentialKind::of(name);
        let Some(fingerprint) = fingerprint else { return plain(name).to_owned() };
        let word = kind.word();
        if self.extent == RecordExtent::Whole && !self.issued.contains(fingerprint) {
            return format!("made-up {word}");
        }
        let known = self.numbers.keys().filter(|(other, _)| *other == kind).count();
        let number = *self.numbers.entry((kind, fingerprint.to_owned())).or_insert(known + 1);
        match self.audience(fingerprint) {
            Some(application) => format!("{application} {word} {number}"),
            None => format!("{word} {number}"),
        }
    }

    fn audience(&self, fingerprint: &str) -> Option<&'static str> {
        let audience = self.audiences.get(fingerprint)?;
        match audience {
            id if *id == self.applications.store => Some("Store"),
            id if *id == self.applications.forums => Some("Forums"),
            _ => Some("foreign"),
        }
    }
}

/// The name of a credential without a fingerprint. It has no number.
fn plain(name: &str) -> &str {
    match name {
        "api-key" => "API key",
        "basic" => "client secret",
        "client_secret" => "client secret",
        "code" => "code",
        "fusionauth.trust" => "device trust",
        "currentPassword" => "current password",
        "newPassword" => "new password",
        "oneTimePassword" => "one-time password",
        "twoFactorId" => "second-factor id",
        other => other,
    }
}
