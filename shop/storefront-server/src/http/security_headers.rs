//! The security headers of every response, following the OWASP Secure Headers list.
//!
//! In `spa-local-storage` the page keeps a token where a script can read it. The content security policy of the single-page apps therefore
//! allows only the app's own scripts, and requests only to FusionAuth and to the app's own host. A site with an https origin also tells
//! browsers to use only https, no matter whether this server or a proxy in front of it terminates TLS.

use crate::http::origin::Scheme;
use crate::http::static_files::IMMUTABLE;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::{middleware::Next, response::Response};
use tower_http::set_header::SetResponseHeaderLayer;

/// Whether the browser may send a form of a page before the page's program handles the form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NativeForms {
    /// No. Without this rule, a sign-in form without its script would send the password to the page's own URL.
    Refused,
    /// To the page's own origin, for the search in the content of a page.
    ToOwnOrigin,
}

/// The content security policy of the single-page app: its own files, the inline code that the build has hashed, WebAssembly, and requests
/// to FusionAuth in the workflows where the browser calls it.
pub fn spa_policy(fusionauth_origin: Option<&str>, inline: &InlineHashes, forms: NativeForms) -> String {
    let fusionauth = fusionauth_origin.map(|it| format!(" {it}")).unwrap_or_default();
    let InlineHashes { scripts, styles } = inline;
    let forms = match forms {
        NativeForms::Refused => "'none'",
        NativeForms::ToOwnOrigin => "'self'",
    };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; img-src 'self'; font-src 'self'; \
         connect-src 'self'{fusionauth}; manifest-src 'self'; form-action {forms}; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'"
    )
}

/// The hashes of a page's inline code, as sources of a content security policy. They were computed when the app was built: hashes
/// computed at the time of the response would also allow injected code.
#[derive(Default)]
pub struct InlineHashes {
    scripts: String,
    styles: String,
}

impl InlineHashes {
    /// Reads the attributes `data-hash` of `script` and `style` elements.
    pub fn of(html: &str) -> Self {
        Self { scripts: hashes(html, "<script "), styles: hashes(html, "<style ") }
    }
}

fn hashes(html: &str, start: &str) -> String {
    let tags = html.split(start).skip(1).filter_map(|rest| rest.split('>').next());
    let values = tags.filter_map(|tag| tag.split_once("data-hash=\"")?.1.split('"').next());
    let is_hash = |value: &&str| {
        value.strip_prefix("sha256-").is_some_and(|it| it.bytes().all(|it| it.is_ascii_alphanumeric() || b"+/=".contains(&it)))
    };
    values.filter(is_hash).map(|value| format!(" '{value}'")).collect()
}

/// The content security policy of the server-rendered pages: their own files and forms, and no script.
pub const WEBAPP_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; \
                                 form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// The content security policy of hosts that are not sites. Their pages have neither a script nor a form.
pub const INDEX_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; \
                                frame-ancestors 'none'";

/// The content security policy of the page `/flows` of the crate `development-world`. Its script fetches new recorded messages.
pub const FLOWS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; \
                                base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// The headers that differ between sites.
#[derive(Clone)]
pub struct Policy {
    scheme: Scheme,
    content_security: HeaderValue,
    /// Pages with forms need `same-origin`: with `no-referrer`, browsers send `Origin: null` with a form, and the server could not
    /// tell whether the form was on one of its own pages.
    referrer: &'static str,
}

impl Policy {
    /// The headers with this content security policy, without those that only a site with an https origin has.
    ///
    /// # Panics
    /// If the policy contains a control character, such as a line break. Flags that become part of a policy are checked at startup.
    pub fn new(policy: &str) -> Self {
        Self::of_site(Scheme::Http, policy)
    }

    /// The headers of a site with this content security policy.
    ///
    /// # Panics
    /// In the same case as [`new`](Self::new).
    pub fn of_site(scheme: Scheme, policy: &str) -> Self {
        let referrer = if policy.contains("form-action 'self'") { "same-origin" } else { "no-referrer" };
        Self { scheme, content_security: HeaderValue::try_from(policy).expect("a policy is printable ASCII"), referrer }
    }
}

