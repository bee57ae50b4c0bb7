//! A server that is down: the page says so, keeps what was typed, and goes on when the server is back.

use crate::helpers::{CART, REFRESH, leave_with_an_expired_token, wait_for_cart};
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER},
    journey,
};

const REFUSED: &str = "ERR_CONNECTION_REFUSED";

#[tokio::test]
async fn a_store_that_is_down_is_said_and_tried_again() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.click(Role::Link, "Products").await?;
        browser.find(Role::Heading, "Products").await?;
        browser.tolerate("/api/", REFUSED);
        // The pictures of the page may be on their way still.
        browser.tolerate("/assets/", "ERR_");
        world.stop_server().await?;
        let cart = browser.named(Role::Link, "Cart").await?;
        browser.click(Role::Link, &cart).await?;
        browser.alert().await?;
        assert!(browser.has(Role::Button, "Sign out").await?, "a Store that is down signs nobody out");
        world.start_server().await?;
        browser.click(Role::Button, "Try again").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn a_post_that_could_not_be_sent_stays_typed() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.forums(), SHOPPER).await?;
        browser.find(Role::Heading, "Posts").await?;
        browser.fill("Write a post", "Half an hour of typing").await?;
        browser.tolerate("/api/", REFUSED);
        world.stop_server().await?;
        browser.click(Role::Button, "Publish").await?;
        browser.alert().await?;
        assert_eq!(browser.value("Write a post").await?, "Half an hour of typing");
        world.start_server().await?;
        browser.click(Role::Button, "Publish").await?;
        browser
            .wait_for(
                "sent post",
                "return [...document.querySelectorAll('article')].some(post => post.innerText.includes('Half an hour of typing'))",
                Vec::new(),
            )
            .await
    })
    .await;
}

#[tokio::test]
async fn a_fusionauth_that_is_down_at_sign_in_keeps_what_was_typed() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.open(&world.store().url("/login")).await?;
        let form = browser.sign_in_form().await?;
        browser.tolerate("/api/login", REFUSED);
        world.stop_fusionauth().await?;
        form.submit(SHOPPER, PASSWORD).await?;
        let said = browser.alert().await?;
        assert!(!said.to_lowercase().contains("incorrect"), "not taken for a wrong password: {said}");
        assert_eq!(browser.value("Email").await?, SHOPPER);
        assert_eq!(browser.value("Password").await?, PASSWORD);
        world.start_fusionauth().await?;
        browser.click(Role::Button, "Try again").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn a_fusionauth_that_is_down_at_a_refresh_signs_nobody_out() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { world, browser } = journey;
        browser.tolerate("/api/jwt/refresh", REFUSED);
        world.stop_fusionauth().await?;
        browser.open(&world.store().url("/cart")).await?;
        browser.find(Role::Button, "Try again").await?;
        assert_eq!(browser.path().await?, "/cart", "no answer is no verdict");
        assert!(browser.has(Role::Button, "Sign out").await?);
        world.start_fusionauth().await?;
        let start = world.record.mark()?;
        browser.click(Role::Button, "Try again").await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(world.record.calls(start)?, [REFRESH, CART]);
        Ok(())
    })
    .await;
}
