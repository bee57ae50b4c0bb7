//! The cookies that this server sets: host-only, `HttpOnly`, `SameSite=Lax`, `Path=/`. Over https they are also `Secure` and have the
//! prefix `__Host-`, so that no other host of the domain can set them.
//!
//! Over plain http they have neither the prefix nor `Secure`, because WebKit refuses both, even on `*.localhost`. Over https the server
//! never reads a name without the prefix, because otherwise the prefix would protect nothing.
//!
//! The server uses no cookie library, because a library would return only the first of two cookies with the same name. The server must see
//! both, because a second one shows that another host has set a cookie.

use crate::http::cookie_header::{all, find, is_ambiguous};
use crate::http::{client_address::ClientAddress, error::Error, language, origin::Scheme};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use axum::{middleware::Next, response::Response};
use device_bound_sessions::headers::SECURE_SESSION_REGISTRATION;
use std::sync::{Arc, Mutex, PoisonError};

/// The cookies that this server sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieName {
    /// The access token.
    Jwt,
    /// The refresh token.
    RefreshToken,
    /// The session id.
    Session,
    /// Marks a sign-in that ends when the browser is closed. The browser deletes this cookie at the same time. It holds no secret.
    BrowserSession,
    /// The bound cookie of a device-bound sign-in. The browser refreshes it every few minutes, with a key that cannot leave the device.
    DeviceBound,
    /// Proves that the user has confirmed a change in the last minutes (`confirmation_proof`). It is useless without the user's access token.
    Confirmation,
    /// The id of a mailed reset link. It gives access to the account until the link is used or expires.
    ChangePasswordId,
    /// The page to open after the change of a forgotten password, as the `next` of a sign-in. It holds no secret.
    AfterReset,
    /// The id of a mailed link that verifies an email or a registration.
    VerificationId,
    /// The codes of a mailed link that signs in. They sign in until they are used or expire.
    SignInLink,
    /// FusionAuth's trust token for the reset link, which the server gets in exchange for the second factor's code. It allows one change of
    /// the password, for a few minutes.
    LinkTrust,
    /// The id with which FusionAuth skips the second factor on this device. This id alone is not enough to sign in.
    DeviceTrust,
    /// The id of a guest's cart.
    GuestCart,
    /// The secret in the link of an order without an account. It opens this order until the link ends.
    GuestOrder,
    /// The message about the last action, which the next page shows. It holds no secret.
    Flash,
    /// The language that the user has chosen.
    Language,
}

impl CookieName {
    /// The name as the browser knows it.
    pub(super) fn text(self, scheme: Scheme) -> &'static str {
        let name = match self {
            Self::Jwt => "__Host-storefront_jwt",
            Self::RefreshToken => "__Host-storefront_refresh_token",
            Self::Session => "__Host-storefront_session",
            Self::BrowserSession => "__Host-storefront_browser_session",
            Self::DeviceBound => "__Host-storefront_device_bound",
            Self::Confirmation => "__Host-storefront_confirmation",
            Self::ChangePasswordId => "__Host-storefront_change_password_id",
            Self::AfterReset => "__Host-storefront_after_reset",
            Self::VerificationId => "__Host-storefront_verification_id",
            Self::SignInLink => "__Host-storefront_sign_in_link",
            Self::LinkTrust => "__Host-storefront_link_trust",
            Self::DeviceTrust => "__Host-storefront_device_trust",
            Self::GuestCart => "__Host-storefront_guest_cart",
            Self::GuestOrder => "__Host-storefront_guest_order",
            Self::Flash => "__Host-storefront_flash",
            Self::Language => language::COOKIE,
        };
        if scheme == Scheme::Https { name } else { name.trim_start_matches("__Host-") }
    }
}

/// Whether the user stays signed in after the browser is closed: "Keep me signed in".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepSignedIn {
    /// The browser deletes the sign-in cookies when it is closed.
    No,
    /// The browser keeps the sign-in cookies for the time in the server's configuration.
    Yes,
}

impl KeepSignedIn {
    /// The choice of a ticked or cleared checkbox.
    pub fn of(is_ticked: bool) -> Self {
        if is_ticked { Self::Yes } else { Self::No }
    }
}

/// The cookies of one request, and those that the response will set. All clones share them.
#[derive(Clone)]
pub struct Cookies(Arc<Inner>);

