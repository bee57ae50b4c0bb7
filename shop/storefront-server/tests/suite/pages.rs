//! How the server delivers the single-page app: index.html with its configuration, files with their caching, and security headers.

use crate::test_server::{Host, TestServer};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use storefront_api::{App, pages::first_loads};

pub(crate) const HTML: &str = "<!doctype html><html><head><!--slot config--><!--/slot config--></head>\
                    <body><p>typed by hand</p></body></html>";

async fn built() -> TestServer {
    let server = TestServer::start().await;
    server.write_file("index.html", HTML);
    server.write_file("index.html.br", "must never be sent");
    server.write_file("storefront-0123456789abcdef.js", "js");
    server.write_file("storefront-0123456789abcdef.js.br", "brotli js");
    server.write_file("storefront-0123456789abcdef.js.gz", "gzip js");
    server.write_file("storefront-0123456789abcdef_bg.wasm", b"\0asm");
    server.write_file("assets/style-89abcdef.css", "css");
    server.write_file("boot.js", "boot");
    server.write_file("favicon.svg", "<svg/>");
    server
}

async fn sent(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

#[tokio::test]
async fn each_host_gets_its_own_configuration() {
    let server = built().await;
    for (host, app, id, sibling) in [
        (Host::Store, App::Store, "10000000-0000-0000-0000-000000000001", Host::Forums),
        (Host::Forums, App::Forums, "10000000-0000-0000-0000-000000000002", Host::Store),
    ] {
        let page = sent(server.get(host, "/")).await.text().await.unwrap();
        let (before, rest) = page.split_once("id=\"storefront-config\">").unwrap();
        let (config, after) = rest.split_once("</script>").unwrap();
        assert!(before.starts_with("<!doctype html>") && after.contains("typed by hand"));
        let expected = json!({
            "app": app,
            "workflow": "spa-local-storage",
            "fusionauthUrl": "http://auth.spa-local-storage.localhost:9011",
            "applicationId": id,
            "siblingUrl": server.origin(sibling),
            "pages": first_loads(app),
        });
        assert_eq!(serde_json::from_str::<Value>(config).unwrap(), expected);
    }
}

#[tokio::test]
async fn a_page_has_its_title_and_a_picture_before_the_app_starts() {
    let server = TestServer::start().await;
    server.write_file("index.html", include_str!("../../../../index.html"));
    for (host, path, language, title) in [
        (Host::Store, "/login", "de", "Fernhill"),
        (Host::Forums, "/", "de", "Fernhill Forums"),
        (Host::Store, "/delivery", "en", "Delivery · Fernhill"),
        (Host::Forums, "/returns", "de", "Rückgabe · Fernhill Forums"),
        (Host::Store, "/nowhere", "en", "Fernhill"),
    ] {
        let page = sent(server.get(host, path).header("accept-language", language)).await.text().await.unwrap();
        assert!(page.contains(&format!("<title>{title}</title>")) && page.matches("<title>").count() == 1, "{path}: {page}");
        let picture = format!("<meta property=\"og:image\" content=\"{}/apple-touch-icon.png\">", server.origin(host));
        assert!(page.contains(&picture) && page.matches("og:image").count() == 1, "{path}: {page}");
    }
}

#[tokio::test]
async fn each_workflow_gets_its_configuration() {
    let cluster = crate::test_cluster::TestCluster::start().await;
    cluster.write_file("index.html", HTML);
    let browser = cluster.browser();
    for (workflow, fusionauth) in [
        ("spa-local-storage", "http://auth.spa-local-storage.localhost:9011"),
        ("spa-backend", "http://store.spa-backend.localhost:8080"),
        ("spa-shared-domain", "http://auth.spa-shared-domain.localhost:9011"),
    ] {
        let answer = browser.get(&crate::test_cluster::store(workflow), "/").await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let page = answer.text().await.unwrap();
        let config = page.split_once("id=\"storefront-config\">").unwrap().1.split_once("</script>").unwrap().0;
        let config: storefront_api::SpaConfig = serde_json::from_str(config).unwrap();
        assert_eq!((config.workflow.slug(), config.fusionauth_url.as_str()), (workflow, fusionauth));
        let other = (workflow != "spa-backend").then_some(fusionauth);
        let expected = other.map_or("connect-src 'self';".to_owned(), |it| format!("connect-src 'self' {it};"));
        assert!(policy.contains(&expected), "{policy}");
    }
}

/// The content security policy of the app, with these sources for scripts and styles.
fn policy(scripts: &str, styles: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; img-src 'self'; font-src 'self'; \
         connect-src 'self' http://auth.spa-local-storage.localhost:9911; manifest-src 'self'; form-action 'none'; base-uri 'none'; \
         object-src 'none'; frame-ancestors 'none'"
    )
}

