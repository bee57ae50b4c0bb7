//! What the journeys of the two single-page workflows with cookies share: in neither can a script read a token.

use crate::helpers::{SHORT_LIFE, wait_for_cart};
use e2e::{Application, Browser, Journey, Role, Setup, Workflow, account::SHOPPER, journey_in, wait_out};

/// A journey of one of the two workflows.
pub(crate) async fn spa_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow), async |journey| {
        // Nobody is signed in yet, or the cookies are another application's: an answer, not a fault.
        journey.browser.tolerate("/api/user", "404");
        body(journey).await
    })
    .await;
}

/// Signs the shopper in at the Store, with a cart of three lines on the screen.
pub(crate) async fn shopper_at_the_cart(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.sign_in_at(journey.world.store(), SHOPPER).await?;
    wait_for_cart(&journey.browser, 3).await
}

/// The shopper looks at the products of the Store, with an access token that is over when this returns. The page is open,
/// and asks for nothing.
pub(crate) async fn shopper_with_an_expired_jwt(journey: &Journey) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    world.admin().set_jwt_life(Application::Store, SHORT_LIFE).await?;
    shopper_at_the_cart(journey).await?;
    browser.click(Role::Link, "Products").await?;
    browser.find(Role::Heading, "Products").await?;
    until_the_jwt_is_over(journey).await
}

/// As [`shopper_with_an_expired_jwt`], but the cart is open.
pub(crate) async fn shopper_at_the_cart_with_an_expired_jwt(journey: &Journey) -> anyhow::Result<()> {
    journey.world.admin().set_jwt_life(Application::Store, SHORT_LIFE).await?;
    shopper_at_the_cart(journey).await?;
    until_the_jwt_is_over(journey).await
}

async fn until_the_jwt_is_over(journey: &Journey) -> anyhow::Result<()> {
    journey.world.admin().set_jwt_life(Application::Store, 300).await?;
    wait_out(SHORT_LIFE).await;
    Ok(())
}

/// Follows the link to the cart, whatever number stands beside it. The page stays the same document.
pub(crate) async fn go_to_the_cart(browser: &Browser) -> anyhow::Result<()> {
    let link = browser.named(Role::Link, "Cart").await?;
    browser.click(Role::Link, &link).await
}

/// What stands in the header: who is signed in.
pub(crate) async fn header(browser: &Browser) -> anyhow::Result<String> {
    browser.eval("return document.querySelector('header').innerText").await
}
