//! How many requests a page costs.

use crate::helpers::{CART, REFRESH, come_back_after_expiry, leave_with_an_expired_token, wait_for_cart};
use e2e::{Journey, Role, account::SHOPPER, journey};

/// Public: it goes without a credential, whoever is signed in.
const PRODUCTS: &str = "browser -> store GET /api/products => 200";

/// The number of items at the link to the cart.
const BADGE: &str = "return !!document.querySelector('.badge')";

#[tokio::test]
async fn a_page_load_with_a_valid_token_is_one_api_call_and_one_for_the_badge() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.leave().await?;
        let user = "browser -> store GET /api/user Bearer@store => 200";
        for (path, heading, expected) in
            [("/cart", "Your cart", &[CART][..]), ("/", "Products", &[CART, PRODUCTS]), ("/account", "Your account", &[user])]
        {
            let start = world.record.mark()?;
            browser.open(&world.store().url(path)).await?;
            browser.find(Role::Heading, heading).await?;
            browser.wait_for("loaded page", "return !document.querySelector('[aria-busy=true]')", Vec::new()).await?;
            if expected.len() > 1 {
                browser.wait_for("badge", BADGE, Vec::new()).await?;
            }
            // Leaving ends whatever the page might still have wanted to ask.
            browser.leave().await?;
            let mut calls = world.record.calls(start)?;
            calls.sort();
            assert_eq!(calls, expected, "{path}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_page_load_with_an_expired_token_is_one_refresh_and_one_api_call() {
    journey(async |journey| {
        let start = come_back_after_expiry(journey).await?;
        wait_for_cart(&journey.browser, 3).await?;
        journey.browser.leave().await?;
        assert_eq!(journey.world.record.calls(start)?, [REFRESH, CART]);
        Ok(())
    })
    .await;
}

/// FusionAuth is held until both tabs are up, so that both want a token at the same time.
#[tokio::test]
async fn tabs_that_come_back_at_once_share_one_refresh() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { world, browser } = journey;
        let start = world.record.mark()?;
        world.freeze_fusionauth().await?;
        let first = browser.tab().await?;
        browser.open(&world.store().url("/cart")).await?;
        browser.find(Role::Heading, "Your cart").await?;
        browser.open_tab(&world.store().url("/cart")).await?;
        browser.find(Role::Heading, "Your cart").await?;
        world.thaw_fusionauth().await?;
        wait_for_cart(browser, 3).await?;
        browser.switch_to(&first).await?;
        wait_for_cart(browser, 3).await?;
        let mut calls = world.record.calls(start)?;
        calls.sort();
        assert_eq!(calls, [REFRESH, CART, CART]);
        Ok(())
    })
    .await;
}

/// The public page asks its one question beside the refresh; neither waits for the other. The badge waits for the refresh.
#[tokio::test]
async fn a_public_page_with_an_expired_token_is_one_refresh_one_api_call_and_one_for_the_badge() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { world, browser } = journey;
        let start = world.record.mark()?;
        browser.open(&world.store().url("/")).await?;
        browser.named(Role::Button, "Add ").await?;
        browser.wait_for("badge", BADGE, Vec::new()).await?;
        browser.leave().await?;
        let mut calls = world.record.calls(start)?;
        calls.sort();
        assert_eq!(calls, [REFRESH, CART, PRODUCTS]);
        Ok(())
    })
    .await;
}
