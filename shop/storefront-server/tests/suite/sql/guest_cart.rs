//! The cart of a visitor, on the server-rendered pages and in the API: its content, its cookie, and its merge into a user's cart.

use crate::test_cluster::{Browser, PASSWORD, TestCluster, forged, location, set_cookies, sign_in_by_form, store};
use crate::test_server::problem;
use crate::webapp_steps::{WORKFLOWS, text, with_expired_credential};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use storefront_api::Cart;
use storefront_server::{clock, database, purge::purge};
use test_support::issuer::STORE;

const COOKIE: &str = "storefront_guest_cart";

async fn add(browser: &Browser, store: &str, product: &str) {
    let answer = browser.post_form(store, "/shopping-cart/lines", &[("product", product)]).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/"), "{product}");
}

async fn cart(browser: &Browser, store: &str) -> String {
    let answer = browser.get(store, "/shopping-cart").await;
    assert_eq!(answer.status(), StatusCode::OK);
    text(answer).await
}

fn holds(page: &str, product: &str, quantity: i64) -> bool {
    let line = page.split("<li class=\"line\">").find(|it| it.contains(&format!("/shopping-cart/lines/{product}\"")));
    line.is_some_and(|it| it.contains(&format!("value=\"{quantity}\"")))
}

#[tokio::test]
async fn a_visitor_has_a_cart_and_no_other_visitor_has_it() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser, other) = (store(workflow), cluster.browser(), cluster.browser());
        let answer = browser.post_form(&store, "/shopping-cart/lines", &[("product", "enamel-mug")]).await;
        let cookie = set_cookies(&answer).into_iter().find(|it| it.starts_with(COOKIE)).expect("the cart's cookie");
        assert!(cookie.ends_with("; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        add(&browser, &store, "enamel-mug").await;
        let home = text(browser.get(&store, "/").await).await;
        assert!(home.contains("Added Enamel mug.") && home.contains("<span class=\"badge\">2"), "{home}");

        let page = cart(&browser, &store).await;
        assert!(
            holds(&page, "enamel-mug", 2) && page.contains("€29.80") && page.contains("Sign in to have it on all your devices."),
            "{page}"
        );
        let line = "/shopping-cart/lines/enamel-mug";
        browser.post_form(&store, line, &[("quantity", "5")]).await;
        assert!(holds(&cart(&browser, &store).await, "enamel-mug", 5));
        browser.post_form(&store, &format!("{line}/remove"), &[]).await;
        assert!(cart(&browser, &store).await.contains("Your cart is empty"));

        let answer = other.get(&store, "/shopping-cart").await;
        assert_eq!(
            (answer.status(), location(&answer)),
            (StatusCode::FOUND, "/login"),
            "without a cart, the page redirects to the sign-in, as in FusionAuth's published workflow"
        );
        for path in [line.to_owned(), format!("{line}/remove")] {
            assert_eq!(location(&other.post_form(&store, &path, &[("quantity", "1")]).await), "/login");
        }
    }
    assert_eq!(cluster.count("cart_lines WHERE user_id LIKE 'guest:%'").await, 0);
}

