//! Signing out: here, in every other tab, and at FusionAuth.

use crate::helpers::wait_for_cart;
use e2e::{
    Journey, Role,
    account::{PASSWORD, SECOND, SHOPPER, SHOPPER_ID},
    journey,
};

#[tokio::test]
async fn signing_out_reaches_fusionauth_and_every_tab() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 1);
        let refresh_token = browser.auth_cookie("refresh_token").await?;
        let first = browser.tab().await?;
        browser.open_tab(&world.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;

        let start = world.record.mark()?;
        browser.click(Role::Button, "Sign out").await?;
        browser.find(Role::Button, "Sign in").await?;
        assert!(!browser.has(Role::Button, "Sign out").await?);
        let logout = world.record.wait_for(start, "logout", |exchange| exchange.path == "/api/logout" && exchange.method == "POST").await?;
        assert_eq!(
            logout.to_string(),
            "browser -> fusionauth POST /api/logout [access_token refresh_token] => 200 [-access_token -refresh_token]"
        );
        let record: String = browser.local_storage().await?.into_values().collect();
        assert!(!record.contains("eyJ"), "no token is left");

        browser.switch_to(&first).await?;
        browser.find(Role::Button, "Sign in").await?;
        assert!(!browser.text().await?.contains("Total"), "nothing of the cart is left on the other tab");
        assert_eq!(world.record.calls(start)?.len(), 1, "the other tab asked nobody: {:#?}", world.record.calls(start)?);

        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 0, "revoked");
        assert!(world.attacker().refresh(&refresh_token).await.is_err(), "and worthless");
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn signing_in_in_one_tab_signs_in_the_other() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.open(&world.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        let first = browser.tab().await?;
        browser.open_tab("about:blank").await?;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        browser.switch_to(&first).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn another_user_in_one_tab_is_another_user_in_all() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let first = browser.tab().await?;
        browser.open_tab(&world.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?.submit(SECOND, PASSWORD).await?;
        browser.wait_for_text("Your cart is empty").await?;
        browser.switch_to(&first).await?;
        browser.wait_for_text("Your cart is empty").await?;
        let header: String = browser.eval("return document.querySelector('header').innerText").await?;
        assert!(header.contains(SECOND) && !header.contains(SHOPPER), "{header}");
        Ok(())
    })
    .await;
}

/// The page that signs out is left before FusionAuth answers, and lies in the back/forward cache from then on. Both tabs
/// want the lock to log out, and either may be first: the page must take neither the lock nor its place in the queue with
/// it. Chromium would grant it the lock there, and whoever waits behind, such as the next sign-in, would wait in vain.
#[tokio::test]
async fn a_page_that_is_left_while_it_signs_out_keeps_nobody_waiting() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let first = browser.tab().await?;
        let second = browser.open_tab(&world.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;

        let start = world.record.mark()?;
        world.freeze_fusionauth().await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        browser.switch_to(&first).await?;
        browser.sign_in_form().await?;
        browser.switch_to(&second).await?;
        browser.open(&world.store().url("/login")).await?;
        world.thaw_fusionauth().await?;
        browser.sign_in_form().await?.submit(SECOND, PASSWORD).await?;
        browser.wait_for_text("Your cart is empty").await?;
        let logout = world.record.wait_for(start, "logout", |exchange| exchange.path == "/api/logout" && exchange.method == "POST").await?;
        assert_eq!(logout.status(), Some(200), "{logout}");
        assert_eq!(world.admin().sessions(SHOPPER_ID).await?, 0, "signed out at FusionAuth all the same");
        Ok(())
    })
    .await;
}
