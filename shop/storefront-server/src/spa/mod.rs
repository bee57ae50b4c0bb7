//! Serves the single-page app of a site: its files, and for every route of the app `index.html` with the site's configuration in it.
//!
//! The page is created and compressed once for each origin of the site, and cached until the next build. A client can send any port, so the
//! origin contains the port of the request only if the configuration allows every port. A feature can add the content of its page
//! ([`FirstContent`]), which people see and search engines read before the app has started.

mod coding;
mod template;

use self::coding::{Coding, QUALITY_TO_KEEP, brotli, compressed_for_one, gzip};
use self::template::Template;
use crate::config::{Config, ServiceWorker, site::Site};
use crate::http::host::port;
use crate::http::security_headers::{InlineHashes, NativeForms, spa_policy};
use crate::http::static_files::{Files, IndexCache, PathKind};
use crate::pages::components::DRAWINGS;
use crate::pages::layout::{app_links, preview_picture};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::html;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::{io, sync::Arc};
use storefront_api::pages::{self, FirstLoad, Route};
use storefront_api::{App, CONFIG_ELEMENT_ID, FIRST_ANSWER_ID, FIRST_CONTENT_ID, SpaConfig, Workflow};
use storefront_messages::{Language, page_title, t};

/// The content that replaces the page's placeholders until the app starts.
pub struct FirstContent {
    /// The page's name, which becomes part of the document's title.
    pub title: String,
    /// HTML elements for the head, such as the description and the canonical URL.
    pub head: String,
    /// The links in the header, and the link to sign in.
    pub header: HeaderLinks,
    /// The HTML inside `main`.
    pub main: String,
    /// Whether `main` has a form that the browser may send before the app has started.
    pub forms: NativeForms,
    /// The API's answer to the app's first request on this page, so that the app can show the same content at once.
    pub answer: serde_json::Value,
}

/// The links that the app's header will have, as HTML.
pub struct HeaderLinks {
    /// The content of `nav`, with its label.
    pub nav: String,
    /// The link to sign in.
    pub sign_in: String,
}

/// The single-page app of one site.
pub struct Spa {
    site: Arc<Site>,
    config: Arc<Config>,
    files: Files,
    /// The pages, by the two origins in their configuration: that of this site, and that of the other application's site.
    pages: IndexCache<(String, Option<String>), IndexPage>,
}

/// The URL that password managers open to change a password (<https://w3c.github.io/webappsec-change-password-url/>).
pub const CHANGE_PASSWORD_URL: &str = "/.well-known/change-password";

/// The URL of the app's account page, with the form for a new password open.
pub const CHANGE_PASSWORD: &str = "/account?change=password";

/// The path of the app's manifest.
pub const MANIFEST: &str = "/manifest.json";

/// `index.html` as the server sends it.
pub struct IndexPage {
    /// The text, with the site's configuration in it.
    pub html: String,
    /// `html` with its slots, for the content of one request.
    template: Template,
    /// `html`, compressed with Brotli.
    pub brotli: Vec<u8>,
    /// `html`, compressed with gzip.
    pub gzip: Vec<u8>,
    etag: String,
    /// The content security policy, with the hashes of the page's inline code.
    pub policy: HeaderValue,
    /// The same policy for a page whose content has a form.
    policy_with_forms: HeaderValue,
    /// The URL of the products' drawings in this build. The content uses it, because browsers load a picture again if its URL changes when
    /// the app takes the content over.
    drawings: String,
    /// The manifest with which browsers offer to install the app (<https://www.w3.org/TR/appmanifest/>), as JSON.
    pub manifest: String,
    /// The `Link` header that tells the browser to connect to FusionAuth while the page loads.
    pub preconnect: Option<HeaderValue>,
}

impl Spa {
    /// Serves the build in `config.dist`. If the folder has no build, the pages say how to create one.
    pub fn new(site: Arc<Site>, config: Arc<Config>) -> Self {
        Self { site, files: Files::new(&config.dist), pages: IndexCache::new(&config.dist), config }
    }

    /// The app's page with content in it, for this request. If the build has no place for the content, the page is sent without it.
    pub(crate) async fn page_with(&self, request: &HeaderMap, content: &FirstContent) -> Response {
        let send = |page: Arc<IndexPage>| match with_content(&page, content, self.site.app) {
            Some(html) => {
                let policy = match content.forms {
                    NativeForms::Refused => &page.policy,
                    NativeForms::ToOwnOrigin => &page.policy_with_forms,
                };
                let etag = etag(&(&html, &page.etag, policy));
                send((&page, policy), &etag, request, StatusCode::OK, |coding| compressed_for_one(&html, coding))
            }
            None => send_without_content(&page, request, StatusCode::OK),
        };
        page(self, request).await.and_then(send).unwrap_or_else(|error| not_built(&error, self))
    }

