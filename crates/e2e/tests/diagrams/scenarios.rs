//! What a user does in the phases of more than one workflow.

use e2e::{
    Browser, Journey, RecordedExchange, Role, Site,
    account::{PASSWORD, SHOPPER},
};
use serde_json::json;

/// Waits until the page shows the cart.
pub(crate) async fn see_cart(browser: &Browser) -> anyhow::Result<()> {
    browser.find(Role::Heading, "Your cart").await?;
    browser.wait_for_number(Role::Spinbutton, 3).await
}

/// Waits until the page shows posts.
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
    journey.browser.sign_in_at(journey.deployment.store(), SHOPPER).await?;
    see_cart(&journey.browser).await
}

/// Signs the shopper in at the Store, and leaves the site until the JWT has expired.
pub(crate) async fn leave_until_the_jwt_expires(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.sign_in_at(journey.deployment.store(), SHOPPER).await?;
    journey.browser.leave().await?;
    journey.expire_access_tokens().await
}

/// Signs out on the page that is shown, and waits until a webhook has told the Store.
pub(crate) async fn sign_out_and_wait_for_the_event(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let start = deployment.record.mark()?;
    browser.click(Role::Button, "Sign out").await?;
    browser.sign_in_form().await?;
    let is_told = |it: &RecordedExchange| it.path == "/api/fusionauth/events" && it.response.is_some();
    deployment.record.wait_for(start, "event", is_told).await.map(drop)
}

/// Deletes every cookie and the data that these sites have stored, as with a new profile.
pub(crate) async fn forget(browser: &Browser, sites: &[Site]) -> anyhow::Result<()> {
    browser.leave().await?;
    browser.devtools("Network.clearBrowserCookies", json!({})).await?;
    for site in sites {
        browser.devtools("Storage.clearDataForOrigin", json!({"origin": site.origin(), "storageTypes": "all"})).await?;
    }
    Ok(())
}
