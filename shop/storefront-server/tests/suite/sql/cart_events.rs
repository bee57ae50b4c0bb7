//! Events that tell an open page that its user's cart has changed. A page gets events about changes on any instance, but only about its
//! own user's cart, and only while that user is signed in.

use crate::log::Log;
use crate::spa_shared_domain;
use crate::sql::orders::placed;
use crate::test_cluster::{HANG_GUARD, TestCluster, store};
use crate::test_server::{Host, TestServer, problem, with_status};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::json;
use std::time::Duration;
use storefront_api::Cart;
use storefront_server::auth::revoked_access::{LONGEST_TOKEN_LIFE, RevokedAccess, Subject};
use storefront_server::clock::now_ms;
use test_support::issuer::{self, FORUMS, KEY, SECOND, SHOPPER, STORE};
use tokio::time::timeout;

const EVENTS: &str = "/api/shopping-cart/events";

/// A user without a cart in the demo data.
const NEW_USER: &str = "20000000-0000-0000-0000-000000000009";

/// An open stream of events.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn open(request: RequestBuilder) -> Self {
        let response = timeout(HANG_GUARD, request.send()).await.unwrap().unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Self { response, text: String::new() }
    }

    async fn of(server: &TestServer, user: &str) -> Self {
        Self::open(server.get(Host::Store, EVENTS).bearer_auth(issuer::token(user, STORE))).await
    }

    /// The cart's version in the next event, or `None` if the stream has ended.
    async fn next(&mut self) -> Option<u32> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let version = event.strip_prefix("data: ").unwrap_or_else(|| panic!("not an event: {event}")).parse().unwrap();
                self.text = rest.to_owned();
                return Some(version);
            }
            let chunk = timeout(HANG_GUARD, self.response.chunk())
                .await
                .expect("neither an event nor the end of the stream arrived in time")
                .unwrap()?;
            self.text += std::str::from_utf8(&chunk).unwrap();
        }
    }

    async fn end(&mut self) {
        while self.next().await.is_some() {}
    }
}

async fn set_line(server: &TestServer, user: &str, product: &str, quantity: i64) -> Cart {
    set_line_with(server, &issuer::token(user, STORE), product, quantity).await
}

async fn set_line_with(server: &TestServer, token: &str, product: &str, quantity: i64) -> Cart {
    let request = server.ask(Method::PUT, Host::Store, &format!("/api/shopping-cart/lines/{product}")).bearer_auth(token);
    sent(request.json(&json!({ "quantity": quantity }))).await
}

async fn sent(request: RequestBuilder) -> Cart {
    with_status(StatusCode::OK, request.send().await.unwrap()).json().await.unwrap()
}

#[tokio::test]
async fn a_change_is_told_on_every_instance_to_the_user_and_to_nobody_else() {
    let server = TestServer::start().await;
    let other = server.another_instance().await;
    let mut streams = [Stream::of(&server, SHOPPER).await, Stream::of(&server, SHOPPER).await, Stream::of(&other, SHOPPER).await];
    let mut of_second = Stream::of(&server, SECOND).await;
    let (of_shopper, before) = (server.cart(SHOPPER).await.version(), server.cart(SECOND).await.version());
    for stream in &mut streams {
        assert_eq!(stream.next().await, Some(of_shopper), "the first event has the cart's current version");
    }
    assert_eq!(of_second.next().await, Some(before));

    let changed = set_line(&server, SHOPPER, "enamel-mug", 7).await.version();
    assert_ne!(changed, of_shopper);
    for stream in &mut streams {
        assert_eq!(stream.next().await, Some(changed));
    }
    let changed = set_line(&other, SHOPPER, "enamel-mug", 8).await.version();
    for stream in &mut streams {
        assert_eq!(stream.next().await, Some(changed));
    }
    // If the server had sent these changes to the other user, their versions would come first.
    let of_its_own = set_line(&server, SECOND, "enamel-mug", 3).await.version();
    assert_eq!(of_second.next().await, Some(of_its_own));
}

#[tokio::test]
async fn an_order_and_an_accepted_notice_are_told() {
    let server = TestServer::start().await;
    set_line(&server, NEW_USER, "enamel-mug", 2).await;
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query("UPDATE products SET price = price + 100 WHERE id = 'enamel-mug'").execute(&db).await.unwrap();
    let mut stream = Stream::of(&server, NEW_USER).await;
    let cart = server.cart(NEW_USER).await;
    assert_eq!(stream.next().await, Some(cart.version()));
    let accept = server.ask(Method::POST, Host::Store, "/api/shopping-cart/acknowledgement").bearer_auth(issuer::token(NEW_USER, STORE));
    let accepted = accept.json(&json!({ "notice": cart.notice.unwrap() })).send().await.unwrap();
    let accepted: Cart = accepted.json().await.unwrap();
    assert_eq!(accepted.notice, None);
    assert_eq!(stream.next().await, Some(accepted.version()), "the lines are the same, and the notice is gone");

    placed(&server, NEW_USER).await;
    assert_eq!(stream.next().await, Some(server.cart(NEW_USER).await.version()));
}

