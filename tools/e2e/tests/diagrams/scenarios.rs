//! The user's actions that the phases of several workflows share.

use crate::recording::WorkflowRecording;
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

/// Types the shopper's email and password and submits them.
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

/// Signs in at the Forums and returns to the Store, in a browser that keeps FusionAuth's cookies under a name of each application.
pub(crate) async fn beside_the_forums(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/user", "404");
    browser.open(&deployment.forums().url("/")).await?;
    browser.sign_in_form().await?;
    let phase = recording.begin(deployment, "Signing in at the Forums with cookies per application")?;
    submit(browser).await?;
    see_posts(browser).await?;
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "The Store afterwards with cookies per application")?;
    browser.open(&deployment.store().url("/cart")).await?;
    see_cart(browser).await?;
    recording.end(deployment, phase).await
}

/// Signs out on the current page, and waits until FusionAuth's webhook has sent the event to the Store.
pub(crate) async fn sign_out_and_wait_for_the_event(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let start = deployment.record.mark()?;
    browser.click(Role::Button, "Sign out").await?;
    browser.sign_in_form().await?;
    let is_told = |it: &RecordedExchange| it.path == "/api/fusionauth/events" && it.response.is_some();
    deployment.record.wait_for(start, "event", is_told).await.map(drop)
}

/// Deletes all cookies and the stored data of these sites. The browser is then like a new one.
pub(crate) async fn forget(browser: &Browser, sites: &[Site]) -> anyhow::Result<()> {
    browser.leave().await?;
    browser.devtools("Network.clearBrowserCookies", json!({})).await?;
    for site in sites {
        browser.devtools("Storage.clearDataForOrigin", json!({"origin": site.origin(), "storageTypes": "all"})).await?;
    }
    Ok(())
}
