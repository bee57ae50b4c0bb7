//! The security headers of every answer. Why each: OWASP Secure Headers and the content security policy of a page that
//! keeps a token where script can read it, so nothing but our own script may run and nothing may leave but to
//! FusionAuth. `Strict-Transport-Security` and `upgrade-insecure-requests` belong to whatever ends TLS in front of us:
//! this server speaks plain HTTP.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// The content security policy of the single-page app: own files, WebAssembly, and requests to FusionAuth where the app
/// calls it.
pub fn spa_policy(fusionauth_origin: Option<&str>) -> String {
    let fusionauth = fusionauth_origin.map(|it| format!(" {it}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'{fusionauth}; manifest-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'"
    )
}

/// The content security policy of the server-rendered pages: own files, own forms, no script at all.
pub const WEBAPP_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; \
                                 form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// The content security policy of the index page, which has no script.
pub const INDEX_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// The content security policy of the page that draws what is recorded: its own script, which asks for more.
pub const FLOWS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; \
                                base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// A content security policy as a header.
#[derive(Clone)]
pub struct Policy {
    content_security: HeaderValue,
    /// Pages with forms name their origin to their own site: with `no-referrer`, browsers send `Origin: null` along with a form, and
    /// nobody can tell whether it came from a page of this site.
    referrer: &'static str,
}

impl Policy {
    /// # Panics
    /// Never for a policy made of flags that clap has checked; a line break in it would be a fault of this crate.
    pub fn new(policy: &str) -> Self {
        let referrer = if policy.contains("form-action 'self'") { "same-origin" } else { "no-referrer" };
        Self { content_security: HeaderValue::try_from(policy).expect("a policy is printable ASCII"), referrer }
    }
}

/// Middleware: adds the headers to whatever is answered.
pub async fn secure(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.content_security);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(policy.referrer));
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Middleware for the API: no cache keeps a cart.
pub async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self), clipboard-write=(self)",
    ),
];
