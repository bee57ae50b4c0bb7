//! The cart of the single-page app on two devices.

use crate::helpers::{CART, CART_READ_INTERVAL_MS, replace_timers, wait_for_cart};
use crate::spa::go_to_the_cart;
use anyhow::Context;
use e2e::{Browser, Deployment, Journey, Role, account::SHOPPER, journey, poll};

/// The cart's total on the page, in cents.
async fn total(browser: &Browser) -> anyhow::Result<i64> {
    let text = browser.text().await?;
    let total = text.split("Total").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    Ok(total.chars().filter(char::is_ascii_digit).collect::<String>().parse()?)
}

/// The total of the demo cart, which has two enamel mugs, a wool blanket and a storm lantern, in cents.
const TOTAL: i64 = 2 * 1_490 + 8_900 + 5_450;

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