    /// The app's page with this title and no content, for this request.
    async fn titled_page(&self, request: &HeaderMap, name: &str) -> Response {
        let send = |page: Arc<IndexPage>| {
            let title = title(&format!("{name} · {}", self.site.app.full_name()));
            let html = page.template.clone().with("title", &title).into_html();
            let etag = etag(&(&html, &page.etag));
            send((&page, &page.policy), &etag, request, StatusCode::OK, |coding| compressed_for_one(&html, coding))
        };
        page(self, request).await.and_then(send).unwrap_or_else(|error| not_built(&error, self))
    }

    /// The app's page without content, for this request. The page is the same for every `status`, because the app itself shows errors.
    pub(crate) async fn page(&self, request: &HeaderMap, status: StatusCode) -> Response {
        let send = |page: Arc<IndexPage>| send_without_content(&page, request, status);
        page(self, request).await.and_then(send).unwrap_or_else(|error| not_built(&error, self))
    }

    /// Creates the page of the configured origin in advance, so that no request waits for it.
    pub(crate) async fn prepare(&self) {
        let _ = page(self, &HeaderMap::new()).await; // without a build, the first request reports the error
    }

    /// The routes of the app, which match every path.
    pub(crate) fn into_router(self: Arc<Self>) -> Router {
        let change_password = get(async || (StatusCode::FOUND, [(header::LOCATION, CHANGE_PASSWORD), (header::CACHE_CONTROL, "no-cache")]));
        let files = Router::new().route(CHANGE_PASSWORD_URL, change_password).route(MANIFEST, get(manifest));
        files.fallback(serve).with_state(self)
    }
}

async fn serve(State(spa): State<Arc<Spa>>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")]).into_response();
    }
    match PathKind::of(request.uri().path()) {
        PathKind::File(cache) => spa.files.answer(request, cache).await,
        PathKind::Page => {
            let (head, _) = request.into_parts(); // the body is not `Sync`, so no reference to the request may live across an await
            let path = head.uri.path();
            match Route::at(spa.site.app, path) {
                Route::NotFound if path != "/index.html" => spa.page(&head.headers, StatusCode::NOT_FOUND).await,
                Route::GuestOrder => ([("x-robots-tag", "noindex")], spa.page(&head.headers, StatusCode::OK).await).into_response(),
                page @ Route::Help(_) => spa.titled_page(&head.headers, page_title(page)).await,
                _ => spa.page(&head.headers, StatusCode::OK).await,
            }
        }
    }
}

fn send_without_content(page: &IndexPage, request: &HeaderMap, status: StatusCode) -> io::Result<Response> {
    send((page, &page.policy), &page.etag, request, status, |coding| {
        Ok(match coding {
            Coding::Brotli => page.brotli.clone(),
            Coding::Gzip => page.gzip.clone(),
            Coding::Identity => page.html.clone().into_bytes(),
        })
    })
}

/// Sends the page, or a document derived from the page, with this content security policy. `etag` is the entity tag of the sent document.
fn send(
    (page, policy): (&IndexPage, &HeaderValue),
    etag: &str,
    request: &HeaderMap,
    status: StatusCode,
    body: impl FnOnce(Coding) -> io::Result<Vec<u8>>,
) -> io::Result<Response> {
    let coding = Coding::accepted(request);
    let name = coding.name();
    let etag = format!("\"{etag}{}{}\"", if name.is_some() { "-" } else { "" }, name.unwrap_or_default());
    let is_known = request.get_all(header::IF_NONE_MATCH).iter().any(|it| it.to_str().is_ok_and(|it| it.contains(&etag)));
    // With `no-cache` the browser asks each time whether the page has changed. Unlike `no-store`, `no-cache` allows the back/forward cache.
    let mut headers = HeaderMap::from_iter([
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ETAG, HeaderValue::try_from(etag).expect("hex digits")),
        (header::CONTENT_SECURITY_POLICY, policy.clone()),
    ]);
    headers.extend(page.preconnect.clone().map(|it| (header::LINK, it)));
    if is_known && status == StatusCode::OK {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.extend(name.map(|it| (header::CONTENT_ENCODING, HeaderValue::from_static(it))));
    Ok((status, headers, body(coding)?).into_response())
}

