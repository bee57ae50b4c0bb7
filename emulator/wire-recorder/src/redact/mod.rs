//! Turns headers and bodies into the text of a record: the names and places of credentials, never their values.
//!
//! Members and cookies are recorded only if their names are listed here. A secret under an unknown name is therefore dropped.

mod text;

pub(crate) use text::{host, method, origin, path};

use crate::recorder::RecordFile;
use crate::{Credential, Place, SetCookie};
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderMap, SET_COOKIE};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

#[derive(Clone, Copy)]
pub(crate) enum BodyFormat {
    Json,
    Form,
}

/// The direction of a body: `code` is a credential in a request, and the name of an error in a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// Members and cookies that hold tokens. Tokens are long and random, so nobody can find one from its fingerprint.
const TOKENS: [&str; 13] = [
    "token",
    "refreshToken",
    "access_token",
    "refresh_token",
    "id_token",
    "storefront_jwt",
    "storefront_refresh_token",
    "storefront_session",
    "storefront_device_bound",
    "__Host-storefront_jwt",
    "__Host-storefront_refresh_token",
    "__Host-storefront_session",
    "__Host-storefront_device_bound",
];
/// The headers of Device Bound Session Credentials, and the names of their contents. Each content is used once, so it needs no fingerprint.
const DEVICE_BOUND_SESSION: [(&str, &str); 3] =
    [("secure-session-registration", "offer of a key"), ("secure-session-challenge", "challenge"), ("secure-session-response", "proof")];
/// FusionAuth's cookie that proves an earlier second factor. Diagrams show its presence only, so it needs no fingerprint.
const DEVICE_TRUST: &str = "fusionauth.trust";
/// Members that a person may have typed, or that are short. They get no fingerprint, because they could be guessed from it.
const GUESSABLE: [&str; 9] = [
    "password",
    "currentPassword",
    "newPassword",
    "oneTimePassword",
    "code",
    "twoFactorId",
    "changePasswordId",
    "verificationId",
    "client_secret",
];

/// The credentials in `Cookie`, `Authorization` and the headers of Device Bound Session Credentials.
pub(crate) fn headers(headers: &HeaderMap, record: &RecordFile) -> Vec<Credential> {
    let lines = headers.get_all(COOKIE).iter().map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
    let mut credentials: Vec<Credential> = lines
        .flat_map(|line| {
            let pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.filter_map(|(name, value)| cookie(name, value, record)).collect::<Vec<_>>()
        })
        .collect();
    credentials.extend(headers.get_all(AUTHORIZATION).iter().map(|it| authorization(&String::from_utf8_lossy(it.as_bytes()), record)));
    credentials.extend(device_bound_session(headers));
    credentials
}

/// What the headers of Device Bound Session Credentials contain.
pub(crate) fn device_bound_session(headers: &HeaderMap) -> impl Iterator<Item = Credential> {
    let present = DEVICE_BOUND_SESSION.into_iter().filter(|(header, _)| headers.contains_key(*header));
    present.map(|(_, name)| secret(name, Place::DeviceBoundSession))
}

/// The credentials in a body. A member is a credential if its value is a non-empty text. Lists are not searched, because
/// FusionAuth's lists of errors have a member `code`.
pub(crate) fn body(format: BodyFormat, direction: Direction, bytes: &[u8], record: &RecordFile) -> Vec<Credential> {
    let mut credentials = Vec::new();
    match format {
        BodyFormat::Json => {
            if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
                search(&value, direction, record, 4, &mut credentials);
            }
        }
        BodyFormat::Form => {
            let text = String::from_utf8_lossy(bytes);
            for (name, value) in text.split('&').filter_map(|it| it.split_once('=')) {
                credentials.extend(member(name, value, direction, record));
            }
        }
    }
    credentials
}

/// The cookies that a response sets or deletes.
pub(crate) fn set_cookies(headers: &HeaderMap, record: &RecordFile) -> Vec<SetCookie> {
    let lines = headers.get_all(SET_COOKIE).iter();
    lines.map(|it| set_cookie(&String::from_utf8_lossy(it.as_bytes()), record)).collect()
}

fn set_cookie(line: &str, record: &RecordFile) -> SetCookie {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next().and_then(|it| it.split_once('=')).unwrap_or_default();
    let attributes: Vec<String> = parts.map(text::attribute).collect();
    let deleted = value.is_empty() || attributes.iter().any(|it| it.eq_ignore_ascii_case("Max-Age=0"));
    let fingerprint = (!deleted && is_token(name)).then(|| record.fingerprint(value));
    SetCookie { name: text::cookie_name(name), attributes, deleted, fingerprint }
}

fn cookie(name: &str, value: &str, record: &RecordFile) -> Option<Credential> {
    if is_token(name) {
        return Some(token(name, Place::Cookie, value, record));
    }
    (name == DEVICE_TRUST).then(|| secret(name, Place::Cookie))
}

fn authorization(value: &str, record: &RecordFile) -> Credential {
    match value.split_once(' ') {
        Some((scheme, value)) if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("jwt") => {
            token("bearer", Place::Authorization, value.trim(), record)
        }
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("basic") => secret("basic", Place::Authorization),
        // FusionAuth accepts an API key without a scheme. The key gets no fingerprint, because a person may have chosen it.
        _ => secret("api-key", Place::Authorization),
    }
}

fn search(value: &Value, direction: Direction, record: &RecordFile, depth: u32, credentials: &mut Vec<Credential>) {
    let (Value::Object(members), Some(depth)) = (value, depth.checked_sub(1)) else { return };
    for (name, value) in members {
        match value {
            Value::String(text) => credentials.extend(member(name, text, direction, record)),
            Value::Object(_) => search(value, direction, record, depth, credentials),
            _ => {}
        }
    }
}

fn member(name: &str, value: &str, direction: Direction, record: &RecordFile) -> Option<Credential> {
    if value.is_empty() {
        None
    } else if is_token(name) {
        Some(token(name, Place::Body, value, record))
    } else {
        let is_secret = GUESSABLE.contains(&name) && !(direction == Direction::Response && name == "code");
        is_secret.then(|| secret(name, Place::Body))
    }
}

/// The proxy in front of FusionAuth keeps FusionAuth's cookies under a name of each application, such as `store.refresh_token`.
fn is_token(name: &str) -> bool {
    TOKENS.contains(&name.strip_prefix("store.").or(name.strip_prefix("forums.")).unwrap_or(name))
}

fn secret(name: &str, place: Place) -> Credential {
    Credential { name: name.to_owned(), place, audience: None, expired: None, fingerprint: None }
}

fn token(name: &str, place: Place, value: &str, record: &RecordFile) -> Credential {
    let claims = claims(value);
    Credential {
        name: name.to_owned(),
        place,
        audience: claims.as_ref().and_then(audience),
        expired: claims.as_ref().and_then(|it| Some(it.get("exp")?.as_f64()? <= record.now())),
        fingerprint: Some(record.fingerprint(value)),
    }
}

/// A JWT's payload, unverified; `None` if the text is not a JWT.
fn claims(token: &str) -> Option<Value> {
    let mut segments = token.split('.');
    let (_header, payload, _signature) = (segments.next()?, segments.next()?, segments.next()?);
    if segments.next().is_some() {
        return None;
    }
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.is_object().then_some(claims)
}

fn audience(claims: &Value) -> Option<String> {
    let audience = claims.get("aud")?;
    let audience = audience.get(0).unwrap_or(audience).as_str()?;
    Some(if text::is_uuid(audience) { audience.to_owned() } else { "{other}".to_owned() })
}