struct Inner {
    scheme: Scheme,
    client: ClientAddress,
    request_headers: HeaderMap,
    /// One `Set-Cookie` line for each name: a later line replaces an earlier one.
    response_lines: Mutex<Vec<(&'static str, HeaderValue)>>,
    /// The offer to register a key, for the browser that has just signed in.
    device_key_offer: Mutex<Option<HeaderValue>>,
}

/// The request header of a browser that could not refresh the bound cookie of a device-bound session.
const REFRESH_SKIPPED: HeaderName = HeaderName::from_static("secure-session-skipped");

/// Browsers drop a cookie if its name, value and attributes together are longer.
const MAX_BYTES: usize = 4096;

impl Cookies {
    fn of(headers: &HeaderMap, scheme: Scheme, client: ClientAddress) -> Self {
        let lines = headers.get_all(header::COOKIE).iter().map(|it| (header::COOKIE, it.clone()));
        let skipped = headers.get(&REFRESH_SKIPPED).map(|it| (REFRESH_SKIPPED, it.clone()));
        Self(Arc::new(Inner {
            scheme,
            client,
            request_headers: lines.chain(skipped).collect(),
            response_lines: Mutex::default(),
            device_key_offer: Mutex::default(),
        }))
    }

    /// The scheme with which the browser reached this server.
    pub fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// The address of the client that sent the request.
    pub fn client(&self) -> ClientAddress {
        self.0.client
    }

    /// The request's cookie with this name.
    pub fn get(&self, name: CookieName) -> Option<&str> {
        find(&self.0.request_headers, name.text(self.0.scheme))
    }

    /// All values of the request's cookies with this name.
    pub fn all(&self, name: CookieName) -> Vec<&str> {
        all(&self.0.request_headers, name.text(self.0.scheme)).collect()
    }

    /// Whether the browser says that it could not refresh the bound cookie. This is a hint, which any client can send.
    pub fn refresh_was_skipped(&self) -> bool {
        self.0.request_headers.contains_key(&REFRESH_SKIPPED)
    }

    /// Makes the answer offer the browser to register a key. `offer` is the value of `Secure-Session-Registration`.
    pub fn offer_device_key(&self, offer: HeaderValue) {
        *self.0.device_key_offer.lock().unwrap_or_else(PoisonError::into_inner) = Some(offer);
    }

    /// The cookie with this name that the browser will have after the answer: the one that the answer sets, or else the one in the request.
    pub fn get_after_answer(&self, name: CookieName) -> Option<String> {
        let text = name.text(self.0.scheme);
        match self.lines().iter().find(|(it, _)| *it == text) {
            Some((_, line)) => line.to_str().ok()?.strip_prefix(text)?.strip_prefix('=')?.split(';').next().map(ToOwned::to_owned),
            None => self.get(name).map(ToOwned::to_owned),
        }
    }

    /// Whether a sign-in cookie was sent twice with different values. Over http another host of the domain can set one.
    pub fn are_ambiguous(&self) -> bool {
        let names = [CookieName::Jwt, CookieName::RefreshToken, CookieName::Session];
        names.iter().any(|it| is_ambiguous(&self.0.request_headers, it.text(self.0.scheme)))
    }

    /// Whether a browser keeps a cookie with this value.
    pub fn can_hold(value: &str) -> bool {
        value.bytes().all(is_cookie_octet) && value.len() + 128 <= MAX_BYTES
    }

    /// Whether the request's sign-in lasts after the browser is closed.
    pub fn keep_signed_in(&self) -> KeepSignedIn {
        KeepSignedIn::of(self.get(CookieName::BrowserSession).is_none())
    }

    /// Sets a cookie for this many seconds.
    pub fn set(&self, name: CookieName, value: &str, seconds: u64) {
        self.set_for(name, value, &format!("; Max-Age={seconds}"));
    }

    /// Sets a cookie that the browser deletes when it is closed.
    pub fn set_until_closed(&self, name: CookieName, value: &str) {
        self.set_for(name, value, "");
    }

    fn set_for(&self, name: CookieName, value: &str, life: &str) {
        if !Self::can_hold(value) {
            tracing::error!(cookie = ?name, bytes = value.len(), "browsers would not keep this value as a cookie; the sign-in will not last");
            return;
        }
        self.push_line(name, format!("={value}{life}"));
    }

    /// Deletes a cookie, if the request has it or the answer would set it.
    pub fn delete(&self, name: CookieName) {
        let text = name.text(self.0.scheme);
        let about_to_be_set = self.lines().iter().any(|(it, _)| *it == text);
        if about_to_be_set || find(&self.0.request_headers, text).is_some() {
            self.push_line(name, "=; Max-Age=0".to_owned());
        }
    }

