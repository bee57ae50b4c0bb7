//! The text of an arrow: a request line or a status, and the credentials in the message, grouped by their place.

use crate::names::{CredentialKind, Names};
use crate::{Exchange, Response};
use wire_recorder::{Actor, Credential, Place, SetCookie};

/// The text of an arrow, and the credentials in its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The text, such as `GET /api/user` or `200`.
    pub text: String,
    /// The text in the published workflow, if it differs.
    pub published_as: Option<String>,
    /// The credentials, grouped by their place.
    pub credentials: Vec<CredentialGroup>,
}

/// Credentials that are in the same place of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialGroup {
    /// The place.
    pub place: CredentialPlace,
    /// Their names.
    pub names: Vec<String>,
    /// For cookies that are set, their attributes, such as `HttpOnly`.
    pub attributes: Vec<String>,
}

/// The place of a credential in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialPlace {
    /// In the `Authorization` header.
    Header,
    /// In the body.
    Body,
    /// In a header of Device Bound Session Credentials.
    DeviceBoundSession,
    /// In cookies that the browser sends.
    Cookies,
    /// In cookies that a response sets.
    SetCookies,
    /// In cookies that a response deletes.
    DeletedCookies,
}

impl Label {
    pub(crate) fn of_request(exchange: &Exchange, names: &mut Names) -> Self {
        let text = format!("{} {}", exchange.method, exchange.path);
        let places = [
            (Place::Authorization, CredentialPlace::Header),
            (Place::Body, CredentialPlace::Body),
            (Place::DeviceBoundSession, CredentialPlace::DeviceBoundSession),
            (Place::Cookie, CredentialPlace::Cookies),
        ];
        let groups = places.into_iter().filter_map(|(recorded, place)| group(&exchange.credentials, recorded, place, names));
        Self { text, published_as: None, credentials: groups.collect() }
    }

    pub(crate) fn of_response(response: &Response, receiver: Actor, names: &mut Names) -> Self {
        let mut label = Self { text: response.status.to_string(), published_as: None, credentials: Vec::new() };
        label.credentials.extend(group(&response.credentials, Place::Body, CredentialPlace::Body, names));
        let places = (Place::DeviceBoundSession, CredentialPlace::DeviceBoundSession);
        label.credentials.extend(group(&response.credentials, places.0, places.1, names));
        if matches!(receiver, Actor::Store | Actor::Forums) {
            return label; // a backend ignores the cookies that FusionAuth sets
        }
        label.credentials.extend(set_cookies(&response.cookies, names));
        let deleted = response.cookies.iter().filter(|cookie| cookie.deleted).map(|cookie| names.cookie(cookie)).collect();
        label.credentials.extend(CredentialGroup::of(CredentialPlace::DeletedCookies, deleted, Vec::new()));
        label
    }
}

impl CredentialGroup {
    /// `None` if there are no names. Each name is kept once.
    fn of(place: CredentialPlace, mut names: Vec<String>, attributes: Vec<String>) -> Option<Self> {
        names.sort();
        names.dedup();
        (!names.is_empty()).then_some(Self { place, names, attributes })
    }
}

fn group(credentials: &[Credential], recorded: Place, place: CredentialPlace, names: &mut Names) -> Option<CredentialGroup> {
    let mut here: Vec<&Credential> = credentials.iter().filter(|it| it.place == recorded).collect();
    // Senders write members and cookies in any order. Sorting gives them the same numbers in every run.
    here.sort_by_key(|it| CredentialKind::of(&it.name));
    CredentialGroup::of(place, here.into_iter().map(|it| names.credential(it)).collect(), Vec::new())
}

/// The cookies that are set, those with equal attributes in one group.
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

/// A cookie's attributes in a fixed order, and its lifetime in words. `Path` is left out, because it is `/` in every cookie here.
fn attributes(cookie: &SetCookie) -> Vec<String> {
    let named = |name: &str| cookie.attributes.iter().find(|it| it.split('=').next().is_some_and(|it| it.eq_ignore_ascii_case(name)));
    let mut shown: Vec<String> = ["HttpOnly", "Secure", "SameSite", "Domain"].into_iter().filter_map(named).cloned().collect();
    if named("Domain").is_none() {
        shown.push("this host only".to_owned());
    }
    let life = named("Max-Age").and_then(|it| it.split_once('=')?.1.parse::<u64>().ok());
    shown.push(life.map_or_else(|| "until the browser closes".to_owned(), duration));
    shown
}

/// The duration in the largest unit that divides it without a remainder, such as `30 days`.
fn duration(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds.is_multiple_of(*length)).unwrap_or((1, "second"));
    let number = seconds / length;
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}
