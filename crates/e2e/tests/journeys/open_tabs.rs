//! What journeys with several tabs do.

use e2e::{Application, Browser, Journey, Tab, account::SHOPPER};

pub(crate) const REFRESH_PATH: &str = "/api/jwt/refresh";
pub(crate) const LOGOUT_PATH: &str = "/api/logout";
/// A change of a quantity.
pub(crate) const CHANGED: &str = "browser -> store PUT /api/shopping-cart/lines/enamel-mug Bearer@store => 200";

/// Long enough to open five tabs, short enough to wait for. Seconds.
pub(crate) const TAB_LIFE: u32 = 8;

/// Life is counted from receipt, so this is when the tabs hold the token for used up; FusionAuth's `exp` is earlier.
const TOKEN_IS_OVER: &str = "const {token, receivedAt} = JSON.parse(Object.values(localStorage)[0]).session; \
     const {iat, exp} = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))); \
     return Date.now() > receivedAt + (exp - iat) * 1000";

/// Signs the shopper in and opens the cart in so many tabs; the last has the focus. Their access token lives for [`TAB_LIFE`].
pub(crate) async fn open_carts(journey: &Journey, tabs: usize) -> anyhow::Result<Vec<Tab>> {
    let Journey { world, browser } = journey;
    world.admin().set_jwt_life(Application::Store, TAB_LIFE).await?;
    browser.sign_in_at(world.store(), SHOPPER).await?;
    wait_for_lines(browser).await?;
    let mut open = vec![browser.tab().await?];
    while open.len() < tabs {
        open.push(browser.open_tab(&world.store().url("/cart")).await?);
        wait_for_lines(browser).await?;
    }
    Ok(open)
}

/// Waits until the access token of the tabs is over. Tokens issued from then on live as long as they usually do.
pub(crate) async fn outlast_the_token(journey: &Journey) -> anyhow::Result<()> {
    // The token's end is the clock's business; there is nothing else to wait for.
    journey.browser.wait_for("end of the access token", TOKEN_IS_OVER, Vec::new()).await?;
    journey.world.admin().set_jwt_life(Application::Store, 300).await
}

/// The cart asks the backend for something: one more enamel mug, or whatever its first line is.
pub(crate) async fn ask(browser: &Browser) -> anyhow::Result<()> {
    // In script: the browser's own click waits for the page to settle.
    browser.eval::<()>("document.querySelector('[aria-label^=Increase]').click()").await
}

async fn wait_for_lines(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for("lines of the cart", "return document.querySelector('[aria-label^=Increase]') !== null", Vec::new()).await
}
