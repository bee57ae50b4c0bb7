//! What people do in several workflows.

use e2e::{
    Application, Browser, Journey, Role, Site,
    account::{PASSWORD, SHOPPER},
    wait_out,
};
use serde_json::json;

/// Long enough to sign in and leave, short enough to wait for, in seconds.
pub(crate) const SHORT_LIFE: u32 = 3;

/// Waits until the cart is on the screen.
pub(crate) async fn see_cart(browser: &Browser) -> anyhow::Result<()> {
    browser.find(Role::Heading, "Your cart").await?;
    browser.wait_for_number(Role::Spinbutton, 3).await
}

/// Waits until posts are on the screen.
pub(crate) async fn see_posts(browser: &Browser) -> anyhow::Result<()> {
    browser.find(Role::Heading, "Posts").await?;
    browser.wait_for("posts", "return document.querySelectorAll('main article').length > 0", Vec::new()).await
}

/// Types the shopper's address and password and submits them.
pub(crate) async fn submit(browser: &Browser) -> anyhow::Result<()> {
    browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await
}

/// Signs the shopper in at the Store.
pub(crate) async fn sign_in(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.sign_in_at(journey.world.store(), SHOPPER).await?;
    see_cart(&journey.browser).await
}

/// Signs the shopper in at the Store with a JWT that is over when this returns; nothing is open in the browser. JWTs issued
/// from then on live as long as they usually do.
pub(crate) async fn leave_until_the_jwt_is_over(journey: &Journey) -> anyhow::Result<()> {
    journey.world.admin().set_jwt_life(Application::Store, SHORT_LIFE).await?;
    journey.browser.sign_in_at(journey.world.store(), SHOPPER).await?;
    journey.browser.leave().await?;
    journey.world.admin().set_jwt_life(Application::Store, 300).await?;
    wait_out(SHORT_LIFE).await;
    Ok(())
}

/// The browser forgets every cookie and what these sites have stored, as with a new profile.
pub(crate) async fn forget(browser: &Browser, sites: &[Site]) -> anyhow::Result<()> {
    browser.leave().await?;
    browser.devtools("Network.clearBrowserCookies", json!({})).await?;
    for site in sites {
        browser.devtools("Storage.clearDataForOrigin", json!({"origin": site.origin(), "storageTypes": "all"})).await?;
    }
    Ok(())
}
