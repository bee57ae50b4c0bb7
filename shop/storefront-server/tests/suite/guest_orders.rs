//! Orders without an account, and their way into one: what the secret of an order's link opens, and what nobody gets by guessing, sharing,
//! racing, or typing somebody else's email.

use crate::browse::{Page, assert_has};
use crate::sql::orders::{address, as_seen};
use crate::sql::repeated_writes::all_at_once;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, UNVERIFIED, forged, location, set_cookies, store};
use crate::test_server::problem;
use crate::typed::pasted;
use crate::webapp_steps::WORKFLOWS;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use storefront_api::orders::{Checkout, ClaimableOrder, Delivery, Order, OrderState, OrderSummary, Orders, PlaceGuestOrder};
use storefront_server::{clock::now_ms, purge::purge};
use test_support::issuer::{SECOND, SHOPPER};

const COOKIE: &str = "storefront_guest_order";
const ALL: [&str; 5] = ["spa-local-storage", "spa-backend", "spa-shared-domain", "webapp-jwt", "webapp-session"];

/// A guest of `spa-backend` with a mug in the cart.
async fn guest(cluster: &TestCluster) -> (Browser, String) {
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    let added = browser.post_json(&host, "/api/guest-cart/lines", json!({"product": "enamel-mug", "quantity": 2})).await;
    assert_eq!(added.status(), StatusCode::OK);
    (browser, host)
}

async fn checkout(browser: &Browser, host: &str) -> Checkout {
    browser.get(host, "/api/guest-checkout").await.json().await.unwrap()
}

fn place(browser: &Browser, host: &str, key: &str, email: &str, seen: &Checkout) -> RequestBuilder {
    let body = PlaceGuestOrder { email: email.to_owned(), order: as_seen(seen, Delivery::Standard) };
    browser.request(Method::POST, host, "/api/guest-orders").header("idempotency-key", key).json(&body)
}

/// A guest's browser after an order with this email.
async fn ordered(cluster: &TestCluster, email: &str) -> (Browser, OrderSummary) {
    let (browser, host) = guest(cluster).await;
    let seen = checkout(&browser, &host).await;
    let answer = browser.send(&host, place(&browser, &host, &seen.key, email, &seen)).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    (browser, answer.json().await.unwrap())
}

/// The request of a new guest who orders with this email.
pub(crate) async fn order_of_guest(cluster: &TestCluster, email: &str) -> RequestBuilder {
    let (browser, host) = guest(cluster).await;
    let seen = checkout(&browser, &host).await;
    place(&browser, &host, &seen.key, email, &seen)
}

/// The path of the link in the newest message about an order.
async fn mailed_path(cluster: &TestCluster, to: &str) -> String {
    cluster.until_count("order_confirmations", 0).await;
    let (_, text) = cluster.mail(to).await.pop().unwrap();
    let link = text.lines().find(|it| it.starts_with("http://store.")).unwrap_or_else(|| panic!("no link in {text}"));
    format!("/{}", link.splitn(4, '/').nth(3).unwrap())
}

async fn opened(browser: &Browser, host: &str) -> Option<Order> {
    let answer = browser.get(host, "/api/guest-order").await;
    match answer.status() {
        StatusCode::OK => Some(answer.json().await.unwrap()),
        StatusCode::NOT_FOUND => None,
        status => panic!("{status}"),
    }
}

async fn execute(cluster: &TestCluster, statement: &'static str) {
    sqlx::query(statement).execute(&cluster.database().await).await.unwrap();
}

