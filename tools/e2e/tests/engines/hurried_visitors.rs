//! Visitors use the sign-in form while the app is still loading, in each installed browser engine. Each visitor must reach the cart with
//! one sign-in.
//!
//! The visitors differ in how they submit the form and in when the app starts. The environment variable `HURRIED_VISITORS` sets the number
//! of visitors per engine.

use anyhow::{Context, ensure};
use e2e::{
    Deployment, Engine, EngineBrowser, HoldingProxy, Setup, Submit, Workflow,
    account::{PASSWORD, SHOPPER},
};

/// The default number of visitors: one for each pair of a [`Submit`] and a [`Start`].
const VISITORS: usize = 16;

/// A script that returns whether the app shows the cart. The static page may show a cart earlier, outside of `#app`.
const CART_IS_SHOWN: &str = "return document.querySelectorAll('#app main input[type=number], #app main [role=spinbutton]').length === 3";
const FORM_IS_SHOWN: &str = "return document.querySelector('#login [type=password]') !== null";

/// When the proxy delivers the app's WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    BeforeTyping,
    AfterName,
    AfterPassword,
    AfterSubmit,
}

#[tokio::test]
async fn reach_their_cart_in_chromium() {
    visit(Engine::Chromium).await;
}

#[tokio::test]
async fn reach_their_cart_in_firefox() {
    visit(Engine::Firefox).await;
}

#[tokio::test]
async fn reach_their_cart_in_webkit() {
    visit(Engine::WebKit).await;
}

async fn visit(engine: Engine) {
    // `cargo xtask test` prints which engines are missing.
    if !engine.is_installed() {
        return;
    }
    let visitors = std::env::var("HURRIED_VISITORS").ok().and_then(|it| it.parse().ok()).unwrap_or(VISITORS);
    let mut deployment = Deployment::start(Setup::of(Workflow::SpaLocalStorage)).await.unwrap();
    let browser = EngineBrowser::start(engine, deployment.folder()).await.unwrap();
    let mut outcome = Ok(());
    for visitor in 0..visitors {
        // Each visitor uses another port, and the server makes the page for eight ports at most.
        if visitor % 4 == 0 {
            deployment.stop_server().await.unwrap();
            deployment.start_server().await.unwrap();
        }
        let how = [Submit::Button, Submit::Enter, Submit::Filled, Submit::Twice][visitor % 4];
        let start = [Start::BeforeTyping, Start::AfterName, Start::AfterPassword, Start::AfterSubmit][visitor / 4 % 4];
        outcome = hurry(&deployment, &browser, how, start).await.with_context(|| format!("visitor {visitor}, {how:?}, {start:?}"));
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        outcome = without_fusionauth(&mut deployment, &browser).await.context("without FusionAuth");
    }
    browser.quit().await;
    outcome.unwrap_or_else(|error| panic!("{engine:?}: {error:#}"));
}

async fn hurry(deployment: &Deployment, browser: &EngineBrowser, how: Submit, start: Start) -> anyhow::Result<()> {
    // Each proxy has its own port and so its own origin, for which the browser has stored nothing.
    let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
    let store = proxy.site(deployment.store());
    deployment.allow_origins(&[store]).await?;
    let mark = deployment.record.mark()?;
    let release_at = |moment: Start| {
        if start == moment {
            proxy.release();
        }
    };
    browser.open(&store.url("/cart")).await?;
    browser.wait_for("form", FORM_IS_SHOWN).await?;
    release_at(Start::BeforeTyping);
    if !matches!(how, Submit::Filled) {
        browser.type_into("username", SHOPPER).await?;
    }
    release_at(Start::AfterName);
    if !matches!(how, Submit::Filled) {
        browser.type_into("current-password", PASSWORD).await?;
    }
    release_at(Start::AfterPassword);
    browser.submit(how, [SHOPPER, PASSWORD]).await?;
    release_at(Start::AfterSubmit);
    browser.wait_for("cart", CART_IS_SHOWN).await?;
    let sign_ins = sign_ins(deployment, mark)?;
    ensure!(sign_ins == 1, "{sign_ins} sign-ins instead of one");
    Ok(())
}

/// Checks that a sign-in fails while FusionAuth is stopped, that the form keeps the typed text, and that a second attempt succeeds when
/// FusionAuth runs again.
async fn without_fusionauth(deployment: &mut Deployment, browser: &EngineBrowser) -> anyhow::Result<()> {
    let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
    let store = proxy.site(deployment.store());
    deployment.stop_fusionauth().await?;
    browser.open(&store.url("/cart")).await?;
    browser.wait_for("form", FORM_IS_SHOWN).await?;
    browser.type_into("username", SHOPPER).await?;
    browser.type_into("current-password", PASSWORD).await?;
    browser.submit(Submit::Button, [SHOPPER, PASSWORD]).await?;
    proxy.release();
    browser.wait_for("message", "return document.querySelector('main .summary') !== null").await?;
    ensure!(browser.typed().await? == [SHOPPER, PASSWORD], "the form must still contain the typed text");
    deployment.start_fusionauth().await?;
    deployment.allow_origins(&[store]).await?;
    browser.submit(Submit::Button, [SHOPPER, PASSWORD]).await?;
    browser.wait_for("cart", CART_IS_SHOWN).await
}

fn sign_ins(deployment: &Deployment, mark: e2e::RecordPosition) -> anyhow::Result<usize> {
    Ok(deployment.record.calls(mark)?.iter().filter(|call| call.contains("fusionauth POST /api/login")).count())
}
