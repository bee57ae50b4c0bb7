//! Users of browsers without device-bound sessions, at sites that offer them. The browsers ignore the offer, and the users sign in, come back
//! after an hour, and sign out as at other sites.
//!
//! These journeys run over https only, because the server makes the offer only there.

use anyhow::Context;
use e2e::{
    Deployment, Engine, EngineBrowser, Setup, Submit, Workflow,
    account::{PASSWORD, SHOPPER},
};
use std::time::Duration;

/// Longer than an access token, a session and a bound cookie live.
const AN_HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn an_offer_changes_nothing_in_firefox() {
    ignore_the_offer(Engine::Firefox).await;
}

#[tokio::test]
async fn an_offer_changes_nothing_in_webkit() {
    ignore_the_offer(Engine::WebKit).await;
}

async fn ignore_the_offer(engine: Engine) {
    // `cargo xtask test` prints which engines are missing.
    if !engine.is_installed() {
        return;
    }
    for workflow in [Workflow::SpaBackend, Workflow::WebappJwt, Workflow::WebappSession] {
        let deployment = Deployment::start(Setup::of(workflow).with_device_binding()).await.unwrap();
        let browser = EngineBrowser::start(engine, deployment.folder()).await.unwrap();
        let outcome = use_the_store(&deployment, &browser, workflow).await.with_context(|| format!("{engine:?}, {workflow:?}"));
        browser.quit().await;
        outcome.unwrap();
    }
}

async fn use_the_store(deployment: &Deployment, browser: &EngineBrowser, workflow: Workflow) -> anyhow::Result<()> {
    let is_app = workflow == Workflow::SpaBackend;
    let page = deployment.store().url(if is_app { "/cart" } else { "/shopping-cart" });
    let cart = "return document.querySelectorAll('main input[type=number], main [role=spinbutton]').length === 3";
    // The app replaces the form of the static page, which is outside of `#app`.
    let place = if is_app { "#app" } else { "main" };
    let form = &format!("return document.querySelector('{place} form [type=password]') !== null");
    browser.open(&deployment.store().url("/login")).await?;
    browser.wait_for("form", form).await?;
    browser.type_into("username", SHOPPER).await?;
    browser.type_into("current-password", PASSWORD).await?;
    browser.submit(Submit::Button, [SHOPPER, PASSWORD]).await?;
    browser.wait_for("cart", cart).await?;

    let signed_in = deployment.record.mark()?;
    deployment.advance(AN_HOUR).await?;
    browser.open(&page).await?;
    let renewed = |it: &e2e::RecordedExchange| it.path == "/api/jwt/refresh" && it.status() == Some(200);
    deployment.record.wait_for(signed_in, "renewal", renewed).await?;
    browser.wait_for("cart", cart).await?;

    let script = "[...document.querySelectorAll('button')].find(it => it.innerText.trim() === 'Sign out').click(); return true";
    browser.wait_for("button", script).await?;
    browser.wait_for("form", form).await?;
    let calls = deployment.record.calls(deployment.record.start())?;
    assert!(calls.iter().all(|it| !it.contains("/api/device-key")), "{calls:#?}");
    Ok(())
}
