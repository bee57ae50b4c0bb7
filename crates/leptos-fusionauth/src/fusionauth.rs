//! The calls that may change the browser's cookies: login, refresh and logout at FusionAuth, and `GET /api/user` at the
//! application's backend.

use crate::{
    FetchError, KeepSignedIn, SessionConfig, TokenStorage,
    browser::request::{JsonResponse, RequestKind, RequestOptions, ResponseFuture},
    session_json::{self, Writer},
};
use fusionauth_api::{
    AccessToken,
    login::{LoginStep, TrustDevice},
    refresh,
};
use fusionauth_session::{
    CurrentUserAnswer, Event, IssuedToken, LoginFailure, LogoutAnswer, OperationId, RefreshAnswer, Request, SignInAnswer, Stored,
};
use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;

/// A sign-in that the user has asked for. This type has no `Debug`, because it holds a password or a code.
pub(crate) struct SignInInput {
    pub(crate) step: LoginStep,
    /// The request's body, but for the application's id.
    pub(crate) body: Writer,
    /// As [`Session::keep_signed_in`](crate::Session::keep_signed_in) was told, if it was.
    pub(crate) keep: Option<KeepSignedIn>,
}

/// The body of a sign-in with a password.
pub(crate) fn password_body(login_id: &str, password: &str) -> Writer {
    Writer::of(&[("loginId", login_id), ("password", password)])
}

/// The body of a sign-in with a second factor's code.
pub(crate) fn code_body(two_factor_id: &str, code: &str, trust: TrustDevice) -> Writer {
    let body = Writer::of(&[("twoFactorId", two_factor_id), ("code", code)]);
    if trust == TrustDevice::Yes {
        body.set("trustComputer", true);
    }
    body
}

/// The body of a sign-in with a passkey. FusionAuth takes some members of what the browser gives, and refuses the request for any other.
pub(crate) fn passkey_body(assertion: &str, relying_party: Option<&str>) -> Writer {
    let given = JSON::parse(assertion).unwrap_or(JsValue::UNDEFINED);
    let response = member(&given, "response");
    let signed = Writer::of(&[]);
    for name in ["authenticatorData", "clientDataJSON", "signature", "userHandle"] {
        signed.set(name, member(&response, name));
    }
    let credential = Writer::of(&[("type", "public-key")]);
    credential.set("id", member(&given, "id"));
    credential.set("response", signed);
    let origin = leptos::prelude::window().location().origin().unwrap_or_default();
    // `https://shop.example.com:8443`: passkeys belong to the host, whatever its port.
    let host = origin.split(['/', ':']).nth(3).unwrap_or_default();
    let body = Writer::of(&[("origin", &origin), ("rpId", relying_party.unwrap_or(host))]);
    body.set("credential", credential);
    body
}

fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The time limit of a sign-in, after which it is aborted. The user waits for it and can try again, which sets the
/// cookies anew.
const SIGN_IN_LIMIT_MS: i32 = 10_000;
/// The time limit of a refresh or logout. It is not aborted after that, because its answer may carry the only copy of a
/// cookie; it is only waited for no longer.
pub(crate) const REQUEST_LIMIT_MS: i32 = 60_000;

/// A call that is ready to be sent. All calls are sent by one function, because each future that is awaited in a place
/// of its own adds a state machine.
pub(crate) struct Call {
    url: String,
    /// The body; `None` makes it a GET.
    body: Option<String>,
    kind: RequestKind,
    limit_ms: i32,
    /// The meaning of the answer's status depends on the kind of call.
    step: LoginStep,
}

/// An answer that was read in full.
pub(crate) struct CallResponse {
    step: LoginStep,
    pub(crate) json: JsonResponse,
}

impl Call {
    pub(crate) fn sign_in(config: &SessionConfig, SignInInput { step, body, keep }: &SignInInput) -> Self {
        let step = *step;
        let path = match step {
            LoginStep::Password => "/api/login",
            LoginStep::SecondFactor => "/api/two-factor/login",
            LoginStep::Passkey => "/api/webauthn/login",
        };
        body.set("applicationId", &config.application_id);
        // A backend that sets the cookies can let them end with the browser; FusionAuth would refuse a member that it does not know.
        if let (Some(keep), TokenStorage::BackendCookies { .. }) = (keep, &config.token_storage) {
            body.set("keepSignedIn", *keep == KeepSignedIn::Yes);
        }
        let call = Self::to_fusionauth(config, path, body.text());
        Self { kind: RequestKind::Cookies, limit_ms: SIGN_IN_LIMIT_MS, step, ..call }
    }

    /// Has FusionAuth send a code. The call is sent without cookies: it invalidates the code sent before and changes
    /// nothing else.
    pub(crate) fn send_two_factor_code(config: &SessionConfig, two_factor_id: &str, method_id: &str) -> Self {
        let path = "/api/two-factor/send/".to_owned() + &String::from(js_sys::encode_uri_component(two_factor_id));
        let call = Self::to_fusionauth(config, &path, Writer::of(&[("methodId", method_id)]).text());
        Self { kind: RequestKind::Plain, limit_ms: SIGN_IN_LIMIT_MS, ..call }
    }

    pub(crate) fn refresh(config: &SessionConfig) -> Self {
        Self::to_fusionauth(config, "/api/jwt/refresh", NO_MEMBERS.to_owned())
    }

