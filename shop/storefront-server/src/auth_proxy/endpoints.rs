//! FusionAuth's endpoints that need no API key. Anybody who reaches FusionAuth's host can call them, so they open the same doors as the
//! application's own endpoints, without the application's checks.
//!
//! [`APP`] lists the requests of the app in the browser, with everything of them and of their answers that passes: the proxy builds both
//! from this list. No request has a query. [`CLOSED`] lists the other endpoints, which pass only if the operator names them.
//! docs/deploy.md and `shop/deploy/nginx.conf` repeat these tables, and tests compare them.

use crate::config::path_pattern::{PathPattern, fits};
use axum::http::Method;

/// An endpoint that the app of `spa-local-storage` and `spa-shared-domain` calls. Names in a text are separated by spaces.
#[derive(Debug)]
pub struct Endpoint {
    /// The method.
    pub method: &'static str,
    /// The pattern of the path.
    pub path: &'static str,
    /// The members of the request's body that the caller chooses. Each is a text, or true or false. A dot leads to a member of a member.
    pub body: &'static str,
    /// The members of the request's body that the proxy sets.
    pub set: &'static [Set],
    /// FusionAuth's cookies that reach FusionAuth.
    pub cookies: &'static str,
    /// The members of the answer's body that reach the browser, apart from [`ERRORS`]. `*` stands for any name. A member of a list is a
    /// member of each of its items.
    pub answer: &'static str,
    /// FusionAuth's cookies that the answer may set or delete.
    pub answer_cookies: &'static str,
    /// The limit for these requests.
    pub limit: Limit,
}

/// A member of a request's body that the proxy sets, because it knows the site of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// `applicationId`: the site's application. A request that names another one is refused.
    Application,
    /// `metaData`: the browser's `User-Agent`, for the list of the user's sessions.
    Device,
    /// `origin`: the site's origin.
    Origin,
    /// `state`: the site whose URL the mailed link gets.
    Site,
}

/// The limit for the requests to an endpoint: one of [`AttemptLimits`](crate::auth::attempts::AttemptLimits). A request without the member
/// by which its limit counts is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// None: there is nothing to guess, and no message is sent.
    None,
    /// Calls of a client.
    Calls,
    /// Calls of a client, with an id that nobody can guess in this member.
    CallsWith(&'static str),
    /// Wrong passwords, by `loginId`.
    Passwords,
    /// Wrong codes for the challenge in this member. An answer with one of these statuses says that the code is wrong.
    Codes(&'static str, &'static [u16]),
    /// Mailed links for a new password, by `loginId`.
    PasswordLinks,
    /// Messages, by the id in the path and `methodId`.
    Messages,
}

impl Limit {
    /// The member of the request's body that each request must have.
    pub fn member(self) -> Option<&'static str> {
        match self {
            Self::None | Self::Calls => None,
            Self::CallsWith(member) | Self::Codes(member, _) => Some(member),
            Self::Passwords | Self::PasswordLinks => Some("loginId"),
            Self::Messages => Some("methodId"),
        }
    }
}

/// The member of `POST /api/login` that replaces email and password, after a change of the password. Nobody can guess its value.
pub(super) const ONE_TIME_PASSWORD: &str = "oneTimePassword";

/// The members of every answer that refuses a request.
pub const ERRORS: &str = "fieldErrors.*.code fieldErrors.*.message generalErrors.code generalErrors.message";

/// The members of answers that stay out of the browser where cookies of a parent domain hold the tokens.
pub const TOKEN_MEMBERS: &str = "token refreshTokenId";

/// The headers of requests that travel. The proxy itself adds those that name the client, the tenant and the media type.
pub const REQUEST_HEADERS: &str = "accept accept-language access-control-request-headers access-control-request-method origin user-agent";

/// The headers of answers that travel.
pub const ANSWER_HEADERS: &str = "access-control-allow-credentials access-control-allow-headers access-control-allow-methods \
                                  access-control-allow-origin access-control-expose-headers access-control-max-age cache-control \
                                  content-type retry-after vary";

pub(super) const NOTHING: Endpoint =
    Endpoint { method: "POST", path: "", body: "", set: &[], cookies: "", answer: "", answer_cookies: "", limit: Limit::None };

const SIGN_IN: Endpoint = Endpoint {
    set: &[Set::Application, Set::Device],
    cookies: "fusionauth.trust",
    answer: "token refreshTokenId user.id user.email twoFactorId methods.id methods.method methods.email methods.mobilePhone \
             changePasswordId changePasswordReason emailVerificationId registrationVerificationId actions.expiry",
    answer_cookies: "access_token refresh_token",
    ..NOTHING
};

const VERIFICATION: Endpoint =
    Endpoint { body: "verificationId oneTimeCode", limit: Limit::Codes("verificationId", &[400, 404]), ..NOTHING };

