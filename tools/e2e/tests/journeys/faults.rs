//! Servers that do not answer: the page says so, keeps the typed text, and continues when the server answers again.

use crate::helpers::{CART, REFRESH, leave_with_an_expired_token, wait_for_banner, wait_for_cart};
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER},
    journey,
};

const REFUSED: &str = "ERR_CONNECTION_REFUSED";

#[tokio::test]
async fn a_fusionauth_that_is_down_at_sign_in_keeps_what_was_typed() {
    journey(async |Journey { deployment, browser }| {
        browser.open(&deployment.store().url("/login")).await?;
        let form = browser.sign_in_form().await?;
        browser.tolerate("/api/login", REFUSED);
        deployment.stop_fusionauth().await?;
        form.submit(SHOPPER, PASSWORD).await?;
        let text = browser.alert().await?;
        assert!(!text.contains("not correct"), "the page must not report a wrong password: {text}");
        assert_eq!(browser.value("Email").await?, SHOPPER);
        assert_eq!(browser.value("Password").await?, PASSWORD);
        deployment.start_fusionauth().await?;
        browser.click(Role::Button, "Try again").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn a_fusionauth_that_is_down_at_a_refresh_signs_nobody_out() {
    journey(async |journey| {
        leave_with_an_expired_token(journey).await?;
        let Journey { deployment, browser } = journey;
        browser.tolerate("/api/jwt/refresh", REFUSED);
        deployment.stop_fusionauth().await?;
        browser.open(&deployment.store().url("/cart")).await?;
        wait_for_banner(browser, "Reconnecting: we can't renew your sign-in right now. We'll keep trying.").await?;
        browser.find(Role::Button, "Try again").await?;
        assert_eq!(browser.path().await?, "/cart", "a missing answer must not end the session");
        assert!(browser.has(Role::Button, "Sign out").await?);
        // The app also tries again by itself, and it may do so before the click.
        let start = deployment.record.mark()?;
        deployment.start_fusionauth().await?;
        browser.click(Role::Button, "Try again").await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(deployment.record.calls(start)?, [REFRESH, CART]);
        let is_told = "return document.body.innerText.includes('Reconnecting')";
        assert!(!browser.eval::<bool>(is_told).await?, "the banner must disappear after the renewal");
        Ok(())
    })
    .await;
}