async fn manifest(State(spa): State<Arc<Spa>>, headers: HeaderMap) -> Response {
    match page(&spa, &headers).await {
        Ok(page) => {
            ([(header::CACHE_CONTROL, "no-cache"), (header::CONTENT_TYPE, "application/json")], page.manifest.clone()).into_response()
        }
        Err(error) => not_built(&error, &spa),
    }
}

async fn page(spa: &Spa, request: &HeaderMap) -> io::Result<Arc<IndexPage>> {
    let port = port(request);
    let (site, config) = (Arc::clone(&spa.site), Arc::clone(&spa.config));
    let origins = (site.origin(port), site.sibling_origin(port));
    spa.pages.get(origins, move |html| IndexPage::new(html, &site, port, &config)).await
}

/// The app's manifest. Its colours are those of the page's header, and its icon is the one that the page links.
fn manifest_of(html: &str, app: App) -> serde_json::Value {
    let icon = html.split_once("rel=\"icon\" href=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    json!({
        "name": app.full_name(),
        "id": "/",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#f6f3ec",
        "theme_color": "#f6f3ec",
        "icons": [{ "src": icon, "sizes": "any", "type": "image/svg+xml", "purpose": "any" }],
    })
}

impl IndexPage {
    /// Creates the page of a site from `source`, the text of the built `index.html`. `port` is the port in the browser's request.
    ///
    /// # Errors
    /// The text has no place for the configuration.
    pub fn new(source: &str, site: &Site, port: Option<u16>, config: &Config) -> io::Result<Self> {
        let service_worker = match site.workflow {
            Workflow::SpaLocalStorage => config.service_worker,
            // In these workflows the request for the page itself carries the cookies of the sign-in, as the published diagrams show. A
            // service worker would show the page without that request.
            Workflow::SpaBackend | Workflow::SpaSharedDomain | Workflow::WebappJwt | Workflow::WebappSession => ServiceWorker::Off,
        };
        let attributes = if site.binds_sign_ins() { " data-device-binding" } else { "" };
        let spa_config = site.spa_config(port, config.contact.as_deref());
        let simple = server_rendered_url(site, port, config);
        let contact = config.contact.as_ref().map(|it| format!("mailto:{it}"));
        let template = with_config(Template(without_build_notes(source, service_worker)), &spa_config, attributes)?
            .with("title", &title(site.app.full_name()))
            .with("head", &preview_picture(&site.origin(port)).into_string())
            .with("nav", &header_links(site, port))
            .map("language", |button| if is_offered(button, config) { button.to_owned() } else { String::new() })
            .map("simple", |link| with_url(link, "/simple", simple.as_deref()))
            .map("contact", |link| with_url(link, "mailto:", contact.as_deref()));
        let template = with_languages(template, &config.languages);
        let html = template.clone().into_html();
        let fusionauth = site.fusionauth_called_by_app();
        // The hashes come from the build. If they were computed from the finished page, injected code would have a valid hash, too.
        let policy = |forms| spa_policy(fusionauth.as_deref(), &InlineHashes::of(source), forms);
        let (policy, policy_with_forms) = (policy(NativeForms::Refused), policy(NativeForms::ToOwnOrigin));
        let preconnect = fusionauth.map(|origin| format!("<{origin}>; rel=preconnect; crossorigin=use-credentials"));
        Ok(Self {
            brotli: brotli(&html, QUALITY_TO_KEEP)?,
            gzip: gzip(&html, flate2::Compression::best())?,
            // A 304 would replace the policy that the browser has stored with the page. So a page with another policy gets another entity
            // tag.
            etag: etag(&(&html, &policy)),
            manifest: manifest_of(source, site.app).to_string(),
            html,
            template,
            policy: HeaderValue::try_from(policy).map_err(io::Error::other)?,
            policy_with_forms: HeaderValue::try_from(policy_with_forms).map_err(io::Error::other)?,
            drawings: drawings_of(source).to_owned(),
            preconnect: preconnect.map(HeaderValue::try_from).transpose().map_err(io::Error::other)?,
        })
    }
}