    pub(crate) fn logout(config: &SessionConfig) -> Self {
        Self::to_fusionauth(config, "/api/logout", NO_MEMBERS.to_owned())
    }

    pub(crate) fn current_user(config: &SessionConfig) -> Self {
        Self::new(config.token_storage.user_url().to_owned(), None)
    }

    fn to_fusionauth(config: &SessionConfig, path: &str, body: String) -> Self {
        Self::new(config.fusionauth_url.clone() + path, Some(body))
    }

    fn new(url: String, body: Option<String>) -> Self {
        Self { url, body, kind: RequestKind::Keepalive, limit_ms: REQUEST_LIMIT_MS, step: LoginStep::Password }
    }

    pub(crate) async fn send(self, config: &SessionConfig) -> Result<CallResponse, FetchError> {
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
        Ok(CallResponse { step: self.step, json: JsonResponse::of(&ResponseFuture::json(&options).await?.value) })
    }
}

/// The body must not be empty: a cross-origin POST without a content type is refused by FusionAuth's CORS filter.
const NO_MEMBERS: &str = "{}";

/// The event for an answer, or for no answer; then the request may never have been sent.
pub(crate) fn event(id: OperationId, request: Request, answer: Option<CallResponse>, stored: Stored) -> Event {
    match request {
        Request::SignIn(_) => Event::SignInAnswered(id, answer.map_or(SignInAnswer::Failed(LoginFailure::NoAnswer), read_sign_in), stored),
        Request::Refresh => Event::RefreshAnswered(id, answer.map_or(RefreshAnswer::NoAnswer, |it| read_refresh(it.json)), stored),
        Request::Logout => {
            let done = answer.is_some_and(|it| it.json.status == 200);
            Event::LogoutAnswered(id, if done { LogoutAnswer::Done } else { LogoutAnswer::Failed })
        }
        Request::CurrentUser => {
            let unknown = CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None };
            Event::CurrentUserAnswered(id, answer.map_or(unknown, |it| read_current_user(it.json)), stored)
        }
    }
}

fn read_sign_in(CallResponse { step, json: JsonResponse { status, body, .. } }: CallResponse) -> SignInAnswer {
    let mut body = session_json::login_response(body).unwrap_or_default();
    if status == 200
        && body.token.is_none()
        && let Some(user) = body.user.take()
    {
        return SignInAnswer::Accepted(user);
    }
    match body.into_token(step, status) {
        Ok(token) => SignInAnswer::Issued(issued(token)),
        Err(failure) => SignInAnswer::Failed(failure),
    }
}

fn issued(token: AccessToken) -> IssuedToken {
    IssuedToken { claims: session_json::claims(&token).unwrap_or_default(), token }
}

fn read_refresh(JsonResponse { status, retry_after_ms, body }: JsonResponse) -> RefreshAnswer {
    let body = if body.is_null() {
        refresh::RefreshBody::Empty
    } else {
        session_json::refresh_response(body).map_or(refresh::RefreshBody::Other, refresh::RefreshBody::Json)
    };
    match refresh::RefreshOutcome::from_response(status, body) {
        refresh::RefreshOutcome::Refreshed(token) => RefreshAnswer::Refreshed(issued(token)),
        refresh::RefreshOutcome::Renewed => RefreshAnswer::Renewed,
        refresh::RefreshOutcome::Refused => RefreshAnswer::Refused,
        refresh::RefreshOutcome::Unavailable { status } => RefreshAnswer::Unavailable { status, retry_after_ms },
    }
}

fn read_current_user(JsonResponse { status, retry_after_ms, body }: JsonResponse) -> CurrentUserAnswer {
    let unavailable = CurrentUserAnswer::Unavailable { status: Some(status), retry_after_ms };
    match status {
        200 => session_json::user(body).map_or(unavailable, CurrentUserAnswer::Known),
        // The allow-list of definitive answers: a proxy's page says nothing about the session.
        401 if session_json::is_empty_or_problem(&body) => CurrentUserAnswer::Unauthorized,
        404 if session_json::is_empty_or_problem(&body) => CurrentUserAnswer::Nobody,
        _ => unavailable,
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::json;
    use fusionauth_api::login::{LoginRequest, TwoFactorLoginRequest};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn request_bodies_match_the_types_of_the_api_crate() {
        let config = SessionConfig::new("http://auth.test", "app");
        let body = |step, body| Call::sign_in(&config, &SignInInput { step, body, keep: Some(KeepSignedIn::No) }).body.unwrap();
        let (login_id, password, two_factor_id, code, application_id) = ("l\"", "p\u{2028}", "t", "c", "app");
        assert_eq!(
            body(LoginStep::Password, password_body(login_id, password)),
            json::encode(&LoginRequest { login_id, password, application_id })
        );
        assert_eq!(
            body(LoginStep::SecondFactor, code_body(two_factor_id, code, TrustDevice::No)),
            json::encode(&TwoFactorLoginRequest { two_factor_id, code, trust_computer: TrustDevice::No, application_id })
        );
        assert_eq!(
            body(LoginStep::SecondFactor, code_body(two_factor_id, code, TrustDevice::Yes)),
            json::encode(&TwoFactorLoginRequest { two_factor_id, code, trust_computer: TrustDevice::Yes, application_id })
        );
    }
}