#[tokio::test]
async fn the_page_allows_the_inline_code_that_the_build_has_hashed_and_no_other() {
    let server = TestServer::start_with(&["--auth-port", "9911"]).await;
    let inline = "<style data-hash=\"sha256-c3R5bGU=\" data-whole=\"/style.css\">a > b {}</style><script data-hash=\"sha256-c2NyaXB0\">1</script>\
        <script data-hash=\"sha256-x' 'unsafe-inline\">2</script><script>3</script><p data-hash=\"sha256-cA==\"></p>";
    server.write_file("index.html", format!("{HTML}{inline}"));
    let page = sent(server.get(Host::Store, "/")).await;
    let expected = policy(" 'sha256-c2NyaXB0'", " 'sha256-c3R5bGU='");
    assert_eq!(page.headers()["content-security-policy"], expected.as_str());
    let tag = page.headers()["etag"].clone();
    assert_eq!(page.headers()["link"], "<http://auth.spa-local-storage.localhost:9911>; rel=preconnect; crossorigin=use-credentials");
    let html = page.text().await.unwrap();
    assert!(html.contains("<style>a > b {}</style><script>1</script>"), "the server removes the attributes that the build added: {html}");
    let again = sent(server.get(Host::Store, "/").header("if-none-match", &tag)).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["content-security-policy"], expected.as_str(), "a 304 replaces the headers in the browser's cache");
    server.write_file("index.html", format!("{HTML}{}", inline.replace("c3R5bGU=", "b3RoZXI=")));
    assert_ne!(sent(server.get(Host::Store, "/")).await.headers()["etag"], tag);
}

#[tokio::test]
async fn files_are_never_answered_with_the_page() {
    let server = built().await;
    let pages = ["/", "/cart", "/account?next=/cart", "/index.html"].map(|path| (path, StatusCode::OK));
    // The server sends the app, which shows that the page does not exist.
    let unknown = ["/deep/link", "/a%2fb", "//evil"].map(|path| (path, StatusCode::NOT_FOUND));
    for (path, status) in pages.into_iter().chain(unknown) {
        let answer = sent(server.get(Host::Store, path)).await;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-cache", "{path}");
        assert!(answer.text().await.unwrap().contains("siblingUrl"), "{path}");
    }
    for path in [
        "/storefront-ffffffffffffffff.js",
        "/assets/missing",
        "/assets/",
        "/missing.css",
        "/assets/..%2f..%2ftest.sqlite",
        "/%2e%2e/test.sqlite",
    ] {
        let answer = sent(server.get(Host::Store, path)).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert!(!answer.text().await.unwrap().contains("<html"), "{path}");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = sent(server.ask(method, Host::Store, "/login")).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "a native submit of the form is refused");
        assert_eq!(answer.headers()["allow"], "GET,HEAD");
    }
}

