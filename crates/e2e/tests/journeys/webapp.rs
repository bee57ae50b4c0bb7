//! What the journeys of the two server-rendered workflows share. Their browser runs no script.

use crate::helpers::SHORT_LIFE;
use e2e::{
    Application, Browser, Journey, Mark, RecordedExchange, Role, Setup, Site, Workflow,
    account::{PASSWORD, SHOPPER},
    journey_in, wait_out,
};

/// Both.
pub(crate) const WEBAPPS: [Workflow; 2] = [Workflow::WebappJwt, Workflow::WebappSession];

/// After how many seconds without use a session expires where a journey waits for that.
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

/// Types into the sign-in form and submits it with Enter, then waits for the page that it leads to.
pub(crate) async fn sign_in_to(browser: &Browser, site: Site, login_id: &str, path: &str) -> anyhow::Result<()> {
    browser.open(&site.url("/login")).await?;
    browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
    browser.wait_for_path(path).await
}

/// Signs the shopper in at the Store, with a cart of three lines on the screen.
pub(crate) async fn shopper_at_the_cart(journey: &Journey) -> anyhow::Result<()> {
    sign_in_to(&journey.browser, journey.world.store(), SHOPPER, "/shopping-cart").await?;
    crate::helpers::wait_for_cart(&journey.browser, 3).await
}

/// Signs the shopper in at the Store and leaves until the sign-in's cookie is over: in `webapp-jwt` because the access token has
/// expired, in `webapp-session` because the session has not been used for [`SHORT_IDLE`]. Nothing is open in the browser.
pub(crate) async fn leave_until_it_is_over(workflow: Workflow, journey: &Journey) -> anyhow::Result<()> {
    let admin = journey.world.admin();
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
pub(crate) fn the(journey: &Journey, mark: Mark, method: &str, path: &str) -> anyhow::Result<RecordedExchange> {
    let mut found = journey.world.record.since(mark)?;
    found.retain(|exchange| exchange.method == method && exchange.path == path);
    anyhow::ensure!(found.len() == 1, "{} x {method} {path}", found.len());
    Ok(found.remove(0))
}

/// The attributes with which an answer sets a cookie, as one text.
pub(crate) fn attributes(exchange: &RecordedExchange, cookie: &str) -> Option<String> {
    exchange.set_cookie(cookie).map(|cookie| cookie.attributes.join("; "))
}

/// Clicks the way to the sign-in page that a start page offers.
pub(crate) async fn follow_the_login_link(browser: &Browser) -> anyhow::Result<()> {
    browser.click(Role::Link, "Sign in").await?;
    browser.wait_for_path("/login").await?;
    browser.sign_in_form().await.map(drop)
}
