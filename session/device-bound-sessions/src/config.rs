//! The configuration of a site's sessions.

use crate::cookie::BoundCookie;
use crate::instructions::Scope;
use crate::key::Algorithm;
use http::uri::PathAndQuery;
use std::time::Duration;

/// The configuration of a site's sessions.
#[derive(Clone, Debug)]
pub struct Config {
    /// The requests that belong to a session. Registrations and refreshes of other origins than its origin are refused.
    pub scope: Scope,
    /// The hosts of other sites whose links may refresh the cookie, `*` for all, or `*.` and a domain. Without them, the first page after a
    /// click on another site may arrive without the bound cookie; a page that fetches its data does not mind. They can find out by the time
    /// that a page takes whether the user is signed in.
    pub refresh_initiators: Vec<String>,
    /// Where browsers register keys.
    pub registration_path: PathAndQuery,
    /// Where browsers refresh the cookie. Keep it: the sessions that live in browsers know only this one.
    pub refresh_path: PathAndQuery,
    /// The algorithms that are offered.
    pub algorithms: Vec<Algorithm>,
    /// The bound cookie.
    pub cookie: BoundCookie,
    /// How long things are valid.
    pub lifetimes: Lifetimes,
}

impl Config {
    /// A configuration with the paths `/dbsc/registration` and `/dbsc/refresh`, both algorithms, and defaults for the rest. `origin` is
    /// written as browsers send it: `https://host` or `https://host:port`.
    pub fn new(origin: &str) -> Self {
        Self {
            scope: Scope { origin: origin.to_owned(), include_site: false, rules: Vec::new() },
            refresh_initiators: Vec::new(),
            registration_path: PathAndQuery::from_static("/dbsc/registration"),
            refresh_path: PathAndQuery::from_static("/dbsc/refresh"),
            algorithms: vec![Algorithm::ES256, Algorithm::RS256],
            cookie: BoundCookie::default(),
            lifetimes: Lifetimes::default(),
        }
    }
}

/// How long things are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// The challenge of a registration, 1 minute. Browsers register within a second of the sign-in.
    pub offer: Duration,
    /// The challenges of refreshes, 15 minutes. One that expires before the cookie costs each refresh another request and signature, and
    /// Chromium signs six times in nine minutes for each site.
    pub challenge: Duration,
    /// How long an accepted proof is accepted again, 10 seconds. Chromium sends it again at once if it lost the answer. A thief of the proof
    /// can use it for this time, too. With zero, a browser that lost the answer to a registration must sign in again.
    pub grace: Duration,
    /// The bound cookie, 10 minutes: how long a copied cookie is good. Chromium refreshes a cookie about two minutes before its end, and
    /// signs six times in nine minutes for all hosts of a site together. So with less than four minutes, constant use exceeds the quota.
    pub cookie: Duration,
    /// How long after the registration requests without the bound cookie are accepted, 30 seconds. The first page after a sign-in is
    /// requested before the registration has ended.
    pub settling: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { offer: seconds(60), challenge: seconds(900), grace: seconds(10), cookie: seconds(600), settling: seconds(30) }
    }
}
