//! Signing out ends the session in this tab, in every other tab, and at FusionAuth.

use crate::helpers::wait_for_cart;
use crate::spa::{SPA_WORKFLOWS, sign_in_shopper_and_open_cart, spa_journey};
use e2e::{
    Journey, RecordedExchange, Role,
    account::{PASSWORD, SECOND, SHOPPER, SHOPPER_ID},
    journey, workflows_of,
};
use wire_recorder::Actor;

#[tokio::test]
async fn signing_out_reaches_fusionauth_and_every_tab() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        spa_journey(workflow, async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = &*journey;
            assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 1);
            let first = browser.tab().await?;
            browser.open_tab(&deployment.store().url("/cart")).await?;
            wait_for_cart(browser, 3).await?;
            let start = deployment.record.mark()?;
            browser.click(Role::Button, "Sign out").await?;
            browser.sign_in_form().await?;
            let is_logout = |it: &RecordedExchange| it.path == "/api/logout" && it.method == "POST" && it.from == Actor::Browser;
            deployment.record.wait_for(start, "logout", is_logout).await?;
            browser.switch_to(&first).await?;
            browser.sign_in_form().await?;
            assert!(!browser.text().await?.contains("Total"), "the other tab must not show the cart");
            assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "the refresh token must be revoked");
            assert!(browser.cookies().await?.is_empty());
            Ok(())
        })
        .await;
    }
}

/// The user signs out, and leaves the page before FusionAuth answers. The page stays in the back/forward cache. The cached page must
/// neither hold the lock that tabs need for requests to FusionAuth, nor wait for the lock. Chromium grants the lock to cached pages, too,
/// so the next sign-in would wait for ever.
#[tokio::test]
async fn a_page_that_is_left_while_it_signs_out_keeps_nobody_waiting() {
    journey(async |Journey { deployment, browser }| {
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