#[tokio::test]
async fn a_sign_in_adds_the_visitors_cart_to_the_users_once() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start_with(&[], 2).await, store(workflow));
        let browser = cluster.browser();
        for product in ["enamel-mug", "enamel-mug"] {
            add(&browser, &store, product).await;
        }
        let page = browser.press(&browser.open(&store, "/").await, "Add to cart: Two-tree hammock", &[]).await;
        let page = browser.follow(&browser.follow(&page, "See your cart").await, "Sign in").await;
        browser.press(&page, "Sign in", &[("Email", "shopper@example.com"), ("Password", PASSWORD)]).await;
        let ask = || browser.get(&store, "/shopping-cart");
        let (first, second, third, fourth) = tokio::join!(ask(), ask(), ask(), ask());
        const NOTICE: &str = "Your cart now includes what you added before you signed in.";
        for page in [first, second, third, fourth] {
            assert!(text(page).await.contains(NOTICE), "each page has the notice, whichever request merged the carts");
        }
        let page = cart(&browser, &store).await;
        assert!(page.contains(NOTICE), "the notice stays until the user acknowledges it");
        let signed_in = browser.press(&browser.open(&store, "/shopping-cart").await, "OK", &[]).await;
        let page = &signed_in.html;
        assert!(signed_in.path == "/shopping-cart" && !page.contains(NOTICE), "{page}");
        assert!(holds(page, "enamel-mug", 4) && holds(page, "hammock", 1) && holds(page, "wool-blanket", 1), "{page}");
        assert_eq!(browser.cookie(&store, COOKIE), None, "the next user of this browser starts with an empty cart");
        assert_eq!(cluster.count("guest_carts").await + cluster.count("cart_lines WHERE user_id LIKE 'guest:%'").await, 0);
        browser.press(&signed_in, "Sign out", &[]).await;
        assert_eq!(browser.open(&store, "/shopping-cart").await.path, "/login");
    }
}

#[tokio::test]
async fn a_merge_keeps_within_the_stock_and_says_so() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-session"));
    let (browser, own) = (cluster.browser(), cluster.browser());
    sign_in_by_form(&own, &store, "second@example.com").await;
    for browser in [&browser, &own] {
        add(browser, &store, "birch-hatchet").await;
        add(browser, &store, "birch-hatchet").await;
    }
    sign_in_by_form(&browser, &store, "second@example.com").await;
    let page = cart(&browser, &store).await;
    assert!(holds(&page, "birch-hatchet", 2) && page.contains("Some items are low in stock, so check the quantities."), "{page}");
}

#[tokio::test]
async fn an_ended_session_makes_nobody_a_visitor() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let store = store(workflow);
        let browser = with_expired_credential(&cluster, workflow).await;
        cluster.revoke_all(test_support::issuer::SHOPPER).await;
        let answer = browser.post_form(&store, "/shopping-cart/lines", &[("product", "enamel-mug"), ("back", "/")]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login?next=%2F"));
        assert_eq!(browser.cookie(&store, COOKIE), None);
    }
}

#[tokio::test]
async fn a_cart_that_nobody_changes_is_deleted_after_thirty_days() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let (cluster, store, browser) = TestCluster::with_browser_at(store("webapp-jwt")).await;
    add(&browser, &store, "enamel-mug").await;
    let db = database::open(&cluster.database_url).await.unwrap();
    purge(&db, clock::now_ms() + 29 * DAY_MS, Duration::ZERO).await;
    assert!(holds(&cart(&browser, &store).await, "enamel-mug", 1));
    purge(&db, clock::now_ms() + 31 * DAY_MS, Duration::ZERO).await;
    assert!(cart(&browser, &store).await.contains("Your cart is empty"));
    assert_eq!(cluster.count("cart_lines WHERE user_id LIKE 'guest:%'").await, 0);
}

/// The workflows in which the app in the browser asks the API.
const SPAS: [&str; 3] = ["spa-local-storage", "spa-backend", "spa-shared-domain"];

const GUEST_LINES: &str = "/api/guest-cart/lines";

async fn add_by_api(browser: &Browser, store: &str, product: &str, key: &str) -> reqwest::Response {
    let request = browser.request(Method::POST, store, GUEST_LINES).header("idempotency-key", key);
    browser.send(store, request.json(&json!({"product": product, "quantity": 1}))).await
}

async fn guest_cart_of(browser: &Browser, store: &str) -> Cart {
    browser.get(store, "/api/guest-cart").await.json().await.unwrap()
}

