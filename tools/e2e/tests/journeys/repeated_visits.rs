//! Visits after the first. The service worker has stored the app, so the app starts without the network. If the service worker finds a new
//! release during a visit, it stores the release for the next visit. An operator can switch the service worker off.

use crate::helpers::{wait_for_cart, wait_for_font};
use anyhow::ensure;
use e2e::{Browser, Journey, Role, account::SHOPPER, journey};
use serde_json::json;

/// Signs the shopper in, and waits until the service worker has stored the app, and until the page has loaded its last file, so that no
/// request meets a server that the journey stops.
async fn visit(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.sign_in_at(deployment.store(), SHOPPER).await?;
    wait_for_cart(browser, 3).await?;
    wait_for_font(browser).await?;
    browser.wait_for("kept page", "return caches.match('/index.html').then(page => !!page)", Vec::new()).await
}

/// The contact in the configuration of the page that the browser shows.
async fn contact(browser: &Browser) -> anyhow::Result<Option<String>> {
    browser.eval("return JSON.parse(document.getElementById('storefront-config').textContent).contact ?? null").await
}

#[tokio::test]
async fn a_repeated_visit_starts_without_the_network() {
    journey(async |journey| {
        visit(journey).await?;
        let Journey { deployment, browser } = journey;
        for path in ["/api/", "/assets/", ".wasm", "service_worker.js"] {
            browser.tolerate(path, "ERR_");
        }
        deployment.stop_server().await?;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.alert().await?;
        ensure!(browser.has(Role::Button, "Sign out").await?, "the user must still be signed in");
        deployment.start_server().await?;
        browser.click(Role::Button, "Try again").await?;
        wait_for_cart(browser, 3).await?;

        let kept: Vec<String> = browser
            .eval(
                "return caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(it => it.keys()))))
                    .then(releases => releases.flat().map(request => new URL(request.url).pathname))",
            )
            .await?;
        ensure!(kept.iter().any(|path| path.ends_with(".wasm")), "the service worker must store the program: {kept:?}");
        let is_of_the_build = |path: &String| path == "/index.html" || path.rsplit_once('-').is_some_and(|(_, end)| end.len() > 16);
        ensure!(
            kept.iter().all(is_of_the_build) && !kept.iter().any(|path| path.starts_with("/api")),
            "the service worker may only store files of the build: {kept:?}"
        );

        // Chromium requests /favicon.ico for a document that is not HTML.
        browser.tolerate("/favicon.ico", "404");
        browser.open(&deployment.store().url("/livez")).await?;
        let text: String = browser.eval("return document.body.innerText.trim()").await?;
        ensure!(text == "ok", "the server must answer, because this URL is no page of the app");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_new_release_is_shown_at_the_visit_after_it_was_found() {
    journey(async |journey| {
        visit(journey).await?;
        let Journey { deployment, browser } = journey;
        let cart = deployment.store().url("/cart");
        deployment.stop_server().await?;
        // The contact is part of the page, so another contact changes the page, as a new release does.
        deployment.start_server_with(&["--contact", "help@example.com"]).await?;
        browser.open(&cart).await?;
        wait_for_cart(browser, 3).await?;
        ensure!(contact(browser).await?.as_deref() != Some("help@example.com"), "the browser must show the stored page first");
        let found = "return caches.keys().then(names => names.length === 2 && caches.open(names[1]).then(it => it.match('/index.html')).then(page => !!page))";
        browser.wait_for("kept new page", found, Vec::new()).await?;
        browser.open(&cart).await?;
        wait_for_cart(browser, 3).await?;
        ensure!(contact(browser).await?.as_deref() == Some("help@example.com"), "the browser must show the new page");
        Ok(())
    })
    .await;
}

/// A script that delays the registration of a service worker until no other is registered, as on a slow device.
const REGISTER_LATE: &str = "
    const register = ServiceWorkerContainer.prototype.register;
    ServiceWorkerContainer.prototype.register = async function (...options) {
      while ((await this.getRegistrations()).length) await new Promise(done => setTimeout(done, 20));
      return register.apply(this, options);
    };";

#[tokio::test]
async fn an_operator_can_switch_the_service_worker_off() {
    journey(async |journey| {
        visit(journey).await?;
        let Journey { deployment, browser } = journey;
        let cart = deployment.store().url("/cart");
        deployment.stop_server().await?;
        deployment.start_server_with(&["--service-worker", "off"]).await?;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": REGISTER_LATE})).await?;
        // This page is a stored one.
        browser.open(&cart).await?;
        wait_for_cart(browser, 3).await?;
        browser.wait_for("browser without a stored page", "return caches.match('/index.html').then(page => !page)", Vec::new()).await?;
        browser.open(&cart).await?;
        wait_for_cart(browser, 3).await?;
        ensure!(
            browser.eval::<bool>("return !document.getElementById('boot').dataset.serviceWorker").await?,
            "the page must come from the server"
        );
        let gone = "return Promise.all([navigator.serviceWorker.getRegistrations(), caches.keys()]).then(all => all.flat().length === 0)";
        browser.wait_for("browser that keeps nothing", gone, Vec::new()).await?;
        browser.open(&cart).await?;
        wait_for_cart(browser, 3).await?;
        ensure!(browser.eval::<bool>("return !navigator.serviceWorker.controller").await?, "no service worker must be left");
        browser.wait_for("browser that keeps nothing", gone, Vec::new()).await
    })
    .await;
}
