//! The calls that may change the browser's cookies: login, refresh and logout at FusionAuth, and `GET /api/user` at the
//! application's backend.

use crate::{
    AccessToken, FetchError, KeepSignedIn, SessionConfig, TokenStorage, User,
    browser::{
        request::{self, RequestKind, RequestOptions},
        script,
    },
    json,
};
use fusionauth_api::{
    login::{LoginResponse, LoginStep, PasskeyLoginRequest},
    refresh,
};
use fusionauth_session::{
    CurrentUserAnswer, Event, IssuedToken, LoginFailure, LogoutAnswer, OperationId, RefreshAnswer, Request, SignInAnswer, Stored,
};
use serde::{Deserialize, Serialize};
use std::pin::Pin;
use wasm_bindgen::JsValue;

/// A sign-in that the user has asked for. This type has no `Debug`, because it holds a password or a code.
pub(crate) struct SignInInput {
    /// The path of FusionAuth's endpoint. The method of `Session` gives it, so that a program contains only the paths that it uses.
    pub(crate) path: &'static str,
    pub(crate) step: LoginStep,
    pub(crate) body: String,
    /// The choice of [`Session::keep_signed_in`](crate::Session::keep_signed_in), if the application made one.
    pub(crate) keep: Option<KeepSignedIn>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInBody<'a, T> {
    #[serde(flatten)]
    request: &'a T,
    /// Only for a backend that sets the cookies, and can set cookies that end when the browser is closed. FusionAuth would refuse this
    /// member, because it does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_signed_in: Option<bool>,
    /// Only for FusionAuth, which stores the data with the session. A backend reads the user agent from the request's header.
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<MetaData>,
}

#[derive(Serialize)]
struct MetaData {
    device: Device,
}

/// The description of the browser in a list of the user's sessions.
#[derive(Serialize)]
struct Device {
    description: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl MetaData {
    /// The description of this browser. `early.js` sends the same description.
    fn of_browser() -> Self {
        Self { device: Device { description: script::user_agent(), kind: "BROWSER" } }
    }
}

/// The body of a sign-in with the members that FusionAuth accepts.
pub(crate) fn sign_in_body(config: &SessionConfig, keep: Option<KeepSignedIn>, request: &impl Serialize) -> String {
    let is_backend = config.token_storage == TokenStorage::BackendCookies;
    let keep_signed_in = keep.filter(|_| is_backend).map(|it| it == KeepSignedIn::Yes);
    json::encode(&SignInBody { request, keep_signed_in, meta_data: (!is_backend).then(MetaData::of_browser) })
}

/// The body of a sign-in with a passkey; `None` if `assertion` is not a browser's result. It holds only the members of that result that
/// FusionAuth accepts, because FusionAuth refuses a request with any other.
pub(crate) fn passkey_body(
    config: &SessionConfig,
    keep: Option<KeepSignedIn>,
    assertion: &str,
    relying_party: Option<&str>,
) -> Option<String> {
    let credential = &json::decode(assertion).ok()?;
    let origin = &*script::origin();
    // The host of an origin such as `https://shop.example.com:8443`. Passkeys belong to the host, whatever its port.
    let host = origin.split(['/', ':']).nth(3).unwrap_or_default();
    let request =
        PasskeyLoginRequest { credential, origin, rp_id: relying_party.unwrap_or(host), application_id: Some(&config.application_id) };
    Some(sign_in_body(config, keep, &request))
}

/// The time limit of a sign-in. After this time the driver aborts the request, because the user waits for it. This loses nothing: a second
/// attempt sets the cookies again.
const SIGN_IN_LIMIT_MS: i32 = 10_000;
/// The time limit of a refresh, a logout, or a request for the user. After this time the session stops waiting, but does not abort the
/// request, because its answer may hold the only copy of a cookie.
pub(crate) const REQUEST_LIMIT_MS: i32 = 60_000;

/// A call that is ready to be sent. One function sends all calls, because each `await` expression adds a state machine.
pub(crate) struct Call {
    url: String,
    /// The body; `None` for a GET.
    body: Option<String>,
    kind: RequestKind,
    limit_ms: i32,
    /// The step of a sign-in, which decides what the answer's status means. Other calls ignore it.
    step: LoginStep,
}

/// An answer that was read in full.
pub(crate) struct CallResponse {
    step: LoginStep,
    pub(crate) status: u16,
    retry_after_ms: Option<u64>,
    /// The body. It is JSON, unless a proxy has answered.
    pub(crate) body: String,
}

impl Call {
    pub(crate) fn sign_in(config: &SessionConfig, SignInInput { path, step, body, .. }: SignInInput) -> Self {
        Self { kind: RequestKind::Cookies, limit_ms: SIGN_IN_LIMIT_MS, step, ..Self::to_fusionauth(config, path, body) }
    }

