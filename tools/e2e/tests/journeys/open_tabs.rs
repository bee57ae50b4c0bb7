//! Functions that journeys with several open tabs share.

use crate::helpers::{CART_READ_INTERVAL_MS, NEVER_MS, replace_timers};
use e2e::{Browser, Journey, Tab, account::SHOPPER};

pub(crate) const REFRESH_PATH: &str = "/api/jwt/refresh";
pub(crate) const LOGOUT_PATH: &str = "/api/logout";
/// The line in the record of messages for a change of a quantity.
pub(crate) const CHANGED: &str = "browser -> store PUT /api/shopping-cart/lines/enamel-mug Bearer@store => 200";

/// Signs the shopper in and opens the cart in this number of tabs, of which the last has the focus.
///
/// The replaced timers keep the tabs from sending requests on their own. A page that is open for 20 seconds would follow its cart, and so
/// renew a token that has expired.
pub(crate) async fn open_carts(journey: &Journey, tabs: usize) -> anyhow::Result<Vec<Tab>> {
    let Journey { deployment, browser } = journey;
    replace_timers(browser, CART_READ_INTERVAL_MS, NEVER_MS).await?;
    browser.sign_in_at(deployment.store(), SHOPPER).await?;
    wait_for_lines(browser).await?;
    let mut open = vec![browser.tab().await?];
    while open.len() < tabs {
        open.push(browser.open_tab("about:blank").await?);
        replace_timers(browser, CART_READ_INTERVAL_MS, NEVER_MS).await?;
        browser.open(&deployment.store().url("/cart")).await?;
        wait_for_lines(browser).await?;
    }
    Ok(open)
}

/// Increases the quantity of the cart's first line by one, so that the page sends a request.
pub(crate) async fn ask(browser: &Browser) -> anyhow::Result<()> {
    // A script clicks, because WebDriver's click waits until the page is idle.
    browser.eval::<()>("document.querySelector('[aria-label^=Increase]').click()").await
}

async fn wait_for_lines(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for("lines of the cart", "return document.querySelector('[aria-label^=Increase]') !== null", Vec::new()).await
}
