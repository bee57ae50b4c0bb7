//! Navigation in the single-page app: back and forward, and URLs that must not lead to another site.

use crate::helpers::wait_for_cart;
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER},
    journey,
};

#[tokio::test]
async fn the_way_back_never_leads_to_another_site() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        for next in ["//evil.example/", "https%3A%2F%2Fevil.example%2F", "%2F%5Cevil.example", "javascript%3Aalert(1)"] {
            browser.open(&deployment.store().url(&format!("/login?next={next}"))).await?;
            browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
            browser.wait_for_path("/cart").await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.sign_in_form().await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn back_and_forward_show_the_pages_between() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.click(Role::Link, "Products").await?;
        browser.wait_for_path("/").await?;
        browser.find(Role::Heading, "Products").await?;
        browser.click(Role::Link, "Account").await?;
        browser.wait_for_path("/account").await?;
        browser.find(Role::Heading, "Your account").await?;

        browser.back().await?;
        browser.wait_for_path("/").await?;
        browser.find(Role::Heading, "Products").await?;
        browser.back().await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await?;
        browser.forward().await?;
        browser.wait_for_path("/").await?;
        browser.find(Role::Heading, "Products").await?;
        // The test has opened the sign-in page once. The sign-in adds no second entry for that page to the history.
        assert!(browser.history().await?.iter().filter(|url| url.contains("/login")).count() <= 1);
        Ok(())
    })
    .await;
}
