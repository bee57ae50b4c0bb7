//! The API of the Store: products, changes of a cart, and the cart's notices.

use crate::test_server::{Host, TestServer, problem, with_status};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use storefront_api::{Cart, Product};
use test_support::issuer::{SECOND, SHOPPER, STORE, token};

#[tokio::test]
async fn a_cart_from_first_line_to_last() {
    let server = TestServer::start().await;
    let empty: Value =
        server.get(Host::Store, "/api/load-shopping-cart").bearer_auth(token(SECOND, STORE)).send().await.unwrap().json().await.unwrap();
    assert_eq!(empty, json!({"currency": "EUR", "lines": [], "total": 0}));

    let cart = changed(&server, Method::PUT, "cast-iron-pan", 3).await;
    assert_eq!(cart.lines[0].name, "Cast-iron pan");
    assert_eq!((cart.lines[0].unit_price, cart.lines[0].quantity, cart.total), (5_900, 3, 17_700));

    let cart = changed(&server, Method::PUT, "enamel-mug", 1).await;
    assert_eq!(names(&cart), ["cast-iron-pan", "enamel-mug"], "in the order in which they were added");

    let cart = changed(&server, Method::PUT, "cast-iron-pan", 1).await;
    assert_eq!(names(&cart), ["cast-iron-pan", "enamel-mug"], "a new quantity does not move a line");
    assert_eq!(cart.total, 5_900 + 1_490);
    assert_eq!(changed(&server, Method::PUT, "cast-iron-pan", 1).await, cart, "the same PUT again changes nothing");

    let cart = changed(&server, Method::DELETE, "cast-iron-pan", 0).await;
    assert_eq!(names(&cart), ["enamel-mug"]);
    assert_eq!(changed(&server, Method::DELETE, "cast-iron-pan", 0).await, cart, "the same DELETE again returns the cart");
    assert_eq!(changed(&server, Method::DELETE, "enamel-mug", 0).await, server.cart(SECOND).await);
}

#[tokio::test]
async fn carts_of_two_users_are_separate() {
    let server = TestServer::start().await;
    let mine = server.cart(SHOPPER).await;
    assert_eq!(names(&mine), ["enamel-mug", "wool-blanket", "storm-lantern"]);
    assert_eq!(mine.total, 2 * 1_490 + 8_900 + 5_450);
    assert!(server.cart(SECOND).await.lines.is_empty());

    changed(&server, Method::PUT, "enamel-mug", 7).await;
    assert_eq!(server.cart(SHOPPER).await, mine);
    changed(&server, Method::DELETE, "wool-blanket", 0).await;
    assert_eq!(server.cart(SHOPPER).await, mine, "a user's DELETE removes no line of another user");
    assert_eq!(server.cart(SECOND).await.lines.len(), 1);
}

#[tokio::test]
async fn stock_is_the_limit() {
    let server = TestServer::start().await;
    let before = server.cart(SHOPPER).await;
    for (product, quantity, detail) in [
        ("birch-hatchet", 3, "Only 2 left in stock."),
        ("birch-hatchet", 99, "Only 2 left in stock."),
        ("star-atlas", 1, "This product is sold out."),
        ("enamel-mug", 65, "Only 64 left in stock."),
    ] {
        let answer = server.put_line(product, &json!({"quantity": quantity})).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let problem = problem(answer).await;
        assert_eq!((problem.kind.as_str(), problem.detail.as_deref()), ("/problems/out-of-stock", Some(detail)));
    }
    assert_eq!(server.cart(SHOPPER).await, before);
    assert_eq!(server.put_line("birch-hatchet", &json!({"quantity": 2})).await.status(), StatusCode::OK, "a cart may hold the whole stock");
}

#[tokio::test]
async fn unknown_products_are_404() {
    let server = TestServer::start().await;
    let before = server.cart(SHOPPER).await;
    for product in ["unknown", "ENAMEL-MUG", "enamel-mug%00", "%27%20OR%201=1--", "%ff%fe", "..%2fproducts", &"x".repeat(4_000)] {
        for method in [Method::PUT, Method::DELETE] {
            let path = format!("/api/shopping-cart/lines/{product}");
            let request = server.ask(method.clone(), Host::Store, &path).bearer_auth(token(SHOPPER, STORE)).json(&json!({"quantity": 1}));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {product}");
            assert_eq!(problem(answer).await.kind, "/problems/product-unknown", "{method} {product}");
        }
    }
    assert_eq!(server.cart(SHOPPER).await, before);
}

