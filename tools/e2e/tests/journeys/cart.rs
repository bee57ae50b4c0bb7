//! Shopping in the single-page app: products and the cart.

use crate::helpers::{CART, CART_READ_INTERVAL_MS, replace_timers, wait_for_answered_edits, wait_for_cart};
use crate::spa::go_to_the_cart;
use anyhow::Context;
use e2e::{
    Browser, Deployment, Journey, Role,
    account::{SECOND, SHOPPER},
    journey, poll,
};

/// The cart's total on the page, in cents.
async fn total(browser: &Browser) -> anyhow::Result<i64> {
    let text = browser.text().await?;
    let total = text.split("Total").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    Ok(total.chars().filter(char::is_ascii_digit).collect::<String>().parse()?)
}

/// The total of the demo cart, which has two enamel mugs, a wool blanket and a storm lantern, in cents.
const TOTAL: i64 = 2 * 1_490 + 8_900 + 5_450;

#[tokio::test]
async fn a_quantity_can_be_changed_and_the_total_follows() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(total(browser).await?, TOTAL);

        let start = deployment.record.mark()?;
        browser.click(Role::Button, "Increase quantity of Enamel mug").await?;
        browser.wait_for_text("€188.20").await?;
        assert_eq!(total(browser).await?, TOTAL + 1_490);
        let put = deployment.record.wait_for(start, "change of a quantity", |exchange| exchange.method == "PUT").await?;
        assert_eq!(put.to_string(), "browser -> store PUT /api/shopping-cart/lines/enamel-mug Bearer@store => 200");

        let field = browser.find(Role::Spinbutton, "Quantity of Enamel mug").await?;
        let changed = deployment.record.mark()?;
        // The keys are: select all, 7, Tab. WebDriver's `clear` would cause a change of its own before the 7 is typed.
        field.send_keys("\u{e009}a\u{e000}7\u{e004}").await?;
        browser.wait_for_text("€247.80").await?;
        deployment.record.wait_for(changed, "quantity that was typed", |exchange| exchange.method == "PUT").await?;
        wait_for_answered_edits(browser).await?;
        let typed = deployment.record.mark()?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        let field = browser.find(Role::Spinbutton, "Quantity of Enamel mug").await?;
        assert_eq!(field.value().await?.as_deref(), Some("7"), "the Store must have stored the quantity");
        assert_eq!(total(browser).await?, TOTAL + 5 * 1_490);
        assert_eq!(deployment.record.calls(typed)?, ["browser -> store GET /api/load-shopping-cart Bearer@store => 200"]);
        Ok(())
    })
    .await;
}

/// Waits until a page has opened the stream of the cart's events. The record does not contain streams, so this function reads the server's
/// log.
async fn wait_for_stream(deployment: &Deployment) -> anyhow::Result<()> {
    let is_answered = |log: &str| log.lines().any(|line| line.contains("/api/shopping-cart/events") && line.contains("status=200"));
    let opened = poll(async || Ok(is_answered(&std::fs::read_to_string(deployment.log())?).then_some(())));
    opened.await?.context("no stream of the cart's events")
}

#[tokio::test]
async fn what_another_device_changes_shows_within_seconds() {
    journey(async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        browser.click(Role::Link, "Products").await?;
        browser.find(Role::Heading, "Products").await?;
        // With this timer, the cart page opens the stream at once. If the page polled the cart instead, the record would show reads without
        // a pause.
        replace_timers(browser, CART_READ_INTERVAL_MS, 0).await?;
        go_to_the_cart(browser).await?;
        wait_for_cart(browser, 3).await?;
        wait_for_stream(deployment).await?;
        let other = async |other: &Browser| {
            other.sign_in_at(deployment.store(), SHOPPER).await?;
            wait_for_cart(other, 3).await?;
            let start = deployment.record.mark()?;
            for (euros, cents) in [("€188.20", TOTAL + 1_490), ("€203.10", TOTAL + 2 * 1_490)] {
                other.click(Role::Button, "Increase quantity of Enamel mug").await?;
                browser.wait_for_text(euros).await?;
                assert_eq!(total(browser).await?, cents);
            }
            let put = "browser -> store PUT /api/shopping-cart/lines/enamel-mug Bearer@store => 200";
            assert_eq!(
                deployment.record.calls(start)?,
                [put, CART, put, CART],
                "after the event for each change, the page must read the cart once"
            );
            Ok(())
        };
        journey.on_another_device(other).await
    })
    .await;
}

#[tokio::test]
async fn a_line_can_be_removed_and_brought_back() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let before = browser.names(Role::Spinbutton).await?;
        let remove = browser.named(Role::Button, "Remove ").await?;
        let start = deployment.record.mark()?;
        browser.click(Role::Button, &remove).await?;
        browser.wait_for_number(Role::Spinbutton, 2).await?;
        let delete = deployment.record.wait_for(start, "removal", |exchange| exchange.method == "DELETE").await?;
        assert!(delete.status().is_some_and(|status| status < 300), "{delete}");

        let undo = browser.named(Role::Button, "Undo").await?;
        browser.click(Role::Button, &undo).await?;
        browser.wait_for_number(Role::Spinbutton, 3).await?;
        deployment.record.wait_for(start, "undo", |exchange| exchange.method == "PUT").await?;
        wait_for_answered_edits(browser).await?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        let mut after = browser.names(Role::Spinbutton).await?;
        let mut before = before;
        before.sort();
        after.sort();
        assert_eq!(after, before);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_product_has_a_page_from_which_it_is_added() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/")).await?;
        browser.click(Role::Link, "Two-tree hammock").await?;
        browser.wait_for_path("/products/hammock").await?;
        browser.find(Role::Heading, "Two-tree hammock").await?;
        browser.wait_for("title", "return document.title === 'Two-tree hammock · Fernhill'", Vec::new()).await?;
        browser.reload().await?;
        let add = browser.named(Role::Button, "Add ").await?;
        browser.click(Role::Button, &add).await?;
        browser.wait_for_text("Added.").await?;
        browser.click(Role::Link, "See your cart").await?;
        wait_for_cart(browser, 1).await?;
        browser.back().await?;
        browser.find(Role::Heading, "Two-tree hammock").await?;
        // The request for the product and, unless the service worker has already stored a page, the page itself.
        browser.tolerate("/products/unknown", "404");
        browser.open(&deployment.store().url("/products/unknown")).await?;
        browser.wait_for_text("We can't find that product.").await
    })
    .await;
}

#[tokio::test]
async fn an_empty_cart_says_so_and_a_product_can_be_added() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SECOND).await?;
        browser.find(Role::Heading, "Your cart").await?;
        browser.wait_for_text("empty").await?;
        browser.click(Role::Link, "Products").await?;
        browser.find(Role::Heading, "Products").await?;
        let add = browser.named(Role::Button, "Add ").await?;
        let start = deployment.record.mark()?;
        browser.click(Role::Button, &add).await?;
        let post = deployment.record.wait_for(start, "product for the cart", |exchange| exchange.method == "POST").await?;
        assert_eq!(post.status(), Some(200), "{post}");
        browser.open(&deployment.store().url("/cart")).await?;
        wait_for_cart(browser, 1).await
    })
    .await;
}
