//! The page before the app has started: the sign-in form can be used while the wasm is still loading.

use crate::helpers::wait_for_cart;
use e2e::{
    HoldingProxy, Journey, Role, Site,
    account::{PASSWORD, SHOPPER},
    journey,
};

/// Opens the sign-in page through a proxy that withholds the wasm.
async fn open_held(journey: &Journey) -> anyhow::Result<(HoldingProxy, Site)> {
    let Journey { deployment, browser } = journey;
    let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
    let store = proxy.site(deployment.store());
    deployment.allow_origins(&[store]).await?;
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
        // Moves the caret to the left, until it is behind `shop`, where the second `p` is missing.
        browser.type_on(&"\u{e012}".repeat("er@example.com".len())).await?;
        let painted: bool = browser.eval("return performance.getEntriesByName('first-contentful-paint').length === 1").await?;
        assert!(painted, "the page must be painted before the wasm is loaded");
        let app_is_up =
            "return performance.getEntriesByType('resource').some(entry => entry.name.endsWith('.wasm') && entry.responseEnd > 0)";
        assert!(!browser.eval::<bool>(app_is_up).await?, "the proxy must still hold the wasm");

        // Marks the static form. When the mark is gone, the app has replaced the form.
        browser.eval::<serde_json::Value>("document.querySelector('main').dataset.seen = 'static'").await?;
        proxy.release();
        browser.wait_for("app in place of the static page", "return document.querySelector('[data-seen]') === null", Vec::new()).await?;
        assert_eq!(browser.value("Email").await?, "shoper@example.com");
        assert_eq!(browser.value("Password").await?, "correct-");
        browser.type_on("p").await?;
        assert_eq!(browser.value("Email").await?, SHOPPER, "the caret must stay behind `shop`");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_early_submit_is_held_and_done() {
    journey(async |journey| {
        let (proxy, _) = open_held(journey).await?;
        let Journey { deployment, browser } = journey;
        let start = deployment.record.mark()?;
        browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        assert_eq!(browser.path().await?, "/login", "the browser must not submit the form itself");
        proxy.release();
        wait_for_cart(browser, 3).await?;
        let calls = deployment.record.calls(start)?;
        assert_eq!(calls.iter().filter(|call| call.contains("POST /api/login")).count(), 1, "expected one sign-in: {calls:#?}");
        assert!(!browser.has(Role::Textbox, "Password").await?);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_browser_without_webassembly_gets_another_way_and_sends_no_password() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        // A browser's Lockdown Mode removes it like this.
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", serde_json::json!({"source": "delete globalThis.WebAssembly"})).await?;
        let start = deployment.record.mark()?;
        browser.open(&deployment.store().url("/login")).await?;
        let text = browser.alert().await?;
        assert!(text.contains("WebAssembly") && !text.contains("Reload"), "{text}");
        assert!(!browser.has(Role::Textbox, "Password").await?, "nothing would handle the form");
        browser.eval::<()>("document.querySelector('#login').requestSubmit()").await?;
        browser.open(&deployment.store().url("/")).await?;
        browser.alert().await?;
        browser.find(Role::Link, "Enamel mug").await?;
        assert!(!browser.has(Role::Button, "Add to cart: Enamel mug").await?, "nothing would handle the click");
        let calls = deployment.record.calls(start)?;
        assert!(!calls.iter().any(|call| call.contains("POST")), "{calls:#?}");
        browser.click(Role::Link, "Open the simple version").await?;
        browser.find(Role::Heading, "Products").await?;
        browser.click(Role::Button, "Add to cart: Enamel mug").await?;
        browser.wait_for_text("Added").await
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
        browser.tolerate("/login", "Uncaught");
        proxy.refuse();
        let text = browser.alert().await?;
        assert!(text.contains("Reload"), "{text}");
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
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?;
        browser.wait_for("app in place of the static page", "return document.querySelector('#shell') === null", Vec::new()).await?;
        // Leptos panics if the browser cannot create an element.
        let fail = "Document.prototype.createElement = Node.prototype.cloneNode = () => { throw new Error('no element'); }";
        browser.eval::<serde_json::Value>(fail).await?;
        browser.tolerate("storefront-", "unreachable");
        browser.click(Role::Link, "Create your account").await?;
        let text = browser.alert().await?;
        assert!(text.contains("Something went wrong"), "{text}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn inline_code_with_a_changed_byte_is_refused() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        for message in ["Applying inline style", "Executing inline script", "securitypolicyviolation"] {
            browser.tolerate(message, "inline");
        }
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?;
        // The content security policy has the hash of each inline element. It allows a copy with the same text, and refuses a copy with a
        // changed text.
        for (element, changed, expected) in [("style", "", "none"), ("style", " ", "style-src-elem"), ("script", " ", "script-src-elem")] {
            let script = format!(
                "const done = arguments[0];
                 document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective), {{once: true}});
                 const copy = document.createElement('{element}');
                 copy.textContent = document.querySelector('{element}:not([type])').textContent + '{changed}';
                 document.head.append(copy);
                 if (copy.sheet) done('none');"
            );
            assert_eq!(browser.eval_async::<String>(&script).await?, expected, "{element} with {changed:?} added");
        }
        Ok(())
    })
    .await;
}
