//! Reads and writes the session's own JSON (the stored record, claims, FusionAuth's answers) member by member, through
//! the browser's parser.
//!
//! serde's derives took 0.9 KB more (brotli): in their code each field that does not fit returns early and drops all the
//! fields before it. Here a mismatch sets a flag, and the object is dropped once at the end. The tests compare the two.

use crate::browser::script;
use fusionauth_api::{
    AccessToken, User,
    claims::{Audience, Claims},
    login::LoginResponse,
    refresh::RefreshResponse,
};
use fusionauth_session::{Epoch, SessionRecord, SignOutReason, StoredSession};
use js_sys::{Array, JSON, Object, Reflect};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};

/// The value in storage.
pub(crate) fn record(text: &str) -> Option<SessionRecord> {
    read(JSON::parse(text).unwrap_or_default(), |it| {
        let epoch = it.object("epoch")?;
        let epoch = Epoch { number: epoch.whole_number("number", U32)? as u32, nonce: epoch.whole_number("nonce", U32)? as u32 };
        let session = match it.object("session") {
            Some(session) => Some(stored_session(&session)?),
            None => None,
        };
        Some(SessionRecord {
            format: it.whole_number("format", U32)? as u32,
            epoch,
            session,
            ended: it.sign_out_reason(),
            logout_pending: it.is_true("logoutPending"),
            throttle_ms: it.whole_number(THROTTLE, MAX_SAFE_INTEGER).unwrap_or_default() as u64,
            throttled_at: it.whole_number(THROTTLED_AT, MAX_SAFE_INTEGER).unwrap_or_default() as u64,
        })
    })
}

fn stored_session(it: &Members<'_>) -> Option<StoredSession> {
    let generation = it.whole_number("generation", U32)? as u32;
    let received_at = it.whole_number("receivedAt", MAX_SAFE_INTEGER)? as u64;
    Some(StoredSession { generation, received_at, sub: it.text("sub")?, token: it.token() })
}

/// The claims of an access token, unverified; `None` if the text is no readable JWT.
pub(crate) fn claims(token: &AccessToken) -> Option<Claims> {
    claims_of(script::payload(token.expose()))
}

fn claims_of(payload: JsValue) -> Option<Claims> {
    read(payload, |it| {
        Some(Claims { exp: it.number("exp"), iat: it.number("iat"), sub: it.text("sub"), aud: it.audience(), email: it.text("email") })
    })
}

/// The answer to a sign-in.
pub(crate) fn login_response(body: JsValue) -> Option<LoginResponse> {
    read(body, |it| {
        let user = match it.object("user") {
            Some(user) => Some(user_members(&user)?),
            None => None,
        };
        Some(LoginResponse {
            token: it.token(),
            user,
            two_factor_id: it.text("twoFactorId"),
            change_password_id: it.text("changePasswordId"),
            change_password_reason: it.text("changePasswordReason"),
        })
    })
}

/// Whether an answer has an access token and no refresh token. The latter's value is never looked at: browsers have it in a cookie.
#[cfg(any(feature = "events", debug_assertions))]
pub(crate) fn lacks_refresh_token(body: JsValue) -> bool {
    read(body, |it| (it.has("token") && !it.has("refreshToken")).then_some(())).is_some()
}

/// The answer to a refresh.
pub(crate) fn refresh_response(body: JsValue) -> Option<RefreshResponse> {
    read(body, |it| Some(RefreshResponse { is_errors: it.has("fieldErrors") || it.has("generalErrors"), token: it.token() }))
}

/// Whether a refusal's body is what a backend sends: none, or a problem document (RFC 9457).
pub(crate) fn is_empty_or_problem(body: &JsValue) -> bool {
    body.is_null() || read(body.clone(), |it| it.text("type")).is_some()
}

/// The answer to the question who is signed in: a user, or an object with a `user`.
pub(crate) fn user(body: JsValue) -> Option<User> {
    read(body, |it| user_members(it).or_else(|| user_members(&it.object("user")?)))
}

fn user_members(it: &Members<'_>) -> Option<User> {
    Some(User { id: it.text("id")?, email: it.text("email") })
}

