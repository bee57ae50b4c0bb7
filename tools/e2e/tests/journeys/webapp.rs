//! Helpers for the journeys (end-to-end tests) of the server-rendered workflows `webapp-jwt` and `webapp-session`. Most of them run in a
//! browser with JavaScript switched off, because these pages must work without it.

use e2e::{
    ACCESS_TOKEN_LIFE, Browser, Journey, RecordPosition, RecordedExchange, Role, SESSION_IDLE, Setup, Site, Workflow,
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

/// Signs the shopper in at the Store, and leaves the site until the access token (in `webapp-jwt`) or the idle session (in
/// `webapp-session`) has expired.
pub(crate) async fn leave_with_an_expired_sign_in(workflow: Workflow, journey: &Journey) -> anyhow::Result<()> {
    sign_in_shopper_and_open_cart(journey).await?;
    journey.browser.leave().await?;
    journey.advance(if workflow == Workflow::WebappJwt { ACCESS_TOKEN_LIFE } else { SESSION_IDLE }).await
}

/// The only exchange after `mark` with this method and path. If there are more or none, returns an error.
pub(crate) fn single_exchange(journey: &Journey, mark: RecordPosition, method: &str, path: &str) -> anyhow::Result<RecordedExchange> {
    let mut exchanges = journey.deployment.record.since(mark)?;
    exchanges.retain(|exchange| exchange.method == method && exchange.path == path);
    anyhow::ensure!(exchanges.len() == 1, "{} exchanges {method} {path}", exchanges.len());
    Ok(exchanges.remove(0))
}

/// Follows a start page's link to the sign-in page.
pub(crate) async fn follow_the_login_link(browser: &Browser) -> anyhow::Result<()> {
    browser.click(Role::Link, "Sign in").await?;
    browser.wait_for_path("/login").await?;
    browser.sign_in_form().await.map(drop)
}