#[tokio::test]
async fn no_cache_and_no_proxy_keeps_events_back() {
    let server = TestServer::start().await;
    let request = server.get(Host::Store, EVENTS).header("accept-encoding", "br, gzip");
    let stream = Stream::open(request.bearer_auth(issuer::token(SHOPPER, STORE))).await;
    let headers = stream.response.headers();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(!headers.contains_key("content-encoding") && !headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_stranger_is_refused_as_at_the_cart() {
    let server = TestServer::start().await;
    let expired = KEY.sign(&{
        let mut claims = issuer::claims(SHOPPER, STORE);
        claims["exp"] = json!(issuer::now() - 10);
        claims
    });
    for token in [None, Some("no-token".to_owned()), Some(issuer::token(SHOPPER, FORUMS)), Some(expired)] {
        let ask = async |path| {
            let request = server.get(Host::Store, path);
            let request = if let Some(token) = &token { request.bearer_auth(token) } else { request };
            let answer = timeout(HANG_GUARD, request.send()).await.unwrap().unwrap();
            let challenge = answer.headers()["www-authenticate"].clone();
            (challenge, problem(answer).await)
        };
        let refused = ask(EVENTS).await;
        assert_eq!(refused.1.status, 401);
        assert_eq!(refused, ask("/api/load-shopping-cart").await);
    }
    let of_forums = server.get(Host::Forums, EVENTS).bearer_auth(issuer::token(SHOPPER, FORUMS)).send().await.unwrap();
    assert_eq!(of_forums.status(), StatusCode::NOT_FOUND, "the Forums have no cart");
}

#[tokio::test]
async fn a_stream_ends_with_the_access_token() {
    let hours = |count: u64| Duration::from_secs(count * 3_600);
    let token_for = |life: Duration| {
        let mut claims = issuer::claims(SHOPPER, STORE);
        claims["exp"] = json!(issuer::now() + life.as_secs());
        KEY.sign(&claims)
    };
    let server = TestServer::start().await;
    let mut stream = Stream::open(server.get(Host::Store, EVENTS).bearer_auth(token_for(hours(2)))).await;
    assert!(stream.next().await.is_some());
    server.clock.advance(hours(1));
    // The stream checks its token between two events.
    for quantity in [5, 6] {
        let changed = set_line_with(&server, &token_for(hours(20)), "enamel-mug", quantity).await.version();
        assert_eq!(stream.next().await, Some(changed), "the stream stays open until the token expires");
    }
    server.clock.advance(hours(1));
    assert_eq!(stream.next().await, None, "the stream ends without another event");
}

#[tokio::test]
async fn a_stream_ends_when_the_access_token_is_revoked() {
    let server = TestServer::start().await;
    let mut claims = issuer::claims(SHOPPER, STORE);
    claims["iat"] = json!(issuer::now() - 60);
    let mut stream = Stream::open(server.get(Host::Store, EVENTS).bearer_auth(KEY.sign(&claims))).await;
    let mut of_second = Stream::of(&server, SECOND).await;
    assert!(stream.next().await.is_some() && of_second.next().await.is_some());
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    let subject = Subject::User { user: SHOPPER.to_owned(), application: None };
    RevokedAccess::new(db, Duration::ZERO).revoke(&subject, now_ms(), LONGEST_TOKEN_LIFE).await.unwrap();
    stream.end().await;
    let changed = set_line(&server, SECOND, "enamel-mug", 3).await.version();
    assert_eq!(of_second.next().await, Some(changed), "another user's stream stays open");
}

#[tokio::test]
async fn in_every_workflow_of_the_app_a_stream_is_opened_as_the_cart_is_read() {
    let cluster = TestCluster::start().await;
    for workflow in ["spa-backend", "spa-shared-domain"] {
        let (browser, host) = (cluster.browser(), store(workflow));
        assert_eq!(browser.get(&host, EVENTS).await.status(), StatusCode::UNAUTHORIZED);
        match workflow {
            "spa-backend" => drop(browser.sign_in(&host, "shopper@example.com").await),
            _ => drop(spa_shared_domain::sign_in(&browser, &host, STORE).await),
        }
        let mut stream = Stream::open(browser.request(Method::GET, &host, EVENTS)).await;
        assert!(stream.next().await.is_some(), "{workflow}");
    }
    let pages = cluster.signed_in(&store("webapp-jwt"), "shopper@example.com").await;
    assert_eq!(
        pages.get(&store("webapp-jwt"), EVENTS).await.status(),
        StatusCode::NOT_FOUND,
        "server-rendered pages have no script that could read the stream"
    );
}

#[tokio::test]
async fn a_request_that_renews_the_token_gets_a_stream_for_as_long_as_the_new_one_lives() {
    let cluster = TestCluster::start().await;
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    cluster.issue_stale();
    browser.sign_in(&host, "shopper@example.com").await;
    cluster.issue_fresh();
    let mut stream = Stream::open(browser.request(Method::GET, &host, EVENTS)).await;
    assert_eq!(cluster.refreshes(), 1);
    assert!(stream.response.headers().contains_key("set-cookie"));
    assert!(stream.next().await.is_some());
    // If the stream kept the stale token of the request, it would end at its next check, which it makes between two events.
    for quantity in [5, 6] {
        let line = browser.request(Method::PUT, &host, "/api/shopping-cart/lines/enamel-mug");
        let changed = sent(line.json(&json!({ "quantity": quantity }))).await.version();
        assert_eq!(stream.next().await, Some(changed));
    }
}

#[tokio::test]
async fn a_stop_ends_streams_and_waits_for_none() {
    let log = Log::of_this_thread();
    let cluster = TestCluster::start().await;
    let (address, stop, stopped) = cluster.stoppable_instance().await;
    let (browser, host) = (cluster.browser().at(address), store("spa-backend"));
    browser.sign_in(&host, "shopper@example.com").await;
    let mut stream = Stream::open(browser.request(Method::GET, &host, EVENTS)).await;
    assert!(stream.next().await.is_some());
    stop.send(()).unwrap();
    stream.end().await;
    timeout(HANG_GUARD, stopped).await.unwrap().unwrap();
    assert_eq!(log.count("cut off"), 0, "the stop did not use up its time limit");
}

#[tokio::test]
async fn a_user_has_eight_streams_at_most_and_gets_another_when_one_is_closed() {
    let server = TestServer::start().await;
    let mut streams = Vec::new();
    for _ in 0..8 {
        streams.push(Stream::of(&server, SHOPPER).await);
    }
    let ask = async || server.get(Host::Store, EVENTS).bearer_auth(issuer::token(SHOPPER, STORE)).send().await.unwrap();
    let refused = ask().await;
    assert_eq!((refused.status(), &refused.headers()["retry-after"]), (StatusCode::TOO_MANY_REQUESTS, &"60".parse().unwrap()));
    assert_eq!(problem(refused).await.kind, "/problems/too-many-streams");
    assert!(Stream::of(&server, SECOND).await.next().await.is_some(), "each user has a separate limit");
    streams.pop();
    // The test asks until the server notices that the connection of the closed stream is gone.
    let opened = async { while ask().await.status() != StatusCode::OK {} };
    timeout(HANG_GUARD, opened).await.unwrap();
}

#[tokio::test]
async fn an_operator_limits_the_streams_of_an_instance_or_has_none() {
    for (limit, streams) in [("2", 2), ("0", 0)] {
        let server = TestServer::start_with(&["--cart-streams", limit]).await;
        let mut open = Vec::new();
        for _ in 0..streams {
            open.push(Stream::of(&server, SHOPPER).await);
        }
        let refused = server.get(Host::Store, EVENTS).bearer_auth(issuer::token(SECOND, STORE)).send().await.unwrap();
        assert_eq!((refused.status(), &refused.headers()["retry-after"]), (StatusCode::SERVICE_UNAVAILABLE, &"60".parse().unwrap()));
        assert_eq!(problem(refused).await.kind, "/problems/too-many-streams");
    }
}

#[tokio::test]
async fn streams_outlive_a_failure_of_the_database() {
    let log = Log::of_this_thread();
    let server = TestServer::start().await;
    let mut stream = Stream::of(&server, SHOPPER).await;
    let before = stream.next().await;
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query("ALTER TABLE carts RENAME TO carts_elsewhere").execute(&db).await.unwrap();
    let mut opened_since = Stream::of(&server, SECOND).await;
    log.until("the carts of open pages cannot be followed").await; // the log is the only sign, because no client gets an event
    sqlx::query("ALTER TABLE carts_elsewhere RENAME TO carts").execute(&db).await.unwrap();
    let changed = set_line(&server, SHOPPER, "enamel-mug", 9).await.version();
    assert_eq!(stream.next().await, Some(changed));
    assert_ne!(before, Some(changed));
    assert_eq!(opened_since.next().await, Some(server.cart(SECOND).await.version()));
}