#[tokio::test]
async fn a_mailed_link_opens_one_order_in_any_browser_and_the_database_has_only_its_hash() {
    let cluster = TestCluster::start_with(&[], 2).await;
    let host = store("spa-backend");
    let (browser, order) = ordered(&cluster, &pasted("Guest@Example.com")).await;
    let secret = browser.cookie(&host, COOKIE).unwrap();
    assert_eq!((browser.cookie(&host, "storefront_guest_cart"), cluster.count("cart_lines WHERE user_id LIKE 'guest:%'").await), (None, 0));
    let mine = opened(&browser, &host).await.unwrap();
    assert_eq!((&mine.summary, &mine.address, mine.confirmation_email.as_deref()), (&order, &address(), Some("Guest@Example.com")));

    let path = mailed_path(&cluster, "Guest@Example.com").await;
    assert_eq!(path, format!("/guest-order/{secret}"));
    let (_, text) = cluster.mail("Guest@Example.com").await.pop().unwrap();
    assert!(
        text.contains("http://store.spa-backend.localhost:8080/guest-order/") && text.contains("2 × Enamel mug, White: €29.80"),
        "{text}"
    );
    let link_and_way_out = "until 90 days after we send it.\n\nIf you didn't place this order, cancel it with this link.";
    assert!(text.contains(link_and_way_out) && !text.contains("10115"), "{text}");
    assert!(!text.contains("Lovelace"), "the message has no text that a guest could send to others: {text}");
    for row in [
        "guest_orders WHERE owner LIKE",
        "orders WHERE user_id LIKE",
        "idempotency_keys WHERE answer LIKE",
        "order_confirmations WHERE order_id LIKE",
    ] {
        assert_eq!(cluster.count(&format!("{row} '%{secret}%'")).await, 0, "{row}");
    }

    let (_, second) = ordered(&cluster, "guest@example.com").await;
    for workflow in ALL {
        let (phone, host) = (cluster.browser(), store(workflow));
        let answer = phone.get(&host, &path).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/guest-order"), "{workflow}");
        let header = |name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"), "{workflow}");
        assert_eq!(
            (header("x-robots-tag").as_deref(), header("cache-control").as_deref()),
            (Some("noindex"), Some("no-store")),
            "{workflow}"
        );
        let cookie = set_cookies(&answer)[0];
        assert_eq!(cookie, format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Lax"), "until the browser is closed");
        phone.get(&host, "/guest-order/malformed").await;
        assert_eq!(phone.cookie(&host, COOKIE).as_ref(), Some(&secret), "a malformed link replaces no good one");
        assert_eq!(phone.get(&host, "/guest-order").await.headers()["x-robots-tag"], "noindex", "{workflow}");
        if workflow.starts_with("webapp") {
            let answer = phone.get(&host, "/guest-order").await;
            assert_eq!(answer.status(), StatusCode::OK);
            let page = answer.text().await.unwrap();
            assert!(page.contains(&order.number) && !page.contains(&second.number) && !page.contains(&secret), "{page}");
            assert_eq!(location(&phone.get(&host, &format!("/orders/{}", order.id)).await).split('?').next(), Some("/login"));
            continue;
        }
        assert_eq!(opened(&phone, &host).await.unwrap().summary.id, order.id, "{workflow}");
        for path in ["/api/orders".to_owned(), format!("/api/orders/{}", order.id), "/api/load-shopping-cart".to_owned()] {
            assert_eq!(phone.get(&host, &path).await.status(), StatusCode::UNAUTHORIZED, "{workflow} {path}: the link opens nothing else");
        }
    }
    let phone = cluster.browser();
    phone.get(&host, &path).await;
    for _ in 0..2 {
        let cancelled: Order = phone.post_json(&host, "/api/guest-order/cancellation", json!({})).await.json().await.unwrap();
        assert_eq!(cancelled.summary.state, OrderState::Cancelled);
    }
    assert_eq!(opened(&browser, &host).await.unwrap().summary.state, OrderState::Cancelled);
    assert_eq!(mailed_path(&cluster, "Guest@Example.com").await, path);
    let (subject, text) = cluster.mail("Guest@Example.com").await.pop().unwrap();
    assert_eq!((subject, text.contains("Lovelace")), (format!("Your order {} is cancelled", order.number), false));
    assert_eq!(cluster.count("products WHERE id = 'enamel-mug' AND stock = 62").await, 1, "the cancelled goods are back once");
}

#[tokio::test]
async fn the_first_message_to_a_guest_is_in_the_language_that_the_browser_prefers() {
    let cluster = TestCluster::start().await;
    let order = order_of_guest(&cluster, "new@example.com").await.header("accept-language", "it, fr-CA;q=0.8, de;q=0.5");
    assert_eq!(order.send().await.unwrap().status(), StatusCode::CREATED);
    cluster.until_count("order_confirmations", 0).await;
    let (subject, text) = cluster.mail("new@example.com").await.pop().unwrap();
    assert!(subject.starts_with("Votre commande ") && text.contains("2 × Mug émaillé, Blanc"), "{subject} {text}");
}

#[tokio::test]
async fn a_guessed_or_expired_link_opens_nothing() {
    let cluster = TestCluster::start().await;
    let (owner, order) = ordered(&cluster, "guest@example.com").await;
    let host = store("spa-backend");
    let secret = owner.cookie(&host, COOKIE).unwrap();
    let hash: String = sqlx::query_scalar("SELECT owner FROM guest_orders").fetch_one(&cluster.database().await).await.unwrap();
    let hash = hash.trim_start_matches("order:").to_owned();
    let other = format!("{}{}", &secret[..63], if secret.ends_with('0') { '1' } else { '0' });
    for guess in
        ["0".repeat(64), other, hash, order.id.clone(), order.number.clone(), SHOPPER.to_owned(), "%00".to_owned(), "'--".to_owned()]
    {
        let thief = cluster.browser();
        let answer = thief.get(&host, &format!("/guest-order/{guess}")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{guess}");
        assert_eq!(opened(&thief, &host).await, None, "{guess}");
        thief.set_cookie(&host, COOKIE, &guess.replace('%', ""));
        assert_eq!(opened(&thief, &host).await, None, "{guess}");
        for (method, path) in
            [(Method::POST, "/api/guest-order/cancellation"), (Method::GET, "/api/guest-order/data"), (Method::DELETE, "/api/guest-order")]
        {
            let answer = thief.send(&host, thief.request(method, &host, path).json(&json!({}))).await;
            assert_eq!(
                (answer.status(), problem(answer).await.kind.as_str()),
                (StatusCode::NOT_FOUND, "/problems/order-unknown"),
                "{path}"
            );
        }
    }
    let cancellation = owner.request(Method::POST, &host, "/api/guest-order/cancellation").json(&json!({}));
    assert_eq!(forged(cancellation, Some("cross-site"), None).await.status(), StatusCode::FORBIDDEN, "a foreign page cancels nothing");
    assert_eq!(opened(&owner, &host).await.unwrap().summary.state, OrderState::Placed);

    let db = cluster.database().await;
    sqlx::query("UPDATE guest_orders SET expires_at = $1").bind(now_ms() - 1).execute(&db).await.unwrap();
    assert_eq!(opened(&owner, &host).await, None, "the link has ended");
}

#[tokio::test]
async fn the_data_of_an_order_is_deleted_90_days_after_it_was_sent() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let cluster = TestCluster::start().await;
    let db = cluster.database().await;
    let start = now_ms();
    ordered(&cluster, "guest@example.com").await;
    ordered(&cluster, "other@example.com").await;
    let ends = async || -> Vec<i64> { sqlx::query_scalar("SELECT expires_at FROM guest_orders").fetch_all(&db).await.unwrap() };
    assert!(ends().await.iter().all(|it| (start + 90 * DAY_MS..start + 91 * DAY_MS).contains(it)));
    let named = "orders WHERE full_name <> '' AND street <> '' AND confirmation_email <> '' AND user_id <> ''";
    execute(&cluster, "UPDATE orders SET state = 'shipped' WHERE confirmation_email = 'guest@example.com'").await;
    purge(&db, start + 89 * DAY_MS, Duration::ZERO).await;
    assert_eq!((cluster.count(named).await, cluster.count("guest_orders").await), (2, 2));
    purge(&db, start + 91 * DAY_MS, Duration::ZERO).await;
    assert_eq!((cluster.count(named).await, cluster.count("guest_orders").await), (1, 1), "the order that was sent");

    assert_eq!(ends().await, [start + (91 + 90) * DAY_MS], "the link of the order that is still to be sent lives on");
    execute(&cluster, "UPDATE orders SET state = 'shipped'").await;
    purge(&db, start + (91 + 89) * DAY_MS, Duration::ZERO).await;
    assert_eq!(cluster.count(named).await, 1);
    purge(&db, start + (91 + 91) * DAY_MS, Duration::ZERO).await;
    let nobody = "orders WHERE user_id = '' AND full_name = '' AND street = '' AND city = '' AND confirmation_email = ''";
    assert_eq!((cluster.count(nobody).await, cluster.count("guest_orders").await), (2, 0));
}

#[tokio::test]
async fn twelve_orders_at_once_make_one_and_a_lost_answer_is_repeated() {
    // A limit counts an order once, and no request without an order: neither a repeated one, nor one whose client has hung up.
    let cluster = TestCluster::start_with(&["--limit-guest-orders=2/36000", "--limit-orders-of-guest=2/36000"], 2).await;
    let (browser, host) = guest(&cluster).await;
    let seen = checkout(&browser, &host).await;
    let db = cluster.database().await;
    let mut lock = db.begin().await.unwrap();
    sqlx::query("UPDATE guest_carts SET expires_at = expires_at").execute(&mut *lock).await.unwrap();
    let hung_up = tokio::spawn(place(&browser, &host, &seen.key, "guest@example.com", &seen).send());
    browser.get(&host, "/api/guest-order").await;
    hung_up.abort();
    lock.rollback().await.unwrap();
    let answers = all_at_once((0..12).map(|_| place(&browser, &host, &seen.key, "guest@example.com", &seen))).await;
    let mut secrets = Vec::new();
    for answer in answers {
        assert_eq!(answer.status(), StatusCode::CREATED);
        secrets.push(set_cookies(&answer).into_iter().find(|it| it.starts_with(COOKIE)).unwrap().to_owned());
    }
    assert!(secrets.windows(2).all(|it| it[0] == it[1]), "each answer opens the same order");
    assert_eq!(cluster.count("orders").await, 1);

    let (browser, host) = guest(&cluster).await;
    let seen = checkout(&browser, &host).await;
    let answers = all_at_once((0..12).map(|key| place(&browser, &host, &key.to_string(), "guest@example.com", &seen))).await;
    let count = |status| answers.iter().filter(|it| it.status() == status).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::CONFLICT)), (1, 11), "{answers:?}");
    assert_eq!((cluster.count("orders").await, cluster.count("products WHERE id = 'enamel-mug' AND stock = 60").await), (2, 1));
}

