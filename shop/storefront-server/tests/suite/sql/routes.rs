//! The routes of each host: the API of the host's own application and no other, 405 with `Allow`, 404 for unknown
//! hosts, `/healthz` on all of them, and the request id of each response.

use crate::test_server::{Host, TestServer, problem};
use reqwest::{Method, StatusCode};
use storefront_api::endpoints::{self, Caller};
use test_support::issuer::{FORUMS, SHOPPER, STORE, token};

#[tokio::test]
async fn each_application_has_its_own_routes() {
    let server = TestServer::start().await;
    for (host, audience, path) in [
        (Host::Forums, FORUMS, "/api/products"),
        (Host::Forums, FORUMS, "/api/load-shopping-cart"),
        (Host::Store, STORE, "/api/load-posts"),
        (Host::Store, STORE, "/api/posts"),
        (Host::Store, STORE, "/api/unknown"),
        (Host::Store, STORE, "/api/"),
        (Host::Store, STORE, "/api"),
        (Host::Store, STORE, "/api/login"),
        (Host::Unknown, STORE, "/api/products"),
        (Host::Unknown, STORE, "/api/user"),
    ] {
        let answer = server.get(host, path).bearer_auth(token(SHOPPER, audience)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{host:?}{path}");
        assert_eq!(problem(answer).await.kind, "/problems/not-found", "{host:?}{path}");
    }
}

/// The app calls the endpoints of this list, and no others. Each is served by the Store or the Forums, and refuses strangers if it is for
/// users.
#[tokio::test]
async fn every_endpoint_of_the_app_is_served_to_its_callers_alone() {
    let server = TestServer::start().await;
    for endpoint in endpoints::ALL {
        let method = Method::from_bytes(format!("{:?}", endpoint.method).as_bytes()).unwrap();
        let mut answers = Vec::new();
        for host in [Host::Store, Host::Forums] {
            let answer = server.ask(method.clone(), host, &endpoint.url(["unknown".to_owned()].into_iter())).send().await.unwrap();
            let text = format!("{} {}", answer.status(), answer.text().await.unwrap());
            if !["/problems/not-found", "/problems/method-not-allowed"].iter().any(|kind| text.contains(kind)) {
                answers.push(text);
            }
        }
        let is_refused = |answer: &String| answer.starts_with("401") || answer.contains("/problems/not-signed-in");
        let is_right = match endpoint.caller {
            Caller::User => answers.iter().all(is_refused),
            Caller::Anybody => !answers.iter().any(is_refused),
        };
        assert!(is_right && !answers.is_empty(), "{endpoint:?}: {answers:?}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let server = TestServer::start().await;
    for (host, method, path, allowed) in [
        (Host::Store, Method::POST, "/api/products", "GET,HEAD"),
        (Host::Store, Method::DELETE, "/api/load-shopping-cart", "GET,HEAD"),
        (Host::Store, Method::POST, "/api/shopping-cart/lines/enamel-mug", "PUT,DELETE"),
        (Host::Forums, Method::GET, "/api/posts", "POST"),
    ] {
        let answer = server.ask(method.clone(), host, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.headers()["allow"], allowed, "{method} {path}");
        assert_eq!(problem(answer).await.kind, "/problems/method-not-allowed");
    }
}

#[tokio::test]
async fn a_process_serves_only_the_application_it_was_told_to() {
    let server = TestServer::start_with(&["--app", "forums", "--demo-data"]).await;
    assert_eq!(server.get(Host::Store, "/api/products").send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let posts = server.get(Host::Forums, "/api/load-posts").bearer_auth(token(SHOPPER, FORUMS)).send().await.unwrap();
    assert_eq!(posts.status(), StatusCode::OK);
    assert_eq!(server.issuer.fetches(), [format!("storefront-forums/{}", env!("CARGO_PKG_VERSION"))]);
}

#[tokio::test]
async fn an_unknown_host_is_no_site() {
    let server = TestServer::start().await;
    for path in ["/", "/flows", "/cart"] {
        assert_eq!(server.get(Host::Unknown, path).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn every_host_tells_its_health() {
    let server = TestServer::start().await;
    for host in [Host::Store, Host::Forums, Host::Unknown] {
        let answer = server.get(host, "/healthz").send().await.unwrap();
        assert_eq!((answer.status(), answer.text().await.unwrap().as_str()), (StatusCode::OK, "ok\n"), "{host:?}");
    }
}

#[tokio::test]
async fn request_ids_of_a_proxy_are_kept_if_they_are_plain() {
    let server = TestServer::start().await;
    let id = async |sent: &str| {
        let answer = server.get(Host::Store, "/api/products").header("x-request-id", sent).send().await.unwrap();
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id("0af7651916cd43dd8448eb211c80319c").await, "0af7651916cd43dd8448eb211c80319c");
    for forged in ["short", "has spaces in it", "{\"json\":\"injection\"}", &"x".repeat(65)] {
        assert_ne!(id(forged).await, forged);
    }
    assert_ne!(id("short").await, id("short").await, "each request gets its own id");
}
