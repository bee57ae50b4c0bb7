//! Requests that no browser and no well-behaved client sends, written as raw bytes to the server's ports. Also busy and damaged databases.

use crate::test_cluster::{HANG_GUARD, PASSWORD, TestCluster, auth, set_cookies, store};
use serde_json::json;
use std::net::SocketAddr;
use test_support::issuer::STORE;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends the bytes of the request unchanged. Returns everything that the server sends until the connection ends.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let _ = connection.write_all(request.as_bytes()).await; // a server that refuses a body closes before it has all of it
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await; // a reset after the answer also ends the connection
    String::from_utf8_lossy(&answer).into_owned()
}

fn login(target: &str, host: &str, more: &str) -> String {
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": STORE}).to_string();
    format!(
        "POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn two_hosts_are_refused() {
    let cluster = TestCluster::start().await;
    let browser = cluster.browser();
    let request = "GET / HTTP/1.1\r\nHost: store.webapp-jwt.localhost\r\nHost: forums.webapp-jwt.localhost\r\nConnection: close\r\n\r\n";
    assert!(raw(browser.address(), request).await.starts_with("HTTP/1.1 400"));
    assert!(raw(browser.auth_proxy(), &request.replace("GET / ", "GET /api/status ")).await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn one_site_has_many_spellings() {
    let cluster = TestCluster::start().await;
    let address = cluster.browser().address();
    for (target, host) in [
        ("/api/products", "STORE.spa-LOCAL-storage.localhost."),
        ("/api/products", "store.spa-backend.localhost.:8080"),
        ("http://store.spa-backend.localhost:8080/api/products", "forums.spa-backend.localhost"),
    ] {
        let answer = raw(address, &format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("enamel-mug"), "{target} {host}: {answer}");
    }
}

#[tokio::test]
async fn no_spelling_of_the_host_gets_a_token_in_the_body() {
    let cluster = TestCluster::start().await;
    let (auth_proxy, host) = (cluster.browser().auth_proxy(), auth("spa-shared-domain"));
    for (target, host) in [
        ("/api/login".to_owned(), format!("{host}.:9011")),
        ("/api/login".to_owned(), format!("{}:9011", host.to_uppercase())),
        (format!("http://{host}:9011/api/login"), "localhost".to_owned()),
    ] {
        let answer = raw(auth_proxy, &login(&target, &host, "")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(!body.contains("\"token\"") && !body.contains("refreshToken"), "{target} {host}");
        assert!(head.contains("Domain=spa-shared-domain.localhost"), "{head}");
    }
}

#[tokio::test]
async fn the_proxy_before_fusionauth_says_itself_who_asks() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let keep = std::sync::Arc::clone(&seen);
    let fusionauth = axum::Router::new().fallback(async move |headers: axum::http::HeaderMap| {
        let named = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "forwarded"];
        let value = |name| headers.get_all(name).iter().map(|it| it.to_str().unwrap()).collect::<Vec<_>>().join("|");
        keep.lock().unwrap().push(named.map(value).join(" "));
    });
    tokio::spawn(async move { axum::serve(listener, fusionauth).await });
    let forged =
        "X-Forwarded-For: 5.5.5.5, 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\nForwarded: for=6.6.6.6\r\n";
    for (trusted, expected) in [("192.0.2.1", "127.0.0.1 http HOST 9011 "), ("127.0.0.0/8", "6.6.6.6 https HOST 9011 ")] {
        let folder = tempfile::tempdir().unwrap();
        let database = crate::test_server::fresh_database(folder.path()).await;
        let flags = ["--auth-listen", "127.0.0.1:0", "--trusted-proxies", trusted];
        let auth_proxy = crate::test_server::serve_both(folder.path(), &database, &url, &flags).await.1.unwrap();
        for workflow in ["spa-shared-domain", "spa-local-storage"] {
            let host = format!("{}:9011", auth(workflow));
            assert!(raw(auth_proxy, &login("/api/login", &host, forged)).await.starts_with("HTTP/1.1 200"));
            assert_eq!(seen.lock().unwrap().pop().unwrap(), expected.replace("HOST", &host), "{workflow} {trusted}");
        }
    }
}

#[tokio::test]
async fn a_slow_body_of_the_app_holds_no_connection_to_fusionauth_and_another_is_passed_on_while_it_comes() {
    let (began, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let fusionauth = axum::Router::new().fallback(async move |request: axum::extract::Request| {
        let announced = request.headers().get("content-length").map(|it| it.to_str().unwrap().to_owned());
        began.send((request.uri().path().to_owned(), announced)).unwrap();
        let read = axum::body::to_bytes(request.into_body(), usize::MAX).await;
        read.map(|it| json!({"token": it.len().to_string()}).to_string()).unwrap_or_default()
    });
    tokio::spawn(async { axum::serve(listener, fusionauth).await });
    let (_folder, auth_proxy) = crate::fusionauth_members::proxy(&url, "pass = [\"/stream\"]", &[]).await;
    let host = auth("spa-local-storage");
    let head = format!("POST /stream HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    let login = login("/api/login", &host, "");
    let (login_begins, login_ends) = login.split_at(login.len() - 5);
    let mut slow = TcpStream::connect(auth_proxy).await.unwrap();
    slow.write_all(login_begins.as_bytes()).await.unwrap();

    let mut connection = TcpStream::connect(auth_proxy).await.unwrap();
    connection.write_all(format!("{head}Content-Length: 200000\r\n\r\n{}", "a".repeat(100_000)).as_bytes()).await.unwrap();
    let mut next = async || tokio::time::timeout(HANG_GUARD, has_begun.recv()).await.expect("FusionAuth gets no request").unwrap();
    assert_eq!(next().await, ("/stream".to_owned(), Some("200000".to_owned())), "before the body was complete");
    connection.write_all("a".repeat(100_000).as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("200000"), "{answer}");

    slow.write_all(login_ends.as_bytes()).await.unwrap();
    assert_eq!(next().await.0, "/api/login");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "a".repeat(1 << 20));
    let answer = raw(auth_proxy, &format!("{head}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(11))).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_body_of_ten_gigabytes_is_refused_before_it_is_sent() {
    let cluster = TestCluster::start().await;
    let browser = cluster.browser();
    for (address, host, path, media_type) in [
        (browser.address(), store("spa-backend"), "/api/login", "application/json"),
        (browser.address(), store("webapp-jwt"), "/login", "application/x-www-form-urlencoded"),
        (browser.auth_proxy(), auth("spa-shared-domain"), "/api/login", "application/json"),
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {media_type}\r\nContent-Length: 10000000000\r\n\r\n"
        );
        let answer = tokio::time::timeout(HANG_GUARD, raw(address, &request)).await;
        assert!(answer.expect("the server waits for the body").starts_with("HTTP/1.1 413"), "{path}");
    }
}

#[tokio::test]
async fn a_list_is_no_object() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("spa-backend")).await;
    browser.sign_in(&store, "shopper@example.com").await;
    let request = browser.request(reqwest::Method::PUT, &store, "/api/shopping-cart/lines/enamel-mug");
    let answer = browser.send(&store, request.json(&json!([1]))).await;
    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn a_form_counts_by_its_origin_where_the_browser_says_no_more() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    let page = browser.get(&store, "/login").await;
    assert_eq!(page.headers()["referrer-policy"], "same-origin", "with no-referrer, browsers send `Origin: null`");
    let body = format!("username=shopper%40example.com&password={PASSWORD}");
    for (host, origin, expected) in [
        (format!("{store}:8080"), format!("http://{store}:8080"), "302"),
        (format!("{store}.:8080"), format!("http://{store}.:8080"), "302"),
        (format!("{store}:8080"), "null".to_owned(), "403"),
        (format!("{store}:8080"), format!("http://{store}.evil.example:8080"), "403"),
        (format!("{store}.:8080"), format!("https://evil.example./?http://{store}:8080"), "403"),
    ] {
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = raw(browser.address(), &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{host} {origin}: {answer}");
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_answered_with_a_page() {
    let (cluster, forums) = (TestCluster::start().await, crate::test_cluster::forums("webapp-session"));
    let browser = cluster.signed_in(&forums, "shopper@example.com").await;
    let post = |media_type: &str, body: String| {
        let request = browser.request(reqwest::Method::POST, &forums, "/posts").header("content-type", media_type);
        request.header("origin", format!("http://{forums}:8080")).body(body)
    };
    let long = "a".repeat(40_000);
    let answer = browser.send(&forums, post("application/x-www-form-urlencoded", format!("body={long}"))).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains(&long), "the form keeps the text");
    let page = browser.get(&forums, "/posts").await.text().await.unwrap();
    let (_, rest) =
        page.split_once("<textarea").and_then(|(_, area)| area.split_once(" maxlength=\"")).expect("the text area has no maxlength");
    let longest = "%E2%82%AC".repeat(rest.split_once('"').unwrap().0.parse().unwrap());
    let answer = browser.send(&forums, post("application/x-www-form-urlencoded", format!("body={longest}"))).await;
    assert_eq!(answer.status(), 422, "the server reads the longest text that the text area allows");
    let answer = browser.send(&forums, post("text/plain", "body=What I wrote <b>\r\n".to_owned())).await;
    assert_eq!(answer.status(), 415);
    let page = answer.text().await.unwrap();
    assert!(page.contains("<main") && page.contains("What I wrote &lt;b&gt;</textarea>"), "{page}");
    let answer = browser.send(&forums, post("application/x-www-form-urlencoded", "a".repeat(2 * 1024 * 1024))).await;
    assert_eq!(answer.status(), 413);
    assert!(answer.text().await.unwrap().contains("<main"));
}

#[tokio::test]
async fn a_product_that_no_database_can_hold_is_unknown() {
    let (_cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-session")).await;
    let answer = browser.post_form(&store, "/shopping-cart/lines", &[("product", "\0")]).await;
    assert_eq!(answer.status(), 404);
    assert_eq!(set_cookies(&answer).len(), 0);
}

#[tokio::test]
async fn a_busy_database_is_worth_another_try() {
    let (cluster, store) = (TestCluster::start_with(&["--request-timeout=600"], 1).await, store("webapp-session"));
    let browser = cluster.signed_in(&store, "shopper@example.com").await;
    let lock = cluster.lock_database().await;
    let answer = browser.post_form(&store, "/shopping-cart/lines/enamel-mug", &[("quantity", "3")]).await;
    drop(lock);
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_damaged_database_is_not_healthy_and_worth_another_try() {
    if std::env::var("TEST_DATABASE_URL").is_ok_and(|it| it.starts_with("postgres")) {
        return; // because a test must not damage PostgreSQL's files
    }
    let folder = tempfile::tempdir().unwrap();
    let database = crate::test_server::fresh_database(folder.path()).await;
    let address = crate::test_server::serve(folder.path(), &database, "http://127.0.0.1:1", &[]).await;
    let health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(raw(address, health).await.starts_with("HTTP/1.1 200"));
    // The test also damages the index of the log (`-shm`). With an intact index, a connection could keep using the pages in its memory. The
    // test truncates no file, because the server has mapped the index.
    for file in ["test.sqlite", "test.sqlite-wal", "test.sqlite-shm"] {
        let mut file = std::fs::OpenOptions::new().write(true).open(folder.path().join(file)).unwrap();
        let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
        std::io::Write::write_all(&mut file, &vec![0xa5; length]).unwrap();
    }
    assert!(raw(address, health).await.starts_with("HTTP/1.1 503"));
    let products = "GET /api/products HTTP/1.1\r\nHost: store.spa-backend.localhost\r\nConnection: close\r\n\r\n";
    let answer = raw(address, products).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "), "{answer}");
}