#[tokio::test]
async fn a_guest_who_corrects_the_form_after_a_lost_answer_is_led_to_the_order() {
    const CART: &str = "storefront_guest_cart";
    let (cluster, page_host) = (TestCluster::start().await, store("webapp-session"));
    let (browser, host) = guest(&cluster).await;
    let (cart, seen) = (browser.cookie(&host, CART).unwrap(), checkout(&browser, &host).await);
    let answer = browser.send(&host, place(&browser, &host, &seen.key, "guest@example.com", &seen)).await;
    let order: OrderSummary = answer.json().await.unwrap();
    let without_answer = |host: &str| {
        let browser = cluster.browser();
        browser.set_cookie(host, CART, &cart);
        browser
    };
    let lost = without_answer(&host);
    let answer = lost.send(&host, place(&lost, &host, &seen.key, "corrected@example.com", &seen)).await;
    let refused: Value = answer.json().await.unwrap();
    assert_eq!(
        (&refused["type"], &refused["checkout"]["latestOrder"]["id"]),
        (&json!("/problems/idempotency-key-reused"), &json!(order.id))
    );
    assert_eq!(opened(&lost, &host).await.unwrap().summary.id, order.id);
    let reloaded = without_answer(&host);
    assert_eq!(checkout(&reloaded, &host).await.latest_order.as_ref(), Some(&order));
    assert_eq!(opened(&reloaded, &host).await.unwrap().summary.id, order.id);

    let reloaded = without_answer(&page_host);
    assert_eq!(location(&reloaded.get(&page_host, "/checkout").await), "/guest-order");
    let lost = without_answer(&page_host);
    let corrected = [("idempotency_key", &*seen.key), ("email", "guest@example.com"), ("full_name", "Ada"), ("street", "Street 2")];
    let rest = [("postal_code", "10115"), ("city", "Berlin"), ("country", "DE"), ("lines", "[]"), ("total_standard", "1")];
    let answer = lost.post_form(&page_host, "/checkout", &[&corrected[..], &rest[..]].concat()).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/guest-order"));
    let page = lost.open(&page_host, "/guest-order").await;
    assert!(page.has(&order.number) && page.has("without your later changes"), "{}", page.html);
    assert_eq!(lost.cookie(&page_host, CART), None);
    for answer in [lost.get(&page_host, "/checkout").await, lost.post_form(&page_host, "/checkout", &corrected).await] {
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/guest-order"), "without a cart");
    }
    assert_eq!(cluster.count("orders").await, 1);
}

