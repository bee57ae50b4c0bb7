//! What an arrow says.

use crate::names::{CredentialKind, Names};
use crate::{Exchange, Response};
use wire_recorder::{Actor, Credential, Place, SetCookie};

/// What an arrow says: a request line or a status, and what travels with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Such as `GET /api/user` or `200`.
    pub what: String,
    /// What the published workflow says in its place, if that is something else.
    pub published_as: Option<&'static str>,
    /// Credentials, by where they stand.
    pub carried: Vec<CredentialGroup>,
}

/// Credentials that stand in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialGroup {
    /// Where.
    pub by: CredentialPlace,
    /// Their names.
    pub names: Vec<String>,
    /// What a cookie that is set is restricted to, such as `HttpOnly`.
    pub attributes: Vec<String>,
}

/// Where a credential stands in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialPlace {
    /// In the `Authorization` header.
    Header,
    /// In the body.
    Body,
    /// In cookies that the browser sends along.
    Cookies,
    /// In cookies that an response sets.
    SetCookies,
    /// In cookies that an response deletes.
    DeletedCookies,
}

impl Label {
    pub(crate) fn of_request(exchange: &Exchange, names: &mut Names) -> Self {
        let what = format!("{} {}", exchange.method, exchange.path);
        let at = [
            (Place::Authorization, CredentialPlace::Header),
            (Place::Body, CredentialPlace::Body),
            (Place::Cookie, CredentialPlace::Cookies),
        ];
        let carried = at.into_iter().filter_map(|(place, by)| carried(&exchange.credentials, place, by, names)).collect();
        Self { what, published_as: None, carried }
    }

    pub(crate) fn of_response(response: &Response, asker: Actor, names: &mut Names) -> Self {
        let mut label = Self { what: response.status.to_string(), published_as: None, carried: Vec::new() };
        label.carried.extend(carried(&response.credentials, Place::Body, CredentialPlace::Body, names));
        if matches!(asker, Actor::Store | Actor::Forums) {
            return label; // a backend keeps no cookies: what FusionAuth sets for it goes nowhere
        }
        label.carried.extend(set_cookies(&response.cookies, names));
        let deleted = response.cookies.iter().filter(|cookie| cookie.deleted).map(|cookie| names.cookie(cookie)).collect();
        label.carried.extend(CredentialGroup::of(CredentialPlace::DeletedCookies, deleted, Vec::new()));
        label
    }
}

impl CredentialGroup {
    /// Nothing if there are no names. Each name is said once.
    fn of(by: CredentialPlace, mut names: Vec<String>, attributes: Vec<String>) -> Option<Self> {
        names.sort();
        names.dedup();
        (!names.is_empty()).then_some(Self { by, names, attributes })
    }
}

fn carried(credentials: &[Credential], place: Place, by: CredentialPlace, names: &mut Names) -> Option<CredentialGroup> {
    let mut here: Vec<&Credential> = credentials.iter().filter(|it| it.place == place).collect();
    // The order of members and cookies is the sender's whim; numbers are given in ours.
    here.sort_by_key(|it| CredentialKind::of(&it.name));
    CredentialGroup::of(by, here.into_iter().map(|it| names.credential(it)).collect(), Vec::new())
}

/// Cookies with the same restrictions stand together.
fn set_cookies(cookies: &[SetCookie], names: &mut Names) -> Vec<CredentialGroup> {
    let mut set: Vec<&SetCookie> = cookies.iter().filter(|cookie| !cookie.deleted).collect();
    set.sort_by_key(|cookie| (CredentialKind::of(&cookie.name), cookie.name.clone()));
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for cookie in set {
        let (name, attributes) = (names.cookie(cookie), attributes(cookie));
        match groups.iter_mut().find(|(same, _)| *same == attributes) {
            Some((_, names)) => names.push(name),
            None => groups.push((attributes, vec![name])),
        }
    }
    groups.into_iter().filter_map(|(attributes, names)| CredentialGroup::of(CredentialPlace::SetCookies, names, attributes)).collect()
}

/// In one order, without the path (all of ours have `/`), and how long browsers keep it in words.
fn attributes(cookie: &SetCookie) -> Vec<String> {
    let named = |name: &str| cookie.attributes.iter().find(|it| it.split('=').next().is_some_and(|it| it.eq_ignore_ascii_case(name)));
    let mut found: Vec<String> = ["HttpOnly", "Secure", "SameSite", "Domain"].into_iter().filter_map(named).cloned().collect();
    if named("Domain").is_none() {
        found.push("this host only".to_owned());
    }
    let life = named("Max-Age").and_then(|it| it.split_once('=')?.1.parse::<u64>().ok());
    found.push(life.map_or_else(|| "until the browser closes".to_owned(), duration));
    found
}

/// In the largest unit that gives a whole number.
fn duration(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds.is_multiple_of(*length)).unwrap_or((1, "second"));
    let number = seconds / length;
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}
