//! The bound cookie: its name and attributes, and its values.
//!
//! A value is the time of its end and an HMAC-SHA-256 of it, with the [`CookieKey`] of the session. So the server stores no values, and
//! requests in flight with an older value stay valid. A cookie proves the possession of the key for a few minutes. It does not say who
//! sends it: the application's own cookie does.

use crate::identifiers::CookieKey;
use crate::time::UnixMillis;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use std::time::Duration;

/// A name or attributes that the bound cookie cannot have: correct them in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bound cookie needs a token as its name, and attributes without Max-Age, Expires and Partitioned")]
pub struct InvalidCookie;

/// The name and the attributes of the bound cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "cookie")]
pub struct BoundCookie {
    name: String,
    attributes: String,
}

impl BoundCookie {
    /// `attributes` are those of `Set-Cookie` without `Max-Age`, which this crate adds, such as `Path=/; Secure; HttpOnly; SameSite=Lax`.
    ///
    /// # Errors
    /// The name is no token, or the attributes contain `Max-Age`, `Expires` or `Partitioned`, which browsers refuse here.
    pub fn new(name: &str, attributes: &str) -> Result<Self, InvalidCookie> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let is_excluded = |attribute: &str| {
            let name = attribute.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
            ["max-age", "expires", "partitioned"].contains(&&*name)
        };
        let is_printable = attributes.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if name.is_empty() || !name.bytes().all(is_token) || !is_printable || attributes.split(';').any(is_excluded) {
            return Err(InvalidCookie);
        }
        Ok(Self { name: name.to_owned(), attributes: attributes.to_owned() })
    }

    /// The value of `Set-Cookie`. `Max-Age` is never missing: Chromium refreshes a cookie when it has expired.
    pub(crate) fn set_cookie(&self, value: &str, max_age: Duration) -> HeaderValue {
        let text = format!("{}={value}; {}; Max-Age={}", self.name, self.attributes, max_age.as_secs());
        let mut value = HeaderValue::try_from(text).expect("name, attributes and value are printable");
        value.set_sensitive(true);
        value
    }

    /// The values of this cookie in a request.
    pub(crate) fn values<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().strip_prefix(&self.name)?.strip_prefix('='))
    }
}

impl Default for BoundCookie {
    /// `__Host-device-bound`, with `Path=/; Secure; HttpOnly; SameSite=Lax`.
    fn default() -> Self {
        Self { name: "__Host-device-bound".to_owned(), attributes: "Path=/; Secure; HttpOnly; SameSite=Lax".to_owned() }
    }
}

impl CookieKey {
    /// A cookie's value that is valid before `end`.
    pub fn issue(&self, end: UnixMillis) -> String {
        let end = end.0.to_string();
        let code = hmac::sign(&self.hmac(), end.as_bytes());
        format!("{end}.{}", URL_SAFE_NO_PAD.encode(code))
    }

    /// Whether [`issue`](Self::issue) returned this value, and its end has not come.
    pub fn accepts(&self, value: &str, now: UnixMillis) -> bool {
        let Some((end, code)) = value.split_once('.') else { return false };
        let (Ok(time), Ok(code)) = (end.parse::<i64>(), URL_SAFE_NO_PAD.decode(code)) else { return false };
        now < UnixMillis(time) && hmac::verify(&self.hmac(), end.as_bytes(), &code).is_ok()
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.as_str().as_bytes())
    }
}