    /// Asks FusionAuth to send a code. The call needs no cookies, because it only invalidates the previous code.
    pub(crate) fn send_two_factor_code(config: &SessionConfig, two_factor_id: &str, method_id: &str) -> Self {
        let path = "/api/two-factor/send/".to_owned() + &String::from(js_sys::encode_uri_component(two_factor_id));
        let call = Self::to_fusionauth(config, &path, json::encode(&SendCodeRequest { method_id }));
        Self { kind: RequestKind::Plain, limit_ms: SIGN_IN_LIMIT_MS, ..call }
    }

    pub(crate) fn refresh(config: &SessionConfig) -> Self {
        Self::to_fusionauth(config, "/api/jwt/refresh", NO_MEMBERS.to_owned())
    }

    pub(crate) fn logout(config: &SessionConfig) -> Self {
        Self::to_fusionauth(config, "/api/logout", NO_MEMBERS.to_owned())
    }

    pub(crate) fn current_user(config: &SessionConfig) -> Self {
        Self::new(config.asked_user_url().to_owned(), None)
    }

    fn to_fusionauth(config: &SessionConfig, path: &str, body: String) -> Self {
        Self::new(config.fusionauth_url.clone() + path, Some(body))
    }

    fn new(url: String, body: Option<String>) -> Self {
        Self { url, body, kind: RequestKind::Keepalive, limit_ms: REQUEST_LIMIT_MS, step: LoginStep::Password }
    }

    /// Sends the call. The future is boxed, because the compiler would copy its code into each caller.
    pub(crate) fn send(self, config: &SessionConfig) -> Pin<Box<dyn Future<Output = Result<CallResponse, FetchError>> + '_>> {
        Box::pin(async move {
            let is_post = self.body.is_some();
            let options = RequestOptions {
                method: if is_post { "POST" } else { "GET" },
                url: &self.url,
                body: &self.body.into(),
                headers: &JsValue::UNDEFINED,
                token: None,
                tenant: if is_post { config.tenant_id.as_deref() } else { None },
                idempotency_key: None,
                kind: self.kind,
                limit_ms: self.limit_ms,
            };
            let response = request::send(&options).await?;
            let retry_after = response.header("Retry-After").and_then(|it| it.parse::<u32>().ok());
            Ok(CallResponse {
                step: self.step,
                status: response.status(),
                retry_after_ms: retry_after.map(|seconds| u64::from(seconds) * 1_000),
                body: response.text().await?,
            })
        })
    }
}

/// The body of `POST /api/two-factor/send/{twoFactorId}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendCodeRequest<'a> {
    method_id: &'a str,
}

/// An object without members. An empty body would have no content type, and FusionAuth's CORS filter refuses such a cross-origin POST.
const NO_MEMBERS: &str = "{}";

/// The event for an answer. Without an answer, the request may or may not have been sent.
pub(crate) fn event(id: OperationId, request: Request, answer: Option<CallResponse>, stored: Stored) -> Event {
    match request {
        Request::SignIn(_) => {
            Event::SignInAnswered(id, answer.map_or(SignInAnswer::Failed(LoginFailure::NoAnswer), |it| read_sign_in(&it)), stored)
        }
        Request::Refresh => Event::RefreshAnswered(id, answer.map_or(RefreshAnswer::NoAnswer, |it| read_refresh(&it)), stored),
        Request::Logout => {
            let done = answer.is_some_and(|it| it.status == 200);
            Event::LogoutAnswered(id, if done { LogoutAnswer::Done } else { LogoutAnswer::Failed })
        }
        Request::CurrentUser => {
            let unknown = CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None };
            Event::CurrentUserAnswered(id, answer.map_or(unknown, |it| read_current_user(&it)), stored)
        }
    }
}