#[tokio::test]
async fn a_guest_orders_nothing_that_was_not_seen() {
    let cluster = TestCluster::start().await;
    let (browser, host) = guest(&cluster).await;
    for (change, kind) in [
        ("UPDATE products SET price = price + 100 WHERE id = 'enamel-mug'", "checkout-changed"),
        ("UPDATE products SET stock = 1 WHERE id = 'enamel-mug'", "checkout-changed"),
        (
            "UPDATE cart_lines SET product = (SELECT id FROM products WHERE main_product = 'enamel-mug' LIMIT 1)
          WHERE user_id LIKE 'guest:%'",
            "checkout-changed",
        ),
        ("DELETE FROM cart_lines WHERE user_id LIKE 'guest:%'", "cart-empty"),
    ] {
        let seen = checkout(&browser, &host).await;
        execute(&cluster, change).await;
        let refused = browser.send(&host, place(&browser, &host, &seen.key, "guest@example.com", &seen)).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT, "{change}");
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["type"], json!(format!("/problems/{kind}")), "{change}");
        let now: Checkout = serde_json::from_value(refused["checkout"].clone()).unwrap();
        assert_eq!(now, checkout(&browser, &host).await, "{change}");
        assert!(!now.cart.notice.unwrap_or_default().contains("Sign in"), "{change}");
    }
    assert_eq!((cluster.count("orders").await, cluster.count("guest_orders").await), (0, 0));

    execute(&cluster, "UPDATE products SET stock = 64").await;
    let (browser, host) = guest(&cluster).await;
    let seen = checkout(&browser, &host).await;
    let wrong = PlaceGuestOrder { email: "nobody".to_owned(), order: as_seen(&seen, Delivery::Standard) };
    let wrong = json!({"email": wrong.email, "order": {"address": {}, "delivery": "standard", "lines": wrong.order.lines, "total": 1}});
    let answer = browser.post_json(&host, "/api/guest-orders", wrong).await;
    let document: Value = answer.json().await.unwrap();
    let fields: Vec<&str> = document["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["email", "fullName", "street", "postalCode", "city", "country"]);

    // An earlier order is not the answer about another cart.
    let (browser, _) = ordered(&cluster, "guest@example.com").await;
    let added = browser.post_json(&host, "/api/guest-cart/lines", json!({"product": "enamel-mug", "quantity": 2})).await;
    assert_eq!(added.status(), StatusCode::OK);
    let seen = checkout(&browser, &host).await;
    execute(&cluster, "DELETE FROM cart_lines WHERE user_id LIKE 'guest:%'").await;
    let refused = browser.send(&host, place(&browser, &host, &seen.key, "guest@example.com", &seen)).await;
    let refused: Value = refused.json().await.unwrap();
    assert_eq!((&refused["type"], &refused["checkout"]["latestOrder"]), (&json!("/problems/cart-empty"), &Value::Null));
}

