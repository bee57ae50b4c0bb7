//! Functions that the journeys of the two server-rendered workflows share. Their browser runs no scripts, because these pages must work
//! without any.

use crate::helpers::SHORT_LIFE;
use e2e::{
    Application, Browser, Journey, Mark, RecordedExchange, Role, Setup, Site, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in, wait_out,
};

/// Both workflows.
pub(crate) const WEBAPPS: [Workflow; 2] = [Workflow::WebappJwt, Workflow::WebappSession];

/// The idle time of sessions in journeys that wait for its end, in seconds. `--session-idle` must have the same value.
pub(crate) const SHORT_IDLE: u32 = 3;

/// A journey of one of the two workflows without a script.
pub(crate) async fn webapp_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow).without_script(), body).await;
}

/// A journey of one of the two workflows without a script, with these flags of the server.
pub(crate) async fn webapp_journey_with(
    workflow: Workflow,
    flags: &'static [&'static str],
    body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>,
) {
    journey_in(Setup::of(workflow).without_script().with_flags(flags), body).await;
}

/// Signs in with the form, and waits for the page that it leads to.
pub(crate) async fn sign_in_to(browser: &Browser, site: Site, login_id: &str, path: &str) -> anyhow::Result<()> {
    browser.open(&site.url("/login")).await?;
    browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
    browser.wait_for_path(path).await
}

/// Signs the shopper in at the Store, and waits for the cart's three lines.
pub(crate) async fn shopper_at_the_cart(journey: &Journey) -> anyhow::Result<()> {
    sign_in_to(&journey.browser, journey.deployment.store(), SHOPPER, "/shopping-cart").await?;
    crate::helpers::wait_for_cart(&journey.browser, 3).await
}

/// Signs the shopper in at the Store, leaves the site, and waits until the sign-in has expired: in `webapp-jwt` the access token, in
/// `webapp-session` the session, which was not used for [`SHORT_IDLE`].
pub(crate) async fn leave_until_expired(workflow: Workflow, journey: &Journey) -> anyhow::Result<()> {
    let admin = journey.deployment.admin();
    let life = if workflow == Workflow::WebappJwt { SHORT_LIFE } else { SHORT_IDLE };
    if workflow == Workflow::WebappJwt {
        admin.set_jwt_life(Application::Store, life).await?;
    }
    shopper_at_the_cart(journey).await?;
    journey.browser.leave().await?;
    admin.set_jwt_life(Application::Store, 300).await?;
    wait_out(life).await;
    Ok(())
}

/// The one exchange after `mark` with this method and path.
pub(crate) fn only_exchange(journey: &Journey, mark: Mark, method: &str, path: &str) -> anyhow::Result<RecordedExchange> {
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
