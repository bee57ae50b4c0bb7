//! The server-rendered checkout and orders: the server loses no typed text, and no form places two orders.

use crate::browse::assert_has;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, location, sign_in_by_form, store};
use crate::test_server::with_status;
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::StatusCode;

/// The hidden inputs of the checkout's form.
fn hidden(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        Some((name.to_owned(), rest.split('"').next()?.replace("&quot;", "\"").replace("&amp;", "&")))
    });
    inputs.filter(|(name, _)| ["idempotency_key", "lines", "total_standard", "total_express"].contains(&name.as_str())).collect()
}

const ADDRESS: [(&str, &str); 7] = [
    ("full_name", "Ada Lovelace"),
    ("street", "Musterstraße 1"),
    ("street_extra", ""),
    ("postal_code", "10115"),
    ("city", "Berlin"),
    ("country", "DE"),
    ("delivery", "express"),
];

/// The fields of the checkout form as a browser sends them. `values` replaces values of [`ADDRESS`].
async fn form(browser: &Browser, host: &str, values: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
    let page = browser.get(host, "/checkout").await;
    assert_eq!(page.status(), StatusCode::OK);
    fields(&text(page).await, values)
}

/// The fields of the form on this page as a browser sends them. `values` replaces values of [`ADDRESS`].
fn fields(page: &str, values: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
    let mut fields = hidden(page);
    assert_eq!(fields.len(), 4);
    for (name, value) in ADDRESS {
        let value = values.iter().find(|it| it.0 == name).map_or(value, |it| it.1);
        fields.push((name.to_owned(), value.to_owned()));
    }
    fields
}

async fn send(browser: &Browser, host: &str, fields: &[(String, String)]) -> reqwest::Response {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post_form(host, "/checkout", &fields).await
}

