//! What an operator sees: metrics on a separate port, without secrets, and the server's health.

use crate::browse::assert_has;
use crate::test_server::{Host, TestServer};
use reqwest::{Method, StatusCode};
use test_support::issuer::{self, SHOPPER, STORE};
use test_support::reserved_port::ReservedPort;

#[tokio::test]
async fn metrics_count_requests_and_refused_tokens_on_a_port_of_their_own() {
    let port = ReservedPort::new().unwrap();
    let server = TestServer::start_with(&["--demo-data", "--metrics-listen", &port.address.to_string()]).await;
    let cart = |token: String| server.get(Host::Store, "/api/load-shopping-cart").bearer_auth(token).send();
    assert_eq!(cart(issuer::token(SHOPPER, STORE)).await.unwrap().status(), StatusCode::OK);
    assert_eq!(cart("canary-token".to_owned()).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    server.ask(Method::from_bytes(b"INVENTED").unwrap(), Host::Store, "/").send().await.unwrap();
    server.get(Host::Unknown, "/canary-path").header("host", "canary.example").send().await.unwrap();

    let client = test_support::http_client();
    let text = client.get(format!("http://{}/metrics", port.address)).send().await.unwrap().text().await.unwrap();
    let site = "site=\"store.spa-local-storage.localhost\"";
    let parts = [
        &format!("storefront_http_requests_total{{method=\"GET\",{site},status=\"401\"}} "),
        &format!("storefront_http_request_duration_seconds_count{{{site}}} "),
        "storefront_http_requests_total{method=\"other\",",
        "storefront_refused_tokens_total{reason=\"Malformed\"} ",
        "storefront_database_connections ",
        "site=\"other\"",
    ];
    assert_has(&text, &parts);
    assert!(!text.contains("canary") && !text.contains(SHOPPER), "{text}");
    assert_eq!(
        server.get(Host::Store, "/metrics").send().await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "the site serves the app at this path, and no app is built here"
    );
}

#[tokio::test]
async fn a_process_lives_without_its_database_and_is_not_ready() {
    let server = TestServer::start().await;
    for path in ["/livez", "/readyz", "/healthz"] {
        assert_eq!(server.get(Host::Store, path).send().await.unwrap().status(), StatusCode::OK, "{path}");
    }
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query("DROP TABLE health_checks").execute(&db).await.unwrap();
    assert_eq!(server.get(Host::Store, "/livez").send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(server.get(Host::Store, "/readyz").send().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
}
