//! Writes that clients send twice, concurrently, or to two instances: the server does each write once and loses none.

use crate::browse::hidden;
use crate::test_cluster::{Browser, TestCluster, forums, location, sign_in_by_form, store};
use crate::test_server::{Host, TestServer, problem, with_status};
use crate::webapp_steps::text;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use storefront_api::{Cart, Post, User};
use test_support::issuer::{FORUMS, SECOND, SHOPPER, STORE, token};
use tokio::task::JoinSet;

const LINES: &str = "/api/shopping-cart/lines";

fn add(server: &TestServer, user: &str, product: &str, quantity: i64) -> RequestBuilder {
    let request = server.ask(Method::POST, Host::Store, LINES).bearer_auth(token(user, STORE));
    request.json(&json!({"product": product, "quantity": quantity}))
}

async fn quantity(server: &TestServer, user: &str, product: &str) -> i64 {
    server.cart(user).await.lines.iter().find(|it| it.product == product).map_or(0, |it| it.quantity)
}

pub(crate) async fn all_at_once(requests: impl IntoIterator<Item = RequestBuilder>) -> Vec<Response> {
    let mut all = JoinSet::new();
    for request in requests {
        all.spawn(request.send());
    }
    all.join_all().await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn adds_at_once_over_two_instances_all_count() {
    let server = TestServer::start().await;
    let other = server.another_instance().await;
    let requests = (0..20).map(|number| add(if number % 2 == 0 { &server } else { &other }, SECOND, "linen-towel", 2));
    for answer in all_at_once(requests).await {
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.json::<Cart>().await.unwrap().lines.len(), 1, "the answer is the whole cart");
    }
    assert_eq!(quantity(&server, SECOND, "linen-towel").await, 40);
}

#[tokio::test]
async fn adds_at_once_stop_at_the_stock() {
    let server = TestServer::start().await;
    let answers = all_at_once((0..10).map(|_| add(&server, SECOND, "birch-hatchet", 1))).await;
    let accepted = answers.iter().filter(|it| it.status() == StatusCode::OK).count();
    let refused = answers.iter().filter(|it| it.status() == StatusCode::CONFLICT).count();
    assert_eq!((accepted, refused), (2, 8));
    assert_eq!(quantity(&server, SECOND, "birch-hatchet").await, 2);
}

#[tokio::test]
async fn an_add_above_a_limit_adds_nothing_and_says_why() {
    let server = TestServer::start().await;
    let database = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query("UPDATE products SET stock = 500 WHERE id = 'hammock'").execute(&database).await.unwrap();
    for (product, has, quantity, kind, detail) in [
        ("hammock", 0, 0, "quantity-out-of-range", "Enter a whole number from 1 to 99."),
        ("hammock", 0, 100, "quantity-out-of-range", "Enter a whole number from 1 to 99."),
        ("hammock", 98, 2, "quantity-out-of-range", "Your cart can hold up to 99 of one product. It already holds 98."),
        ("birch-hatchet", 0, 3, "out-of-stock", "Only 2 left in stock."),
        ("birch-hatchet", 2, 1, "out-of-stock", "Only 2 left in stock. Your cart already holds 2."),
        ("star-atlas", 0, 1, "out-of-stock", "This product is sold out."),
        ("unknown", 0, 1, "product-unknown", "We can't find that product."),
        ("enamel-mug\0", 0, 1, "product-unknown", "We can't find that product."),
    ] {
        if has > 0 {
            assert_eq!(server.put_line(product, &json!({"quantity": has})).await.status(), StatusCode::OK);
        }
        let before = server.cart(SHOPPER).await;
        let problem = problem(add(&server, SHOPPER, product, quantity).send().await.unwrap()).await;
        assert_eq!((problem.kind, problem.detail.as_deref()), (format!("/problems/{kind}"), Some(detail)), "{product} {quantity}");
        assert_eq!(server.cart(SHOPPER).await, before);
    }
}