fn not_built(error: &io::Error, spa: &Spa) -> Response {
    // The cache of pages is full, because requests have named too many ports.
    if error.kind() == io::ErrorKind::QuotaExceeded {
        return (StatusCode::MISDIRECTED_REQUEST, [(header::CACHE_CONTROL, "no-store")], "This site was requested on too many ports.\n")
            .into_response();
    }
    tracing::error!(%error, folder = %spa.config.dist.display(), "the single-page app cannot be served; run `cargo xtask build`");
    let text = "The single-page app is not built here yet. Run `cargo xtask build`, then reload.\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// Removes the attributes that the build has written only for this server: hashes, which do not compress, and the name of a stylesheet. If
/// the service worker is off, this also removes the attribute with its name, so that the page does not start it.
fn without_build_notes(html: &str, service_worker: ServiceWorker) -> String {
    let mut html = html.to_owned();
    let switch = match service_worker {
        ServiceWorker::On => None,
        ServiceWorker::Off => Some(" data-service-worker=\""),
    };
    for attribute in [" data-hash=\"", " data-whole=\""].into_iter().chain(switch) {
        while let Some(start) = html.find(attribute) {
            let value = start + attribute.len();
            let Some(end) = html[value..].find('"') else { break };
            html.replace_range(start..=value + end, "");
        }
    }
    html
}

/// The content of the configuration element.
#[derive(Serialize)]
struct ConfigBlock<'a> {
    #[serde(flatten)]
    config: &'a SpaConfig,
    /// For `boot.js`.
    pages: BTreeMap<&'static str, FirstLoad>,
}

/// Puts the configuration and the table for `boot.js` into their element, with these attributes. `<` is escaped, so that no value can end
/// the element.
fn with_config(template: Template, config: &SpaConfig, attributes: &str) -> io::Result<Template> {
    if template.text("config").is_none() {
        return Err(io::Error::other("index.html has no slot for the configuration"));
    }
    let json = json_for_script(&ConfigBlock { config, pages: pages::first_loads(config.app) })?;
    let element = format!("<script type=\"application/json\" id=\"{CONFIG_ELEMENT_ID}\"{attributes}>{json}</script>");
    Ok(template.with("config", &element))
}