#[tokio::test]
async fn files_have_a_type_and_a_cache_lifetime() {
    let server = built().await;
    let immutable = "public, max-age=31536000, immutable";
    for (path, content_type, cache) in [
        ("/storefront-0123456789abcdef.js", "text/javascript", immutable),
        ("/storefront-0123456789abcdef_bg.wasm", "application/wasm", immutable),
        ("/assets/style-89abcdef.css", "text/css", immutable),
        ("/boot.js", "text/javascript", "no-cache"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
    ] {
        let answer = sent(server.get(Host::Forums, path)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["content-type"], content_type, "{path}");
        assert_eq!(answer.headers()["cache-control"], cache, "{path}");
        let modified = answer.headers().get("last-modified").cloned();
        assert_eq!(modified.is_some(), cache == "no-cache", "only a file that may change has a modification time: {path}");
        if let Some(modified) = modified {
            let again = sent(server.get(Host::Forums, path).header("if-modified-since", modified)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!(again.headers()["cache-control"], cache, "{path}");
        }
    }
}

#[tokio::test]
async fn an_encoding_needs_the_clients_consent() {
    let server = built().await;
    let path = "/storefront-0123456789abcdef.js";
    let packed = sent(server.get(Host::Store, path).header("accept-encoding", "gzip, br")).await;
    assert_eq!(packed.headers()["content-encoding"], "br");
    assert_eq!(packed.headers()["vary"], "accept-encoding");
    assert_eq!(packed.headers()["content-type"], "text/javascript");
    assert_eq!(packed.text().await.unwrap(), "brotli js");
    let packed = sent(server.get(Host::Store, path).header("accept-encoding", "gzip, deflate")).await;
    assert_eq!((packed.headers()["content-encoding"].clone(), packed.text().await.unwrap().as_str()), ("gzip".parse().unwrap(), "gzip js"));
    let plain = sent(server.get(Host::Store, path).header("accept-encoding", "gzip;q=0, deflate")).await;
    assert!(!plain.headers().contains_key("content-encoding"));
    assert_eq!(plain.headers()["vary"], "accept-encoding");
    assert_eq!(plain.text().await.unwrap(), "js");

    let page = sent(server.get(Host::Store, "/").header("accept-encoding", "br")).await;
    assert_eq!(page.headers()["content-encoding"], "br");
    assert_eq!(page.headers()["vary"], "accept-encoding");
    let mut html = Vec::new();
    brotli::BrotliDecompress(&mut page.bytes().await.unwrap().as_ref(), &mut html).unwrap();
    assert_eq!(
        String::from_utf8(html).unwrap(),
        sent(server.get(Host::Store, "/")).await.text().await.unwrap(),
        "the compressed page has this host's configuration"
    );
    let page = sent(server.get(Host::Store, "/").header("accept-encoding", "gzip")).await;
    assert_eq!(
        (&page.headers()["content-encoding"], &page.headers()["vary"]),
        (&"gzip".parse().unwrap(), &"accept-encoding".parse().unwrap())
    );
    let (packed, mut html) = (page.bytes().await.unwrap(), String::new());
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed.as_ref()), &mut html).unwrap();
    assert_eq!(html, sent(server.get(Host::Store, "/")).await.text().await.unwrap());
}

#[tokio::test]
async fn a_file_has_an_entity_tag_and_can_be_read_in_parts() {
    let server = built().await;
    let file = async |name: &'static str, value: &str| sent(server.get(Host::Store, "/favicon.svg").header(name, value)).await;
    let part = file("range", "bytes=1-3").await;
    assert_eq!((part.status(), part.headers()["content-range"].to_str().unwrap()), (StatusCode::PARTIAL_CONTENT, "bytes 1-3/6"));
    let tag = part.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(part.text().await.unwrap(), "svg");
    let again = file("if-none-match", &tag).await;
    assert_eq!((again.status(), again.headers()["etag"].to_str().unwrap()), (StatusCode::NOT_MODIFIED, tag.as_str()));
    assert_eq!(file("range", "bytes=9-").await.status(), StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn the_page_is_revalidated_and_follows_a_new_build() {
    let server = built().await;
    let first = sent(server.get(Host::Store, "/")).await;
    let etag = first.headers()["etag"].clone();
    let again = sent(server.get(Host::Store, "/").header("if-none-match", &etag)).await;
    assert_eq!((again.status(), again.headers()["etag"].clone()), (StatusCode::NOT_MODIFIED, etag.clone()));
    assert_eq!(again.headers()["cache-control"], "no-cache");
    let packed = sent(server.get(Host::Store, "/").header("if-none-match", &etag).header("accept-encoding", "br")).await;
    assert_eq!(packed.status(), StatusCode::OK, "the ETag of the plain page does not match the compressed page");

    server.write_file("index.html", HTML.replace("typed by hand", "rebuilt"));
    let changed = sent(server.get(Host::Store, "/").header("if-none-match", &etag)).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert!(changed.text().await.unwrap().contains("rebuilt"));
}

#[tokio::test]
async fn before_the_build_the_page_says_what_to_do() {
    let server = TestServer::start().await;
    let answer = sent(server.get(Host::Store, "/")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().await.unwrap().contains("cargo xtask build"));
    assert_eq!(sent(server.get(Host::Store, "/api/products")).await.status(), StatusCode::OK, "the API works without the app");
}