#[tokio::test]
async fn concurrent_changes_leave_one_of_the_intents() {
    let server = TestServer::start().await;
    let mut all = tokio::task::JoinSet::new();
    for quantity in 1..=20 {
        let line = server.ask(Method::PUT, Host::Store, "/api/shopping-cart/lines/linen-towel").bearer_auth(token(SECOND, STORE));
        all.spawn(line.json(&json!({"quantity": quantity})).send());
    }
    for answer in all.join_all().await {
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
    }
    let cart = server.cart(SECOND).await;
    assert_eq!(names(&cart), ["linen-towel"]);
    assert!((1..=20).contains(&cart.lines[0].quantity));
}

#[tokio::test]
async fn instances_share_the_database_and_demo_data_is_written_once() {
    let server = TestServer::start().await;
    changed(&server, Method::PUT, "hammock", 1).await;
    let removed = server.ask(Method::DELETE, Host::Store, "/api/shopping-cart/lines/enamel-mug").bearer_auth(token(SHOPPER, STORE));
    assert_eq!(removed.send().await.unwrap().status(), StatusCode::OK);

    let other = server.another_instance().await;
    assert_eq!(names(&other.cart(SECOND).await), ["hammock"]);
    assert_eq!(names(&other.cart(SHOPPER).await), ["wool-blanket", "storm-lantern"], "a second start does not restore removed demo data");
    let products: Vec<Product> = other.get(Host::Store, "/api/products").send().await.unwrap().json().await.unwrap();
    assert_eq!(products.len(), 12);
}

/// Sets the quantity of a product in the second user's cart, or removes the product.
async fn changed(server: &TestServer, method: Method, product: &str, quantity: i64) -> Cart {
    let request = server.ask(method.clone(), Host::Store, &format!("/api/shopping-cart/lines/{product}")).bearer_auth(token(SECOND, STORE));
    let request = if method == Method::PUT { request.json(&json!({"quantity": quantity})) } else { request };
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.json().await.unwrap()
}

fn names(cart: &Cart) -> Vec<&str> {
    cart.lines.iter().map(|it| it.product.as_str()).collect()
}

/// Sends a conditional change of the mugs in the second user's cart.
async fn changed_if(server: &TestServer, method: Method, quantity: i64, (condition, tag): (&str, &str)) -> Response {
    let request = server.ask(method.clone(), Host::Store, "/api/shopping-cart/lines/enamel-mug").bearer_auth(token(SECOND, STORE));
    let request = if method == Method::PUT { request.json(&json!({"quantity": quantity})) } else { request };
    request.header(condition, tag).send().await.unwrap()
}

/// The header that lets a change succeed only if the line of mugs is the same as in this cart.
fn as_in(cart: &Cart) -> (&'static str, String) {
    let line = cart.lines.iter().find(|it| it.product == "enamel-mug");
    line.map_or(("if-none-match", "*".to_owned()), |it| ("if-match", format!("\"{}\"", it.version)))
}

async fn changed_as_in(server: &TestServer, method: Method, quantity: i64, cart: &Cart) -> Response {
    let (condition, tag) = as_in(cart);
    changed_if(server, method, quantity, (condition, &tag)).await
}

#[tokio::test]
async fn a_late_change_undoes_no_newer_one() {
    let server = TestServer::start().await;
    let seen = changed(&server, Method::PUT, "enamel-mug", 2).await;
    let newer = changed(&server, Method::PUT, "enamel-mug", 5).await;
    for (method, quantity) in [(Method::PUT, 3), (Method::DELETE, 0)] {
        let answer = changed_as_in(&server, method, quantity, &seen).await;
        assert_eq!(problem(with_status(StatusCode::PRECONDITION_FAILED, answer)).await.kind, "/problems/line-changed");
    }
    assert_eq!(server.cart(SECOND).await, newer);
    changed(&server, Method::PUT, "hammock", 1).await;
    let answer = changed_as_in(&server, Method::PUT, 3, &newer).await;
    assert_eq!(answer.status(), StatusCode::OK, "a change of another line does not matter");
    let (tag, newest): (_, Cart) = (answer.headers()["etag"].clone(), answer.json().await.unwrap());
    assert_eq!(tag.to_str().unwrap(), as_in(&newest).1);
    assert_eq!(changed_as_in(&server, Method::PUT, 3, &newer).await.status(), StatusCode::OK, "a retry after a lost answer succeeds");
    let newest = server.cart(SECOND).await;
    assert_eq!(changed_as_in(&server, Method::DELETE, 0, &newest).await.status(), StatusCode::OK);
    assert_eq!(changed_as_in(&server, Method::DELETE, 0, &newest).await.status(), StatusCode::OK, "a retry after a lost answer succeeds");
    assert_eq!(
        changed_as_in(&server, Method::PUT, 2, &newest).await.status(),
        StatusCode::PRECONDITION_FAILED,
        "the line was removed since"
    );
    for unusable in [("if-match", "3"), ("if-match", "*"), ("if-match", "\"x\""), ("if-match", "W/\"3\""), ("if-none-match", "\"3\"")] {
        let answer = changed_if(&server, Method::PUT, 2, unusable).await;
        assert_eq!(problem(answer).await.kind, "/problems/header-malformed", "{unusable:?}");
    }
}

