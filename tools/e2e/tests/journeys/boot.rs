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
    journey(async |Journey { deployment, browser }| {
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
    journey(async |Journey { deployment, browser }| {
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
