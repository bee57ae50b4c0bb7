//! Functions that the journeys (browser tests) of the single-page workflows share.

use crate::helpers::wait_for_cart;
use anyhow::ensure;
use e2e::{
    Browser, Journey, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in,
};

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

/// Runs a journey of one of these workflows. At its end, asserts that the password is neither in storage nor in the history.
pub(crate) async fn account_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    spa_journey(workflow, async |journey| {
        body(journey).await?;
        let storage: String = journey.browser.eval("return JSON.stringify([localStorage, sessionStorage])").await?;
        let history = journey.browser.history().await?.join("\n");
        ensure!(!storage.contains(PASSWORD) && !history.contains(PASSWORD), "a password is in storage or history");
        Ok(())
    })
    .await;
}

/// Signs the shopper in at the Store, and waits for the cart's three lines.
pub(crate) async fn sign_in_shopper_and_open_cart(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.sign_in_at(journey.deployment.store(), SHOPPER).await?;
    wait_for_cart(&journey.browser, 3).await
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
