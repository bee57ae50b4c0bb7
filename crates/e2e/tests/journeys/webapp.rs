//! Helpers for the journeys (end-to-end tests) of the server-rendered workflows `webapp-jwt` and `webapp-session`. Most of them run in a
//! browser with JavaScript switched off, because these pages must work without it.

use crate::helpers::SHORT_TOKEN_LIFE_SECONDS;
use e2e::{
    Application, Browser, Journey, RecordPosition, RecordedExchange, Role, Setup, Site, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in, wait_until_expired,
};

/// The two server-rendered workflows.
pub(crate) const SERVER_RENDERED_WORKFLOWS: [Workflow; 2] = [Workflow::WebappJwt, Workflow::WebappSession];

/// The idle timeout of sessions, in seconds, in journeys that wait until a session expires. `--session-idle` must have the same value.
pub(crate) const SHORT_SESSION_IDLE_SECONDS: u32 = 3;

/// Runs a journey of a server-rendered workflow in a browser with JavaScript switched off.
pub(crate) async fn webapp_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow).without_script(), body).await;
}

/// Like [`webapp_journey`], with these flags of the server.
pub(crate) async fn webapp_journey_with(
    workflow: Workflow,
    flags: &'static [&'static str],
    body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>,
) {
    journey_in(Setup::of(workflow).without_script().with_flags(flags), body).await;
}

/// Signs in with the form, and waits for the page that it leads to.
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

/// Signs the shopper in at the Store, leaves the site, and waits until the sign-in has expired: in `webapp-jwt` the access token, in
/// `webapp-session` the session, which was not used for [`SHORT_SESSION_IDLE_SECONDS`].
pub(crate) async fn sign_in_and_wait_until_expired(workflow: Workflow, journey: &Journey) -> anyhow::Result<()> {
    let admin = journey.deployment.admin();
    let seconds = if workflow == Workflow::WebappJwt { SHORT_TOKEN_LIFE_SECONDS } else { SHORT_SESSION_IDLE_SECONDS };
    if workflow == Workflow::WebappJwt {
        admin.set_access_token_lifetime(Application::Store, seconds).await?;
    }
    sign_in_shopper_and_open_cart(journey).await?;
    journey.browser.leave().await?;
    // Later tokens live as long as usual, so that they do not expire in the middle of the journey.
    admin.set_access_token_lifetime(Application::Store, 300).await?;
    wait_until_expired(seconds).await;
    Ok(())
}

/// The one exchange after `mark` with this method and path.
pub(crate) fn single_exchange(journey: &Journey, mark: RecordPosition, method: &str, path: &str) -> anyhow::Result<RecordedExchange> {
    let mut exchanges = journey.deployment.record.since(mark)?;
    exchanges.retain(|exchange| exchange.method == method && exchange.path == path);
    anyhow::ensure!(exchanges.len() == 1, "{} x {method} {path}", exchanges.len());
    Ok(exchanges.remove(0))
}

/// Follows a start page's link to the sign-in page.
pub(crate) async fn follow_the_login_link(browser: &Browser) -> anyhow::Result<()> {
    browser.click(Role::Link, "Sign in").await?;
    browser.wait_for_path("/login").await?;
    browser.sign_in_form().await.map(drop)
}
