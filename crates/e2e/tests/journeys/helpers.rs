//! What several journeys do.

use e2e::{Application, Browser, Journey, Mark, Role, account::SHOPPER, wait_out};

/// The refresh as the record shows it when FusionAuth renews an access token of the Store.
pub(crate) const REFRESH: &str = "browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 200 (refreshToken token@store) [access_token refresh_token]";
/// The cart's one call.
pub(crate) const CART: &str = "browser -> store GET /api/load-shopping-cart Bearer@store => 200";
/// A refresh that FusionAuth refuses.
pub(crate) const REFUSED: &str = "browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 400";

/// Long enough to sign in and leave, short enough to wait for.
pub(crate) const SHORT_LIFE: u32 = 3;

/// Waits until the cart shows this many lines.
pub(crate) async fn wait_for_cart(browser: &Browser, lines: usize) -> anyhow::Result<()> {
    browser.find(Role::Heading, "Your cart").await?;
    browser.wait_for_number(Role::Spinbutton, lines).await
}

/// Signs the shopper in at the Store with a token that is over when this returns; nothing is open in the browser.
/// Tokens issued from then on live as long as they usually do.
pub(crate) async fn leave_with_an_expired_token(journey: &Journey) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    world.admin().set_jwt_life(Application::Store, SHORT_LIFE).await?;
    browser.sign_in_at(world.store(), SHOPPER).await?;
    browser.leave().await?;
    world.admin().set_jwt_life(Application::Store, 300).await?;
    wait_out(SHORT_LIFE).await;
    Ok(())
}

/// [`leave_with_an_expired_token`], then comes back to the cart. What followed is recorded after the mark.
pub(crate) async fn come_back_after_expiry(journey: &Journey) -> anyhow::Result<Mark> {
    leave_with_an_expired_token(journey).await?;
    let start = journey.world.record.mark()?;
    journey.browser.open(&journey.world.store().url("/cart")).await?;
    Ok(start)
}
