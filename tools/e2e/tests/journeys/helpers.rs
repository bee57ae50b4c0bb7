//! Functions and texts that several journeys share.

use e2e::{Browser, Deployment, Journey, Role, account::SHOPPER, shown};

/// The line in the record of messages for a refresh in which FusionAuth issues an access token of the Store.
pub(crate) const REFRESH: &str = "browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 200 (refreshToken token@store) [access_token refresh_token]";
/// The line in the record of messages for the request that loads the cart.
pub(crate) const CART: &str = "browser -> store GET /api/load-shopping-cart Bearer@store => 200";

/// `READ_INTERVAL` of `src/store/cart/follow.rs`, in milliseconds. When a cart page has been open for this time, it starts to follow
/// changes by other devices, by a stream of events. Without a stream it polls the cart at this interval.
pub(crate) const CART_READ_INTERVAL_MS: u32 = 20_000;
/// A timer of this length does not fire within a journey.
pub(crate) const NEVER_MS: u32 = i32::MAX.unsigned_abs();

/// The Enter key, as WebDriver encodes it.
pub(crate) const ENTER: &str = "\u{e007}";

/// Waits for a text anywhere on the page. Banners are outside of `main`, where [`Browser::wait_for_text`] looks.
pub(crate) async fn wait_for_banner(browser: &Browser, text: &str) -> anyhow::Result<()> {
    browser.wait_for(text, "return document.body.innerText.includes(arguments[0])", vec![shown(text).into()]).await
}

/// Makes timers of `length_ms` fire after `other_ms` instead, in the current page and in every page that this tab loads later.
pub(crate) async fn replace_timers(browser: &Browser, length_ms: u32, other_ms: u32) -> anyhow::Result<()> {
    let script = format!(
        "{{ const set = setTimeout; setTimeout = (run, ms, ...rest) => set(run, ms === {length_ms} ? {other_ms} : ms, ...rest); }}"
    );
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", serde_json::json!({"source": script})).await?;
    browser.eval(&script).await
}

/// Types wrong passwords into the app's form until FusionAuth blocks the account.
pub(crate) async fn block_sign_in(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    for status in ["404", "409"] {
        browser.tolerate("/api/login", status);
    }
    browser.open(&deployment.store().url("/login")).await?;
    for attempt in 0..11 {
        browser.sign_in_form().await?.submit(login_id, "wrong-horse-battery").await?;
        if attempt < 10 {
            browser.wait_for("answer", "return document.querySelector('[name=password]')?.value === ''", Vec::new()).await?;
        }
    }
    browser.find(Role::Heading, "Sign-in is blocked").await.map(drop)
}

/// Waits until the cart shows this many lines.
pub(crate) async fn wait_for_cart(browser: &Browser, lines: usize) -> anyhow::Result<()> {
    browser.find(Role::Heading, "Your cart").await?;
    browser.wait_for_number(Role::Spinbutton, lines).await?;
    // The static page can show the cart before the app does.
    browser.wait_for("the app's own cart", "return document.querySelector('#early-cart') === null", Vec::new()).await
}

/// Waits until the app has loaded everything that it loads while the browser is idle.
pub(crate) async fn wait_for_parts(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for("all parts", "return !document.documentElement.dataset.first", Vec::new()).await
}

pub(crate) async fn wait_for_focus_on_heading(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for("focus on the page's heading", "return document.activeElement.matches('main h1')", Vec::new()).await
}

/// Waits for the font of the headings, which moves what is below them. A page that began with the sign-in form loads it late.
pub(crate) async fn wait_for_font(browser: &Browser) -> anyhow::Result<()> {
    let has_font = "return [...document.fonts].some(it => it.family === 'Fraunces' && it.status === 'loaded')";
    browser.wait_for("font", has_font, Vec::new()).await
}

/// An expression in JavaScript: whether the browser stores edits of the cart that the Store has not answered.
pub(crate) const HAS_UNANSWERED_EDITS: &str = "Object.keys(localStorage).some(key => key.startsWith('storefront.cart-edits'))";

/// Waits until the Store has answered all edits of the cart. The page shows an edit earlier, and a page that is loaded before the answer
/// sends the edit again.
pub(crate) async fn wait_for_answered_edits(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for("answered edits", &format!("return !{HAS_UNANSWERED_EDITS}"), Vec::new()).await
}

/// Signs the shopper in at the Store, and leaves the site until the token has expired.
pub(crate) async fn leave_with_an_expired_token(journey: &Journey) -> anyhow::Result<()> {
    journey.browser.sign_in_at(journey.deployment.store(), SHOPPER).await?;
    journey.browser.leave().await?;
    journey.expire_access_tokens().await
}
