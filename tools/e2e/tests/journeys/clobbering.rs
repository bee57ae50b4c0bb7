//! With `fusionauth_cookies = "as-published"`, a sign-in at the Forums replaces FusionAuth's cookie, and so ends the Store's session.

use crate::helpers::{leave_with_an_expired_token, wait_for_banner, wait_for_cart};
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER},
    journey,
};

/// The line in the record of messages for a refresh by the Store's page in which FusionAuth issues a token of the Forums. The sign-in at
/// the Forums has replaced the cookie, so it is now the Forums' refresh token.
const DISPLACED: &str = "browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 200 (refreshToken token@forums) [access_token refresh_token]";

#[tokio::test]
async fn once_the_store_s_token_is_over_the_form_shows_once_with_the_reason() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { deployment, browser } = journey;
        let signing_in = deployment.record.mark()?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        deployment.record.wait_for(signing_in, "the posts", |it| it.path == "/api/load-posts").await?;

        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        let form = browser.sign_in_form().await?;
        browser.wait_for_text("Another sign-in in this browser").await?;
        assert_eq!(deployment.record.calls(start)?, [DISPLACED], "expected one refresh, and no request to the Store with the new token");
        let record: String = browser.local_storage().await?.into_values().collect();
        // Every JWT begins with `eyJ`.
        assert!(!record.contains("eyJ"), "the page must not store a token of another application");

        let start = deployment.record.mark()?;
        browser.reload().await?;
        browser.sign_in_form().await?;
        assert_eq!(deployment.record.calls(start)?, Vec::<String>::new(), "the static form must send nothing");

        form.submit(SHOPPER, PASSWORD).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await?;
        let calls = deployment.record.calls(start)?;
        assert!(!calls.iter().any(|it| it.contains("/api/jwt/refresh")), "the app is signed out, so it must not refresh again: {calls:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_store_s_public_pages_say_once_that_the_session_has_ended_and_that_the_cart_is_kept() {
    const DISMISSED: &str = "return !document.querySelector('header + .banner')";
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { deployment, browser } = journey;
        let signing_in = deployment.record.mark()?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        deployment.record.wait_for(signing_in, "the posts", |it| it.path == "/api/load-posts").await?;

        browser.open(&deployment.store().url("/")).await?;
        wait_for_banner(browser, "Another sign-in in this browser signed you out.").await?;
        wait_for_banner(browser, "Your cart is saved, and anything you add now will join it.").await?;
        browser.click(Role::Button, "Add to cart: Two-tree hammock").await?;
        browser.wait_for_text("Added.").await?;
        let stored: String = browser.local_storage().await?.into_values().collect();
        assert!(!stored.contains('@'), "local storage must hold no email: {stored}");
        browser.reload().await?;
        wait_for_banner(browser, "Your cart is saved, and anything you add now will join it.").await?;
        browser.click(Role::Button, "Dismiss").await?;
        browser.wait_for("end of the message", DISMISSED, Vec::new()).await?;
        browser.reload().await?;
        browser.named(Role::Button, "Add to cart").await?;
        assert!(browser.eval::<bool>(DISMISSED).await?);

        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 4).await?;
        browser.wait_for_text("Your cart now includes what you added before you signed in.").await
    })
    .await;
}