#[tokio::test]
async fn a_line_that_is_again_as_it_was_was_changed_all_the_same() {
    let server = TestServer::start().await;
    let seen = changed(&server, Method::PUT, "enamel-mug", 2).await;
    changed(&server, Method::PUT, "enamel-mug", 7).await;
    changed(&server, Method::PUT, "enamel-mug", 2).await;
    assert_eq!(
        changed_as_in(&server, Method::PUT, 3, &seen).await.status(),
        StatusCode::PRECONDITION_FAILED,
        "the quantity changed from 2 to 7 and back"
    );
    changed(&server, Method::DELETE, "enamel-mug", 0).await;
    let without = server.cart(SECOND).await;
    changed(&server, Method::PUT, "enamel-mug", 2).await;
    assert_eq!(
        changed_as_in(&server, Method::PUT, 3, &seen).await.status(),
        StatusCode::PRECONDITION_FAILED,
        "the mugs were removed and added again"
    );
    assert_eq!(changed_as_in(&server, Method::PUT, 3, &without).await.status(), StatusCode::PRECONDITION_FAILED, "the cart now has mugs");
    let added = server.ask(Method::POST, Host::Store, "/api/shopping-cart/lines").bearer_auth(token(SECOND, STORE));
    let before = server.cart(SECOND).await;
    added.json(&json!({"product": "enamel-mug", "quantity": 1})).send().await.unwrap();
    assert_eq!(
        changed_as_in(&server, Method::PUT, 9, &before).await.status(),
        StatusCode::PRECONDITION_FAILED,
        "another request increased the quantity"
    );
    changed(&server, Method::DELETE, "enamel-mug", 0).await;
    assert_eq!(changed_as_in(&server, Method::PUT, 3, &without).await.status(), StatusCode::OK);
}

/// Changes products in the database, as the shop's staff would.
async fn change_product(server: &TestServer, change: &str) {
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE products SET {change}"))).execute(&db).await.unwrap();
}

async fn accepted(server: &TestServer, notice: &str) -> Cart {
    let request = server.ask(Method::POST, Host::Store, "/api/shopping-cart/acknowledgement").bearer_auth(token(SECOND, STORE));
    with_status(StatusCode::OK, request.json(&json!({"notice": notice})).send().await.unwrap()).json().await.unwrap()
}

#[tokio::test]
async fn changed_prices_and_missing_stock_are_told_until_they_are_accepted() {
    let server = TestServer::start().await;
    for (product, quantity) in [("enamel-mug", 2), ("wool-blanket", 3), ("hammock", 1)] {
        changed(&server, Method::PUT, product, quantity).await;
    }
    change_product(&server, "price = 1590 WHERE id = 'enamel-mug'").await;
    change_product(&server, "stock = 2 WHERE id = 'wool-blanket'").await;
    change_product(&server, "stock = 0 WHERE id = 'hammock'").await;
    let expected = "Enamel mug now costs €15.90 instead of €14.90. Wool blanket: only 2 left. We'll change the quantity in your cart to 2. \
                    Two-tree hammock is sold out. We'll remove it from your cart.";
    let cart = server.cart(SECOND).await;
    assert_eq!(cart.notice.as_deref(), Some(expected));
    assert_eq!(
        cart.lines.iter().map(|it| it.quantity).collect::<Vec<_>>(),
        [2, 3, 1],
        "the server changes no line before the user accepts the notice"
    );

    change_product(&server, "price = 1690 WHERE id = 'enamel-mug'").await;
    let cart = accepted(&server, expected).await;
    let newer = cart.notice.expect("the price changed again after the user read the notice");
    assert!(newer.contains("€16.90") && cart.lines.len() == 3, "{newer}");
    let cart = accepted(&server, &newer).await;
    assert_eq!((&cart.notice, names(&cart)), (&None, vec!["enamel-mug", "wool-blanket"]));
    assert_eq!((cart.lines[1].quantity, cart.total), (2, 2 * 1_690 + 2 * 8_900));
    assert_eq!(accepted(&server, "").await.notice, None);
}