/// The requests of the app in the browser.
pub const APP: &[Endpoint] = &[
    Endpoint { path: "/api/login", body: "loginId password oneTimePassword", limit: Limit::Passwords, ..SIGN_IN },
    Endpoint {
        path: "/api/two-factor/login",
        body: "twoFactorId code trustComputer",
        cookies: "",
        answer_cookies: "access_token refresh_token fusionauth.trust",
        limit: Limit::Codes("twoFactorId", &[404, 421, 422]),
        ..SIGN_IN
    },
    Endpoint { path: "/api/two-factor/send/{id}", body: "methodId", limit: Limit::Messages, ..NOTHING },
    Endpoint { path: "/api/passwordless/login", body: "code oneTimeCode", limit: Limit::Codes("code", &[404]), ..SIGN_IN },
    Endpoint {
        path: "/api/webauthn/login",
        body: "credential.id credential.type credential.response.authenticatorData credential.response.clientDataJSON \
               credential.response.signature credential.response.userHandle rpId",
        set: &[Set::Application, Set::Device, Set::Origin],
        limit: Limit::Calls,
        ..SIGN_IN
    },
    Endpoint {
        path: "/api/user/forgot-password",
        body: "loginId",
        set: &[Set::Application, Set::Site],
        limit: Limit::PasswordLinks,
        ..NOTHING
    },
    Endpoint { method: "GET", path: "/api/user/change-password/{id}", limit: Limit::Calls, ..NOTHING },
    Endpoint {
        path: "/api/user/change-password",
        body: "changePasswordId password trustToken trustChallenge",
        answer: "oneTimePassword",
        limit: Limit::CallsWith("changePasswordId"),
        ..NOTHING
    },
    Endpoint { path: "/api/user/verify-email", ..VERIFICATION },
    Endpoint { path: "/api/user/verify-registration", ..VERIFICATION },
    Endpoint {
        path: "/api/jwt/refresh",
        cookies: "access_token refresh_token",
        answer: "token",
        answer_cookies: "access_token refresh_token",
        ..NOTHING
    },
    Endpoint { path: "/api/logout", cookies: "access_token refresh_token", answer_cookies: "access_token refresh_token", ..NOTHING },
    Endpoint {
        method: "GET",
        path: "/api/tenant/password-validation-rules",
        answer: "passwordValidationRules.minLength passwordValidationRules.maxLength passwordValidationRules.requireMixedCase \
                 passwordValidationRules.requireNonAlpha passwordValidationRules.requireNumber",
        limit: Limit::Calls,
        ..NOTHING
    },
    Endpoint { method: "GET", path: "/api/status", limit: Limit::Calls, ..NOTHING },
];

/// FusionAuth's other endpoints that need no API key, which no browser needs, and what they let a caller do although the application guards
/// it.
pub const CLOSED: &[(&str, &str)] = &[
    ("* /api/jwt/issue, * /api/jwt/vend", "the renewal: of a stolen token they make another one, or another sign-in"),
    (
        "* /api/user, * /api/user/change-password, * /api/user/change-password/{id}, * /api/user/two-factor, * /api/user/two-factor/*, * /api/two-factor/secret, \
         * /api/two-factor/send, * /api/two-factor/start, * /api/two-factor/status, * /api/two-factor/status/{id}, * /api/webauthn, \
         * /api/webauthn/*",
        "the account: its data, password, second factors, recovery codes and passkeys, for which the application asks for the password",
    ),
    ("* /api/jwt/refresh, * /api/jwt/refresh/{id}, * /api/jwt/validate", "the list of sessions, and their end"),
    (
        "* /api/user/verify-email, * /api/user/verify-email/{id}, * /api/user/verify-registration, * /api/user/verify-registration/{id}, \
         * /api/passwordless/*, * /api/user/registration, * /api/login, * /api/identity-provider/*, * /api/user-action, * /api/user-action/*",
        "messages, registrations and sign-ins, without the application's limits",
    ),
    (
        "* /oauth2/*, * /app/*, * /samlv2/*, * /login",
        "the sign-in, on hosted pages and for SDKs: the application does not know these sign-ins, so only FusionAuth ends them",
    ),
    (
        "* /account, * /account/*, * /password/*, * /email/*, * /registration/*",
        "the account, on hosted pages, for which the application asks for the password",
    ),
    ("* /, * /admin, * /admin/*, * /emulator/*", "the administration of FusionAuth"),
    (
        "GET /.well-known/*, GET /{tenant}/.well-known/openid-configuration, GET /api/jwt/public-key, GET /api/health, GET /css/*, \
         GET /fonts/*, GET /images/*, GET /js/*, GET /favicon.ico, GET /robots.txt",
        "nothing: public keys, and files of hosted pages",
    ),
];

/// The method of each endpoint of a row of [`CLOSED`], or `*` for any method, and its path.
pub fn closed(row: &(&'static str, &'static str)) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    row.0.split(", ").filter_map(|it| it.split_once(' '))
}

/// The names in a text of [`APP`].
pub fn names(text: &'static str) -> Vec<&'static str> {
    text.split_ascii_whitespace().collect()
}

/// The endpoint of the app that gets this request, or the preflight request before it.
pub(super) fn of_app(method: &Method, path: &str) -> Option<&'static Endpoint> {
    APP.iter().find(|it| (method == it.method || *method == Method::OPTIONS) && fits(it.path, path))
}

/// What a path repeats that the operator names.
pub(super) fn warnings(named: &PathPattern) -> Vec<&'static str> {
    let example = |pattern: &str| pattern.replace(['{', '}'], "").replace('*', "x");
    let overlaps = |path: &str| named.fits(&example(path)) || fits(path, &example(named.as_str()));
    let closed = CLOSED.iter().filter(|it| closed(it).any(|(_, path)| overlaps(path))).map(|(_, repeats)| *repeats);
    let of_app = APP
        .iter()
        .any(|it| overlaps(it.path))
        .then_some("requests of the app, with every member, header and cookie, and without its limits");
    let all: Vec<_> = closed.chain(of_app).collect();
    if all.is_empty() { vec!["unknown: this server does not know the path"] } else { all }
}