fn read_sign_in(answer: &CallResponse) -> SignInAnswer {
    let mut body: LoginResponse = json::decode(&answer.body).unwrap_or_default();
    if answer.status == 200
        && body.token.is_none()
        && let Some(user) = body.user.take()
    {
        return SignInAnswer::Accepted(user);
    }
    match body.into_token(answer.step, answer.status) {
        Ok(token) => SignInAnswer::Issued(issued(token)),
        Err(failure) => SignInAnswer::Failed(failure),
    }
}

fn issued(token: AccessToken) -> IssuedToken {
    IssuedToken { claims: json::decode_payload(&token).unwrap_or_default(), token }
}

fn read_refresh(&CallResponse { status, retry_after_ms, ref body, .. }: &CallResponse) -> RefreshAnswer {
    let body = if body.is_empty() {
        refresh::RefreshBody::Empty
    } else {
        json::decode(body).map_or(refresh::RefreshBody::Other, refresh::RefreshBody::Json)
    };
    match refresh::RefreshOutcome::from_response(status, body) {
        refresh::RefreshOutcome::Refreshed(token) => RefreshAnswer::Refreshed(issued(token)),
        refresh::RefreshOutcome::Renewed => RefreshAnswer::Renewed,
        refresh::RefreshOutcome::Refused => RefreshAnswer::Refused,
        refresh::RefreshOutcome::Unavailable { status } => RefreshAnswer::Unavailable { status, retry_after_ms },
    }
}

/// An object with the user who is signed in.
#[derive(Deserialize)]
struct UserResponse {
    user: User,
}

/// A problem document (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type")]
    _kind: String,
}

