//! The events that an application can log, and the misconfigurations that can be detected.

use fusionauth_session::{Connection, LoginFailure, SessionState, SignOutReason};
use std::fmt;

/// A change to log. It holds no token, no name and no email address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A user is signed in: by a sign-in here or in another tab, or because the page found a session in storage or in
    /// cookies. The value is the user's id at FusionAuth.
    SignedIn(String),
    /// The session was renewed.
    Renewed,
    /// The session can be renewed again, or cannot be renewed at the moment.
    Connection(Connection),
    /// The session ended.
    Ended(SignOutReason),
    /// The session cannot write to storage, so it ends when the page is closed or reloaded.
    StorageFailed,
    /// The driver detected a configuration error. It reports each kind of error once, and also prints it to the console.
    Misconfigured(Misconfiguration),
}

/// A configuration error, as far as a browser can detect it. The user can do nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misconfiguration {
    /// FusionAuth requires an API key to sign in (401).
    ApiKeyRequired,
    /// FusionAuth could not use the sign-in request (400): check the application's id.
    InvalidRequest,
    /// The access token is for another application, or names no user.
    UnusableToken,
    /// The sign-in came without a refresh token: the session ends with its access token.
    NoRefreshToken,
    /// FusionAuth answers, but the browser hides the answer from the page, because of CORS or of a proxy's error page.
    AnswerUnreadable,
    /// FusionAuth's CORS filter allows this page's origin, but no requests with cookies. Sign-in, renewal and sign-out need the cookie.
    CorsWithoutCredentials,
    /// FusionAuth's URL belongs to another site than the page: it has another scheme or another registrable domain. The browser does not
    /// store or send FusionAuth's cookie, so the session ends with its first access token. The driver has no list of public suffixes, so it
    /// misses two sites below one suffix, such as `a.co.uk` and `b.co.uk`.
    OtherSite,
    /// FusionAuth's clock and this device's clock differ by more than five minutes. The session does not depend on them, but a backend
    /// compares tokens with its own clock.
    ClockSkew,
    /// FusionAuth refused the first renewal after a sign-in on this page. Usually the browser has not stored the cookie, because
    /// FusionAuth's host belongs to another site or because the browser blocks cookies. Rarely somebody has already revoked the session.
    FirstRenewalRefused,
}

impl fmt::Display for Misconfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKeyRequired => "FusionAuth wants an API key: switch off Login API > Require an API key. https://fusionauth.io/docs/apis/applications",
            Self::InvalidRequest => "FusionAuth could not use the sign-in request: is the application id right? https://fusionauth.io/docs/apis/login",
            Self::UnusableToken => "The access token is not for this application. https://fusionauth.io/docs/apis/login",
            Self::NoRefreshToken => "No refresh token: switch on Login API > Generate refresh tokens. https://fusionauth.io/docs/apis/applications",
            Self::AnswerUnreadable => "FusionAuth answers, but this page may not read it: add its origin to Settings > System > CORS > Allowed origins, and Content-Type to the allowed headers. https://fusionauth.io/docs/operate/secure/cors",
            Self::CorsWithoutCredentials => "FusionAuth allows this page's origin, but no cookies: switch on Settings > System > CORS > Allow credentials. https://fusionauth.io/docs/operate/secure/cors",
            Self::OtherSite => "FusionAuth is on another site, so its cookie will not come back: serve FusionAuth below the page's domain, with the same scheme, and change SessionConfig::fusionauth_url. https://fusionauth.io/docs/reference/cookies",
            Self::ClockSkew => "FusionAuth's clock and this device's clock differ by more than five minutes. If other devices report this, too, set the clock of FusionAuth's host (NTP): backends reject its tokens. https://fusionauth.io/docs/apis/jwt",
            Self::FirstRenewalRefused => "The first renewal was refused: did the browser keep FusionAuth's cookie? Both hosts must be of one site. https://fusionauth.io/docs/apis/jwt",
        })
    }
}

/// The event for a change of the state, if listeners get one.
pub(crate) fn of_state(before: &SessionState, now: &SessionState) -> Option<SessionEvent> {
    match (before, now) {
        (SessionState::SignedIn { user: one, connection: before }, SessionState::SignedIn { user: other, connection: now })
            if one.id == other.id =>
        {
            (before != now).then_some(SessionEvent::Connection(*now))
        }
        (_, SessionState::SignedIn { user, .. }) => Some(SessionEvent::SignedIn(user.id.clone())),
        (_, SessionState::SignedOut(Some(cause))) if before != now => Some(SessionEvent::Ended(*cause)),
        (_, SessionState::SignedOut(_) | SessionState::Loading) => None,
    }
}

/// The configuration error that a failed sign-in reveals.
pub(crate) fn of_sign_in(failure: &LoginFailure) -> Option<Misconfiguration> {
    match failure {
        LoginFailure::ApiKeyRequired => Some(Misconfiguration::ApiKeyRequired),
        LoginFailure::Invalid => Some(Misconfiguration::InvalidRequest),
        LoginFailure::UnusableToken => Some(Misconfiguration::UnusableToken),
        // Every other failure is about the user or about the connection.
        _ => None,
    }
}