impl Policy {
    /// The same headers with another content security policy, such as that of a page with inline code.
    #[must_use]
    pub fn with_content_security(self, content_security: HeaderValue) -> Self {
        Self { content_security, ..self }
    }

    /// The headers of a response that no browser shows as a document. Over https they include a content security policy, because scanners
    /// expect one, and HTTP/2 sends a repeated header in a byte or two. Over http they omit the policy, because HTTP/1.1 would send it in
    /// full each time.
    pub fn of_data(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let policy = (self.scheme == Scheme::Https).then_some((header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA_POLICY)));
        self.of_all().chain(policy)
    }

    /// The headers of a response that a browser may show as a document.
    pub fn of_document(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let own = [
            (header::CONTENT_SECURITY_POLICY, self.content_security.clone()),
            (header::REFERRER_POLICY, HeaderValue::from_static(self.referrer)),
        ];
        self.of_all().chain(constant(&OF_DOCUMENTS)).chain(own)
    }

    fn of_all(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let https =
            (self.scheme == Scheme::Https).then_some((header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TWO_YEARS_OF_HTTPS)));
        constant(&OF_ALL).chain(https)
    }
}

/// The content security policy of data. If a browser shows the data as a document anyway, that document loads nothing and cannot be framed.
/// The script of the service worker gets this policy too, and `connect-src` allows the worker to fetch the page and its files.
const DATA_POLICY: &str = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

fn constant(headers: &'static [(&str, &str)]) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
}

/// Middleware: adds the headers to every response. A page that has set its own content security policy or referrer policy keeps it.
///
/// The headers for documents have no effect on other responses, and they take 0.7 KB. So scripts, styles, fonts, WebAssembly and JSON get
/// only the headers that apply to any file.
pub async fn add_security_headers(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_document = may_be_document(response.headers());
    let headers = response.headers_mut();
    let of_the_page = [header::CONTENT_SECURITY_POLICY, header::REFERRER_POLICY].map(|name| headers.remove(&name).map(|it| (name, it)));
    // Not `extend`, which would add a second line to a header that already exists.
    let mut set = |(name, value)| drop(headers.insert(name, value));
    if is_document {
        policy.of_document().chain(of_the_page.into_iter().flatten()).for_each(&mut set);
    } else {
        policy.of_data().for_each(&mut set);
    }
    response
}

/// Without `includeSubDomains`, because other hosts of the domain decide for themselves.
pub(crate) const TWO_YEARS_OF_HTTPS: &str = "max-age=63072000";

/// Whether a browser may show the response as a document: any type that is not in this list of data types, so that a type missing
/// from the list gets too many headers, not too few. An SVG image counts as a document unless its name has the build's hash: the build's
/// pictures contain no script, link or form.
fn may_be_document(headers: &HeaderMap) -> bool {
    const DATA: [&str; 8] = [
        "text/javascript",
        "text/css",
        "application/wasm",
        "application/json",
        "application/problem+json",
        "text/event-stream",
        "font/woff2",
        "application/manifest+json",
    ];
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).and_then(|it| it.split(';').next());
    let is_hashed = headers.get(header::CACHE_CONTROL).is_some_and(|it| it == IMMUTABLE);
    !media_type.is_some_and(|it| DATA.contains(&it.trim()) || (it == "image/svg+xml" && is_hashed))
}

/// A layer that forbids browsers and proxies to store a response, unless the response has its own `Cache-Control`. The response may show a
/// user's cart, which must not reappear after a sign-out. `no-store` also keeps a page out of the back/forward cache.
pub fn no_store() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

const OF_ALL: [(&str, &str); 2] = [("x-content-type-options", "nosniff"), ("cross-origin-resource-policy", "same-origin")];

const OF_DOCUMENTS: [(&str, &str); 4] = [
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self), clipboard-write=(self)",
    ),
];
