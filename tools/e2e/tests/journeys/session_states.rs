//! The message that the app shows when the browser cannot store the session.
//! `docs/account.md` lists this journey (browser test) and those of other states.

use crate::helpers::{wait_for_banner, wait_for_cart};
use e2e::{Journey, Role, account::SHOPPER, journey};
use serde_json::json;

/// A script that denies access to storage, as a browser does if its user forbids the site to store data.
const NO_STORAGE: &str = "for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) \
    Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError') } });";

#[tokio::test]
async fn where_the_browser_keeps_nothing_the_page_says_how_long_one_is_signed_in() {
    journey(async |Journey { deployment, browser }| {
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": NO_STORAGE})).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        wait_for_banner(browser, "so you'll be signed out when you close or reload the page").await?;
        browser.click(Role::Link, "Account").await?;
        browser.wait_for_text("This device").await?;
        browser.reload().await?;
        browser.sign_in_form().await.map(drop)
    })
    .await;
}