#[tokio::test]
async fn a_thousand_orders_for_one_email_send_six_messages_and_a_stranger_with_one_address_leaves_three() {
    let flags = ["--limit-guests-by-address", "100000/60", "--limit-all-guest-orders", "7/36000", "--trusted-proxies=127.0.0.0/8"];
    let cluster = TestCluster::start_with(&flags, 1).await;
    let order = async |client: &str, email: &str| {
        order_of_guest(&cluster, email).await.header("x-forwarded-for", client).send().await.unwrap().status()
    };
    let (browser, host) = guest(&cluster).await;
    let seen = checkout(&browser, &host).await;
    let wait = StatusCode::TOO_MANY_REQUESTS;
    for client in ["192.0.2.1", "192.0.2.2"] {
        for _ in 0..3 {
            assert_eq!(order(client, "victim@example.com").await, StatusCode::CREATED, "{client}");
        }
        for number in 0..50 {
            let emails = ["victim@example.com", "VICTIM@example.com", " victim@EXAMPLE.com "].into_iter().cycle().skip(number).take(10);
            let place = |email| place(&browser, &host, "key", email, &seen).header("x-forwarded-for", client);
            for answer in all_at_once(emails.map(place)).await {
                assert!(answer.status() == wait && answer.headers().contains_key("retry-after"));
            }
        }
    }
    assert_eq!(order("192.0.2.3", "victim@example.com").await, wait);
    cluster.until_count("order_confirmations", 0).await;
    assert_eq!((cluster.count("orders").await, cluster.mail("victim@example.com").await.len()), (6, 6));
    assert_eq!(order("192.0.2.3", "other@example.com").await, StatusCode::CREATED, "what was refused counts for no other limit");
}

#[tokio::test]
async fn many_addresses_that_order_nothing_use_up_no_limit_of_others() {
    let flags = ["--limit-guest-orders=1/36000", "--limit-all-guest-orders=1/36000", "--trusted-proxies=127.0.0.0/8"];
    let cluster = TestCluster::start_with(&flags, 1).await;
    let (changed, host) = guest(&cluster).await;
    let seen = checkout(&changed, &host).await;
    let unseen = Checkout { cart: storefront_api::Cart { total: 1, ..seen.cart.clone() }, ..seen.clone() };
    for client in 1..=20 {
        let without_cart = cluster.browser();
        without_cart.set_cookie(&host, "storefront_guest_cart", &format!("invented-{client}"));
        for request in [
            place(&without_cart, &host, &seen.key, "victim@example.com", &seen),
            place(&changed, &host, &seen.key, "victim@example.com", &unseen),
        ] {
            let answer = request.header("x-forwarded-for", format!("192.0.2.{client}")).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::CONFLICT, "{client}");
        }
    }
    ordered(&cluster, "victim@example.com").await;
}

#[tokio::test]
async fn an_email_with_an_account_is_not_told_from_one_without() {
    let cluster = TestCluster::start().await;
    let mut seen = Vec::new();
    for email in ["shopper@example.com", "nobody@example.com"] {
        let before = cluster.asked_by_backends().len();
        let (browser, _) = ordered(&cluster, email).await;
        cluster.until_count("order_confirmations", 0).await;
        let asked = cluster.asked_by_backends().split_off(before);
        seen.push((asked, browser.cookie_names(&store("spa-backend")), cluster.mail(email).await.len()));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].0.iter().all(|it| it.starts_with("POST /api/email/send/")), "an order asks nothing about the account: {seen:?}");
}

