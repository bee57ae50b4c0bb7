//! Functions that the journeys (browser tests) of the single-page workflows share.

use crate::helpers::wait_for_cart;
use e2e::{
    Browser, Journey, RecordedExchange, Role, Setup, Workflow,
    account::{SHOPPER, SHOPPER_ID},
    journey_in,
};
use std::collections::BTreeMap;
use wire_recorder::Actor;

/// The workflows of the single-page app.
pub(crate) const SPA_WORKFLOWS: [Workflow; 3] = [Workflow::SpaLocalStorage, Workflow::SpaBackend, Workflow::SpaSharedDomain];

/// Runs a journey of one of these workflows.
pub(crate) async fn spa_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow), async |journey| {
        // `/api/user` answers 404 if nobody is signed in, or if the cookies belong to the other application.
        journey.browser.tolerate("/api/user", "404");
        body(journey).await
    })
    .await;
}

/// Signs the shopper in at the Store, and waits for the cart's three lines.
pub(crate) async fn sign_in_shopper_and_open_cart(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.sign_in_at(journey.deployment.store(), SHOPPER).await?;
    wait_for_cart(&journey.browser, 3).await
}

/// Signs the shopper in, and leaves the Store's list of products open until the access token has expired. An open list sends no requests.
pub(crate) async fn shopper_with_an_expired_jwt(journey: &Journey) -> anyhow::Result<()> {
    sign_in_shopper_and_open_cart(journey).await?;
    let start = journey.deployment.record.mark()?;
    journey.browser.click(Role::Link, "Products").await?;
    // The page shows its heading before it requests the products. Without this wait, that request could appear among the steps of the
    // renewal.
    journey.deployment.record.wait_for(start, "products", |it| it.path == "/api/products").await?;
    journey.expire_access_tokens().await
}

/// Follows the link to the cart, without a new document. The link's name ends with the number of items.
pub(crate) async fn go_to_the_cart(browser: &Browser) -> anyhow::Result<()> {
    let link = browser.named(Role::Link, "Cart").await?;
    browser.click(Role::Link, &link).await
}

/// The text of the header, which names the user who is signed in.
pub(crate) async fn header(browser: &Browser) -> anyhow::Result<String> {
    browser.eval("return document.querySelector('header').innerText").await
}

/// Checks a first visit to the cart: the app asks who is signed in, shows the form, and checks an empty form without a request.
pub(crate) async fn a_first_visit_asks_who_is_signed_in(workflow: Workflow) {
    spa_journey(workflow, async |Journey { deployment, browser }| {
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.wait_for_path("/login?next=%2Fcart").await?;
        browser.sign_in_form().await?;
        assert_eq!(deployment.record.steps(start)?, ["browser -> store GET /cart => 200", "browser -> store GET /api/user => 404"]);
        let start = deployment.record.mark()?;
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        assert_eq!(deployment.record.steps(start)?, Vec::<String>::new(), "the app must check the form without a request");
        assert_eq!(browser.local_storage().await?, BTreeMap::new());
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}

/// Checks that a sign-out in one tab signs the other tab out and revokes the refresh token. `logout` is the browser's request in the record.
pub(crate) async fn signing_out_ends_every_tab(workflow: Workflow, logout: &str) {
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
        let sent = deployment.record.wait_for(start, "logout", is_logout).await?;
        assert_eq!(sent.to_string(), logout);
        browser.switch_to(&first).await?;
        browser.sign_in_form().await?;
        assert!(!browser.text().await?.contains("Total"), "the other tab must not show the cart");
        assert_eq!(deployment.admin().sessions(SHOPPER_ID).await?, 0, "the refresh token must be revoked");
        assert!(browser.cookies().await?.is_empty());
        Ok(())
    })
    .await;
}
