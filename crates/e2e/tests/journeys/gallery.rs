//! Pictures of every page and state for people to look at, in `target/screenshots/gallery`. Of how they look, only one thing
//! is asserted: nothing scrolls sideways.

use crate::helpers::wait_for_cart;
use e2e::{
    Browser, Journey, Role,
    account::{CHANGE, LOCKED, PASSWORD, SECOND, SHOPPER, TWO_FACTOR, UNREGISTERED, UNVERIFIED},
    journey,
};
use serde_json::json;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/screenshots/gallery");

/// The whole page in two widths, light and dark. None scrolls sideways, not even at 320 pixels (WCAG 1.4.10).
async fn picture(browser: &Browser, name: &str) -> anyhow::Result<()> {
    for (width, height) in [(320, 640), (390, 844), (1280, 900)] {
        resize(browser, width, height).await?;
        let too_wide: i64 = browser.eval("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await?;
        assert!(too_wide <= 0, "{name} is {too_wide} pixels too wide at {width}");
        let whole: i64 = browser.eval("return document.documentElement.scrollHeight").await?;
        resize(browser, width, height.max(whole)).await?;
        for scheme in ["light", "dark"] {
            if width > 320 {
                browser
                    .devtools("Emulation.setEmulatedMedia", json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}))
                    .await?;
                // Or the picture shows colours on their way from one to the other.
                browser.eval::<()>("document.getAnimations().filter(it => it instanceof CSSTransition).forEach(it => it.finish())").await?;
                browser.screenshot(&Path::new(FOLDER).join(format!("{name}-{width}-{scheme}.png"))).await?;
            }
        }
    }
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await?;
    browser.devtools("Emulation.setEmulatedMedia", json!({"features": []})).await.map(drop)
}

async fn resize(browser: &Browser, width: i64, height: i64) -> anyhow::Result<()> {
    let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await.map(drop)
}

#[tokio::test]
async fn pictures_of_the_store() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        let store = world.store();
        browser.open(&store.url("/")).await?;
        browser.find(Role::Heading, "Products").await?;
        browser.wait_for("products", "return document.querySelectorAll('main button').length > 0", Vec::new()).await?;
        picture(browser, "store-products-signed-out").await?;
        browser.open(&store.url("/no/such/page")).await?;
        browser.find(Role::Heading, "Page not found").await?;
        picture(browser, "store-not-found").await?;
        browser.sign_in_at(store, SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        picture(browser, "store-cart").await?;
        browser.open(&store.url("/account")).await?;
        browser.find(Role::Heading, "Your account").await?;
        picture(browser, "store-account").await?;
        browser.tolerate("/api/", "ERR_CONNECTION_REFUSED");
        world.stop_server().await?;
        browser.click(Role::Link, "Products").await?;
        browser.alert().await?;
        picture(browser, "store-down").await?;
        world.start_server().await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_at(store, SECOND).await?;
        browser.wait_for_text("empty").await?;
        picture(browser, "store-cart-empty").await
    })
    .await;
}

#[tokio::test]
async fn pictures_of_signing_in() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        let store = world.store();
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?;
        picture(browser, "sign-in").await?;
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        picture(browser, "sign-in-empty").await?;
        for (name, status) in [("404", "404"), ("423", "423")] {
            browser.tolerate(name, status);
        }
        browser.sign_in_form().await?.submit(SHOPPER, "wrong").await?;
        browser.wait_for("answer", "return document.querySelector('[name=password]')?.value === ''", Vec::new()).await?;
        picture(browser, "sign-in-wrong-password").await?;
        for (name, login_id, text) in [
            ("unregistered", UNREGISTERED, "Not registered here"),
            ("change", CHANGE, "Change your password"),
            ("unverified", UNVERIFIED, "Confirm your email address"),
            ("locked", LOCKED, "This account is locked"),
            ("two-factor", TWO_FACTOR, "Enter your code"),
        ] {
            browser.open(&store.url("/login")).await?;
            browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
            browser.wait_for_text(text).await?;
            picture(browser, &format!("sign-in-{name}")).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_forums() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.forums(), SHOPPER).await?;
        browser.wait_for("posts", "return document.querySelectorAll('article').length > 0", Vec::new()).await?;
        picture(browser, "forums-posts").await
    })
    .await;
}
