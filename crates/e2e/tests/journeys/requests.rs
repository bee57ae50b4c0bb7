//! How many requests a page costs.

use crate::helpers::{CART, REFRESH, come_back_after_expiry, leave_with_an_expired_token, wait_for_cart};
use e2e::{Journey, Role, account::SHOPPER, journey};

#[tokio::test]
async fn a_page_load_with_a_valid_token_is_one_api_call() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.leave().await?;
        for (path, heading, call) in [
            ("/cart", "Your cart", CART),
            ("/", "Products", "browser -> store GET /api/products => 200"),
            ("/account", "Your account", "browser -> store GET /api/user Bearer@store => 200"),
        ] {
            let start = world.record.mark()?;
            browser.open(&world.store().url(path)).await?;
            browser.find(Role::Heading, heading).await?;
            browser.wait_for("loaded page", "return !document.querySelector('[aria-busy=true]')", Vec::new()).await?;
            // Leaving ends whatever the page might still have wanted to ask.
            browser.leave().await?;
            assert_eq!(world.record.calls(start)?, [call], "{path}");
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

/// Two tabs that wake up at once, each with everything on its page, ask FusionAuth once.
#[tokio::test]
async fn tabs_that_come_back_at_once_share_one_refresh() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { world, browser } = journey;
        let start = world.record.mark()?;
        let first = browser.tab().await?;
        browser.open(&world.store().url("/cart")).await?;
        browser.open_tab(&world.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;
        browser.switch_to(&first).await?;
        wait_for_cart(browser, 3).await?;
        let calls = world.record.calls(start)?;
        assert_eq!(calls.iter().filter(|call| *call == REFRESH).count(), 1, "{calls:#?}");
        assert_eq!(calls.iter().filter(|call| *call == CART).count(), 2, "{calls:#?}");
        assert_eq!(calls.len(), 3, "{calls:#?}");
        Ok(())
    })
    .await;
}
