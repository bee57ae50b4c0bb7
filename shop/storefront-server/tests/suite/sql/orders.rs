//! Orders: a shopper orders exactly what the page showed, once per idempotency key, within the stock, and gets one confirmation.

use crate::sql::repeated_writes::all_at_once;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, UNVERIFIED, store};
use crate::test_server::{Host, TestServer, problem, with_status};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use storefront_api::orders::{
    Address, Checkout, Delivery, EmailState, Order, OrderState, OrderSummary, Orders, PlaceOrder, Repetition, ReviewedLine,
};
use storefront_server::clock::now_ms;
use test_support::issuer::{SECOND, SHOPPER, STORE, token};

pub(crate) fn address() -> Address {
    Address {
        full_name: "Ada Lovelace".to_owned(),
        street: "Musterstraße 1".to_owned(),
        street_extra: String::new(),
        postal_code: "10115".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
    }
}

/// An order of exactly the lines and the total that the checkout shows.
pub(crate) fn as_seen(checkout: &Checkout, delivery: Delivery) -> PlaceOrder {
    let price = checkout.deliveries.iter().find(|it| it.delivery == delivery).unwrap().price;
    let line =
        |it: &storefront_api::CartLine| ReviewedLine { product: it.product.clone(), quantity: it.quantity, unit_price: it.unit_price };
    PlaceOrder { address: address(), delivery, lines: checkout.cart.lines.iter().map(line).collect(), total: checkout.cart.total + price }
}

fn ask(server: &TestServer, method: Method, user: &str, path: &str) -> RequestBuilder {
    server.ask(method, Host::Store, path).bearer_auth(token(user, STORE))
}