/// The value for storage. `until_closed` says that the session is to end with the browser: the machine need not know it, and who reads
/// the record ignores what is unknown.
pub(crate) fn record_text(record: &SessionRecord, until_closed: bool) -> String {
    let epoch = Writer::new();
    epoch.set("number", record.epoch.number);
    epoch.set("nonce", record.epoch.nonce);
    let written = Writer::new();
    written.set("format", record.format);
    written.set("epoch", epoch.0);
    if let Some(it) = &record.session {
        let session = Writer::new();
        session.set("sub", &it.sub);
        session.set("generation", it.generation);
        if let Some(token) = &it.token {
            session.set("token", token.expose());
        }
        session.set("receivedAt", it.received_at as f64);
        written.set("session", session.0);
    }
    if let Some(cause) = record.ended {
        written.set("ended", cause.name());
    }
    if record.logout_pending {
        written.set("logoutPending", true);
    }
    if record.throttle_ms > 0 {
        written.set(THROTTLE, record.throttle_ms as f64);
        written.set(THROTTLED_AT, record.throttled_at as f64);
    }
    if until_closed {
        written.set("untilClosed", true);
    }
    written.text()
}

/// A JSON object that is written.
pub(crate) struct Writer(Object);

impl Writer {
    /// An object with these texts.
    pub(crate) fn of(members: &[(&str, &str)]) -> Self {
        let written = Self::new();
        members.iter().for_each(|(name, value)| written.set(name, *value));
        written
    }

    fn new() -> Self {
        Self(Object::new())
    }

    pub(crate) fn set(&self, name: &str, value: impl Into<JsValue>) {
        let _ = Reflect::set(&self.0, &name.into(), &value.into());
    }

    pub(crate) fn text(&self) -> String {
        JSON::stringify(&self.0).map(String::from).unwrap_or_default()
    }
}

impl From<Writer> for JsValue {
    fn from(Writer(object): Writer) -> Self {
        object.into()
    }
}

/// Reads an object; `None` if the value is not an object, or if one of its members has an unexpected type.
fn read<T>(object: JsValue, read: impl FnOnce(&Members<'_>) -> Option<T>) -> Option<T> {
    if !is_object(&object) {
        return None;
    }
    let fits = Cell::new(true);
    read(&Members { object, fits: &fits }).filter(|_| fits.get())
}

fn is_object(value: &JsValue) -> bool {
    value.is_object() && !Array::is_array(value)
}

/// The members of an object. A member that is `null` counts as absent.
struct Members<'a> {
    object: JsValue,
    /// Whether every member so far had the expected type.
    fits: &'a Cell<bool>,
}

impl Members<'_> {
    fn get(&self, name: &str) -> JsValue {
        Reflect::get(&self.object, &name.into()).unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        !is_absent(&self.get(name))
    }

    /// Records a member that is present and has an unexpected type.
    fn expect(&self, value: &JsValue, fits: bool) {
        if !fits && !is_absent(value) {
            self.fits.set(false);
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.expect_text(&self.get(name))
    }

    fn expect_text(&self, value: &JsValue) -> Option<String> {
        let text = value.as_string();
        self.expect(value, text.is_some());
        text
    }

    fn number(&self, name: &str) -> Option<f64> {
        let value = self.get(name);
        let number = value.as_f64();
        self.expect(&value, number.is_some());
        number
    }

    /// A number without sign and fraction.
    fn whole_number(&self, name: &str, max: f64) -> Option<f64> {
        self.number(name).filter(|it| it.trunc() == *it && (0.0..=max).contains(it))
    }

    fn is_true(&self, name: &str) -> bool {
        let value = self.get(name);
        let yes = value.as_bool();
        self.expect(&value, yes.is_some());
        yes == Some(true)
    }

    fn object(&self, name: &str) -> Option<Members<'_>> {
        let object = self.get(name);
        let is = is_object(&object);
        self.expect(&object, is);
        is.then_some(Members { object, fits: self.fits })
    }

    fn token(&self) -> Option<AccessToken> {
        self.text("token").map(AccessToken::new)
    }

    fn sign_out_reason(&self) -> Option<SignOutReason> {
        let name = self.text("ended")?;
        let reason = SignOutReason::ALL.into_iter().find(|it| it.name() == name);
        if reason.is_none() {
            self.fits.set(false);
        }
        reason
    }

    /// One application or several.
    fn audience(&self) -> Audience {
        let value = self.get("aud");
        let mut applications = Vec::new();
        let mut add = |it: JsValue| applications.extend(self.expect_text(&it));
        match value.dyn_ref::<Array>() {
            Some(several) => several.iter().for_each(add),
            None => add(value),
        }
        Audience(applications)
    }
}

fn is_absent(value: &JsValue) -> bool {
    value.is_null() || value.is_undefined()
}

const THROTTLE: &str = "throttleMs";
const THROTTLED_AT: &str = "throttledAt";
const U32: f64 = u32::MAX as f64;
/// The largest integer that a JavaScript number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