#[tokio::test]
async fn the_data_of_an_order_is_returned_and_deleted_by_its_link() {
    let cluster = TestCluster::start().await;
    let (browser, order) = ordered(&cluster, "guest@example.com").await;
    let (_, other) = ordered(&cluster, "guest@example.com").await;
    let host = store("spa-backend");
    let data: Value = browser.get(&host, "/api/guest-order/data").await.json().await.unwrap();
    assert_eq!(data.as_array().unwrap().len(), 1, "{data}");
    assert_eq!((&data[0]["number"], &data[0]["address"]["city"]), (&json!(order.number), &json!("Berlin")));
    let deleted = browser.send(&host, browser.request(Method::DELETE, &host, "/api/guest-order")).await;
    assert_eq!((deleted.status(), browser.cookie(&host, COOKIE)), (StatusCode::OK, None));
    let left = format!("orders WHERE full_name <> '' AND id = '{}'", other.id);
    assert_eq!((cluster.count(&left).await, cluster.count("orders WHERE full_name <> ''").await), (1, 1));
    assert_eq!((cluster.count("orders WHERE state = 'cancelled'").await, cluster.count("guest_orders").await), (1, 1));
    assert_eq!(cluster.count("products WHERE id = 'enamel-mug' AND stock = 62").await, 1);
}

async fn orders(browser: &Browser) -> Orders {
    browser.get(&store("spa-backend"), "/api/orders").await.json().await.unwrap()
}

async fn claim(browser: &Browser) -> (StatusCode, i64) {
    let answer = browser.post_json(&store("spa-backend"), "/api/guest-orders/claim", json!({})).await;
    (answer.status(), orders(browser).await.orders.len().try_into().unwrap())
}

