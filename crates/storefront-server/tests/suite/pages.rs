//! How the single-page app is served: index.html with its configuration, files with their caching, and security headers.

use crate::test_server::{Host, TestServer};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

const HTML: &str = "<!doctype html><html><head><script type=\"application/json\" id=\"storefront-config\">{\"app\":\"store\"}</script></head>\
                    <body><p>typed by hand</p></body></html>";

async fn built() -> TestServer {
    let server = TestServer::start().await;
    server.write_file("index.html", HTML);
    server.write_file("index.html.br", "must never be sent");
    server.write_file("storefront-0123456789abcdef.js", "js");
    server.write_file("storefront-0123456789abcdef.js.br", "brotli js");
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
        (Host::Store, "store", "10000000-0000-0000-0000-000000000001", Host::Forums),
        (Host::Forums, "forums", "10000000-0000-0000-0000-000000000002", Host::Store),
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
        });
        assert_eq!(serde_json::from_str::<Value>(config).unwrap(), expected);
    }
}

#[tokio::test]
async fn each_workflow_is_told_whom_to_ask() {
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

#[tokio::test]
async fn the_page_carries_every_security_header() {
    let server = TestServer::start_with(&["--auth-port", "9911"]).await;
    server.write_file("index.html", HTML);
    server.write_file("boot.js", "boot");
    for path in ["/", "/cart", "/boot.js", "/missing.js", "/api/products", "/api/unknown", "/healthz"] {
        let answer = sent(server.get(Host::Store, path)).await;
        let header = |name: &str| answer.headers().get_all(name).iter().map(|it| it.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(
            header("content-security-policy"),
            [
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self' \
                 http://auth.spa-local-storage.localhost:9911; manifest-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; \
                 frame-ancestors 'none'"
            ],
            "{path}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "permissions-policy",
                "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self), clipboard-write=(self)",
            ),
        ] {
            assert_eq!(header(name), [value], "{name} on {path}");
        }
        assert!(header("strict-transport-security").is_empty(), "never over plain HTTP");
        assert!(header("set-cookie").is_empty() && header("access-control-allow-origin").is_empty());
    }
}

#[tokio::test]
async fn routes_get_the_page_and_files_never_do() {
    let server = built().await;
    for path in ["/", "/cart", "/account?next=/cart", "/deep/link", "/index.html", "/a%2fb", "//evil"] {
        let answer = sent(server.get(Host::Store, path)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
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
async fn files_have_their_type_and_their_life() {
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
        let modified = answer.headers()["last-modified"].clone();
        let again = sent(server.get(Host::Forums, path).header("if-modified-since", modified)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.headers()["cache-control"], cache, "{path}");
    }
}

#[tokio::test]
async fn brotli_is_for_those_who_can_read_it() {
    let server = built().await;
    let path = "/storefront-0123456789abcdef.js";
    let packed = sent(server.get(Host::Store, path).header("accept-encoding", "gzip, br")).await;
    assert_eq!(packed.headers()["content-encoding"], "br");
    assert_eq!(packed.headers()["vary"], "accept-encoding");
    assert_eq!(packed.headers()["content-type"], "text/javascript");
    assert_eq!(packed.text().await.unwrap(), "brotli js");
    let plain = sent(server.get(Host::Store, path).header("accept-encoding", "gzip")).await;
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
        "with this host's configuration"
    );
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
    assert_eq!(packed.status(), StatusCode::OK, "another encoding is another representation");

    server.write_file("index.html", HTML.replace("typed by hand", "built anew"));
    let changed = sent(server.get(Host::Store, "/").header("if-none-match", &etag)).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert!(changed.text().await.unwrap().contains("built anew"));
}

#[tokio::test]
async fn before_the_build_the_page_says_what_to_do() {
    let server = TestServer::start().await;
    let answer = sent(server.get(Host::Store, "/")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().await.unwrap().contains("cargo xtask build"));
    assert_eq!(sent(server.get(Host::Store, "/api/products")).await.status(), StatusCode::OK, "the API works without the app");
}
