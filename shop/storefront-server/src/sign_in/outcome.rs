//! Handles FusionAuth's response to a login, for both the JSON API and the server-rendered pages. If the response holds tokens, the user is
//! signed in, and the cookies are set. Otherwise it says the next step of the sign-in, such as a second factor, or is an error.

use crate::auth::cookies::{CookieName, Cookies, KeepSignedIn};
use crate::auth::{authenticator::Authenticator, error::Error as AuthError, fusionauth::LoginAnswer, verify::Identity};
use crate::http::{device_name::DeviceName, rate_limit::TooOften};
use crate::pages::flash::Flash;
use crate::sign_in::error::Error;
use fusionauth_api::backend::{Device, LoginDetails, Tokens};
use fusionauth_api::login::{LoginFailure, TrustDevice};
use storefront_messages::{AfterRefusal, Misconfiguration, SignInError, t};

/// How long the browser keeps the trust id ([`CookieName::DeviceTrust`]). By FusionAuth's default, the id is valid for the same time.
const TRUST_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The browser that signs in, in the form of FusionAuth's requests.
pub(crate) fn device<'a>(DeviceName(name): &'a DeviceName, cookies: &'a Cookies) -> Device<'a> {
    Device { name, trust_id: cookies.get(CookieName::DeviceTrust), trust: TrustDevice::No }
}

/// Stores the trust id in the browser, if FusionAuth has returned one. With this id, later sign-ins skip the second factor.
pub(crate) fn keep_device_trust(cookies: &Cookies, answer: &Result<LoginAnswer, TooOften>) {
    if let Ok(LoginAnswer { details: LoginDetails { two_factor_trust_id: Some(id), .. }, .. }) = answer {
        cookies.set(CookieName::DeviceTrust, id, TRUST_SECONDS);
    }
}

/// Signs the user in with the tokens of FusionAuth's response to a request that was sent at `began_at` (milliseconds since 1970).
pub(crate) async fn sign_in(
    authenticator: &Authenticator,
    cookies: &Cookies,
    keep: KeepSignedIn,
    began_at: i64,
    tokens: Tokens,
) -> Result<Identity, Error> {
    authenticator.sign_in(cookies, tokens, keep, began_at).await.map_err(|error| match error {
        AuthError::TokenRefused(error) => {
            tracing::error!(%error, "FusionAuth answered a login with an unusable token; is the application id right?");
            AuthError::SignInMisconfigured.into()
        }
        AuthError::TooManyAttempts(too_often) => too_often.into(),
        error => error.into(),
    })
}

/// What a page shows after this refusal.
pub(crate) fn after_refusal(failure: LoginFailure) -> AfterRefusal {
    match logged(failure) {
        AfterRefusal::SameForm(SignInError::Misconfigured(_)) => {
            AfterRefusal::SameForm(SignInError::Misconfigured(Misconfiguration::Logged))
        }
        after => after,
    }
}

/// The error of a login in the API, for an endpoint without a next step. Its text is for users, so it is not the one with a setting's name.
pub(crate) fn login_error(failure: LoginFailure) -> Error {
    match logged(failure).into_error() {
        SignInError::Misconfigured(Misconfiguration::Invalid) => Error::CredentialsMalformed,
        SignInError::Misconfigured(_) => Error::Refused(SignInError::Misconfigured(Misconfiguration::Logged)),
        error => Error::Refused(error),
    }
}

/// What follows this refusal. Tells the operator what is wrong with the set-up, if FusionAuth's answer says so.
fn logged(failure: LoginFailure) -> AfterRefusal {
    match AfterRefusal::of(failure) {
        // These are about the connection of this server, and not of the browser.
        AfterRefusal::SameForm(SignInError::NoAnswer | SignInError::TooManyAttempts) => AfterRefusal::SameForm(SignInError::Unavailable),
        after => {
            if after == AfterRefusal::SameForm(SignInError::Misconfigured(Misconfiguration::Invalid)) {
                tracing::warn!("FusionAuth rejected a login as malformed; is the application id right?");
            } else if after == AfterRefusal::SameForm(SignInError::Misconfigured(Misconfiguration::ApiKeyRequired)) {
                tracing::error!("FusionAuth wants an API key to log in; set --fusionauth-api-key or switch requireAuthentication off");
            }
            after
        }
    }
}

/// The message after a change of the password.
pub(crate) fn password_changed() -> Flash {
    Flash::text(|| t!("Password changed. You're signed in. All your other sessions have ended."))
}