/// JSON that cannot end its `script` element.
fn json_for_script(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

/// The links in the header until the app has started, in each language, because `boot.js` chooses the language.
fn header_links(site: &Site, port: Option<u16>) -> String {
    let sibling = site.sibling_origin(port);
    let links = |language: Language| {
        let links = || html! { nav lang=(language.tag()) aria-label=(t!("Main")) { (app_links(site.app, "", sibling.as_deref())) } };
        language.scope(links).into_string()
    };
    Language::ALL.map(links).concat()
}

/// Whether the site offers the language of this button.
fn is_offered(button: &str, config: &Config) -> bool {
    config.languages.iter().any(|it| button.contains(&format!(" value=\"{}\"", it.tag())))
}

/// Gives `boot.js` the languages that the site offers.
fn with_languages(Template(html): Template, offered: &[Language]) -> Template {
    let attribute = |languages: &[Language]| {
        let tags = languages.iter().map(|it| it.tag()).collect::<Vec<_>>().join(" ");
        format!(" data-languages=\"{tags}\"")
    };
    Template(html.replacen(&attribute(&Language::ALL[1..]), &attribute(offered), 1))
}

/// The site that shows this site's application without a program in the browser, if the configuration has one.
fn server_rendered_url(site: &Site, port: Option<u16>, config: &Config) -> Option<String> {
    let sites = config.sites().ok()?;
    let found = [Workflow::WebappJwt, Workflow::WebappSession].into_iter().find_map(|it| sites.find(site.app, it));
    found.map(|it| it.origin(port) + "/")
}

/// Gives a link another URL than `placeholder`. Without another URL, there is no link.
fn with_url(link: &str, placeholder: &str, url: Option<&str>) -> String {
    let href = |url: &str| format!("href=\"{}\"", html! { (url) }.into_string());
    url.map(|url| link.replace(&href(placeholder), &href(url))).unwrap_or_default()
}

/// The URL of the products' drawings in the built page, which its scripts name.
fn drawings_of(html: &str) -> &str {
    let (folder_and_name, ending) = DRAWINGS.split_at(DRAWINGS.len() - ".svg".len());
    let found = html.find(folder_and_name).and_then(|start| Some(&html[start..start + html[start..].find(ending)? + ending.len()]));
    found.unwrap_or(DRAWINGS)
}

/// Puts content into the page, in place of the placeholders that `boot.js` shows if the page needs no sign-in form. This also adds links to
/// all styles, because the app that would load them has not started. `None` if the page has no place for content.
fn with_content(page: &IndexPage, content: &FirstContent, app: App) -> Option<String> {
    let FirstContent { title, head, header, main, answer, .. } = content;
    let noscript = page.template.text("noscript")?;
    let main = main.replace(&format!("{DRAWINGS}#"), &format!("{}#", page.drawings));
    let main = format!("<main id=\"{FIRST_CONTENT_ID}\">{main}{noscript}</main>");
    // A development build links all styles itself.
    let styles =
        [" data-styles=\"", " data-part-styles=\""].map(|it| page.html.split_once(it).and_then(|(_, rest)| rest.split('"').next()));
    let styles = html! { @for styles in styles.into_iter().flatten() { link rel="stylesheet" href=(styles); } }.into_string();
    let answer = json_for_script(answer).ok()?;
    let answer = format!("<script type=\"application/json\" id=\"{FIRST_ANSWER_ID}\">{answer}</script>");
    let filled = (page.template.clone())
        .with("title", &self::title(&format!("{title} · {}", app.full_name())))
        .with("description", "") // the content has its own
        .map("head", |picture| [picture, head, &styles, &answer].concat())
        .with("nav", &header.nav)
        .with("who", &header.sign_in)
        .with("main", "<main hidden>") // it has the static sign-in form, and only one `main` may be visible
        .with("skeleton", "")
        .with("noscript", "")
        .with("content", &main);
    Some(filled.into_html())
}

fn title(text: &str) -> String {
    html! { title { (text) } }.into_string()
}

fn etag(page: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    page.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn no_value_ends_the_configuration_element() {
        let config = SpaConfig {
            app: App::Store,
            workflow: Workflow::SpaLocalStorage,
            fusionauth_url: "http://auth.example".to_owned(),
            application_id: "</script><script>alert(1)</script>".to_owned(),
            sibling_url: "<!--".to_owned(),
            contact: None,
        };
        let html = "<!-- kept --><head><!--slot config-->old<!--/slot config--></head><p>kept</p>";
        let page = with_config(Template(html.to_owned()), &config, " data-x").unwrap().into_html();
        let (before, rest) = page.split_once("\"storefront-config\" data-x>").unwrap();
        let (json, after) = rest.split_once("</script>").unwrap();
        assert_eq!(before, r#"<!-- kept --><head><script type="application/json" id="#);
        assert_eq!(after, "</head><p>kept</p>");
        assert!(!json.contains('<'));
        assert_eq!(serde_json::from_str::<SpaConfig>(json).unwrap(), config);
        let page_of_bench = include_str!("../../../../tools/bench/peer/index.html");
        with_config(Template(page_of_bench.to_owned()), &config, "").unwrap();
        assert!(with_config(Template(String::new()), &config, "").is_err());
    }

    #[tokio::test]
    async fn a_site_has_one_page_for_each_of_its_origins_and_not_for_each_port() {
        let shop = r#"origin = "https://shop.test", application = "store", workflow = "spa-backend", application_id = "a", fusionauth_origin = "https://a.test""#;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), include_str!("../../../../index.html")).unwrap();
        let dist = folder.path().to_str().unwrap();
        let spa = |sites: &[&str], host: &str| {
            let config = Config::try_parse_from([&["server", "--dist", dist], sites].concat()).unwrap();
            let site = Arc::clone(config.sites().unwrap().application(host).unwrap());
            Spa::new(site, Arc::new(config))
        };
        let host = |name: &str, port: u16| HeaderMap::from_iter([(header::HOST, format!("{name}:{port}").parse().unwrap())]);
        let deployed = spa(&["--site", shop], "shop.test");
        let first = page(&deployed, &HeaderMap::new()).await.unwrap();
        for port in 1..100 {
            assert!(Arc::ptr_eq(&first, &page(&deployed, &host("shop.test", port)).await.unwrap()), "{port}");
        }
        // The app asks for the reason of a refusal only on a site that binds sign-ins to devices.
        assert!(!first.html.contains("data-device-binding"));
        let bound =
            page(&spa(&["--site", &format!("{shop}, device_binding = \"offered\"")], "shop.test"), &HeaderMap::new()).await.unwrap();
        assert!(bound.html.contains("id=\"storefront-config\" data-device-binding>{"));
        let name = "store.spa-backend.localhost";
        let development = spa(&[], name);
        for port in [8080, 8081] {
            let page = page(&development, &host(name, port)).await.unwrap();
            assert!(page.html.contains(&format!("http://{name}:{port}")) && page.html.contains(&format!("localhost:{port}")));
        }
        for port in 1..100 {
            development.page(&host(name, port), StatusCode::OK).await;
        }
        assert_eq!(development.page(&host(name, 99), StatusCode::OK).await.status(), StatusCode::MISDIRECTED_REQUEST);
        assert_eq!(development.page(&host(name, 8081), StatusCode::OK).await.status(), StatusCode::OK);
    }
}