fn read_current_user(&CallResponse { status, retry_after_ms, ref body, .. }: &CallResponse) -> CurrentUserAnswer {
    let unavailable = CurrentUserAnswer::Unavailable { status: Some(status), retry_after_ms };
    let user = || json::decode(body).or_else(|_| json::decode(body).map(|UserResponse { user }| user));
    // Only these bodies make a 401 or 404 definitive, because a proxy's error page says nothing about the session.
    let is_definitive = || body.is_empty() || json::decode::<Problem>(body).is_ok();
    match status {
        200 => user().map_or(unavailable, CurrentUserAnswer::Known),
        401 if is_definitive() => CurrentUserAnswer::Unauthorized,
        404 if is_definitive() => CurrentUserAnswer::Nobody,
        _ => unavailable,
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use fusionauth_api::login::{LoginRequest, TrustDevice, TwoFactorLoginRequest};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn answer(status: u16, body: &str) -> CallResponse {
        CallResponse { step: LoginStep::Password, status, retry_after_ms: None, body: body.to_owned() }
    }

    #[wasm_bindgen_test]
    fn a_sign_in_has_the_members_that_fusionauth_takes_and_one_for_a_backend() {
        let fusionauth = SessionConfig::new("http://auth.test", "app");
        let backend = SessionConfig { token_storage: TokenStorage::BackendCookies, ..fusionauth.clone() };
        let password = LoginRequest { login_id: "l\"", password: "p\u{2028}", application_id: "app" };
        let expected = "{\"loginId\":\"l\\\"\",\"password\":\"p\u{2028}\",\"applicationId\":\"app\"";
        assert_eq!(sign_in_body(&fusionauth, Some(KeepSignedIn::No), &password), expected.to_owned() + &browser());
        assert_eq!(sign_in_body(&backend, None, &password), expected.to_owned() + "}");
        let code = |trust_computer| TwoFactorLoginRequest { two_factor_id: "t", code: "c", trust_computer, application_id: "app" };
        assert_eq!(
            sign_in_body(&backend, Some(KeepSignedIn::No), &code(TrustDevice::No)),
            r#"{"twoFactorId":"t","code":"c","applicationId":"app","keepSignedIn":false}"#
        );
        assert_eq!(
            sign_in_body(&backend, Some(KeepSignedIn::Yes), &code(TrustDevice::Yes)),
            r#"{"twoFactorId":"t","code":"c","trustComputer":true,"applicationId":"app","keepSignedIn":true}"#
        );
    }

    /// The end of a sign-in's body, with the description of the browser.
    fn browser() -> String {
        let user_agent = js_sys::eval("navigator.userAgent").unwrap().as_string().unwrap();
        format!(r#","metaData":{{"device":{{"description":"{user_agent}","type":"BROWSER"}}}}}}"#)
    }

    #[wasm_bindgen_test]
    fn a_passkey_is_sent_with_the_members_that_fusionauth_takes() {
        let config = SessionConfig::new("http://auth.test", "app");
        let assertion = r#"{"id":"i","rawId":"i","type":"public-key","authenticatorAttachment":"platform","clientExtensionResults":{},
            "response":{"authenticatorData":"a","clientDataJSON":"c","signature":"s","userHandle":null}}"#;
        let credential = r#"{"id":"i","response":{"authenticatorData":"a","clientDataJSON":"c","signature":"s"},"type":"public-key"}"#;
        let origin = script::origin();
        for (relying_party, rp_id) in [(Some("example.com"), "example.com"), (None, origin.split(['/', ':']).nth(3).unwrap())] {
            let expected =
                format!(r#"{{"credential":{credential},"origin":"{origin}","rpId":"{rp_id}","applicationId":"app""#) + &browser();
            assert_eq!(passkey_body(&config, None, assertion, relying_party), Some(expected));
        }
        for odd in ["", "{}", "<html>"] {
            assert_eq!(passkey_body(&config, None, odd, None), None, "{odd}");
        }
    }

    #[wasm_bindgen_test]
    fn the_current_user_is_the_object_or_its_user_and_a_refusal_is_empty_or_a_problem() {
        let user = User { id: "u".into(), email: None };
        let known = |it: CurrentUserAnswer| matches!(it, CurrentUserAnswer::Known(it) if it == user);
        assert!(known(read_current_user(&answer(200, r#"{"id":"u"}"#))));
        assert!(known(read_current_user(&answer(200, r#"{"user":{"id":"u","email":null}}"#))));
        for body in ["", "<html>", "[]", "{}", r#"{"id":7}"#] {
            assert!(matches!(read_current_user(&answer(200, body)), CurrentUserAnswer::Unavailable { status: Some(200), .. }), "{body}");
        }
        for body in ["", r#"{"type":"about:blank"}"#] {
            assert!(matches!(read_current_user(&answer(401, body)), CurrentUserAnswer::Unauthorized));
            assert!(matches!(read_current_user(&answer(404, body)), CurrentUserAnswer::Nobody));
        }
        for body in ["<html>", "null", "[]", "{}", r#"{"type":7}"#] {
            assert!(matches!(read_current_user(&answer(401, body)), CurrentUserAnswer::Unavailable { .. }), "{body}");
        }
    }

    #[wasm_bindgen_test]
    fn a_refresh_is_refused_by_fusionauths_errors_and_by_an_empty_body() {
        assert!(matches!(read_refresh(&answer(400, r#"{"fieldErrors":{"x":[]},"generalErrors":[]}"#)), RefreshAnswer::Refused));
        assert!(matches!(read_refresh(&answer(401, "")), RefreshAnswer::Refused));
        assert!(matches!(read_refresh(&answer(200, r#"{"token":"a.b.c","refreshToken":"r"}"#)), RefreshAnswer::Refreshed(_)));
        for body in ["<html>", "null", "{}", r#"{"token":7}"#] {
            assert!(matches!(read_refresh(&answer(401, body)), RefreshAnswer::Unavailable { .. }), "{body}");
        }
    }
}
