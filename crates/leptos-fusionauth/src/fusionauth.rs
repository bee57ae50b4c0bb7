//! The calls that may change the cookie jar: three to FusionAuth, and the question who is signed in.

use crate::{
    Misconfiguration, SessionConfig,
    browser::{
        request::{self, Kind, NoAnswer, Outgoing, Sending},
        storage::claims_of,
        timer::limit,
    },
    json,
};
use fusionauth_api::{
    login::{self, LoginRequest, LoginResponse, Outcome, Step, TwoFactorLoginRequest},
    refresh,
};
use fusionauth_session::{
    Event, Issued, LogoutAnswer, OperationId, RefreshAnswer, Request, SignIn, SignInAnswer, Stored, User, WhoAmIAnswer,
};

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
    status: u16,
    retry_after_ms: Option<u64>,
    text: String,
}

impl Call {
    pub(crate) fn sign_in(config: &SessionConfig, credentials: &Credentials) -> Self {
        let application_id = &config.application_id;
        let (step, path, body) = match credentials {
            Credentials::Password { login_id, password } => {
                (Step::Password, "/api/login", json::encode(&LoginRequest { login_id, password, application_id }))
            }
            Credentials::SecondFactor { two_factor_id, code } => {
                (Step::SecondFactor, "/api/two-factor/login", json::encode(&TwoFactorLoginRequest { two_factor_id, code, application_id }))
            }
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
        Self::new([&config.fusionauth_url, path].concat(), Some(body))
    }

    fn new(url: String, body: Option<String>) -> Self {
        Self { url, body, kind: Kind::Outlives, limit_ms: REQUEST_LIMIT_MS, step: Step::Password }
    }

    pub(crate) async fn send(self, config: &SessionConfig) -> Result<Answer, NoAnswer> {
        let mut headers = Vec::with_capacity(2);
        if self.body.is_some() {
            headers.push(("Content-Type", "application/json"));
            headers.extend(config.tenant_id.as_deref().map(|it| ("X-FusionAuth-TenantId", it)));
        }
        let method = if self.body.is_some() { "POST" } else { "GET" };
        let outgoing = Outgoing { method, url: &self.url, headers: &headers, body: self.body.as_deref(), kind: self.kind };
        let limit = limit(self.limit_ms);
        let sending = Sending::start(&outgoing).ok_or(NoAnswer::Network)?;
        let response = sending.answer(&limit).await?;
        let text = request::text(&response, &limit).await?;
        let retry_after = response.headers().get("Retry-After").ok().flatten().and_then(|it| it.parse::<u32>().ok());
        Ok(Answer { step: self.step, status: response.status(), retry_after_ms: retry_after.map(|it| u64::from(it) * 1000), text })
    }
}

/// The body must not be empty: a cross-origin POST without a content type is refused by FusionAuth's CORS filter.
const NO_MEMBERS: &str = "{}";

/// What the machine is told of a request's answer, or of none: then it may never have gone out. And what the answer to a
/// sign-in says about the configuration.
pub(crate) fn event(id: OperationId, request: Request, answer: Option<Answer>, stored: Stored) -> (Event, Option<Misconfiguration>) {
    let event = match request {
        Request::SignIn(_) => {
            let (answer, fault) = answer.map_or((SignInAnswer::Other(SignIn::NoAnswer), None), |it| read_sign_in(&it));
            return (Event::SignInAnswered(id, answer, stored), fault);
        }
        Request::Refresh => Event::RefreshAnswered(id, answer.map_or(RefreshAnswer::NoAnswer, read_refresh), stored),
        Request::Logout => {
            let done = answer.is_some_and(|it| it.status == 200);
            Event::LogoutAnswered(id, if done { LogoutAnswer::Done } else { LogoutAnswer::Failed })
        }
        Request::WhoAmI => {
            let unknown = WhoAmIAnswer::Unavailable { status: None, retry_after_ms: None };
            Event::WhoAmIAnswered(id, answer.map_or(unknown, |it| read_who_am_i(&it)), stored)
        }
    };
    (event, None)
}

fn read_sign_in(answer: &Answer) -> (SignInAnswer, Option<Misconfiguration>) {
    let mut body = json::decode::<LoginResponse>(&answer.text).unwrap_or_default();
    if answer.status == 200
        && body.token.is_none()
        && let Some(user) = body.user.take()
    {
        // Whatever took the tokens out of the body has taken the refresh token out as well.
        return (SignInAnswer::Accepted(user), None);
    }
    let fault = (answer.status == 200 && !body.has_refresh_token()).then_some(Misconfiguration::NoRefreshToken);
    let outcome = match login::outcome(answer.step, answer.status, body) {
        Outcome::SignedIn(token) => return (SignInAnswer::Issued(Issued { claims: claims_of(&token), token }), fault),
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
    (SignInAnswer::Other(outcome), None)
}

fn read_refresh(answer: Answer) -> RefreshAnswer {
    let body = match answer.text.as_str() {
        "" => refresh::Body::Empty,
        text => json::decode(text).map_or(refresh::Body::Other, refresh::Body::Json),
    };
    match refresh::answer(answer.status, body) {
        refresh::Answer::Refreshed(token) => RefreshAnswer::Refreshed(Issued { claims: claims_of(&token), token }),
        refresh::Answer::Renewed => RefreshAnswer::Renewed,
        refresh::Answer::Refused => RefreshAnswer::Refused,
        refresh::Answer::Unavailable { status } => RefreshAnswer::Unavailable { status, retry_after_ms: answer.retry_after_ms },
    }
}

fn read_who_am_i(answer: &Answer) -> WhoAmIAnswer {
    let user = || json::decode::<User>(&answer.text).ok().or_else(|| json::decode::<LoginResponse>(&answer.text).ok()?.user);
    let unavailable = WhoAmIAnswer::Unavailable { status: Some(answer.status), retry_after_ms: answer.retry_after_ms };
    match answer.status {
        200 => user().map_or(unavailable, WhoAmIAnswer::Known),
        401 => WhoAmIAnswer::Expired,
        404 => WhoAmIAnswer::Nobody,
        _ => unavailable,
    }
}
