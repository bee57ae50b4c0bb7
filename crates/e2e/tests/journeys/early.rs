//! What the early script sends while the wasm is still loading: the data of the page for a user who comes back signed in.

use crate::helpers::{CART, wait_for_cart};
use e2e::{Browser, HoldingProxy, Journey, RecordPosition, Role, Site, account::SHOPPER, journey};

/// Signs in at a site, and returns what the browser stores of that.
async fn storage_after_sign_in(browser: &Browser, site: Site) -> anyhow::Result<String> {
    browser.sign_in_at(site, SHOPPER).await?;
    Ok(serde_json::to_string(&browser.local_storage().await?)?)
}

/// Opens a page whose wasm is held back, with what a browser stores after a sign-in. The mark stands before that.
async fn come_back(journey: &Journey, site: Site, path: &str, storage: &str) -> anyhow::Result<(HoldingProxy, RecordPosition)> {
    let Journey { deployment, browser } = journey;
    let proxy = HoldingProxy::in_front_of(site).await?;
    // The proxy's port makes it another origin, which has a storage of its own.
    browser.open(&proxy.site(site).url("/login")).await?;
    browser.eval::<()>(&format!("Object.assign(localStorage, {storage})")).await?;
    let start = deployment.record.mark()?;
    browser.open(&proxy.site(site).url(path)).await?;
    Ok((proxy, start))
}

#[tokio::test]
async fn a_page_of_a_signed_in_user_is_asked_for_before_the_wasm_and_once() {
    journey(async |journey| {
        let Journey { deployment, browser } = &*journey;
        let store = storage_after_sign_in(browser, deployment.store()).await?;
        let forums = storage_after_sign_in(browser, deployment.forums()).await?;
        let pages = [
            (deployment.store(), &store, "/cart", CART, "Your cart"),
            (deployment.store(), &store, "/account", "browser -> store GET /api/user Bearer@store => 200", "Your account"),
            (deployment.forums(), &forums, "/", "browser -> forums GET /api/load-posts Bearer@forums => 200", "Posts"),
        ];
        for (site, storage, path, call, heading) in pages {
            let (proxy, start) = come_back(journey, site, path, storage).await?;
            deployment.record.wait_for(start, "request before the wasm", |exchange| exchange.to_string() == call).await?;
            assert!(!browser.has(Role::Heading, heading).await?, "the wasm is held back");
            proxy.release();
            browser.find(Role::Heading, heading).await?;
            browser
                .wait_for("the page's data", "return document.querySelector('main .bone, [aria-busy=true]') === null", Vec::new())
                .await?;
            assert_eq!(deployment.record.calls(start)?, [call], "once");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_the_early_script_the_app_asks() {
    journey(async |journey| {
        let Journey { deployment, browser } = &*journey;
        let storage = storage_after_sign_in(browser, deployment.store()).await?;
        // As where the browser refuses the script: nothing is defined.
        let refuse = serde_json::json!({"source": "Object.defineProperty(globalThis, 'fusionauthEarly', { value: undefined })"});
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", refuse).await?;
        let (proxy, start) = come_back(journey, deployment.store(), "/cart", &storage).await?;
        browser.wait_for("static page", "return document.querySelector('#shell') !== null", Vec::new()).await?;
        assert_eq!(deployment.record.calls(start)?, [""; 0]);
        proxy.release();
        wait_for_cart(browser, 3).await?;
        assert_eq!(deployment.record.calls(start)?, [CART]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_cart_that_came_before_a_sign_out_in_another_tab_is_never_shown() {
    journey(async |journey| {
        let Journey { deployment, browser } = &*journey;
        let storage = storage_after_sign_in(browser, deployment.store()).await?;
        let (proxy, start) = come_back(journey, deployment.store(), "/cart", &storage).await?;
        deployment.record.wait_for(start, "request before the wasm", |exchange| exchange.to_string() == CART).await?;
        // What another tab writes whose user signs out.
        browser
            .eval::<()>(
                "const [key] = Object.keys(localStorage), record = JSON.parse(localStorage[key]);
                 record.epoch.number++;
                 delete record.session;
                 localStorage[key] = JSON.stringify({ ...record, ended: 'user-request' });
                 window.seen = false;
                 const look = () => seen ||= document.querySelector('ul.lines') !== null;
                 new MutationObserver(look).observe(document, { childList: true, subtree: true });",
            )
            .await?;
        proxy.release();
        browser.sign_in_form().await?;
        assert!(!browser.eval::<bool>("return seen").await?, "nobody sees the cart");
        assert_eq!(deployment.record.calls(start)?, [CART]);
        Ok(())
    })
    .await;
}