/// An access token of the shopper for the Store.
async fn token(cluster: &TestCluster) -> String {
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": STORE});
    let answer: Value = cluster.admin(Method::POST, "/api/login", body).await.json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// Requests the shopper's cart with the visitor's cookie and an access token.
async fn users_cart(cluster: &TestCluster, browser: &Browser, store: &str) -> Cart {
    let request = browser.request(Method::GET, store, "/api/load-shopping-cart");
    browser.send(store, request.bearer_auth(token(cluster).await)).await.json().await.unwrap()
}

#[tokio::test]
async fn the_api_keeps_a_visitors_cart_under_one_cookie() {
    let cluster = TestCluster::start().await;
    for workflow in SPAS {
        let (store, browser, other) = (store(workflow), cluster.browser(), cluster.browser());
        assert_eq!(guest_cart_of(&browser, &store).await.lines, []);
        assert!(browser.cookie_names(&store).is_empty(), "a visitor without a cart gets no cookie");
        let answer = add_by_api(&browser, &store, "enamel-mug", "one").await;
        let cookies = set_cookies(&answer);
        assert!(cookies.len() == 1 && cookies[0].starts_with(COOKIE), "{cookies:?}");
        assert!(cookies[0].ends_with("; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"), "{cookies:?}");
        let cart: Cart = answer.json().await.unwrap();
        assert_eq!((cart.lines[0].quantity, cart.total), (1, 1_490));
        assert!(cart.notice.is_some_and(|it| it.contains("We keep this cart in this browser for 30 days")));
        for _ in 0..2 {
            let cart: Cart = add_by_api(&browser, &store, "enamel-mug", "two").await.json().await.unwrap();
            assert_eq!(cart.lines[0].quantity, 2, "an idempotency key adds the product once");
        }
        let line = format!("{GUEST_LINES}/enamel-mug");
        let put = browser.request(Method::PUT, &store, &line).json(&json!({"quantity": 5}));
        assert_eq!(browser.send(&store, put).await.json::<Cart>().await.unwrap().lines[0].quantity, 5);
        let products = browser.get(&store, "/api/products").await;
        assert_eq!(products.headers()["guest-cart-items"], "5");
        assert!(!other.get(&store, "/api/products").await.headers().contains_key("guest-cart-items"));
        assert_eq!(guest_cart_of(&other, &store).await.lines, [], "another visitor has an empty cart");
        let removed = browser.send(&store, browser.request(Method::DELETE, &store, &line)).await;
        assert_eq!(removed.json::<Cart>().await.unwrap().lines, []);
        assert_eq!(other.get(&store, "/api/load-shopping-cart").await.status(), StatusCode::UNAUTHORIZED, "a user's cart needs a sign-in");
    }
}

#[tokio::test]
async fn the_first_request_of_the_user_takes_the_visitors_cart_and_the_notice_stays_until_it_is_read() {
    let cluster = TestCluster::start_with(&[], 2).await;
    let (store, browser) = (store("spa-local-storage"), cluster.browser());
    for (product, key) in [("enamel-mug", "one"), ("hammock", "two")] {
        add_by_api(&browser, &store, product, key).await;
    }
    let ask = || users_cart(&cluster, &browser, &store);
    let (first, second) = tokio::join!(ask(), ask());
    assert_eq!(first, second, "both requests get the merged cart, whichever of them merged it");
    let quantity = |product: &str| first.lines.iter().find(|it| it.product == product).map(|it| it.quantity);
    assert_eq!((quantity("enamel-mug"), quantity("hammock"), first.lines.len()), (Some(3), Some(1), 4));
    assert_eq!(first.notice.as_deref(), Some("Your cart now includes what you added before you signed in."));
    assert_eq!(browser.cookie(&store, COOKIE), None, "the next visitor of this browser has an empty cart");

    let token = token(&cluster).await;
    let read = browser.request(Method::POST, &store, "/api/shopping-cart/acknowledgement").bearer_auth(token);
    let read = read.json(&json!({"notice": first.notice}));
    assert_eq!(browser.send(&store, read).await.json::<Cart>().await.unwrap().notice, None);
    assert_eq!(ask().await.notice, None);
}

#[tokio::test]
async fn a_request_about_something_else_merges_as_well() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("spa-backend")).await;
    add_by_api(&browser, &store, "hammock", "one").await;
    browser.sign_in(&store, "second@example.com").await;
    assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::OK);
    assert_eq!(browser.cookie(&store, COOKIE), None);
    let cart: Cart = browser.get(&store, "/api/load-shopping-cart").await.json().await.unwrap();
    assert!(cart.lines.len() == 1 && cart.notice.is_some(), "{cart:?}");
}

