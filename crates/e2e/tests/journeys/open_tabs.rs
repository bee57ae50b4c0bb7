//! Functions that journeys with several open tabs share.

use e2e::{Application, Browser, Journey, Tab, account::SHOPPER};

pub(crate) const REFRESH_PATH: &str = "/api/jwt/refresh";
pub(crate) const LOGOUT_PATH: &str = "/api/logout";
/// The record's line for a change of a quantity.
pub(crate) const CHANGED: &str = "browser -> store PUT /api/shopping-cart/lines/enamel-mug Bearer@store => 200";

/// A life of access tokens, in seconds, that is long enough to open five tabs, and short enough to wait for its end.
pub(crate) const TAB_LIFE: u32 = 8;

/// The time after which the tabs treat the token as expired. They count its life from its receipt, so FusionAuth's `exp` is earlier.
const TOKEN_IS_OVER: &str = "const {token, receivedAt} = JSON.parse(Object.values(localStorage)[0]).session; \
     const {iat, exp} = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))); \
     return Date.now() > receivedAt + (exp - iat) * 1000";

/// Signs the shopper in and opens the cart in this number of tabs, of which the last has the focus. The life of the access token is
/// [`TAB_LIFE`].
pub(crate) async fn open_carts(journey: &Journey, tabs: usize) -> anyhow::Result<Vec<Tab>> {
    let Journey { deployment, browser } = journey;
    deployment.admin().set_access_token_lifetime(Application::Store, TAB_LIFE).await?;
    browser.sign_in_at(deployment.store(), SHOPPER).await?;
    wait_for_lines(browser).await?;
    let mut open = vec![browser.tab().await?];
    while open.len() < tabs {
        open.push(browser.open_tab(&deployment.store().url("/cart")).await?);
        wait_for_lines(browser).await?;
    }
    Ok(open)
}

/// Waits until the access token of the tabs has expired. Tokens that are issued later have their usual life.
pub(crate) async fn outlast_the_token(journey: &Journey) -> anyhow::Result<()> {
    // No event announces the end of a token, so the time itself must pass.
    journey.browser.wait_for("end of the access token", TOKEN_IS_OVER, Vec::new()).await?;
    journey.deployment.admin().set_access_token_lifetime(Application::Store, 300).await
}

/// Makes the cart send a request: the first line's quantity is increased by one.
pub(crate) async fn ask(browser: &Browser) -> anyhow::Result<()> {
    // A script clicks, because WebDriver's click waits until the page is idle.
    browser.eval::<()>("document.querySelector('[aria-label^=Increase]').click()").await
}

async fn wait_for_lines(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for("lines of the cart", "return document.querySelector('[aria-label^=Increase]') !== null", Vec::new()).await
}