#[tokio::test]
async fn an_order_is_placed_once_and_cancelled_by_forms() {
    let cluster = TestCluster::start_with(&["--seller", "Store & Co, Town"], 1).await;
    for (number, workflow) in (1..).zip(WORKFLOWS) {
        let (browser, host) = (cluster.browser(), store(workflow));
        sign_in_by_form(&browser, &host, "second@example.com").await;
        assert_eq!(browser.post_form(&host, "/shopping-cart/lines", &[("product", "enamel-mug")]).await.status(), StatusCode::SEE_OTHER);
        let cart = text(browser.get(&host, "/shopping-cart").await).await;
        let parts = [
            "class=\"button primary wide\" href=\"/checkout\">Check out</a>",
            "Delivery costs €4.90. Add €35.10 for free delivery. Expected delivery: ",
        ];
        assert_has(&cart, &parts);
        let checkout = text(browser.get(&host, "/checkout").await).await;
        assert!(checkout.contains("class=\"quiet-text with-standard\">Add €35.10 for free delivery.</p>"), "{checkout}");
        let fields = form(&browser, &host, &[]).await;
        let mut answers = Vec::new();
        for _ in 0..2 {
            let answer = send(&browser, &host, &fields).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "a form that is sent twice gets two redirects");
            answers.push(location(&answer).to_owned());
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(cluster.count("orders").await, number);
        let page = text(browser.get(&host, &answers[0]).await).await;
        let parts = [
            "tabindex=\"-1\">Thank you for your order.</h1>",
            "Expected delivery: ",
            "<ol class=\"steps\"><li aria-current=\"step\">Ordered</li><li>Sent</li><li>Arrived</li></ol>",
            "Prices include tax.",
            "<a href=\"/returns\">How to return something</a>",
            "<p>Seller: Store &amp; Co, Town</p>",
            "Continue shopping",
            "1 × <a href=\"/products/enamel-mug\"><bdi>Enamel mug, White</bdi></a>",
            "€24.80",
            "Ada Lovelace",
            "We'll send a confirmation to <strong><bdi>second@",
        ];
        assert_has(&page, &parts);
        assert_eq!(page.matches("Thank you for your order.").count(), 1, "{page}");
        let later = text(browser.get(&host, &answers[0]).await).await;
        assert!(
            !later.contains("Thank you") && !later.contains("send a confirmation") && later.contains("tabindex=\"-1\">Being packed</h1>"),
            "the page says thank you once: {later}"
        );
        let empty = text(browser.get(&host, "/checkout").await).await;
        assert!(
            empty.contains("Your cart is empty") && empty.contains(&format!("href=\"{}\"", answers[0])),
            "the empty checkout links to the latest order"
        );
        let list = text(browser.get(&host, "/orders").await).await;
        assert!(list.contains(&format!("href=\"{}\"", answers[0])));
        for page in [&later, &list] {
            let (_, time) = page.split_once("<time").unwrap();
            let words: Vec<_> = time.split(['>', '<']).nth(1).unwrap_or_default().split(' ').collect();
            assert!(matches!(words[..], [_, _, _, time, "UTC"] if time.len() == 5), "an order has its time: {words:?}");
        }

        let repetition = format!("{}/repetition", answers[0]);
        assert!(list.contains(&format!("action=\"{repetition}\"")) && page.contains(&format!("action=\"{repetition}\"")));
        for _ in 0..2 {
            assert_eq!(location(&browser.post_form(&host, &repetition, &[]).await), format!("{}?repeated=1", answers[0]));
        }
        let again = text(browser.get(&host, &format!("{}?repeated=1", answers[0])).await).await;
        assert!(again.contains("Everything from this order is in your cart. <a href=\"/shopping-cart\">See your cart</a>"), "{again}");
        let cart = "SELECT quantity FROM cart_lines WHERE product = 'enamel-mug' AND user_id = (SELECT user_id FROM orders WHERE id = $1)";
        let cart = sqlx::query_scalar::<_, i64>(cart).bind(answers[0].trim_start_matches("/orders/").to_owned());
        assert_eq!(cart.fetch_one(&cluster.database().await).await.unwrap(), 1);
        sqlx::query("DELETE FROM cart_lines").execute(&cluster.database().await).await.unwrap();

        let set = async |state: &'static str| sqlx::query(state).execute(&cluster.database().await).await.unwrap();
        set("UPDATE orders SET state = 'shipped', arrived_at = placed_at WHERE state = 'placed'").await;
        let page = text(browser.get(&host, &answers[0]).await).await;
        for part in ["<li>Sent</li><li aria-current=\"step\">Arrived</li></ol>", "Your order has arrived. You can return it"] {
            assert!(page.contains(part) && !page.contains("Expected delivery"), "{part} in {page}");
        }
        set("UPDATE orders SET state = 'placed', arrived_at = NULL WHERE state = 'shipped'").await;

        let cancellation = format!("{}/cancellation", answers[0]);
        for _ in 0..2 {
            assert_eq!(location(&browser.post_form(&host, &cancellation, &[]).await), answers[0]);
        }
        let page = text(browser.get(&host, &answers[0]).await).await;
        assert!(!["Thank you", "Expected delivery", "You can return"].iter().any(|it| page.contains(it)), "{page}");
        assert!(page.contains("<ol class=\"steps\"><li>Ordered</li><li aria-current=\"step\">Cancelled</li></ol>"), "{page}");
        assert!(page.contains("This order is cancelled.") && !page.contains("Cancel the order"), "{page}");
        assert_eq!(cluster.count("products WHERE id = 'enamel-mug' AND stock = 64").await, 1);
        let empty = text(browser.get(&host, "/checkout").await).await;
        assert!(!empty.contains("We've received"), "the empty checkout is silent about a cancelled order: {empty}");

        let stranger = cluster.signed_in(&host, "shopper@example.com").await;
        for path in [&answers[0], "/orders/unknown"] {
            assert_eq!(stranger.get(&host, path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(stranger.post_form(&host, &cancellation, &[]).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_form_that_is_refused_comes_back_with_what_was_typed() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let (browser, host) = (cluster.browser(), store(workflow));
        sign_in_by_form(&browser, &host, "shopper@example.com").await;
        let fields = form(&browser, &host, &[("full_name", "Ada <Lovelace>"), ("city", ""), ("postal_code", "x")]).await;
        let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, send(&browser, &host, &fields).await)).await;
        let parts = [
            "value=\"Ada &lt;Lovelace&gt;\"",
            "<a href=\"#city\">Enter the city.</a>",
            "id=\"postal-code-error\"",
            "value=\"express\" checked",
            "<title>Error: Checkout",
        ];
        assert_has(&page, &parts);
        let again = text(browser.get(&host, "/checkout").await).await;
        assert!(
            again.contains("value=\"Ada &lt;Lovelace&gt;\"") && !again.contains("role=\"alert\""),
            "a reload keeps the typed text: {again}"
        );

        let fields = form(&browser, &host, &[]).await;
        let db = cluster.database().await;
        sqlx::query("UPDATE products SET stock = 1, price = price + 100 WHERE id = 'enamel-mug'").execute(&db).await.unwrap();
        let page = text(with_status(StatusCode::CONFLICT, send(&browser, &host, &fields).await)).await;
        let parts = [
            "haven't placed your order yet",
            "Enamel mug: only 1 left",
            "1 × <bdi>Enamel mug, White",
            "Ada Lovelace",
            "value=\"express\" checked",
        ];
        assert_has(&page, &parts);
        assert_eq!(page.matches("role=\"alert\"").count(), 1, "the page has one alert: {page}");
        let fields = self::fields(&page, &[]);
        let answer = send(&browser, &host, &fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "one click orders what the page shows: {fields:?} {}", text(answer).await);
        let lines = "order_lines WHERE product = 'enamel-mug' AND quantity = 1";
        assert_eq!(cluster.count(lines).await, 1);
    }
}

#[tokio::test]
async fn a_session_that_ends_at_the_click_loses_nothing() {
    for workflow in WORKFLOWS {
        let (cluster, host, browser) = TestCluster::with_shopper_at(store(workflow)).await;
        let fields = form(&browser, &host, &[]).await;
        let browser = cluster.browser(); // a new browser without cookies
        let page = text(with_status(StatusCode::FORBIDDEN, send(&browser, &host, &fields).await)).await;
        assert!(page.contains("We kept what you wrote") && page.contains("name=\"next\" value=\"/checkout\""), "{page}");
        let draft = page.split("<textarea name=\"draft\" hidden>\n").nth(1).unwrap().split("</textarea>").next().unwrap();
        let draft = draft.replace("&quot;", "\"").replace("&amp;", "&");
        let fields = [("username", "shopper@example.com"), ("password", PASSWORD), ("next", "/checkout"), ("draft", &draft)];
        assert_eq!(location(&browser.post_form(&host, "/login", &fields).await), "/checkout");
        let page = text(browser.get(&host, "/checkout").await).await;
        assert!(page.contains("value=\"Musterstraße 1\"") && page.contains("value=\"express\" checked"), "{page}");
        assert_eq!(cluster.count("orders").await, 0);
        assert_eq!(cluster.count("drafts").await, 0, "the checkout is not stored as the draft of a post");
    }
}

#[tokio::test]
async fn a_visitor_signs_in_on_the_way_and_finds_the_lines_there() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (browser, host) = (cluster.browser(), store(workflow));
        browser.post_form(&host, "/shopping-cart/lines", &[("product", "linen-towel")]).await;
        assert_eq!(location(&cluster.browser().get(&host, "/checkout").await), "/login?next=%2Fcheckout");
        let form = browser.open(&host, "/checkout").await;
        let form = browser.press(&form, "Sign in", &[("Email", "second@example.com")]).await;
        let page = browser.press(&form, "Sign in", &[("Password", PASSWORD)]).await;
        assert!(page.path == "/checkout" && page.has("<bdi>Linen towel</bdi>"), "{}", page.html);
        for form in ["cancellation", "repetition"] {
            let path = format!("/orders/00000000-0000-0000-0000-000000000000/{form}");
            let back = [("back", "/orders/00000000-0000-0000-0000-000000000000")];
            let answer = cluster.browser().post_form(&host, &path, &back).await;
            assert_eq!(location(&answer), "/login?next=%2Forders%2F00000000-0000-0000-0000-000000000000");
        }
    }
}
