//! Helpers for the journeys (end-to-end tests) of the server-rendered workflows `webapp-jwt` and `webapp-session`. Most of them run in a
//! browser with JavaScript switched off, because these pages must work without it.

use e2e::{
    Browser, Journey, Setup, Site, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in,
};

/// The two server-rendered workflows.
pub(crate) const SERVER_RENDERED_WORKFLOWS: [Workflow; 2] = [Workflow::WebappJwt, Workflow::WebappSession];

/// Runs a journey of a server-rendered workflow in a browser with JavaScript switched off.
pub(crate) async fn webapp_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow).without_script(), body).await;
}

/// Signs in with the form, and waits for the page to which the server redirects.
pub(crate) async fn sign_in_to(browser: &Browser, site: Site, login_id: &str, expected_path: &str) -> anyhow::Result<()> {
    browser.open(&site.url("/login")).await?;
    browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
    browser.wait_for_path(expected_path).await
}

/// Signs the shopper in at the Store, and waits for the cart's three lines.
pub(crate) async fn sign_in_shopper_and_open_cart(journey: &Journey) -> anyhow::Result<()> {
    sign_in_to(&journey.browser, journey.deployment.store(), SHOPPER, "/shopping-cart").await?;
    crate::helpers::wait_for_cart(&journey.browser, 3).await
}
