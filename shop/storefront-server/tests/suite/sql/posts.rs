//! The API of the Forums: the list shows the latest thread first, and authors by their display names.

use crate::test_server::{Host, TestServer, with_status};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::HashSet;
use storefront_api::Post;
use test_support::issuer::{FORUMS, SECOND, SHOPPER, token};

async fn posts(server: &TestServer, reader: &str) -> Vec<Post> {
    let answer = server.get(Host::Forums, "/api/load-posts").bearer_auth(token(reader, FORUMS)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.json().await.unwrap()
}

async fn write(server: &TestServer, author: &str, body: &str) -> Post {
    let answer =
        server.ask(Method::POST, Host::Forums, "/api/posts").bearer_auth(token(author, FORUMS)).json(&json!({"body": body})).send();
    with_status(StatusCode::CREATED, answer.await.unwrap()).json().await.unwrap()
}

#[tokio::test]
async fn demo_posts_are_newest_first_and_of_several_people() {
    let server = TestServer::start().await;
    let posts = posts(&server, SHOPPER).await;
    assert!(posts.len() >= 5);
    assert!(
        posts.windows(2).all(|it| it[0].created_at > it[1].created_at),
        "the newest is first; the times sort as text, because all are RFC 3339 in UTC"
    );
    assert!(posts.iter().map(|it| &it.author).collect::<HashSet<_>>().len() >= 4);
}

#[tokio::test]
async fn posts_without_a_key_that_come_at_once_are_all_published() {
    let server = TestServer::start().await;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..20 {
        let author = if number % 2 == 0 { SHOPPER } else { SECOND };
        let request = server.ask(Method::POST, Host::Forums, "/api/posts").bearer_auth(token(author, FORUMS));
        all.spawn(request.json(&json!({"body": format!("number {number}")})).send());
    }
    for answer in all.join_all().await {
        assert_eq!(answer.unwrap().status(), StatusCode::CREATED);
    }
}

#[tokio::test]
async fn a_new_post_is_on_top_for_everybody() {
    let server = TestServer::start().await;
    let before = posts(&server, SECOND).await.len();
    let body = "  Line one\r\n\tline <b>two</b> & ü 🏔  ";
    let first = write(&server, SECOND, body).await;
    assert_eq!(first.body, "Line one\n\tline <b>two</b> & ü 🏔");
    assert_eq!(first.author, "Emil Novak", "the author is the display name");
    let second = write(&server, SHOPPER, &"é".repeat(2_000)).await;

    let now = posts(&server, SHOPPER).await;
    assert_eq!(now.len(), before + 2);
    assert_eq!(now[..2].iter().map(|it| (&it.id, &it.body)).collect::<Vec<_>>(), [(&second.id, &second.body), (&first.id, &first.body)]);
    assert!(!serde_json::to_string(&now).unwrap().contains('@'), "no email leaves the server");
}
