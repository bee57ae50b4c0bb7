//! The calls that may change the cookie jar: three to FusionAuth, and the question who is signed in.

use crate::{
    SessionConfig,
    browser::request::{Kind, NoAnswer, Outgoing, Sending, Whole},
    wire,
};
use fusionauth_api::{
    AccessToken,
    login::{self, Outcome, Step},
    refresh,
};
use fusionauth_session::{Event, Issued, LogoutAnswer, OperationId, RefreshAnswer, Request, SignIn, SignInAnswer, Stored, WhoAmIAnswer};

/// What a shopper typed. It has no `Debug`: it holds a password or a code.
pub(crate) enum Credentials {
    Password { login_id: String, password: String },
    SecondFactor { two_factor_id: String, code: String },
}

/// A sign-in is aborted after this: the shopper waits for it and can try again, which sets the cookies anew.
const SIGN_IN_LIMIT_MS: i32 = 20_000;
/// A refresh or logout is never aborted, because its answer may carry the only copy of a cookie; after this nobody waits
/// for it any more.
pub(crate) const REQUEST_LIMIT_MS: i32 = 60_000;

/// A call that is ready to be sent. All calls go out through one function and come back through one: each future that is
/// awaited on its own brings a state machine along.
pub(crate) struct Call {
    url: String,
    /// Without a body it is a GET.
    body: Option<String>,
    kind: Kind,
    limit_ms: i32,
    /// What the answer's status means depends on it.
    step: Step,
}

/// An answer that was read in full.
pub(crate) struct Answer {
    step: Step,
    pub(crate) whole: Whole,
}

impl Call {
    pub(crate) fn sign_in(config: &SessionConfig, credentials: &Credentials) -> Self {
        let application_id = &config.application_id;
        let (step, path, body) = match credentials {
            Credentials::Password { login_id, password } => (
                Step::Password,
                "/api/login",
                wire::body([("loginId", login_id), ("password", password), ("applicationId", application_id)]),
            ),
            Credentials::SecondFactor { two_factor_id, code } => (
                Step::SecondFactor,
                "/api/two-factor/login",
                wire::body([("twoFactorId", two_factor_id), ("code", code), ("applicationId", application_id)]),
            ),
        };
        let call = Self::to_fusionauth(config, path, body);
        Self { kind: Kind::Cookies, limit_ms: SIGN_IN_LIMIT_MS, step, ..call }
    }

    pub(crate) fn refresh(config: &SessionConfig) -> Self {
        Self::to_fusionauth(config, "/api/jwt/refresh", NO_MEMBERS.to_owned())
    }

    pub(crate) fn logout(config: &SessionConfig) -> Self {
        Self::to_fusionauth(config, "/api/logout", NO_MEMBERS.to_owned())
    }

    pub(crate) fn who_am_i(config: &SessionConfig) -> Self {
        Self::new(config.carrier.user_url().to_owned(), None)
    }

    fn to_fusionauth(config: &SessionConfig, path: &str, body: String) -> Self {
        Self::new(config.fusionauth_url.clone() + path, Some(body))
    }

    fn new(url: String, body: Option<String>) -> Self {
        Self { url, body, kind: Kind::Outlives, limit_ms: REQUEST_LIMIT_MS, step: Step::Password }
    }

    pub(crate) async fn send(self, config: &SessionConfig) -> Result<Answer, NoAnswer> {
        let body = self.body.as_deref();
        let outgoing = Outgoing {
            method: if body.is_some() { "POST" } else { "GET" },
            url: &self.url,
            body,
            token: None,
            tenant: body.and(config.tenant_id.as_deref()),
            idempotency_key: None,
            kind: self.kind,
            limit_ms: self.limit_ms,
        };
        Ok(Answer { step: self.step, whole: Whole::of(&Sending::whole(&outgoing).await?) })
    }
}

/// The body must not be empty: a cross-origin POST without a content type is refused by FusionAuth's CORS filter.
const NO_MEMBERS: &str = "{}";

