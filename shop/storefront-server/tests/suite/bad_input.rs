//! Invalid request bodies: the API answers with the documented 4xx, or with 503 if a body does not arrive in time, and with a problem
//! document (RFC 9457). The request changes nothing, and the answer repeats nothing of its body.

use crate::test_server::{Host, TestServer, problem, with_status};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use test_support::issuer::{FORUMS, SHOPPER, STORE, token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn put_cart_line(server: &TestServer) -> RequestBuilder {
    server.ask(Method::PUT, Host::Store, "/api/shopping-cart/lines/enamel-mug").bearer_auth(token(SHOPPER, STORE))
}

#[tokio::test]
async fn bad_quantities_change_nothing() {
    let server = TestServer::start().await;
    let before = server.cart(SHOPPER).await;
    for (body, status, kind) in [
        (r#"{"quantity":0}"#, 422, "quantity-out-of-range"),
        (r#"{"quantity":-1}"#, 422, "quantity-out-of-range"),
        (r#"{"quantity":100}"#, 422, "quantity-out-of-range"),
        (r#"{"quantity":9223372036854775807}"#, 422, "quantity-out-of-range"),
        (r#"{"quantity":9223372036854775808}"#, 422, "body-shape"),
        (r#"{"quantity":1e400}"#, 400, "body-malformed"),
        (r#"{"quantity":1e1}"#, 422, "body-shape"),
        (r#"{"quantity":1.5}"#, 422, "body-shape"),
        (r#"{"quantity":2.0}"#, 422, "body-shape"),
        (r#"{"quantity":"2"}"#, 422, "body-shape"),
        (r#"{"quantity":null}"#, 422, "body-shape"),
        (r#"{"quantity":true}"#, 422, "body-shape"),
        (r#"{"quantity":[2]}"#, 422, "body-shape"),
        (r#"{"quantity":1,"quantity":2}"#, 422, "body-shape"),
        (r#"{"quantity":1,"shopper":"someone"}"#, 422, "body-shape"),
        (r#"{"Quantity":1}"#, 422, "body-shape"),
        ("{}", 422, "body-shape"),
        ("[]", 422, "body-shape"),
        ("2", 422, "body-shape"),
        ("null", 422, "body-shape"),
        ("", 400, "body-malformed"),
        ("{", 400, "body-malformed"),
        (r#"{"quantity":NaN}"#, 400, "body-malformed"),
        (r#"{"quantity":01}"#, 400, "body-malformed"),
        (r#"{"quantity":1} x"#, 400, "body-malformed"),
        ("quantity=1", 400, "body-malformed"),
    ] {
        let answer = put_cart_line(&server).header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{body}");
        assert_eq!(problem(answer).await.kind, format!("/problems/{kind}"), "{body}");
    }
    assert_eq!(server.cart(SHOPPER).await, before);
}

#[tokio::test]
async fn a_problem_repeats_nothing_of_the_body() {
    let server = TestServer::start().await;
    let answer = put_cart_line(&server).json(&json!({"quantity": "canary-value"})).send().await.unwrap();
    let detail = problem(answer).await.detail.unwrap();
    assert!(!detail.contains("canary"), "{detail}");
    assert!(detail.contains("quantity"), "{detail}");
}

#[tokio::test]
async fn content_type_and_length_are_checked() {
    let server = TestServer::start().await;
    let before = server.cart(SHOPPER).await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"] {
        let answer = put_cart_line(&server).header("content-type", content_type).body(r#"{"quantity":5}"#).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
        assert_eq!(problem(answer).await.kind, "/problems/body-not-json");
    }
    let without = put_cart_line(&server).body(r#"{"quantity":5}"#).send().await.unwrap();
    assert_eq!(without.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let long = format!(r#"{{"quantity":5{}}}"#, " ".repeat(40_000));
    let answer = put_cart_line(&server).header("content-type", "application/json").body(long).send().await.unwrap();
    assert_eq!(problem(with_status(StatusCode::PAYLOAD_TOO_LARGE, answer)).await.kind, "/problems/body-too-long");
    assert_eq!(server.cart(SHOPPER).await, before);

    let with_charset =
        put_cart_line(&server).header("content-type", "application/json; charset=utf-8").body(r#"{"quantity":5}"#).send().await.unwrap();
    assert_eq!(with_charset.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_never_ends_times_out() {
    let server = TestServer::start().await;
    let before = server.cart(SHOPPER).await;
    let impatient = server.another_instance_with(&["--request-timeout", "1"]).await;
    let mut connection = tokio::net::TcpStream::connect(impatient.address).await.unwrap();
    let head = format!(
        "PUT /api/shopping-cart/lines/enamel-mug HTTP/1.1\r\nHost: store.spa-local-storage.localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{{\"quantity\":",
        token(SHOPPER, STORE)
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = connection.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).to_string();
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: "),
        "503 and not 408, because browsers automatically repeat a request after a 408: {answer}"
    );
    assert!(answer.contains("content-type: application/problem+json") && answer.contains("x-content-type-options: nosniff"), "{answer}");
    assert_eq!(server.cart(SHOPPER).await, before);
}

#[tokio::test]
async fn bad_posts_are_refused() {
    let server = TestServer::start().await;
    let post_to_forums = |body: serde_json::Value| {
        server.ask(Method::POST, Host::Forums, "/api/posts").bearer_auth(token(SHOPPER, FORUMS)).json(&body).send()
    };
    for (body, kind) in [
        (json!({"body": ""}), "post-empty"),
        (json!({"body": " \n\t\u{a0}"}), "post-empty"),
        (json!({"body": "x".repeat(2_001)}), "post-too-long"),
        (json!({"body": "\u{0}\u{1b}"}), "post-empty"),
        (json!({"body": format!("x{}", "\u{301}".repeat(1_900))}), "post-too-many-marks"),
        (json!({"body": 1}), "body-shape"),
        (json!({"text": "a"}), "body-shape"),
        (json!({"body": "a", "author": "someone else"}), "body-shape"),
    ] {
        let answer = post_to_forums(body.clone()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(problem(answer).await.kind, format!("/problems/{kind}"), "{body}");
    }
    let posts: Vec<storefront_api::Post> =
        server.get(Host::Forums, "/api/load-posts").bearer_auth(token(SHOPPER, FORUMS)).send().await.unwrap().json().await.unwrap();
    assert_eq!(posts.len(), 7, "only the threads of the demo data");
}
