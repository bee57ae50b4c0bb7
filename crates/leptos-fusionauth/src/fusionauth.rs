//! The calls that may change the cookie jar: three to FusionAuth, and the question who is signed in.

use crate::{
    Misconfiguration, SessionConfig,
    browser::{
        request::{self, Kind, NoAnswer, Outgoing},
        storage::claims_of,
        timer::within,
    },
    driver::TELLS,
    json,
};
use fusionauth_api::{
    login::{self, LoginRequest, LoginResponse, Outcome, Step, TwoFactorLoginRequest},
    refresh,
};
use fusionauth_session::{Issued, LogoutAnswer, RefreshAnswer, SignIn, SignInAnswer, User, WhoAmIAnswer};

/// What a shopper typed. It has no `Debug`: it holds a password or a code.
pub(crate) enum Credentials {
    Password { login_id: String, password: String },
    SecondFactor { two_factor_id: String, code: String },
}

/// A sign-in is aborted after this: the shopper waits for it and can try again, which sets the cookies anew.
const SIGN_IN_LIMIT_MS: u64 = 20_000;
/// A refresh or logout is never aborted, because its answer may carry the only copy of a cookie; after this nobody waits
/// for it any more.
pub(crate) const REQUEST_LIMIT_MS: u64 = 60_000;

pub(crate) async fn sign_in(config: &SessionConfig, credentials: &Credentials) -> (SignInAnswer, Option<Misconfiguration>) {
    let application_id = &config.application_id;
    let (step, path, body) = match credentials {
        Credentials::Password { login_id, password } => {
            (Step::Password, "/api/login", json::encode(&LoginRequest { login_id, password, application_id }))
        }
        Credentials::SecondFactor { two_factor_id, code } => {
            (Step::SecondFactor, "/api/two-factor/login", json::encode(&TwoFactorLoginRequest { two_factor_id, code, application_id }))
        }
    };
    match within(SIGN_IN_LIMIT_MS, exchange(config, &fusionauth(config, path), Some(&body), Kind::Cookies)).await {
        Some(Ok(answer)) => read_sign_in(step, &answer),
        Some(Err(_)) => {
            let is_there = TELLS && request::is_there(&fusionauth(config, "/api/status")).await;
            let fault = is_there.then_some(Misconfiguration::AnswerUnreadable);
            (SignInAnswer::Other(SignIn::NoAnswer), fault)
        }
        None => (SignInAnswer::Other(SignIn::NoAnswer), None),
    }
}

pub(crate) async fn refresh(config: &SessionConfig) -> RefreshAnswer {
    // The body must not be empty: a cross-origin POST without a content type is refused by FusionAuth's CORS filter.
    match unaborted(config, fusionauth(config, "/api/jwt/refresh"), Some("{}")).await {
        Some(answer) => read_refresh(answer),
        None => RefreshAnswer::NoAnswer,
    }
}

pub(crate) async fn logout(config: &SessionConfig) -> LogoutAnswer {
    match unaborted(config, fusionauth(config, "/api/logout"), Some("{}")).await {
        Some(answer) if answer.status == 200 => LogoutAnswer::Done,
        _ => LogoutAnswer::Failed,
    }
}

pub(crate) async fn who_am_i(config: &SessionConfig) -> WhoAmIAnswer {
    match unaborted(config, config.carrier.user_url().to_owned(), None).await {
        Some(answer) => read_who_am_i(&answer),
        None => WhoAmIAnswer::Unavailable { status: None, retry_after_ms: None },
    }
}

fn fusionauth(config: &SessionConfig, path: &str) -> String {
    format!("{}{path}", config.fusionauth_url)
}

struct Answer {
    status: u16,
    retry_after_ms: Option<u64>,
    text: String,
}

/// Sends in a task of its own, so that the request runs on when nobody waits for it any more.
async fn unaborted(config: &SessionConfig, url: String, body: Option<&'static str>) -> Option<Answer> {
    let (sender, receiver) = futures::channel::oneshot::channel();
    let config = config.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let _ = sender.send(exchange(&config, &url, body, Kind::Outlives).await);
    });
    within(REQUEST_LIMIT_MS, receiver).await?.ok()?.ok()
}

/// Posts to FusionAuth, or gets, without a body, from the application's backend.
async fn exchange(config: &SessionConfig, url: &str, body: Option<&str>, kind: Kind) -> Result<Answer, NoAnswer> {
    let mut headers = Vec::with_capacity(2);
    if body.is_some() {
        headers.push(("Content-Type", "application/json"));
        headers.extend(config.tenant_id.as_deref().map(|it| ("X-FusionAuth-TenantId", it)));
    }
    let method = if body.is_some() { "POST" } else { "GET" };
    let outgoing = Outgoing { method, url, headers: &headers, body, kind, abort_after_ms: None };
    let response = request::send(&outgoing).await?;
    let retry_after = response.headers().get("Retry-After").and_then(|it| it.parse::<u64>().ok());
    let status = response.status();
    let text = request::text(response).await?;
    Ok(Answer { status, retry_after_ms: retry_after.map(|it| it.saturating_mul(1000)), text })
}

fn read_sign_in(step: Step, answer: &Answer) -> (SignInAnswer, Option<Misconfiguration>) {
    let mut body = json::decode::<LoginResponse>(&answer.text).unwrap_or_default();
    if answer.status == 200
        && body.token.is_none()
        && let Some(user) = body.user.take()
    {
        // Whatever took the tokens out of the body has taken the refresh token out as well.
        return (SignInAnswer::Accepted(user), None);
    }
    let fault = (answer.status == 200 && !body.has_refresh_token()).then_some(Misconfiguration::NoRefreshToken);
    let outcome = match login::outcome(step, answer.status, body) {
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
