//! The cart of a visitor on the server-rendered pages: what it holds, who has it, and how it becomes the cart of a user.

use crate::test_cluster::{Browser, TestCluster, location, set_cookies, sign_in_by_form, store};
use crate::webapp_steps::{WORKFLOWS, text, with_expired_credential};
use reqwest::StatusCode;
use storefront_server::{clock, database, store::guest_cart};

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
            holds(&page, "enamel-mug", 2) && page.contains("€29.80") && page.contains("href=\"/login\">Sign in</a> to have it"),
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
            "without a cart a sign-in comes first, as published"
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
        for product in ["enamel-mug", "enamel-mug", "hammock"] {
            add(&browser, &store, product).await;
        }
        sign_in_by_form(&browser, &store, "shopper@example.com").await;
        let ask = || browser.get(&store, "/shopping-cart");
        let (first, second, third, fourth) = tokio::join!(ask(), ask(), ask(), ask());
        let mut told = 0;
        for page in [first, second, third, fourth] {
            told += i32::from(text(page).await.contains("What you chose before you signed in is in your cart."));
        }
        assert_eq!(told, 1, "one of four requests merges, and tells it");
        let page = cart(&browser, &store).await;
        assert!(holds(&page, "enamel-mug", 4) && holds(&page, "hammock", 1) && holds(&page, "wool-blanket", 1), "{page}");
        assert_eq!(browser.cookie(&store, COOKIE), None, "the next user of this browser starts with an empty cart");
        assert_eq!(cluster.count("guest_carts").await + cluster.count("cart_lines WHERE user_id LIKE 'guest:%'").await, 0);
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
    assert!(holds(&page, "birch-hatchet", 2) && page.contains("There is not enough of everything: check the quantities."), "{page}");
}

#[tokio::test]
async fn an_ended_session_makes_nobody_a_visitor() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let store = store(workflow);
        let browser = with_expired_credential(&cluster, workflow).await;
        cluster.revoke_all(crate::issuer::SHOPPER).await;
        let answer = browser.post_form(&store, "/shopping-cart/lines", &[("product", "enamel-mug")]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login?next=%2F"));
        assert_eq!(browser.cookie(&store, COOKIE), None);
    }
}

#[tokio::test]
async fn a_cart_that_nobody_changes_is_deleted_after_thirty_days() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let (cluster, store) = (TestCluster::start().await, store("webapp-jwt"));
    let browser = cluster.browser();
    add(&browser, &store, "enamel-mug").await;
    let db = database::open(&cluster.database_url).await.unwrap();
    assert_eq!(guest_cart::purge(&db, clock::now_ms() + 29 * DAY_MS).await.unwrap(), 0);
    assert!(holds(&cart(&browser, &store).await, "enamel-mug", 1));
    assert_eq!(guest_cart::purge(&db, clock::now_ms() + 31 * DAY_MS).await.unwrap(), 1);
    assert!(cart(&browser, &store).await.contains("Your cart is empty"));
    assert_eq!(cluster.count("cart_lines WHERE user_id LIKE 'guest:%'").await, 0);
}