#[tokio::test]
async fn nothing_is_put_into_a_visitors_cart_that_was_merged() {
    let (cluster, store, browser) = TestCluster::with_browser_at(store("spa-local-storage")).await;
    add_by_api(&browser, &store, "enamel-mug", "one").await;
    let id = browser.cookie(&store, COOKIE).unwrap();
    users_cart(&cluster, &browser, &store).await;
    // A request that was in flight during the merge still has the old cookie.
    browser.set_cookie(&store, COOKIE, &id);
    let late = add_by_api(&browser, &store, "hammock", "two").await;
    assert_eq!((late.status(), browser.cookie(&store, COOKIE)), (StatusCode::CONFLICT, None));
    assert_eq!(problem(late).await.kind, "/problems/guest-cart-gone");
    assert_eq!(add_by_api(&browser, &store, "hammock", "two").await.status(), StatusCode::OK, "the retry starts a new cart");
    browser.set_cookie(&store, COOKIE, &id);
    for (method, body) in [(Method::PUT, json!({"quantity": 1})), (Method::DELETE, json!(null))] {
        browser.set_cookie(&store, COOKIE, &id);
        let request = browser.request(method, &store, &format!("{GUEST_LINES}/hammock")).json(&body);
        assert_eq!(browser.send(&store, request).await.status(), StatusCode::CONFLICT);
    }
    let shopper = cluster.count("cart_lines WHERE user_id NOT LIKE 'guest:%' AND product = 'hammock'").await;
    assert_eq!((shopper, cluster.count("guest_carts").await), (0, 1));
}

#[tokio::test]
async fn no_foreign_page_changes_a_visitors_cart() {
    let cluster = TestCluster::start().await;
    for workflow in SPAS {
        let (store, browser) = (store(workflow), cluster.browser());
        add_by_api(&browser, &store, "enamel-mug", "one").await;
        for site in ["same-site", "cross-site"] {
            let request = browser.request(Method::POST, &store, GUEST_LINES).json(&json!({"product": "enamel-mug", "quantity": 1}));
            assert_eq!(forged(request, Some(site), None).await.status(), StatusCode::FORBIDDEN, "{workflow} {site}");
        }
        assert_eq!(guest_cart_of(&browser, &store).await.total, 1_490);
    }
}

#[tokio::test]
async fn a_visitors_refused_addition_leaves_nothing_and_additions_have_a_limit() {
    let cluster = TestCluster::start_with(&["--limit-guest-additions", "4/600"], 1).await;
    let (store, browser) = (store("spa-local-storage"), cluster.browser());
    for (product, quantity) in [("star-atlas", 1), ("unknown", 1), ("enamel-mug", 100)] {
        let request = browser.request(Method::POST, &store, GUEST_LINES).header("idempotency-key", product);
        let answer = browser.send(&store, request.json(&json!({"product": product, "quantity": quantity}))).await;
        assert!(answer.status().is_client_error(), "{product}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(cluster.count("guest_carts").await + cluster.count("idempotency_keys").await, 0);
    assert_eq!(add_by_api(&browser, &store, "enamel-mug", "one").await.status(), StatusCode::OK);
    let refused = add_by_api(&browser, &store, "enamel-mug", "two").await;
    assert_eq!((refused.status(), refused.headers().contains_key("retry-after")), (StatusCode::TOO_MANY_REQUESTS, true));
    assert_eq!(problem(refused).await.kind, "/problems/too-many-attempts");
    let page = browser.post_form(&crate::test_cluster::store("webapp-jwt"), "/shopping-cart/lines", &[("product", "enamel-mug")]).await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((cluster.count("guest_carts").await, cluster.count("idempotency_keys").await), (1, 1));
}
