//! Navigation in the single-page app: deep links, back and forward, titles and focus.

use crate::helpers::wait_for_cart;
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER},
    journey,
};

#[tokio::test]
async fn a_deep_link_asks_to_sign_in_and_goes_on_where_it_led() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        for path in ["/cart", "/account"] {
            browser.open(&deployment.store().url(path)).await?;
            browser.wait_for_path(&format!("/login?next={}", path.replace('/', "%2F"))).await?;
        }
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/account").await?;
        browser.find(Role::Heading, "Your account").await?;
        assert!(!browser.has(Role::Textbox, "Password").await?, "the sign-in form must be gone");
        Ok(())
    })
    .await;
}

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

#[tokio::test]
async fn title_and_focus_follow_each_navigation() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        for (link, heading) in [("Products", "Products"), ("Account", "Your account")] {
            browser.click(Role::Link, link).await?;
            browser.find(Role::Heading, heading).await?;
            let script = "return document.title.includes(arguments[0]) && document.activeElement?.textContent === arguments[0]";
            browser.wait_for("title and focus", script, vec![heading.into()]).await?;
        }
        browser.tolerate("/no/such/page", "404"); // the page itself, unless the service worker has already stored one
        browser.open(&deployment.store().url("/no/such/page")).await?;
        browser.find(Role::Heading, "Page not found").await?;
        assert!(browser.title().await?.contains("Page not found"));
        Ok(())
    })
    .await;
}
