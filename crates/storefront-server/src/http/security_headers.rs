//! The security headers of every response, after the list of OWASP Secure Headers.
//!
//! In one workflow a page keeps a token where a script can read it. Its content security policy therefore lets no script run but the
//! app's own, and lets requests go to FusionAuth and the app's own host alone. `Strict-Transport-Security` and
//! `upgrade-insecure-requests` are left to the proxy that ends TLS, because this server speaks plain HTTP.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::{middleware::Next, response::Response};
use tower_http::set_header::SetResponseHeaderLayer;

/// The content security policy of the single-page app: its own files, WebAssembly, and requests to FusionAuth in the workflows where
/// the browser calls it.
pub fn spa_policy(fusionauth_origin: Option<&str>) -> String {
    let fusionauth = fusionauth_origin.map(|it| format!(" {it}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'{fusionauth}; manifest-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'"
    )
}

/// The content security policy of the server-rendered pages: their own files and forms, and no script.
pub const WEBAPP_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; \
                                 form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// The content security policy of hosts that are no site, whose pages have neither a script nor a form.
pub const INDEX_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// The content security policy of the development world's page of recorded messages, whose script fetches new ones.
pub const FLOWS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; \
                                base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// The headers that differ between sites.
#[derive(Clone)]
pub struct Policy {
    content_security: HeaderValue,
    /// Pages with forms need `same-origin`: with `no-referrer`, browsers send `Origin: null` with a form, and the server could not
    /// tell whether the form stood on a page of its own.
    referrer: &'static str,
}

impl Policy {
    /// The headers with this content security policy.
    ///
    /// # Panics
    /// If the policy holds a line break or another control character. The flags that become a part of it are checked at the start.
    pub fn new(policy: &str) -> Self {
        let referrer = if policy.contains("form-action 'self'") { "same-origin" } else { "no-referrer" };
        Self { content_security: HeaderValue::try_from(policy).expect("a policy is printable ASCII"), referrer }
    }
}

/// Middleware: adds the security headers to every response.
pub async fn add_security_headers(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.content_security);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(policy.referrer));
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// A layer that forbids browsers and proxies to store a response, unless the response says otherwise. It may show a user's cart, which
/// must not come back after a sign-out; `no-store` therefore switches off the back/forward cache as well.
pub fn no_store() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
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
