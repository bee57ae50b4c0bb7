//! FusionAuth's endpoints that need no API key. Anybody who reaches FusionAuth's host can call them, so they open the same doors as the
//! application's own endpoints, without the application's checks.
//!
//! The proxy passes what the app in the browser needs, and what the operator names. docs/deploy.md and `shop/deploy/nginx.conf` repeat this
//! table, and tests compare them.

use crate::config::path_pattern::{PathPattern, fits};
use axum::http::Method;

/// The browser that needs an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeededBy {
    /// The app of `spa-local-storage` and `spa-shared-domain`, which calls FusionAuth itself.
    App,
    /// No browser of any workflow.
    Nobody,
}

/// Endpoints that open the same door.
#[derive(Debug)]
pub struct Row {
    /// The browser that needs them.
    pub needed_by: NeededBy,
    endpoints: &'static str,
    /// What they let a caller do although the application guards it.
    pub repeats: &'static str,
}

const fn row(needed_by: NeededBy, endpoints: &'static str, repeats: &'static str) -> Row {
    Row { needed_by, endpoints, repeats }
}

/// Every endpoint of FusionAuth that needs no API key.
pub const ROWS: &[Row] = &[
    row(
        NeededBy::App,
        "POST /api/login, POST /api/two-factor/login, POST /api/two-factor/send/{id}, POST /api/passwordless/login, POST /api/webauthn/login",
        "the sign-in, with FusionAuth's limits in place of the application's",
    ),
    row(
        NeededBy::App,
        "POST /api/user/forgot-password, GET /api/user/change-password/{id}, POST /api/user/change-password, POST /api/user/verify-email, \
         POST /api/user/verify-registration",
        "mailed links and codes, with FusionAuth's limits in place of the application's",
    ),
    row(NeededBy::App, "POST /api/jwt/refresh, POST /api/logout, GET /api/tenant/password-validation-rules, GET /api/status", "nothing"),
    row(NeededBy::Nobody, "* /api/jwt/issue, * /api/jwt/vend", "the renewal: of a stolen token they make another one, or another sign-in"),
    row(
        NeededBy::Nobody,
        "* /api/user, * /api/user/change-password, * /api/user/change-password/{id}, * /api/user/two-factor, * /api/user/two-factor/*, * /api/two-factor/secret, \
         * /api/two-factor/send, * /api/two-factor/start, * /api/two-factor/status, * /api/two-factor/status/{id}, * /api/webauthn, \
         * /api/webauthn/*",
        "the account: its data, password, second factors, recovery codes and passkeys, for which the application asks for the password",
    ),
    row(NeededBy::Nobody, "* /api/jwt/refresh, * /api/jwt/refresh/{id}, * /api/jwt/validate", "the list of sessions, and their end"),
    row(
        NeededBy::Nobody,
        "* /api/user/verify-email, * /api/user/verify-email/{id}, * /api/user/verify-registration, * /api/user/verify-registration/{id}, \
         * /api/passwordless/*, * /api/user/registration, * /api/login, * /api/identity-provider/*, * /api/user-action, * /api/user-action/*",
        "messages, registrations and sign-ins, without the application's limits",
    ),
    row(
        NeededBy::Nobody,
        "* /oauth2/*, * /app/*, * /samlv2/*, * /login",
        "the sign-in, on hosted pages and for SDKs: the application does not know these sign-ins, so only FusionAuth ends them",
    ),
    row(
        NeededBy::Nobody,
        "* /account, * /account/*, * /password/*, * /email/*, * /registration/*",
        "the account, on hosted pages, for which the application asks for the password",
    ),
    row(NeededBy::Nobody, "* /, * /admin, * /admin/*, * /emulator/*", "the administration of FusionAuth"),
    row(
        NeededBy::Nobody,
        "GET /.well-known/*, GET /{tenant}/.well-known/openid-configuration, GET /api/jwt/public-key, GET /api/health, GET /css/*, \
         GET /fonts/*, GET /images/*, GET /js/*, GET /favicon.ico, GET /robots.txt",
        "nothing: public keys, and files of hosted pages",
    ),
];

impl Row {
    /// The method of each endpoint, or `*` for any method, and its path.
    pub fn endpoints(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.endpoints.split(", ").filter_map(|it| it.split_once(' '))
    }
}

/// The methods and paths that the app in the browser needs.
pub fn of_app() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().filter(|it| it.needed_by == NeededBy::App).flat_map(Row::endpoints)
}

/// Whether the app in the browser needs this request, or the preflight request before it.
pub(super) fn is_needed(method: &Method, path: &str) -> bool {
    of_app().any(|(needed, pattern)| (method == needed || *method == Method::OPTIONS) && fits(pattern, path))
}

/// What a path repeats that the operator names.
pub(super) fn warnings(named: &PathPattern) -> Vec<&'static str> {
    let example = |pattern: &str| pattern.replace(['{', '}'], "").replace('*', "x");
    let overlaps = |path: &str| named.fits(&example(path)) || fits(path, &example(named.as_str()));
    let rows: Vec<_> = ROWS.iter().filter(|it| it.endpoints().any(|(_, path)| overlaps(path))).map(|it| it.repeats).collect();
    if rows.is_empty() { vec!["unknown: this server does not know the path"] } else { rows }
}