    fn push_line(&self, name: CookieName, rest: String) {
        let secure = if self.0.scheme == Scheme::Https { "; Secure" } else { "" };
        let name = name.text(self.0.scheme);
        let Ok(line) = HeaderValue::try_from(format!("{name}{rest}; Path=/; HttpOnly; SameSite=Lax{secure}")) else { return };
        let mut lines = self.lines();
        lines.retain(|(it, _)| *it != name);
        lines.push((name, line));
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Vec<(&'static str, HeaderValue)>> {
        self.0.response_lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Cookies {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("the router lacks the middleware `cookie_layer`");
            Error::Internal
        })
    }
}

/// Whether a cookie's value may hold this byte (RFC 6265 4.1.1).
fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// Middleware that gives each handler a [`Cookies`], and adds the cookies that the handler sets to the response. Outer layers can read the
/// [`Cookies`] from the response's extensions. `site` is the scheme of the site's origin: if it is https, cookies are `Secure`, even if a
/// proxy omits `X-Forwarded-Proto`.
pub async fn cookie_layer(State(site): State<Scheme>, mut request: Request, next: Next) -> Response {
    let scheme = if site == Scheme::Https { site } else { Scheme::of(request.headers()) };
    let client = request.extensions().get::<ClientAddress>().copied().unwrap_or(ClientAddress(None));
    let cookies = Cookies::of(request.headers(), scheme, client);
    request.extensions_mut().insert(cookies.clone());
    let mut response = next.run(request).await;
    for (_, line) in cookies.lines().drain(..) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    if let Some(offer) = cookies.0.device_key_offer.lock().unwrap_or_else(PoisonError::into_inner).take() {
        response.headers_mut().insert(SECURE_SESSION_REGISTRATION, offer);
    }
    response.extensions_mut().insert(cookies);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str, proto: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())]);
        if let Some(proto) = proto {
            headers.insert("x-forwarded-proto", HeaderValue::from_static(proto));
        }
        headers
    }

    fn lines(cookies: &Cookies) -> Vec<String> {
        cookies.lines().iter().map(|(_, it)| it.to_str().unwrap().to_owned()).collect()
    }

    fn of(cookie: &str, proto: Option<&'static str>) -> Cookies {
        let headers = headers(cookie, proto);
        Cookies::of(&headers, Scheme::of(&headers), ClientAddress(None))
    }

    #[test]
    fn a_proxy_says_https() {
        for (proto, expected) in
            [(Some("https"), Scheme::Https), (Some("HTTPS"), Scheme::Https), (Some("http"), Scheme::Http), (None, Scheme::Http)]
        {
            assert_eq!(Scheme::of(&headers("", proto)), expected, "{proto:?}");
        }
    }

    #[test]
    fn names_without_prefix_count_on_http_alone() {
        let both = "storefront_jwt=plain; __Host-storefront_jwt=hosted";
        assert_eq!(of(both, None).get(CookieName::Jwt), Some("plain"));
        assert_eq!(of(both, Some("https")).get(CookieName::Jwt), Some("hosted"));
        assert_eq!(of("storefront_jwt=tossed", Some("https")).get(CookieName::Jwt), None);
    }

    #[test]
    fn a_later_cookie_replaces_an_earlier_one() {
        let cookies = of("storefront_session=s", None);
        cookies.set(CookieName::Jwt, "a.b.c", 60);
        cookies.set(CookieName::Jwt, "d.e.f", 60);
        cookies.delete(CookieName::Session);
        cookies.delete(CookieName::RefreshToken); // changes nothing, because the request has no such cookie
        assert_eq!(
            lines(&cookies),
            [
                "storefront_jwt=d.e.f; Max-Age=60; Path=/; HttpOnly; SameSite=Lax",
                "storefront_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
            ]
        );
        cookies.delete(CookieName::Jwt);
        assert_eq!(lines(&cookies)[1], "storefront_jwt=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        let secure = of("", Some("https"));
        secure.set(CookieName::Session, "s", 1);
        assert_eq!(lines(&secure), ["__Host-storefront_session=s; Max-Age=1; Path=/; HttpOnly; SameSite=Lax; Secure"]);
    }

    #[test]
    fn a_cookie_that_the_answer_sets_is_read_back() {
        let cookies = of("storefront_jwt=old", None);
        assert_eq!(cookies.get_after_answer(CookieName::Jwt).as_deref(), Some("old"));
        cookies.set(CookieName::Jwt, "a.b.c", 60);
        assert_eq!((cookies.get(CookieName::Jwt), cookies.get_after_answer(CookieName::Jwt).as_deref()), (Some("old"), Some("a.b.c")));
        cookies.delete(CookieName::Jwt);
        assert_eq!(cookies.get_after_answer(CookieName::Jwt).as_deref(), Some(""));
        assert_eq!(cookies.get_after_answer(CookieName::Session), None);
    }

    #[test]
    fn invalid_values_are_not_set() {
        let cookies = of("", None);
        for value in ["a;b", "a b", "a,b", "a\r\nset-cookie: x=y", "ä", &"x".repeat(5_000)] {
            cookies.set(CookieName::Jwt, value, 1);
        }
        assert_eq!(lines(&cookies), [""; 0]);
    }
}
