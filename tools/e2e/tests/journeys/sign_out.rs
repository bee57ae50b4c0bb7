//! Signing out ends the session in this tab, in every other tab, and at FusionAuth.

use crate::helpers::wait_for_cart;
use crate::spa::signing_out_ends_every_tab;
use e2e::{
    Journey, Role, Workflow,
    account::{PASSWORD, SECOND, SHOPPER, SHOPPER_ID},
    journey,
};

#[tokio::test]
async fn signing_out_reaches_fusionauth_and_every_tab() {
    let logout = "browser -> fusionauth POST /api/logout [access_token refresh_token] => 200 [-access_token -refresh_token]";
    signing_out_ends_every_tab(Workflow::SpaLocalStorage, logout).await;
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
