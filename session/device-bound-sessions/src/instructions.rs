//! Session instructions: the JSON that tells a browser which requests and which cookie belong to a session.

use crate::config::Config;
use crate::cookie::BoundCookie;
use crate::identifiers::SessionId;
use serde::Serialize;

/// The body that ends a session in the browser.
pub const END: &str = r#"{"continue":false}"#;

/// The requests that belong to a session. They wait for a refresh if the bound cookie is missing; the refresh itself never waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// The origin of the site. Browsers ignore the protocol over plain http, on `localhost` too.
    pub origin: String,
    /// False for the origin alone. True for all hosts of its site: its host must then be the registrable domain, and the bound cookie needs
    /// a `Domain`.
    pub include_site: bool,
    /// Exceptions. Exclude static files, the sign-in page and the sign-out. Of the rules that match, the last one counts.
    #[serde(rename = "scope_specification")]
    pub rules: Vec<ScopeRule>,
}

/// Requests that belong to a session, or do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeRule {
    /// Whether they belong to it.
    #[serde(rename = "type")]
    pub kind: RuleKind,
    /// The host, `*` for all, or `*.` and a domain.
    pub domain: String,
    /// The path, and all paths below it.
    pub path: String,
}

impl ScopeRule {
    /// Excludes a path, and all paths below it.
    pub fn exclude(path: &str) -> Self {
        Self { kind: RuleKind::Exclude, domain: "*".to_owned(), path: path.to_owned() }
    }
}

/// Whether a rule adds requests to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// The requests wait for a refresh.
    Include,
    /// The requests go out without the cookie.
    Exclude,
}

/// The instructions of a session, the answer to a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instructions<'a> {
    session_identifier: &'a SessionId,
    refresh_url: &'a str,
    r#continue: bool,
    scope: &'a Scope,
    credentials: [&'a BoundCookie; 1],
    #[serde(rename = "allowed_refresh_initiators", skip_serializing_if = "<[String]>::is_empty")]
    refresh_initiators: &'a [String],
}

impl<'a> Instructions<'a> {
    /// The instructions for the session `id`.
    pub fn new(config: &'a Config, id: &'a SessionId) -> Self {
        let (refresh_url, scope, credentials) = (config.refresh_path.as_str(), &config.scope, [&config.cookie]);
        let refresh_initiators = &config.refresh_initiators;
        Self { session_identifier: id, refresh_url, r#continue: true, scope, credentials, refresh_initiators }
    }

    /// The instructions as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and booleans can be written as JSON")
    }
}
