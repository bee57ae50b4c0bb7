//! While the wasm is on its way: the sign-in form is there and can be used.

use crate::helpers::wait_for_cart;
use e2e::{
    HoldingProxy, Journey, Role, Site,
    account::{PASSWORD, SHOPPER},
    journey,
};

async fn open_held(journey: &Journey) -> anyhow::Result<(HoldingProxy, Site)> {
    let Journey { world, browser } = journey;
    let proxy = HoldingProxy::in_front_of(world.store()).await?;
    let store = proxy.site(world.store());
    world.allow_origins(&[store]).await?;
    browser.open(&store.url("/login")).await?;
    Ok((proxy, store))
}

#[tokio::test]
async fn text_and_focus_typed_before_the_app_is_there_stay() {
    journey(async |journey| {
        let (proxy, _) = open_held(journey).await?;
        let Journey { browser, .. } = journey;
        browser.sign_in_form().await?;
        browser.fill("Password", "correct-").await?;
        browser.fill("Email", "shoper@example.com").await?;
        // The caret goes back into the word: Left until it stands after `shop`.
        browser.type_on(&"\u{e012}".repeat("er@example.com".len())).await?;
        let painted: bool = browser.eval("return performance.getEntriesByName('first-contentful-paint').length === 1").await?;
        assert!(painted, "painted without the wasm");
        let app_is_up =
            "return performance.getEntriesByType('resource').some(entry => entry.name.endsWith('.wasm') && entry.responseEnd > 0)";
        assert!(!browser.eval::<bool>(app_is_up).await?, "the wasm is held back");

        // A mark on the static node: once it is gone or the app has marked itself ready, the app has taken over.
        browser.eval::<serde_json::Value>("document.querySelector('main').dataset.seen = 'static'").await?;
        proxy.release();
        browser.wait_for("app in place of the static page", "return document.querySelector('[data-seen]') === null", Vec::new()).await?;
        assert_eq!(browser.value("Email").await?, "shoper@example.com");
        assert_eq!(browser.value("Password").await?, "correct-");
        browser.type_on("p").await?;
        assert_eq!(browser.value("Email").await?, SHOPPER, "typing goes on where the caret stood");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_early_submit_is_held_and_done() {
    journey(async |journey| {
        let (proxy, _) = open_held(journey).await?;
        let Journey { world, browser } = journey;
        let start = world.record.mark()?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        assert_eq!(browser.path().await?, "/login", "no native submit");
        assert_eq!(world.record.calls(start)?, Vec::<String>::new());
        proxy.release();
        wait_for_cart(browser, 3).await?;
        let calls = world.record.calls(start)?;
        assert_eq!(calls.iter().filter(|call| call.contains("POST /api/login")).count(), 1, "once: {calls:#?}");
        assert!(!browser.has(Role::Textbox, "Password").await?);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_app_that_can_t_be_loaded_says_so() {
    journey(async |journey| {
        let (proxy, _) = open_held(journey).await?;
        let Journey { browser, .. } = journey;
        browser.sign_in_form().await?;
        browser.tolerate(".wasm", "503");
        browser.tolerate("boot-", "Uncaught (in promise)");
        proxy.refuse();
        let said = browser.alert().await?;
        assert!(said.contains("Reload"), "{said}");
        browser.find(Role::Button, "Reload").await?;
        proxy.release();
        browser.click(Role::Button, "Reload").await?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        wait_for_cart(browser, 3).await
    })
    .await;
}

#[tokio::test]
async fn a_panic_says_so() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.open(&world.store().url("/login")).await?;
        browser.sign_in_form().await?;
        browser.wait_for("app in place of the static page", "return document.querySelector('#shell') === null", Vec::new()).await?;
        // Leptos panics if the browser can make no element.
        let fail = "Document.prototype.createElement = Node.prototype.cloneNode = () => { throw new Error('no element'); }";
        browser.eval::<serde_json::Value>(fail).await?;
        browser.tolerate("storefront-", "unreachable");
        browser.click(Role::Link, "Create your account").await?;
        let said = browser.alert().await?;
        assert!(said.contains("Something broke"), "{said}");
        Ok(())
    })
    .await;
}
