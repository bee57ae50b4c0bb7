//! The number of requests that a page sends.

use crate::helpers::{CART, REFRESH, leave_with_an_expired_token, wait_for_cart};
use e2e::{Journey, RecordedExchange, Role, account::SHOPPER, journey};

/// The line in the record of messages for the list of products, which is public and so requested without a credential.
const PRODUCTS: &str = "browser -> store GET /api/products => 200";

/// A script that returns whether the link to the cart has its badge, the number of items.
const BADGE: &str = "return !!document.querySelector('.badge')";

#[tokio::test]
async fn a_page_load_with_a_valid_token_asks_once_for_what_it_shows() {
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.leave().await?;
        let account = ["account", "account/passkeys", "load-shopping-cart", "user"]
            .map(|path| format!("browser -> store GET /api/{path} Bearer@store => 200"));
        let account = account.each_ref().map(String::as_str);
        for (path, heading, expected) in
            [("/cart", "Your cart", &[CART][..]), ("/", "Products", &[CART, PRODUCTS]), ("/account", "Your account", &account)]
        {
            let start = deployment.record.mark()?;
            browser.open(&deployment.store().url(path)).await?;
            browser.find(Role::Heading, heading).await?;
            browser.wait_for("loaded page", "return !document.querySelector('[aria-busy=true]')", Vec::new()).await?;
            // The cart's page has loaded when its lines are there; the others also load the badge.
            if path != "/cart" {
                browser.wait_for("badge", BADGE, Vec::new()).await?;
            }
            deployment.record.wait_for_number(start, expected.len(), "calls", RecordedExchange::is_call).await?;
            // The browser leaves the page, so that the page sends no further requests while the test compares them.
            browser.leave().await?;
            let mut calls = deployment.record.calls(start)?;
            calls.sort();
            assert_eq!(calls, expected, "{path}");
        }
        Ok(())
    })
    .await;
}

/// The public page sends the request for the products and the refresh at the same time. Only the badge waits for the refresh.
#[tokio::test]
async fn a_public_page_with_an_expired_token_is_one_refresh_one_api_call_and_one_for_the_badge() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { deployment, browser } = journey;
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/")).await?;
        browser.named(Role::Button, "Add ").await?;
        browser.wait_for("badge", BADGE, Vec::new()).await?;
        browser.leave().await?;
        let mut calls = deployment.record.calls(start)?;
        calls.sort();
        assert_eq!(calls, [REFRESH, CART, PRODUCTS]);
        Ok(())
    })
    .await;
}