#[tokio::test]
async fn the_same_key_adds_once_over_two_instances() {
    let server = TestServer::start().await;
    let other = server.another_instance().await;
    let requests = (0..10).map(|number| add(if number % 2 == 0 { &server } else { &other }, SECOND, "hammock", 1));
    let mut bodies = Vec::new();
    for answer in all_at_once(requests.map(|it| it.header("idempotency-key", "one"))).await {
        assert_eq!((answer.status(), answer.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, "application/json"));
        bodies.push(answer.text().await.unwrap());
    }
    assert!(bodies.windows(2).all(|it| it[0] == it[1]), "{bodies:?}");
    assert_eq!(quantity(&server, SECOND, "hammock").await, 1);

    assert_eq!(add(&server, SECOND, "hammock", 1).header("idempotency-key", "two").send().await.unwrap().status(), StatusCode::OK);
    let late = add(&other, SECOND, "hammock", 1).header("idempotency-key", "one").send().await.unwrap();
    assert_eq!(
        late.json::<Cart>().await.unwrap(),
        server.cart(SECOND).await,
        "a late repetition returns the current cart, because the app shows it"
    );
    assert_eq!(quantity(&server, SECOND, "hammock").await, 2);

    let reused = add(&server, SECOND, "hammock", 2).header("idempotency-key", "one").send().await.unwrap();
    assert_eq!(problem(with_status(StatusCode::UNPROCESSABLE_ENTITY, reused)).await.kind, "/problems/idempotency-key-reused");
    let others = add(&server, SHOPPER, "hammock", 2).header("idempotency-key", "one").send().await.unwrap();
    assert_eq!(others.status(), StatusCode::OK, "the same key of two users is two keys");
    for malformed in ["", "a b", &"x".repeat(65)] {
        let answer = add(&server, SECOND, "hammock", 1).header("idempotency-key", malformed).send().await.unwrap();
        assert_eq!(problem(answer).await.kind, "/problems/idempotency-key-malformed", "{malformed:?}");
    }
    assert_eq!(quantity(&server, SECOND, "hammock").await, 2);
}

#[tokio::test]
async fn a_key_keeps_neither_the_cart_nor_a_refusal_and_is_forgotten_after_a_day() {
    let server = TestServer::start().await;
    let database = storefront_server::database::open(&server.database_url).await.unwrap();
    let asked = || add(&server, SECOND, "star-atlas", 1).header("idempotency-key", "readable-key").send();
    assert_eq!(problem(asked().await.unwrap()).await.detail.as_deref(), Some("This product is sold out."));
    sqlx::query("UPDATE products SET stock = 5 WHERE id = 'star-atlas'").execute(&database).await.unwrap();
    assert_eq!(asked().await.unwrap().status(), StatusCode::OK);

    let select = "SELECT owner, key_hash, request, answer FROM idempotency_keys";
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(select).fetch_all(&database).await.unwrap();
    assert_eq!((rows.len(), rows[0].3.as_str()), (1, "null"));
    assert!(!format!("{rows:?}").contains("readable-key"));

    let now = storefront_server::clock::now_ms();
    let day = 24 * 60 * 60 * 1_000;
    for (purged_at, added) in [(now + day - 60_000, 1), (now + day + 60_000, 2)] {
        storefront_server::purge::purge(&database, purged_at, std::time::Duration::ZERO).await;
        assert_eq!(asked().await.unwrap().status(), StatusCode::OK);
        assert_eq!(quantity(&server, SECOND, "star-atlas").await, added);
    }
}

