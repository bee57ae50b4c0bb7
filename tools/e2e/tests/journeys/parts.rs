//! The parts of the app's program that the browser loads after the start: when it loads them, and what users see and hear if it cannot load
//! a part.

use crate::helpers::{wait_for_cart, wait_for_focus_on_heading, wait_for_parts};
use axum::http::StatusCode;
use e2e::{HoldingProxy, Journey, Role, Site, account::SHOPPER, journey};

/// Signs the shopper in through a proxy that delivers the program of the Store's app, and withholds the program's parts.
async fn cart_without_parts(journey: &Journey) -> anyhow::Result<(HoldingProxy, Site)> {
    let Journey { deployment, browser } = journey;
    let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
    let store = proxy.site(deployment.store());
    deployment.allow_origins(&[store]).await?;
    proxy.release_program();
    browser.sign_in_at(store, SHOPPER).await?;
    wait_for_cart(browser, 3).await?;
    Ok((proxy, store))
}

/// A script that returns whether the browser has loaded the `.wasm` file whose name begins with `file`.
fn is_loaded(file: &str) -> String {
    format!(
        "return performance.getEntriesByType('resource').some(it => it.name.includes('/{file}-') && it.name.endsWith('.wasm') && it.responseStatus === 200)"
    )
}

#[tokio::test]
async fn a_part_that_is_on_its_way_shows_as_a_page_that_is_loading() {
    journey(async |journey| {
        let (proxy, _) = cart_without_parts(journey).await?;
        let Journey { browser, .. } = journey;
        browser.click(Role::Link, "Account").await?;
        browser.find(Role::Heading, "Your account").await?;
        assert_eq!(browser.title().await?, "Your account · Fernhill");
        assert_eq!(browser.focused().await?, "Your account");
        assert!(browser.text().await?.contains("Loading…"));
        proxy.release_parts();
        browser.wait_for_text("How you are signed in").await?;
        wait_for_focus_on_heading(browser).await?;
        browser.wait_for("the page's data", "return !document.querySelector('[aria-busy=true]')", Vec::new()).await?;
        assert!(!browser.text().await?.contains("Loading…"));
        assert_eq!(browser.names(Role::Heading).await?.iter().filter(|name| *name == "Your account").count(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_part_that_does_not_come_can_be_tried_again_by_keyboard() {
    journey(async |journey| {
        let (proxy, _) = cart_without_parts(journey).await?;
        let Journey { browser, .. } = journey;
        browser.tolerate(".wasm", "503");
        proxy.refuse_parts(StatusCode::SERVICE_UNAVAILABLE);
        browser.click(Role::Link, "Account").await?;
        let text = browser.alert().await?;
        assert!(text.contains("We couldn't reach the") && text.contains("Try again"), "{text}");
        assert_eq!(browser.focused().await?, "Your account");
        for is_back in [false, true] {
            if is_back {
                proxy.release_parts();
            }
            browser.tab_to("Try again").await?;
            browser.type_on("\u{e007}").await?; // Enter
            if !is_back {
                browser.alert().await?;
            }
        }
        browser.wait_for_text("How you are signed in").await?;
        wait_for_focus_on_heading(browser).await?;
        browser.click(Role::Link, "Products").await?;
        browser.wait_for_text("Good things for the kitchen").await?;
        // The proxy stops at the end of this block, so the browser must have loaded the font of the headings by then.
        browser.wait_for("fonts", "return document.fonts.status === 'loaded'", Vec::new()).await
    })
    .await;
}

/// A script that replaces the time limits of requests for parts. `limits.forEach(pass)` then makes the limits of all requests in flight
/// expire. After `isLate = true`, the limit of each later request expires at once.
const TIME_LIMITS: &str = "var isLate = false, limits = [], pass = it => it.abort(new DOMException('late', 'TimeoutError')); \
    AbortSignal.timeout = () => { const limit = new AbortController(); limits.push(limit); if (isLate) pass(limit); return limit.signal; }";

#[tokio::test]
async fn a_part_that_does_not_come_in_time_can_be_tried_again() {
    journey(async |journey| {
        journey.browser.devtools("Page.addScriptToEvaluateOnNewDocument", serde_json::json!({"source": TIME_LIMITS})).await?;
        let (proxy, _) = cart_without_parts(journey).await?;
        let Journey { browser, .. } = journey;
        browser.eval::<()>("isLate = true; limits.forEach(pass)").await?;
        browser.click(Role::Link, "Account").await?;
        let text = browser.alert().await?;
        assert!(text.contains("We couldn't reach the") && text.contains("Try again"), "{text}");
        proxy.release_parts();
        browser.eval::<()>("isLate = false").await?;
        browser.click(Role::Button, "Try again").await?;
        browser.wait_for_text("How you are signed in").await
    })
    .await;
}

#[tokio::test]
async fn a_part_of_a_release_that_was_replaced_asks_to_reload() {
    journey(async |journey| {
        let (proxy, _) = cart_without_parts(journey).await?;
        let Journey { browser, .. } = journey;
        browser.tolerate(".wasm", "404");
        proxy.refuse_parts(StatusCode::NOT_FOUND);
        browser.click(Role::Link, "Products").await?;
        let text = browser.alert().await?;
        assert!(text.contains("updated") && text.contains("Reload"), "{text}");
        assert!(!browser.has(Role::Button, "Try again").await?);
        proxy.release_parts();
        browser.tab_to("Reload").await?;
        browser.type_on("\u{e007}").await?;
        browser.wait_for_text("Good things for the kitchen").await
    })
    .await;
}

#[tokio::test]
async fn parts_are_loaded_ahead_when_the_first_page_is_there() {
    journey(async |journey| {
        let (proxy, _) = cart_without_parts(journey).await?;
        let Journey { browser, .. } = journey;
        proxy.release_parts();
        for part in ["store", "sign_in", "account"] {
            browser.wait_for(&format!("part {part}"), &is_loaded(part), Vec::new()).await?;
        }
        assert!(!browser.eval::<bool>(&is_loaded("forums")).await?, "the Store must not load the part of the Forums");
        let drawings = "return performance.getEntriesByType('resource').some(it => it.name.includes('/assets/products-'))";
        assert!(browser.eval::<bool>(drawings).await?, "the pictures must be loaded before the parts");
        proxy.refuse_parts(StatusCode::SERVICE_UNAVAILABLE);
        browser.click(Role::Link, "Account").await?;
        browser.wait_for_text("How you are signed in").await
    })
    .await;
}

#[tokio::test]
async fn a_page_change_shows_drawings_of_the_page_itself() {
    let in_page = "return [...document.querySelectorAll('main .picture use')].map(it => { \
        const href = it.getAttribute('href'); \
        return href[0] === '#' && document.querySelector(href)?.localName === 'symbol' && it.getBBox().width > 0; })";
    journey(async |Journey { deployment, browser }| {
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        wait_for_parts(browser).await?;
        for (link, heading) in [("Products", "Products"), ("Cart", "Your cart")] {
            let link = browser.named(Role::Link, link).await?;
            browser.click(Role::Link, &link).await?;
            browser.find(Role::Heading, heading).await?;
            browser.wait_for("the page's data", "return !document.querySelector('main [aria-busy=true]')", Vec::new()).await?;
            let later: Vec<bool> = browser.eval(in_page).await?;
            assert!(!later.is_empty() && later.iter().all(|it| *it), "{heading}: {later:?}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_part_of_the_first_page_does_not_wait_for_the_program() {
    journey(async |Journey { deployment, browser }| {
        let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
        let store = proxy.site(deployment.store());
        proxy.release_parts();
        browser.open(&store.url("/")).await?;
        browser.wait_for("part store", &is_loaded("store"), Vec::new()).await?;
        let program = "return performance.getEntriesByType('resource').some(it => /storefront-.*wasm/.test(it.name) && it.responseEnd > 0)";
        assert!(!browser.eval::<bool>(program).await?, "the proxy must still hold the program");
        proxy.release();
        browser.wait_for_text("Good things for the kitchen").await
    })
    .await;
}