#[tokio::test]
async fn orders_move_into_the_account_of_their_proven_email_by_a_click_alone() {
    let cluster = TestCluster::start().await;
    let host = store("spa-backend");
    let (guest, order) = ordered(&cluster, "Shopper@Example.com").await;
    let path = mailed_path(&cluster, "Shopper@Example.com").await;
    ordered(&cluster, "somebody@example.com").await;
    mailed_path(&cluster, "somebody@example.com").await; // otherwise its request to FusionAuth may come while this test counts
    let (browser, stranger) = (cluster.browser(), cluster.browser());
    browser.sign_in(&host, "shopper@example.com").await;
    stranger.sign_in(&host, "second@example.com").await;
    stranger.get(&host, &path).await;
    assert_eq!((orders(&stranger).await.guest_order, claim(&stranger).await), (None, (StatusCode::FORBIDDEN, 0)), "the link is no proof");
    stranger.post_json(&host, "/api/logout", json!({})).await;
    assert_eq!(stranger.cookie(&host, COOKIE), None, "a sign-out forgets the link");
    let asked = cluster.asked_by_backends().len();
    assert_eq!((orders(&browser).await.guest_order, claim(&browser).await), (None, (StatusCode::OK, 0)), "the email is no proof");
    assert_eq!(cluster.asked_by_backends().len(), asked, "without the link, FusionAuth is not asked");

    browser.get(&host, &path).await;
    let before = orders(&browser).await;
    let offer = ClaimableOrder { number: order.number.clone(), placed_at: order.placed_at.clone(), city: "Berlin".to_owned() };
    assert_eq!((before.orders.len(), before.guest_order), (0, Some(offer)), "nothing moves without a click");
    cluster.fault(json!({"path": format!("/api/user/{SHOPPER}"), "status": 503})).await;
    let answer = browser.get(&host, "/api/orders").await;
    assert_eq!(answer.status(), StatusCode::OK, "without FusionAuth, the list has no offer");
    assert_eq!(answer.json::<Orders>().await.unwrap().guest_order, None);
    cluster.no_faults().await;
    assert!(opened(&guest, &host).await.is_some());

    let claims = (0..12).map(|_| browser.request(Method::POST, &host, "/api/guest-orders/claim").json(&json!({})));
    let answers = all_at_once(claims).await;
    assert!(answers.iter().all(|it| it.status() == StatusCode::OK));
    let forgotten = answers.iter().filter(|it| set_cookies(it).iter().any(|it| it.starts_with(COOKIE))).count();
    assert_eq!(forgotten, 1, "the answer to the request that has moved the order");
    let after = orders(&browser).await;
    assert_eq!((after.orders.as_slice(), after.guest_order), (&[order.clone()][..], None));
    let checkout: Checkout = browser.get(&host, "/api/checkout").await.json().await.unwrap();
    assert_eq!(checkout.form.address, address(), "the address is in the account, too");
    assert_eq!(opened(&guest, &host).await, None, "the link ends");
    assert_eq!(cluster.count("guest_orders").await, 1);
    let answer = browser.post_json(&host, &format!("/api/orders/{}/cancellation", order.id), json!({})).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_unproven_email_claims_nothing() {
    let host = store("spa-backend");
    // FusionAuth says that the email is unverified.
    let cluster = TestCluster::start().await;
    cluster.set_email_configuration(json!({"verifyEmail": true, "unverified": {"behavior": "Allow"}})).await;
    let (browser, _) = ordered(&cluster, UNVERIFIED).await;
    browser.sign_in(&host, UNVERIFIED).await;
    assert_eq!((orders(&browser).await.guest_order, claim(&browser).await), (None, (StatusCode::FORBIDDEN, 0)));
    assert!(opened(&browser, &host).await.is_some());
    cluster.admin(Method::POST, "/api/user/verify-email", json!({"userId": "20000000-0000-0000-0000-000000000005"})).await;
    assert!(orders(&browser).await.guest_order.is_some());
    assert_eq!(claim(&browser).await, (StatusCode::OK, 1));

    // FusionAuth verifies no emails, so a stranger's new account counts as verified there.
    let cluster = TestCluster::start().await;
    cluster.set_email_configuration(json!({"verifyEmail": false})).await;
    let (browser, _) = ordered(&cluster, "victim@example.com").await;
    let body = json!({"email": "victim@example.com", "password": PASSWORD});
    let request = browser.request(Method::POST, &host, "/api/register").header("idempotency-key", "a-registration").json(&body);
    assert_eq!(browser.send(&host, request).await.status(), StatusCode::CREATED);
    browser.sign_in(&host, "victim@example.com").await;
    assert_eq!((orders(&browser).await.guest_order, claim(&browser).await), (None, (StatusCode::FORBIDDEN, 0)));
}

#[tokio::test]
async fn an_email_that_has_changed_at_fusionauth_claims_nothing() {
    let (cluster, host) = (TestCluster::start().await, store("spa-backend"));
    let (browser, _) = ordered(&cluster, "shopper@example.com").await;
    browser.sign_in(&host, "shopper@example.com").await;
    cluster.replace(&format!("/api/user/{SHOPPER}"), json!({"user": {"email": "former@example.com"}})).await;
    let user: Value = browser.get(&host, "/api/user").await.json().await.unwrap();
    assert_eq!(user["email"], json!("shopper@example.com"), "the access token still has the former email");
    assert_eq!((orders(&browser).await.guest_order, claim(&browser).await), (None, (StatusCode::FORBIDDEN, 0)));

    let (victim, _) = ordered(&cluster, "victim@example.com").await;
    let thief = cluster.browser();
    thief.sign_in(&host, "second@example.com").await;
    cluster.replace(&format!("/api/user/{SECOND}"), json!({"user": {"email": "victim@example.com"}})).await;
    assert_eq!((orders(&thief).await.guest_order, claim(&thief).await), (None, (StatusCode::OK, 0)), "a changed email is no link");
    assert!(opened(&victim, &host).await.is_some());
}

#[tokio::test]
async fn guests_cannot_order_where_no_link_can_be_mailed() {
    let cluster = TestCluster::start().await;
    let (address, _stop, _) = cluster.stoppable_instance_with(&["--demo-data"]).await;
    for workflow in WORKFLOWS {
        let browser = cluster.browser().at(address);
        browser.post_form(&store(workflow), "/shopping-cart/lines", &[("product", "enamel-mug")]).await;
        assert_eq!(location(&browser.get(&store(workflow), "/checkout").await), "/login?next=%2Fcheckout");
    }
    let browser = cluster.browser().at(address);
    assert_eq!(browser.get(&store("spa-backend"), "/api/guest-checkout").await.status(), StatusCode::BAD_GATEWAY);
}

/// The page of the order that a guest places by the forms, from the product on.
pub(crate) async fn ordered_by_forms(browser: &Browser, host: &str, email: &str) -> Page {
    let cart = browser.press(&browser.open(host, "/").await, "Add to cart: Two-tree hammock", &[]).await;
    let page = browser.follow(&browser.follow(&cart, "See your cart").await, "Check out").await;
    let refused = browser.press(&page, "Continue as a guest", &[("Email", "nobody")]).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.value("Email") == "nobody", "{}", refused.html);
    let sign_in = browser.press(&page, "Sign in", &[("Email", email)]).await;
    assert_eq!((sign_in.path.as_str(), sign_in.value("Email").as_str()), ("/login", email));
    assert!(sign_in.has("name=\"keep\" value=\"yes\" checked"), "{}", sign_in.html);
    let form = browser.press(&refused, "Continue as a guest", &[("Email", &pasted(email))]).await;
    assert!(!form.has("Sign in to have it"), "{}", form.html);
    let button = tags_with(&form, "Place order");
    let refused = browser.press(&form, &button, &[("Full name", "Ada <Lovelace>")]).await;
    assert_eq!(
        (refused.status, refused.value("Email").as_str(), refused.value("Full name").as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, email, "Ada <Lovelace>")
    );
    let typed = [("Street and house number", "Musterstraße 1"), ("Postal code", "10115"), ("City", "Berlin"), ("Country", "DE")];
    browser.press(&refused, &button, &typed).await
}

