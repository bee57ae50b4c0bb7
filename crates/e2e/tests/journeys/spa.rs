//! Functions that the journeys of the two single-page workflows with cookies share. In both no script can read a token.

use crate::helpers::{SHORT_TOKEN_LIFE_SECONDS, wait_for_cart};
use e2e::{Application, Browser, Journey, Role, Setup, Workflow, account::SHOPPER, journey_in, wait_until_expired};

/// The workflows of the single-page app.
pub(crate) const SPA_WORKFLOWS: [Workflow; 3] = [Workflow::SpaLocalStorage, Workflow::SpaBackend, Workflow::SpaSharedDomain];

/// A journey of one of these workflows.
pub(crate) async fn spa_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow), async |journey| {
        // This is the answer if nobody is signed in, or if the cookies belong to the other application.
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

/// Signs the shopper in, opens the products of the Store, and waits until the access token has expired. The open page sends no requests.
pub(crate) async fn shopper_with_an_expired_jwt(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    deployment.admin().set_access_token_lifetime(Application::Store, SHORT_TOKEN_LIFE_SECONDS).await?;
    sign_in_shopper_and_open_cart(journey).await?;
    browser.click(Role::Link, "Products").await?;
    browser.find(Role::Heading, "Products").await?;
    wait_until_the_jwt_expires(journey).await
}

/// As [`shopper_with_an_expired_jwt`], but the cart is open.
pub(crate) async fn shopper_at_the_cart_with_an_expired_jwt(journey: &Journey) -> anyhow::Result<()> {
    journey.deployment.admin().set_access_token_lifetime(Application::Store, SHORT_TOKEN_LIFE_SECONDS).await?;
    sign_in_shopper_and_open_cart(journey).await?;
    wait_until_the_jwt_expires(journey).await
}

async fn wait_until_the_jwt_expires(journey: &Journey) -> anyhow::Result<()> {
    journey.deployment.admin().set_access_token_lifetime(Application::Store, 300).await?;
    wait_until_expired(SHORT_TOKEN_LIFE_SECONDS).await;
    Ok(())
}

/// Follows the link to the cart, whose name ends in the number of items. The document stays the same.
pub(crate) async fn go_to_the_cart(browser: &Browser) -> anyhow::Result<()> {
    let link = browser.named(Role::Link, "Cart").await?;
    browser.click(Role::Link, &link).await
}

/// The text of the header, which names the user who is signed in.
pub(crate) async fn header(browser: &Browser) -> anyhow::Result<String> {
    browser.eval("return document.querySelector('header').innerText").await
}