async fn get<T: serde::de::DeserializeOwned>(server: &TestServer, user: &str, path: &str) -> T {
    let answer = ask(server, Method::GET, user, path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

async fn checkout(server: &TestServer, user: &str) -> Checkout {
    get(server, user, "/api/checkout").await
}

fn place(server: &TestServer, user: &str, key: &str, body: &PlaceOrder) -> RequestBuilder {
    ask(server, Method::POST, user, "/api/orders").header("idempotency-key", key).json(body)
}

pub(crate) async fn placed(server: &TestServer, user: &str) -> OrderSummary {
    let seen = checkout(server, user).await;
    let answer = place(server, user, &seen.key, &as_seen(&seen, Delivery::Standard)).send().await.unwrap();
    with_status(StatusCode::CREATED, answer).json().await.unwrap()
}

/// The postal address of an order that a user places with the address `typed`.
pub(crate) async fn stored_address(server: &TestServer, user: &str, typed: Address) -> Address {
    execute(server, "UPDATE products SET stock = 9 WHERE id = 'hammock'").await;
    put_line(server, user, "hammock", 1).await;
    let seen = checkout(server, user).await;
    let body = PlaceOrder { address: typed, ..as_seen(&seen, Delivery::Standard) };
    let answer = place(server, user, &seen.key, &body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "{:?}", body.address);
    let id = answer.json::<OrderSummary>().await.unwrap().id;
    get::<Order>(server, user, &format!("/api/orders/{id}")).await.address
}

async fn database(server: &TestServer) -> sqlx::AnyPool {
    storefront_server::database::open(&server.database_url).await.unwrap()
}

async fn execute(server: &TestServer, statement: &'static str) {
    sqlx::query(statement).execute(&database(server).await).await.unwrap();
}

async fn number(server: &TestServer, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&database(server).await).await.unwrap()
}

async fn stock(server: &TestServer, product: &str) -> i64 {
    let query = sqlx::query_scalar("SELECT stock FROM products WHERE id = $1").bind(product.to_owned());
    query.fetch_one(&database(server).await).await.unwrap()
}

async fn put_line(server: &TestServer, user: &str, product: &str, quantity: i64) {
    let line = ask(server, Method::PUT, user, &format!("/api/shopping-cart/lines/{product}"));
    assert_eq!(line.json(&json!({"quantity": quantity})).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_order_is_put_into_the_cart_again_however_often_that_is_asked() {
    let server = TestServer::start().await;
    let order = placed(&server, SHOPPER).await;
    let path = format!("/api/orders/{}/repetition", order.id);
    let again = async || -> Repetition {
        let answer = ask(&server, Method::POST, SHOPPER, &path).json(&json!({})).send().await.unwrap();
        with_status(StatusCode::OK, answer).json().await.unwrap()
    };
    let ordered: Order = get(&server, SHOPPER, &format!("/api/orders/{}", order.id)).await;
    assert!(ordered.lines.iter().all(|it| it.has_page), "{ordered:?}");
    let wanted: Vec<(String, i64)> = ordered.lines.iter().map(|it| (it.product.clone(), it.quantity)).collect();
    let lines = |cart: &storefront_api::Cart| cart.lines.iter().map(|it| (it.product.clone(), it.quantity)).collect::<Vec<_>>();
    let answers = all_at_once((0..4).map(|_| ask(&server, Method::POST, SHOPPER, &path).json(&json!({})))).await;
    assert!(answers.iter().all(|it| it.status() == StatusCode::OK), "four tabs at once: {answers:?}");
    assert_eq!(lines(&server.cart(SHOPPER).await), wanted);
    let repeated = again().await;
    assert_eq!((lines(&repeated.cart), repeated.message.as_str()), (wanted.clone(), "Everything from this order is in your cart."));

    // A larger quantity stays, an item that was added stays, and a smaller quantity grows.
    put_line(&server, SHOPPER, "enamel-mug", 5).await;
    put_line(&server, SHOPPER, "linen-towel", 1).await;
    let repeated = again().await;
    assert!(lines(&repeated.cart).contains(&("enamel-mug".to_owned(), 5)) && repeated.cart.lines.len() == wanted.len() + 1);

    execute(&server, "DELETE FROM cart_lines").await;
    execute(&server, "UPDATE products SET stock = CASE WHEN id = 'enamel-mug' THEN 1 ELSE 0 END").await;
    let repeated = again().await;
    assert_eq!(lines(&repeated.cart), [("enamel-mug".to_owned(), 1)]);
    assert!(repeated.message.starts_with("Enamel mug, White: your cart has 1. We have no more in stock."), "{}", repeated.message);
    assert!(repeated.message.contains(" is sold out."), "{}", repeated.message);

    for (user, path) in
        [(SECOND, &*path), (SHOPPER, "/api/orders/00000000-0000-0000-0000-000000000000/repetition"), (SHOPPER, "/api/orders/x/repetition")]
    {
        let answer = ask(&server, Method::POST, user, path).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert!(server.cart(SECOND).await.lines.is_empty());
    let answer = server.ask(Method::POST, Host::Store, &path).json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_order_takes_the_goods_and_its_cancellation_gives_them_back() {
    let server = TestServer::start().await;
    let seen = checkout(&server, SHOPPER).await;
    assert_eq!(seen.cart, server.cart(SHOPPER).await);
    assert_eq!(seen.deliveries.iter().map(|it| it.price).collect::<Vec<_>>(), [0, 990], "a cart of this value is delivered for free");
    assert_eq!((seen.confirmation_email, seen.latest_order), (None, None), "without an API key, the server promises no message");

    let seen = checkout(&server, SHOPPER).await;
    let answer = place(&server, SHOPPER, &seen.key, &as_seen(&seen, Delivery::Express)).send().await.unwrap();
    let summary: OrderSummary = with_status(StatusCode::CREATED, answer).json().await.unwrap();
    assert_eq!((summary.state, summary.items, summary.total), (OrderState::Placed, 4, 17_330 + 990));
    let (first, second) = summary.number.split_once('-').unwrap();
    assert!([first, second].iter().all(|it| it.len() == 4 && it.chars().all(|it| it.is_ascii_digit() || it.is_ascii_uppercase())));
    assert!(server.cart(SHOPPER).await.lines.is_empty());
    assert_eq!(stock(&server, "enamel-mug").await, 62);

    execute(&server, "UPDATE products SET price = price + 100, name = 'Renamed'").await;
    let order: Order = get(&server, SHOPPER, &format!("/api/orders/{}", summary.id)).await;
    assert_eq!((&order.summary, &order.address, order.delivery), (&summary, &address(), Delivery::Express));
    let mug = &order.lines[0];
    assert_eq!(
        (mug.name.as_str(), mug.unit_price, mug.quantity),
        ("Enamel mug, White", 1_490, 2),
        "the order keeps the name and the price"
    );
    let after = checkout(&server, SHOPPER).await;
    assert_eq!((after.form.address, after.latest_order.map(|it| it.id)), (address(), Some(summary.id.clone())));
    assert_ne!(after.key, seen.key, "the next order has another key");

    let path = format!("/api/orders/{}", summary.id);
    for path in [&path, &format!("{path}/cancellation"), "/api/orders/1", "/api/orders/00000000-0000-0000-0000-000000000000"] {
        let method = if path.ends_with("cancellation") { Method::POST } else { Method::GET };
        let answer = ask(&server, method, SECOND, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "the server shows nothing of another user's order: {path}");
        assert_eq!(problem(answer).await.kind, "/problems/order-unknown", "{path}");
    }
    assert_eq!(get::<Orders>(&server, SECOND, "/api/orders").await, Orders { orders: Vec::new(), next: None, guest_order: None });

    let other = server.another_instance().await;
    let cancellation = format!("{path}/cancellation");
    let cancellations = (0..6).map(|number| ask(if number % 2 == 0 { &server } else { &other }, Method::POST, SHOPPER, &cancellation));
    for answer in all_at_once(cancellations).await {
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.json::<Order>().await.unwrap().summary.state, OrderState::Cancelled);
    }
    assert_eq!((stock(&server, "enamel-mug").await, stock(&server, "wool-blanket").await), (64, 18), "the goods are back in stock once");
    let listed: Orders = get(&server, SHOPPER, "/api/orders").await;
    assert_eq!(listed.orders, [OrderSummary { state: OrderState::Cancelled, ..summary }]);
}

#[tokio::test]
async fn what_has_been_sent_is_not_cancelled() {
    let server = TestServer::start().await;
    let order = placed(&server, SHOPPER).await;
    execute(&server, "UPDATE orders SET state = 'shipped'").await;
    let answer = ask(&server, Method::POST, SHOPPER, &format!("/api/orders/{}/cancellation", order.id)).send().await.unwrap();
    assert_eq!((answer.status(), problem(answer).await.kind.as_str()), (StatusCode::CONFLICT, "/problems/order-shipped"));
    assert_eq!(stock(&server, "enamel-mug").await, 62);
}

#[tokio::test]
async fn the_same_key_makes_one_order_over_two_instances() {
    let server = TestServer::start().await;
    let other = server.another_instance().await;
    let seen = checkout(&server, SHOPPER).await;
    assert_eq!(checkout(&other, SHOPPER).await.key, seen.key, "a reload, another tab and another device get the same key");
    let body = as_seen(&seen, Delivery::Standard);
    let requests = (0..10).map(|number| place(if number % 2 == 0 { &server } else { &other }, SHOPPER, &seen.key, &body));
    let mut answers = Vec::new();
    for answer in all_at_once(requests).await {
        assert_eq!(answer.status(), StatusCode::CREATED);
        answers.push(answer.text().await.unwrap());
    }
    assert!(answers.windows(2).all(|it| it[0] == it[1]), "{answers:?}");
    assert_eq!((number(&server, "SELECT COUNT(*) FROM orders").await, stock(&server, "enamel-mug").await), (1, 62));

    let elsewhere = PlaceOrder { address: Address { city: "Hamburg".to_owned(), ..address() }, ..body.clone() };
    let reused = place(&server, SHOPPER, &seen.key, &elsewhere).send().await.unwrap();
    assert_eq!(problem(reused).await.kind, "/problems/idempotency-key-reused");
    let stale = place(&server, SHOPPER, "another-key", &body).send().await.unwrap();
    assert_eq!(problem(stale).await.kind, "/problems/cart-empty", "a stale page orders nothing");
    assert_eq!(number(&server, "SELECT COUNT(*) FROM orders").await, 1);
}

#[tokio::test]
async fn nothing_is_ordered_that_was_not_seen() {
    let server = TestServer::start().await;
    for (change, kind) in [
        ("UPDATE products SET price = 1500 WHERE id = 'enamel-mug'", "checkout-changed"),
        ("UPDATE products SET stock = 1 WHERE id = 'enamel-mug'", "checkout-changed"),
        ("UPDATE products SET stock = 64 WHERE id = 'enamel-mug'", "checkout-changed"),
        ("UPDATE products SET stock = 0 WHERE id = 'storm-lantern'", "checkout-changed"),
        ("UPDATE cart_lines SET quantity = 3 WHERE product = 'enamel-mug'", "checkout-changed"),
        ("DELETE FROM cart_lines WHERE product = 'wool-blanket'", "checkout-changed"),
        // This change keeps the total.
        ("UPDATE cart_lines SET product = 'field-thermos' WHERE product = 'enamel-mug'", "checkout-changed"),
        ("DELETE FROM cart_lines", "cart-empty"),
    ] {
        if change.contains("field-thermos") {
            execute(&server, "UPDATE products SET price = (SELECT price FROM products WHERE id = 'enamel-mug') WHERE id = 'field-thermos'")
                .await;
        }
        let seen = checkout(&server, SHOPPER).await;
        execute(&server, change).await;
        let stocks = "SELECT CAST(COUNT(*) AS BIGINT) FROM products WHERE stock > 0";
        let before = (number(&server, stocks).await, server.cart(SHOPPER).await);
        let body = as_seen(&seen, Delivery::Standard);
        let refused = place(&server, SHOPPER, &seen.key, &body).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::CONFLICT, "{change}");
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["type"], json!(format!("/problems/{kind}")), "{change}");
        let now: Checkout = serde_json::from_value(refused["checkout"].clone()).unwrap();
        assert_eq!(now, checkout(&server, SHOPPER).await, "the answer contains the current checkout: {change}");
        assert_eq!(now.key, seen.key, "the key stays the same: {change}");
        assert_eq!((number(&server, stocks).await, server.cart(SHOPPER).await), before, "{change}");
    }
    assert_eq!((number(&server, "SELECT COUNT(*) FROM orders").await, stock(&server, "wool-blanket").await), (0, 18));

    put_line(&server, SHOPPER, "wool-blanket", 1).await;
    let seen = checkout(&server, SHOPPER).await;
    let body = as_seen(&seen, Delivery::Standard);
    let wrong = PlaceOrder { total: body.total - 1, ..body.clone() };
    assert_eq!(place(&server, SHOPPER, &seen.key, &wrong).send().await.unwrap().status(), StatusCode::CONFLICT);
    let answer = place(&server, SHOPPER, &seen.key, &body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "the server stores no refusal under the key");
}

#[tokio::test]
async fn an_address_is_checked_by_member() {
    let server = TestServer::start().await;
    let seen = checkout(&server, SHOPPER).await;
    let bad = Address { street: "\u{1b}".to_owned(), postal_code: "1011".to_owned(), city: " ".to_owned(), ..address() };
    let answer =
        place(&server, SHOPPER, &seen.key, &PlaceOrder { address: bad, ..as_seen(&seen, Delivery::Standard) }).send().await.unwrap();
    let document: Value = with_status(StatusCode::UNPROCESSABLE_ENTITY, answer).json().await.unwrap();
    let errors: Vec<_> = document["errors"].as_array().unwrap().iter().map(|it| (it["field"].clone(), it["code"].clone())).collect();
    assert_eq!(json!(errors), json!([["street", "blank"], ["postalCode", "invalid"], ["city", "blank"]]));
    assert_eq!(document["errors"][1]["message"], json!("Enter a postal code for this country, such as 10115."));

    let untidy = Address { full_name: " Ada \t Lovelace".to_owned(), postal_code: "D-10115".to_owned(), ..address() };
    let body = PlaceOrder { address: untidy, ..as_seen(&seen, Delivery::Standard) };
    let answer = place(&server, SHOPPER, &seen.key, &body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "the server stores no refusal under the key");
    let id = answer.json::<OrderSummary>().await.unwrap().id;
    assert_eq!(get::<Order>(&server, SHOPPER, &format!("/api/orders/{id}")).await.address, address());

    for (body, status) in [
        (json!({"address": {}, "delivery": "standard", "lines": [], "total": 0}), 422),
        (json!({"address": {}, "delivery": "by-drone", "lines": [], "total": 0}), 422),
        (json!({"address": address(), "delivery": "standard", "lines": [], "total": 0, "coupon": "x"}), 422),
    ] {
        let answer = ask(&server, Method::POST, SHOPPER, "/api/orders").json(&body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{body}");
    }
    for path in ["/api/orders", "/api/checkout", &format!("/api/orders/{id}")] {
        let answer = server.get(Host::Store, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

/// The server accepts any user id, because the test's issuer signs tokens for all of them.
pub(crate) fn user(number: usize) -> String {
    format!("20000000-0000-0000-0000-{number:012}")
}

pub(crate) const MANY: [&str; 5] = ["--demo-data", "--limit-orders-by-address", "10000/60", "--limit-orders", "100/60"];

#[tokio::test]
async fn a_hundred_orders_at_once_for_the_last_ten_pieces() {
    let server = TestServer::start_with(&MANY).await;
    let other = server.another_instance_with(&MANY).await;
    let db = database(&server).await;
    sqlx::query("UPDATE products SET stock = 100 WHERE id = 'hammock'").execute(&db).await.unwrap();
    for number in 100..200 {
        put_line(&server, &user(number), "hammock", 1).await;
    }
    sqlx::query("UPDATE products SET stock = 10 WHERE id = 'hammock'").execute(&db).await.unwrap();
    let seen = checkout(&server, &user(100)).await;
    let body = as_seen(&seen, Delivery::Standard);
    let requests = (100..200).map(|number| place(if number % 2 == 0 { &server } else { &other }, &user(number), &seen.key, &body));
    let statuses: Vec<u16> = all_at_once(requests).await.iter().map(|it| it.status().as_u16()).collect();
    let count = |status| statuses.iter().filter(|it| **it == status).count();
    assert_eq!((count(201), count(409)), (10, 90), "{statuses:?}");
    assert_eq!((stock(&server, "hammock").await, number(&server, "SELECT COUNT(*) FROM orders").await), (0, 10));
    assert_eq!(
        number(&server, "SELECT COUNT(*) FROM cart_lines WHERE product = 'hammock'").await,
        90,
        "users without an order keep their carts"
    );
}

#[tokio::test]
async fn orders_of_the_same_goods_in_any_order_never_wait_for_each_other() {
    let server = TestServer::start_with(&MANY).await;
    let other = server.another_instance_with(&MANY).await;
    let goods = ["hammock", "linen-towel", "enamel-mug", "pocket-knife"];
    execute(&server, "UPDATE products SET stock = 500").await;
    let mut requests = Vec::new();
    for number in 100..140 {
        for at in 0..goods.len() {
            let at = if number % 2 == 0 { at } else { goods.len() - 1 - at };
            put_line(&server, &user(number), goods[at], 1).await;
        }
        let seen = checkout(&server, &user(number)).await;
        requests.push(place(if number % 3 == 0 { &server } else { &other }, &user(number), &seen.key, &as_seen(&seen, Delivery::Standard)));
    }
    for answer in all_at_once(requests).await {
        assert_eq!(answer.status(), StatusCode::CREATED);
    }
    assert_eq!(stock(&server, "hammock").await, 460);
    let mut cancellations = Vec::new();
    for number in 100..140 {
        let orders: Orders = get(&server, &user(number), "/api/orders").await;
        let path = format!("/api/orders/{}/cancellation", orders.orders[0].id);
        cancellations.push(ask(if number % 2 == 0 { &server } else { &other }, Method::POST, &user(number), &path));
    }
    for answer in all_at_once(cancellations).await {
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert_eq!(number(&server, "SELECT COUNT(*) FROM products WHERE stock = 500").await, 16);
}

#[tokio::test]
async fn what_was_typed_is_kept_for_its_user_until_the_order() {
    let server = TestServer::start().await;
    let typed = json!({"address": {"fullName": "Ada\u{0}", "street": "half a str", "city": "x".repeat(500)}, "delivery": "express"});
    let put = async |user: &str, body: &Value| ask(&server, Method::PUT, user, "/api/checkout").json(body).send().await.unwrap().status();
    assert_eq!(put(SHOPPER, &typed).await, StatusCode::OK);
    assert_eq!(put(SHOPPER, &json!({"address": {}, "delivery": "by-drone"})).await, StatusCode::UNPROCESSABLE_ENTITY);
    let form = checkout(&server, SHOPPER).await.form;
    assert_eq!(
        (form.address.full_name.as_str(), form.address.street.as_str()),
        ("Ada\u{0}", "half a str"),
        "the server keeps the typed text unchanged"
    );
    assert_eq!((form.address.city.len(), form.delivery), (500, Delivery::Express));
    assert_eq!(checkout(&server, SECOND).await.form, Default::default(), "another user does not see the text");
    let rows: Vec<String> = sqlx::query_scalar("SELECT body FROM checkout_drafts").fetch_all(&database(&server).await).await.unwrap();
    assert_eq!(rows.len(), 1);
    let key = checkout(&server, SHOPPER).await.key;
    placed(&server, SHOPPER).await;
    // The app saves the form a moment after the last keystroke, so the request may arrive after the order.
    let keyed = async |key: &str| {
        let late = ask(&server, Method::PUT, SHOPPER, "/api/checkout").header("idempotency-key", key).json(&typed);
        assert_eq!(late.send().await.unwrap().status(), StatusCode::OK);
        number(&server, "SELECT COUNT(*) FROM checkout_drafts").await
    };
    assert_eq!(keyed(&key).await, 0, "the order has deleted the draft");
    let next = checkout(&server, SHOPPER).await;
    assert_eq!(next.form.address, address());
    assert_eq!(keyed(&next.key).await, 1);
}

#[tokio::test]
async fn orders_are_listed_by_twenty() {
    let server = TestServer::start().await;
    placed(&server, SHOPPER).await;
    let db = database(&server).await;
    let columns = "state, currency, items, delivery, delivery_price, total, full_name, street, street_extra, postal_code, city, country";
    for number in 0..44 {
        // Two orders share each time.
        let copy = format!(
            "INSERT INTO orders (id, number, user_id, placed_at, confirmation_email, {columns})
             SELECT '{}', 'COPY-{number}', user_id, {}, '', {columns} FROM orders WHERE number NOT LIKE 'COPY%'",
            uuid::Uuid::new_v4(),
            1_000 * (1 + number / 2)
        );
        sqlx::query(sqlx::AssertSqlSafe(copy)).execute(&db).await.unwrap();
    }
    let (mut path, mut sizes, mut numbers) = ("/api/orders".to_owned(), Vec::new(), Vec::new());
    loop {
        let page: Orders = get(&server, SHOPPER, &path).await;
        sizes.push(page.orders.len());
        assert!(page.orders.windows(2).all(|it| it[0].placed_at >= it[1].placed_at), "the newest first");
        numbers.extend(page.orders.into_iter().map(|it| it.number));
        let Some(next) = page.next else { break };
        path = format!("/api/orders?before={next}");
    }
    assert_eq!(sizes, [20, 20, 5]);
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 45, "the pages contain each order once");
    assert_eq!(get::<Orders>(&server, SECOND, &path).await.orders, [], "another user's order is not a valid cursor");
    let malformed = ask(&server, Method::GET, SHOPPER, "/api/orders?before=x").send().await.unwrap();
    assert_eq!(malformed.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn many_orders_in_a_short_time_are_slowed_down() {
    let server = TestServer::start_with(&["--demo-data", "--limit-orders", "2/600"]).await;
    let seen = checkout(&server, SHOPPER).await;
    let body = as_seen(&seen, Delivery::Standard);
    let wrong = PlaceOrder { total: 1, ..body.clone() };
    for _ in 0..2 {
        assert_eq!(place(&server, SHOPPER, &seen.key, &wrong).send().await.unwrap().status(), StatusCode::CONFLICT);
    }
    let refused = place(&server, SHOPPER, &seen.key, &body).send().await.unwrap();
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!((refused.status(), problem(refused).await.kind.as_str()), (StatusCode::TOO_MANY_REQUESTS, "/problems/too-many-attempts"));
    assert_eq!(number(&server, "SELECT COUNT(*) FROM orders").await, 0);
}

/// While another transaction locks the products, an order fails with `Retry-After`. A retry with the same key then places one order.
#[tokio::test]
async fn while_the_database_is_locked_nothing_is_ordered() {
    let server = TestServer::start_with(&["--demo-data", "--request-timeout=600"]).await;
    let seen = checkout(&server, SHOPPER).await;
    let body = as_seen(&seen, Delivery::Standard);
    let mut lock = database(&server).await.begin().await.unwrap();
    sqlx::query("UPDATE products SET stock = stock").execute(&mut *lock).await.unwrap();
    let refused = place(&server, SHOPPER, &seen.key, &body).send().await.unwrap();
    assert_eq!((refused.status(), refused.headers().contains_key("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, true));
    drop(lock);
    assert_eq!(number(&server, "SELECT COUNT(*) FROM orders").await, 0);
    for _ in 0..2 {
        assert_eq!(place(&server, SHOPPER, &seen.key, &body).send().await.unwrap().status(), StatusCode::CREATED);
    }
    assert_eq!((number(&server, "SELECT COUNT(*) FROM orders").await, stock(&server, "enamel-mug").await), (1, 62));
}

const EMAIL: &str = "shopper@example.com";

async fn shopper(cluster: &TestCluster) -> (Browser, String) {
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    browser.sign_in(&host, EMAIL).await;
    (browser, host)
}

async fn order_as_seen(browser: &Browser, host: &str) -> OrderSummary {
    let seen: Checkout = browser.get(host, "/api/checkout").await.json().await.unwrap();
    let request = browser.request(Method::POST, host, "/api/orders").header("idempotency-key", &seen.key);
    with_status(StatusCode::CREATED, browser.send(host, request.json(&as_seen(&seen, Delivery::Standard))).await).json().await.unwrap()
}

#[tokio::test]
async fn one_message_confirms_an_order_as_soon_as_fusionauth_takes_it() {
    let cluster = TestCluster::start_with(&[], 2).await;
    let (browser, host) = shopper(&cluster).await;
    let seen: Checkout = browser.get(&host, "/api/checkout").await.json().await.unwrap();
    assert_eq!(seen.confirmation_email.as_deref(), Some(EMAIL));
    let before = cluster.mail(EMAIL).await.len();
    cluster.fault(json!({"path": "/api/email/send*", "status": 503})).await;
    let order = order_as_seen(&browser, &host).await;
    let shown: Order = browser.get(&host, &format!("/api/orders/{}", order.id)).await.json().await.unwrap();
    assert_eq!(shown.confirmation_email.as_deref(), Some(EMAIL));
    cluster.until_count("order_confirmations WHERE attempts > 1", 1).await;
    assert_eq!(cluster.mail(EMAIL).await.len(), before, "the order is placed, and its message is pending");
    cluster.no_faults().await;
    cluster.until_count("order_confirmations", 0).await;
    let messages = cluster.mail(EMAIL).await;
    let (subject, text) = messages.last().unwrap();
    assert_eq!((messages.len() - before, subject), (1, &format!("Your order {}", order.number)));
    assert!(
        text.contains("2 × Enamel mug, White: €29.80") && text.contains("\nStandard, 2 to 4 working days: Free\nTotal: €173.30"),
        "{text}"
    );
    assert!(text.contains(&format!("\nhttp://{host}:8080/orders/{}\n", order.id)) && text.contains("\nExpected delivery: "), "{text}");
    assert!(text.contains("\nAda Lovelace\nMusterstraße 1\n"), "the owner of the mailbox has typed this: {text}");
}

/// With `--register-verified`, FusionAuth counts a stranger's email as verified.
#[tokio::test]
async fn no_message_contains_typed_text_if_users_are_registered_as_verified() {
    let cluster = TestCluster::start_with(&["--register-verified"], 1).await;
    let (browser, host) = shopper(&cluster).await;
    order_as_seen(&browser, &host).await;
    cluster.until_count("order_confirmations", 0).await;
    let (_, text) = cluster.mail(EMAIL).await.pop().unwrap();
    assert!(text.contains("\nCountry\nGermany\n") && !text.contains("Lovelace") && !text.contains("10115"), "{text}");
}

/// Anybody can register somebody else's email and order.
#[tokio::test]
async fn an_email_that_nobody_has_proven_gets_one_message_a_day() {
    let cluster = TestCluster::start().await;
    cluster.set_email_configuration(json!({"verifyEmail": true, "unverified": {"behavior": "Allow"}})).await;
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    browser.sign_in(&host, UNVERIFIED).await;
    let before = cluster.mail(UNVERIFIED).await.len();
    for _ in 0..3 {
        let line = browser.request(Method::PUT, &host, "/api/shopping-cart/lines/enamel-mug").json(&json!({"quantity": 1}));
        assert_eq!(browser.send(&host, line).await.status(), StatusCode::OK);
        let seen: Checkout = browser.get(&host, "/api/checkout").await.json().await.unwrap();
        assert_eq!(seen.email_state, EmailState::Unconfirmed);
        order_as_seen(&browser, &host).await;
    }
    cluster.until_count("order_confirmations WHERE attempts > 1", 2).await;
    let messages = cluster.mail(UNVERIFIED).await;
    assert_eq!(messages.len() - before, 1);
    let (_, text) = messages.last().unwrap();
    assert!(
        !text.contains("Lovelace") && !text.contains("Musterstraße") && !text.contains("10115"),
        "the message has no text that a user could send to others: {text}"
    );
    cluster.admin(Method::POST, "/api/user/verify-email", json!({"userId": "20000000-0000-0000-0000-000000000005"})).await;
    cluster.until_count("order_confirmations", 0).await;
    assert_eq!(cluster.mail(UNVERIFIED).await.len() - before, 3, "the others follow after the confirmation");
}

#[tokio::test]
async fn every_order_gets_one_message_however_many_instances_there_are() {
    let cluster = TestCluster::start_with(&["--limit-orders", "100/60"], 3).await;
    let (browser, host) = shopper(&cluster).await;
    let before = cluster.mail(EMAIL).await.len();
    let mut subjects = Vec::new();
    for _ in 0..8 {
        let line = browser.request(Method::PUT, &host, "/api/shopping-cart/lines/enamel-mug").json(&json!({"quantity": 1}));
        assert_eq!(browser.send(&host, line).await.status(), StatusCode::OK);
        subjects.push(format!("Your order {}", order_as_seen(&browser, &host).await.number));
    }
    cluster.until_count("order_confirmations", 0).await;
    let mut sent: Vec<String> = cluster.mail(EMAIL).await.into_iter().skip(before).map(|it| it.0).collect();
    sent.sort();
    subjects.sort();
    assert_eq!(sent, subjects);
}

/// Another instance takes only a message that is due.
#[tokio::test]
async fn a_message_is_not_due_while_an_instance_sends_it() {
    let cluster = TestCluster::start().await;
    let (browser, host) = shopper(&cluster).await;
    let held = cluster.hold_all(json!({"path": "/api/email/send*", "hold": "request"})).await;
    let begun = now_ms();
    order_as_seen(&browser, &host).await;
    held.reached().await;
    assert_eq!(cluster.count(&format!("order_confirmations WHERE due_at >= {begun} + 30000")).await, 1);
    cluster.no_faults().await;
}

#[tokio::test]
async fn an_order_that_is_cancelled_before_its_message_gets_none() {
    let cluster = TestCluster::start().await;
    let (browser, host) = shopper(&cluster).await;
    let before = cluster.mail(EMAIL).await.len();
    cluster.fault(json!({"path": "/api/email/send*", "status": 503})).await;
    let order = order_as_seen(&browser, &host).await;
    let untried = format!("UPDATE order_confirmations SET attempts = 0, due_at = {}", now_ms() + 600_000);
    sqlx::query(sqlx::AssertSqlSafe(untried)).execute(&cluster.database().await).await.unwrap();
    let answer = browser.post_json(&host, &format!("/api/orders/{}/cancellation", order.id), json!({})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    cluster.no_faults().await;
    assert_eq!((cluster.count("order_confirmations").await, cluster.mail(EMAIL).await.len()), (0, before));
}

/// The statement of a shipping program, a copy of that in `order_emails::note`.
const QUEUE: &str = "INSERT INTO order_confirmations (order_id, application, language, attempts, due_at, created_at, origin)
    SELECT id, $1, 'de', 0, 0, $2, 'https://shop.example.test' FROM orders WHERE state = 'shipped'
    ON CONFLICT (order_id) DO UPDATE SET application = excluded.application, language = excluded.language, attempts = 0,
        due_at = excluded.due_at, created_at = excluded.created_at, origin = excluded.origin";

/// FusionAuth may have sent the confirmation already, so the buyer hears of what follows.
#[tokio::test]
async fn a_change_during_or_after_an_attempt_to_confirm_an_order_has_its_message() {
    let cases = [("in flight", "cancelled"), ("in flight", "shipped"), ("failed", "cancelled"), ("failed", "shipped")];
    for (attempt, change) in cases {
        let cluster = TestCluster::start().await;
        let (browser, host) = shopper(&cluster).await;
        let path = "/api/email/send*";
        let in_flight = attempt == "in flight";
        let fault = if in_flight { json!({"path": path, "hold": "request"}) } else { json!({"path": path, "status": 503}) };
        let held = cluster.hold_all(fault).await;
        let order = order_as_seen(&browser, &host).await;
        cluster.until_count("order_confirmations WHERE attempts > 0", 1).await;
        if in_flight {
            held.reached().await;
        }
        if change == "cancelled" {
            let answer = browser.post_json(&host, &format!("/api/orders/{}/cancellation", order.id), json!({})).await;
            assert_eq!(answer.status(), StatusCode::OK);
        } else {
            let db = cluster.database().await;
            sqlx::query("UPDATE orders SET state = 'shipped' WHERE state = 'placed'").execute(&db).await.unwrap();
            sqlx::query(QUEUE).bind(STORE).bind(now_ms()).execute(&db).await.unwrap();
        }
        held.release().await;
        cluster.until_count("order_confirmations", 0).await;
        let number = &order.number;
        let told = match change {
            "cancelled" => format!("Your order {number} is cancelled"),
            _ => format!("Deine Bestellung {number} ist unterwegs"),
        };
        let newest = cluster.mail(EMAIL).await.pop().unwrap().0;
        assert_eq!(newest, told, "{attempt} {change}");
    }
}

/// A shipping program sets the state and queues a message.
#[tokio::test]
async fn a_message_says_that_an_order_was_cancelled_or_sent() {
    let cluster = TestCluster::start().await;
    let (browser, host) = shopper(&cluster).await;
    let order = order_as_seen(&browser, &host).await;
    cluster.until_count("order_confirmations", 0).await;
    let cancellation = format!("/api/orders/{}/cancellation", order.id);
    let before = cluster.mail(EMAIL).await.len();
    for _ in 0..2 {
        assert_eq!(browser.post_json(&host, &cancellation, json!({})).await.status(), StatusCode::OK);
        cluster.until_count("order_confirmations", 0).await;
    }
    let db = cluster.database().await;
    sqlx::query("UPDATE orders SET state = 'shipped'").execute(&db).await.unwrap();
    sqlx::query(QUEUE).bind(STORE).bind(now_ms()).execute(&db).await.unwrap();
    cluster.until_count("order_confirmations", 0).await;
    let messages = cluster.mail(EMAIL).await.split_off(before);
    let [(cancelled, text), (sent, link)] = &messages[..] else { panic!("{messages:?}") };
    assert!(cancelled.ends_with("is cancelled") && text.contains("If you didn't cancel it, contact us."), "{text}");
    assert_eq!(sent, &format!("Deine Bestellung {} ist unterwegs", order.number));
    assert!(link.contains(&format!("\nhttps://shop.example.test/orders/{}\n", order.id)), "{link}");
}

#[tokio::test]
async fn orders_are_in_the_export_and_lose_their_user_with_the_account() {
    let cluster = TestCluster::start().await;
    let (browser, host) = shopper(&cluster).await;
    let sent = order_as_seen(&browser, &host).await;
    let db = cluster.database().await;
    sqlx::query("UPDATE orders SET state = 'shipped'").execute(&db).await.unwrap();
    let line = browser.request(Method::PUT, &host, "/api/shopping-cart/lines/enamel-mug").json(&json!({"quantity": 3}));
    assert_eq!(browser.send(&host, line).await.status(), StatusCode::OK);
    order_as_seen(&browser, &host).await;
    let form =
        browser.request(Method::PUT, &host, "/api/checkout").json(&json!({"address": {"city": "half typed"}, "delivery": "express"}));
    assert_eq!(browser.send(&host, form).await.status(), StatusCode::OK);

    let data: Value = browser.get(&host, "/api/account/export").await.json().await.unwrap();
    assert_eq!(data["orders"].as_array().unwrap().len(), 2);
    let first = &data["orders"][0];
    assert_eq!((&first["number"], &first["address"]["city"], &first["total"]), (&json!(sent.number), &json!("Berlin"), &json!(17_330)));
    assert_eq!(first["lines"][0], json!({"name": "Enamel mug, White", "unitPrice": 1_490, "quantity": 2}));
    assert_eq!(data["checkoutDraft"]["address"]["city"], json!("half typed"));

    let answer = browser.post_json(&host, "/api/account/delete", json!({"currentPassword": PASSWORD})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(cluster.count("orders").await, 2, "the orders of a deleted user stay");
    let nobody = "user_id = '' AND full_name = '' AND street = '' AND postal_code = '' AND city = '' AND confirmation_email = ''";
    assert_eq!(cluster.count(&format!("orders WHERE {nobody}")).await, 2);
    assert_eq!((cluster.count("orders WHERE state = 'shipped'").await, cluster.count("orders WHERE state = 'cancelled'").await), (1, 1));
    assert_eq!(cluster.count("products WHERE id = 'enamel-mug' AND stock = 62").await, 1, "goods that were not shipped are in stock again");
    assert_eq!((cluster.count("checkout_drafts").await, cluster.count("order_confirmations").await), (0, 0));
    assert_eq!(cluster.count(&format!("idempotency_keys WHERE owner = '{SHOPPER}'")).await, 0);
}