/// The label of the button that begins with this text.
fn tags_with(page: &Page, start: &str) -> String {
    let (_, rest) = page.html.split_once(&format!("type=\"submit\">{start}")).unwrap_or_else(|| panic!("{}", page.html));
    let rest = rest.split("</button>").next().unwrap();
    let words: String = rest.split('<').enumerate().map(|(at, it)| if at == 0 { it } else { it.split_once('>').unwrap().1 }).collect();
    format!("{start}{words}")
}

#[tokio::test]
async fn a_guest_becomes_a_customer_by_forms() {
    for workflow in WORKFLOWS {
        let (cluster, host, email) = (TestCluster::start().await, store(workflow), "ada@example.com");
        cluster.set_email_configuration(json!({"verifyEmail": true, "unverified": {"behavior": "Allow"}})).await;
        let browser = cluster.browser();
        let page = ordered_by_forms(&browser, &host, email).await;
        assert_eq!((page.status, page.path.as_str()), (StatusCode::OK, "/guest-order"));
        let parts = ["Thank you for your order.", "Ada &lt;Lovelace&gt;", email, "90 days after we send the order", "href=\"/returns\""];
        assert_has(&page.html, &parts);
        assert!(!page.has_button("Order again") && !page.links().contains(&"All your orders".to_owned()), "{}", page.html);

        let phone = cluster.browser();
        let at_phone = phone.open(&host, &mailed_path(&cluster, email).await).await;
        assert_eq!((at_phone.status, at_phone.path.as_str()), (StatusCode::OK, "/guest-order"));
        let weak = phone.press(&at_phone, "Create account", &[("Password", "short")]).await;
        assert!(weak.status == StatusCode::UNPROCESSABLE_ENTITY && weak.value("Email") == email, "{}", weak.html);
        let account = phone.press(&weak, "Create account", &[("Password", "a-new-password")]).await;
        assert_eq!((account.status, account.path.as_str()), (StatusCode::OK, "/orders"));
        assert!(
            account.has("No orders yet") && !account.has_button("Add this order to my account"),
            "the email is unproven: {}",
            account.html
        );
        assert_eq!(phone.cookie(&host, "storefront_browser_session"), None, "the new account stays signed in");
        let refused = phone.post_form(&host, "/guest-orders/claim", &[]).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);

        let users = cluster.admin(Method::GET, &format!("/api/user?email={email}"), Value::Null).await;
        let id = users.json::<Value>().await.unwrap()["user"]["id"].as_str().unwrap().to_owned();
        cluster.admin(Method::POST, "/api/user/verify-email", json!({"userId": id})).await;
        let offered = phone.open(&host, "/orders").await;
        let claimed = phone.press(&offered, "Add this order to my account", &[]).await;
        assert!(
            claimed.has("The order is now in this account.") && !claimed.has_button("Add this order to my account"),
            "{}",
            claimed.html
        );
        assert!(!claimed.has("No orders yet"), "{}", claimed.html);
        assert_eq!(location(&phone.post_form(&host, "/guest-orders/claim", &[]).await), "/orders");
        assert!(!phone.open(&host, "/orders").await.has("The order is now in this account."), "nothing moved");
        assert_eq!(browser.open(&host, "/guest-order").await.status, StatusCode::NOT_FOUND, "the link ends");
    }
}

#[tokio::test]
async fn a_guest_cancels_and_deletes_an_order_by_forms() {
    let (cluster, host, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    let page = ordered_by_forms(&browser, &host, "ada@example.com").await;
    let cancelled = browser.press(&page, "Cancel the order", &[]).await;
    assert!(cancelled.path == "/guest-order" && cancelled.has("This order is cancelled."), "{}", cancelled.html);
    let data = browser.follow(&cancelled, "Download your data").await;
    assert!(data.status == StatusCode::OK && data.has("Musterstraße"), "{}", data.html);
    let deleted = browser.press(&cancelled, "Delete my data", &[]).await;
    assert!(deleted.path == "/" && deleted.has("We deleted your data."), "{}", deleted.html);
    assert_eq!(browser.open(&host, "/guest-order").await.status, StatusCode::NOT_FOUND);
    assert_eq!(cluster.count("orders WHERE full_name <> ''").await, 0);
}
