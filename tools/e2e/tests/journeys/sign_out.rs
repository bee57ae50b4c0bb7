//! Signing out ends the session in this tab, in every other tab, and at FusionAuth.

use crate::helpers::wait_for_cart;
use e2e::{
    Journey, Role,
    account::{PASSWORD, SECOND, SHOPPER, SHOPPER_ID},
    journey,
};

#[tokio::test]
async fn signing_out_reaches_fusionauth_and_every_tab() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 1);
        let refresh_token = browser.auth_cookie("refresh_token").await?;
        let first = browser.tab().await?;
        browser.open_tab(&deployment.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;

        let start = deployment.record.mark()?;
        browser.click(Role::Button, "Sign out").await?;
        browser.find(Role::Button, "Sign in").await?;
        assert!(!browser.has(Role::Button, "Sign out").await?);
        let logout =
            deployment.record.wait_for(start, "logout", |exchange| exchange.path == "/api/logout" && exchange.method == "POST").await?;
        assert_eq!(
            logout.to_string(),
            "browser -> fusionauth POST /api/logout [access_token refresh_token] => 200 [-access_token -refresh_token]"
        );
        let record: String = browser.local_storage().await?.into_values().collect();
        // Every JWT begins with `eyJ`.
        assert!(!record.contains("eyJ"), "no token may be left");

        browser.switch_to(&first).await?;
        browser.find(Role::Button, "Sign in").await?;
        assert!(!browser.text().await?.contains("Total"), "the other tab must not show the cart");
        assert_eq!(
            deployment.record.calls(start)?.len(),
            1,
            "the other tab must not send a request: {:#?}",
            deployment.record.calls(start)?
        );

        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "the refresh token must be revoked");
        assert!(deployment.attacker().refresh(&refresh_token).await.is_err(), "FusionAuth must refuse the old refresh token");
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn signing_in_in_one_tab_signs_in_the_other() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        let first = browser.tab().await?;
        browser.open_tab("about:blank").await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        browser.switch_to(&first).await?;
        browser.wait_for_path("/cart").await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn another_user_in_one_tab_is_another_user_in_all() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let first = browser.tab().await?;
        browser.open_tab(&deployment.store().url("/cart")).await?;
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

/// The user signs out, and leaves the page before FusionAuth answers. The page stays in the back/forward cache. The cached page must
/// neither hold the lock that tabs need for requests to FusionAuth, nor wait for the lock. Chromium grants the lock to cached pages, too,
/// so the next sign-in would wait for ever.
#[tokio::test]
async fn a_page_that_is_left_while_it_signs_out_keeps_nobody_waiting() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let first = browser.tab().await?;
        let second = browser.open_tab(&deployment.store().url("/cart")).await?;
        wait_for_cart(browser, 3).await?;

        let start = deployment.record.mark()?;
        deployment.freeze_fusionauth().await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?;
        browser.switch_to(&first).await?;
        browser.sign_in_form().await?;
        browser.switch_to(&second).await?;
        browser.open(&deployment.store().url("/login")).await?;
        deployment.thaw_fusionauth().await?;
        browser.sign_in_form().await?.submit(SECOND, PASSWORD).await?;
        browser.wait_for_text("Your cart is empty").await?;
        let logout =
            deployment.record.wait_for(start, "logout", |exchange| exchange.path == "/api/logout" && exchange.method == "POST").await?;
        assert_eq!(logout.status(), Some(200), "{logout}");
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "FusionAuth must have revoked the first user's session");
        Ok(())
    })
    .await;
}