#[tokio::test]
async fn a_request_without_a_good_token_keeps_nothing() {
    let server = TestServer::start().await;
    let refused = server.ask(Method::POST, Host::Store, LINES).bearer_auth("no.good.token").header("idempotency-key", "one");
    let refused = refused.json(&json!({"product": "hammock", "quantity": 1})).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(add(&server, SECOND, "hammock", 1).header("idempotency-key", "one").send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_same_key_publishes_one_post() {
    let server = TestServer::start().await;
    let write = || {
        let request = server.ask(Method::POST, Host::Forums, "/api/posts").bearer_auth(token(SECOND, FORUMS));
        request.json(&json!({"body": "Once only"})).header("idempotency-key", "one")
    };
    let mut posts = Vec::new();
    for answer in all_at_once((0..5).map(|_| write())).await {
        assert_eq!(answer.status(), StatusCode::CREATED);
        posts.push(answer.json::<Post>().await.unwrap());
    }
    assert!(posts.windows(2).all(|it| it[0] == it[1]), "{posts:?}");
    let all = server.get(Host::Forums, "/api/load-posts").bearer_auth(token(SHOPPER, FORUMS)).send().await.unwrap();
    assert_eq!(all.json::<Vec<Post>>().await.unwrap().iter().filter(|it| it.body == "Once only").count(), 1);
}

fn register(browser: &Browser, email: &str, key: &str) -> RequestBuilder {
    let body = json!({"email": email, "password": "a-new-password"});
    browser.request(Method::POST, &store("spa-backend"), "/api/register").json(&body).header("idempotency-key", key)
}

#[tokio::test]
async fn the_same_key_makes_one_account_over_two_instances() {
    let cluster = TestCluster::start_with(&["--register-verified"], 2).await;
    let browser = cluster.browser();
    let mut ids = Vec::new();
    for answer in all_at_once((0..4).map(|_| register(&browser, "once@example.com", "one"))).await {
        assert_eq!(answer.status(), StatusCode::CREATED);
        ids.push(answer.json::<User>().await.unwrap().id);
    }
    assert!(ids.windows(2).all(|it| it[0] == it[1]), "{ids:?}");
    let made = cluster.asked_by_backends().iter().filter(|it| *it == "POST /api/user/registration").count();
    assert_eq!(made, 1);
    let other = register(&browser, "other@example.com", "one").send().await.unwrap();
    assert_eq!(other.json::<Value>().await.unwrap()["type"], "/problems/idempotency-key-reused");
}

#[tokio::test]
async fn a_server_that_died_in_a_registration_blocks_it_for_the_lease_only() {
    let cluster = TestCluster::start_with(&["--register-verified"], 1).await;
    let browser = cluster.browser();
    assert_eq!(register(&browser, "died@example.com", "one").send().await.unwrap().status(), StatusCode::CREATED);
    let database = cluster.database().await;
    // A killed server leaves the row in this state: claimed, and without a response.
    let soon = storefront_server::clock::now_ms() + 60_000;
    sqlx::query("UPDATE idempotency_keys SET status = 0, answer = '', lease_until = $1").bind(soon).execute(&database).await.unwrap();
    let early = register(&browser, "died@example.com", "one").send().await.unwrap();
    assert_eq!((early.status(), early.headers().contains_key("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, true));
    sqlx::query("UPDATE idempotency_keys SET lease_until = 1").execute(&database).await.unwrap();
    let late = register(&browser, "died@example.com", "one").send().await.unwrap();
    assert_eq!(late.status(), StatusCode::CREATED, "the server tries again, and hides that FusionAuth knows the email");
    let tries = cluster.asked_by_backends().iter().filter(|it| *it == "POST /api/user/registration").count();
    assert_eq!(tries, 2);
}

#[tokio::test]
async fn twenty_add_forms_ten_at_once_make_twenty() {
    for workflow in crate::webapp_steps::WORKFLOWS {
        let (cluster, store) = (TestCluster::start_with(&[], 2).await, store(workflow));
        let browser = cluster.signed_in(&store, "second@example.com").await;
        for _ in 0..2 {
            let forms = (0..10).map(|_| browser.form(&store, "/shopping-cart/lines", &[("product", "enamel-mug")]));
            for answer in all_at_once(forms).await {
                assert_eq!(answer.status(), StatusCode::SEE_OTHER);
            }
        }
        assert!(text(browser.get(&store, "/shopping-cart").await).await.contains("20 items"));
    }
}

/// The key in the first form of a page.
fn key_of(page: &str) -> String {
    hidden(page, "idempotency_key")
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_done_once() {
    let cluster = TestCluster::start_with(&["--register-verified"], 2).await;
    let (store, forums) = (store("webapp-jwt"), forums("webapp-jwt"));
    let browser = cluster.browser();
    let key = key_of(&text(browser.get(&store, "/register").await).await);
    let fields = [("email", "twice@example.com"), ("password", "a-new-password"), ("idempotency_key", &key)];
    for answer in all_at_once((0..2).map(|_| browser.form(&store, "/register", &fields))).await {
        assert_eq!(
            (answer.status(), location(&answer)),
            (StatusCode::FOUND, "/shopping-cart"),
            "both answers sign the user in, and neither says that the email is taken"
        );
    }

    sign_in_by_form(&browser, &store, "second@example.com").await;
    let page = text(browser.get(&store, "/").await).await;
    assert_ne!(key_of(&page), key_of(&text(browser.get(&store, "/").await).await), "each page has a new key");
    let fields = [("product", "enamel-mug"), ("idempotency_key", &key_of(&page))];
    for answer in all_at_once((0..2).map(|_| browser.form(&store, "/shopping-cart/lines", &fields))).await {
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/"));
    }
    assert!(text(browser.get(&store, "/shopping-cart").await).await.contains("1 item<"));

    sign_in_by_form(&browser, &forums, "second@example.com").await;
    let key = key_of(&text(browser.get(&forums, "/posts").await).await);
    for _ in 0..2 {
        let answer = browser.post_form(&forums, "/posts", &[("body", "Sent twice"), ("idempotency_key", &key)]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/posts"));
    }
    assert_eq!(text(browser.get(&forums, "/posts").await).await.matches("Sent twice").count(), 1);
}