/// What the machine is told of a request's answer, or of none: then it may never have gone out.
pub(crate) fn event(id: OperationId, request: Request, answer: Option<Answer>, stored: Stored) -> Event {
    match request {
        Request::SignIn(_) => Event::SignInAnswered(id, answer.map_or(SignInAnswer::Other(SignIn::NoAnswer), read_sign_in), stored),
        Request::Refresh => Event::RefreshAnswered(id, answer.map_or(RefreshAnswer::NoAnswer, |it| read_refresh(it.whole)), stored),
        Request::Logout => {
            let done = answer.is_some_and(|it| it.whole.status == 200);
            Event::LogoutAnswered(id, if done { LogoutAnswer::Done } else { LogoutAnswer::Failed })
        }
        Request::WhoAmI => {
            let unknown = WhoAmIAnswer::Unavailable { status: None, retry_after_ms: None };
            Event::WhoAmIAnswered(id, answer.map_or(unknown, |it| read_who_am_i(it.whole)), stored)
        }
    }
}

fn read_sign_in(Answer { step, whole: Whole { status, body, .. } }: Answer) -> SignInAnswer {
    let mut body = wire::login_response(body).unwrap_or_default();
    if status == 200
        && body.token.is_none()
        && let Some(user) = body.user.take()
    {
        return SignInAnswer::Accepted(user);
    }
    let outcome = match login::outcome(step, status, body) {
        Outcome::SignedIn(token) => return SignInAnswer::Issued(issued(token)),
        Outcome::NotRegistered => SignIn::NotRegistered,
        Outcome::PasswordChangeRequired { change_password_id, reason } => SignIn::PasswordChangeRequired { change_password_id, reason },
        Outcome::EmailNotVerified => SignIn::EmailNotVerified,
        Outcome::RegistrationNotVerified => SignIn::RegistrationNotVerified,
        Outcome::TwoFactorRequired { two_factor_id, methods } => SignIn::TwoFactorRequired { two_factor_id, methods },
        Outcome::InvalidCredentials => SignIn::InvalidCredentials,
        Outcome::InvalidCode => SignIn::InvalidCode,
        Outcome::TwoFactorExpired => SignIn::TwoFactorExpired,
        Outcome::ApiKeyRequired => SignIn::ApiKeyRequired,
        Outcome::Invalid => SignIn::Invalid,
        Outcome::Prevented => SignIn::Prevented,
        Outcome::AccountExpired => SignIn::AccountExpired,
        Outcome::Locked => SignIn::Locked,
        Outcome::Unavailable { status } => SignIn::Unavailable { status },
    };
    SignInAnswer::Other(outcome)
}

fn issued(token: AccessToken) -> Issued {
    Issued { claims: wire::claims(&token).unwrap_or_default(), token }
}

fn read_refresh(Whole { status, retry_after_ms, body }: Whole) -> RefreshAnswer {
    let body =
        if body.is_null() { refresh::Body::Empty } else { wire::refresh_response(body).map_or(refresh::Body::Other, refresh::Body::Json) };
    match refresh::answer(status, body) {
        refresh::Answer::Refreshed(token) => RefreshAnswer::Refreshed(issued(token)),
        refresh::Answer::Renewed => RefreshAnswer::Renewed,
        refresh::Answer::Refused => RefreshAnswer::Refused,
        refresh::Answer::Unavailable { status } => RefreshAnswer::Unavailable { status, retry_after_ms },
    }
}

fn read_who_am_i(Whole { status, retry_after_ms, body }: Whole) -> WhoAmIAnswer {
    let unavailable = WhoAmIAnswer::Unavailable { status: Some(status), retry_after_ms };
    match status {
        200 => wire::user(body).map_or(unavailable, WhoAmIAnswer::Known),
        401 => WhoAmIAnswer::Expired,
        404 => WhoAmIAnswer::Nobody,
        _ => unavailable,
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::{Carrier, json};
    use fusionauth_api::login::{LoginRequest, TwoFactorLoginRequest};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn bodies_are_those_that_the_api_crate_describes() {
        let config = SessionConfig {
            fusionauth_url: "http://auth.test".into(),
            application_id: "app".into(),
            tenant_id: None,
            carrier: Carrier::LocalStorage,
        };
        let body = |credentials| Call::sign_in(&config, &credentials).body.unwrap();
        let (login_id, password, two_factor_id, code, application_id) = ("l\"", "p\u{2028}", "t", "c", "app");
        assert_eq!(
            body(Credentials::Password { login_id: login_id.into(), password: password.into() }),
            json::encode(&LoginRequest { login_id, password, application_id })
        );
        assert_eq!(
            body(Credentials::SecondFactor { two_factor_id: two_factor_id.into(), code: code.into() }),
            json::encode(&TwoFactorLoginRequest { two_factor_id, code, application_id })
        );
    }
}
