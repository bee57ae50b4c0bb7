//! Records the ending of the three workflows in which the backend sets the cookies, with sign-ins that are bound to devices, and compares it
//! with the diagrams in docs/workflows. These tests run over https only, because browsers ignore device-bound sessions otherwise.

use crate::recording::{DEVICE_BOUND_ENDING, WorkflowRecording};
use crate::scenarios::{see_cart, sign_in};
use e2e::{Journey, RecordedExchange, Role, Setup, Workflow, journey_in};
use std::time::Duration;

const BOUND_COOKIE: &str = "storefront_device_bound";

/// The server's default lifetime of the bound cookie, and its allowance for clocks that differ. An access token lives shorter.
const BOUND_COOKIE_LIFE: Duration = Duration::from_secs(11 * 60);

#[tokio::test]
async fn spa_backend() {
    draw(Setup::of(Workflow::SpaBackend), Workflow::SpaBackend).await;
}

#[tokio::test]
async fn webapp_jwt() {
    draw(Setup::of(Workflow::WebappJwt).without_script(), Workflow::WebappJwt).await;
}

#[tokio::test]
async fn webapp_session() {
    draw(Setup::of(Workflow::WebappSession).without_script(), Workflow::WebappSession).await;
}

async fn draw(setup: Setup, workflow: Workflow) {
    let mut recording = WorkflowRecording::with_device_binding(workflow);
    journey_in(setup.with_device_binding(), async |journey| theft(journey, &mut recording, workflow).await).await;
    recording.compare();
}

async fn theft(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/user", "404"); // while nobody is signed in
    let (store, is_app) = (deployment.store(), workflow == Workflow::SpaBackend);
    let (private, refused) = if is_app { ("/api/load-shopping-cart", 401) } else { ("/shopping-cart", 302) };
    let start = deployment.record.mark()?;
    let phase = recording.begin(deployment, DEVICE_BOUND_ENDING)?;
    sign_in(journey).await?;
    let is_registered = |it: &RecordedExchange| it.path == "/api/device-key" && it.status() == Some(200);
    deployment.record.wait_for(start, "registration of a key", is_registered).await?;
    browser.wait_for_cookie_at(store, BOUND_COOKIE).await?;
    if is_app {
        browser.click(Role::Link, "Products").await?;
        browser.wait_for_text("Enamel mug").await?;
    }
    let stolen: Vec<String> = browser.cookies_at(store).await?.iter().map(|it| format!("{}={}", it.name, it.value)).collect();
    journey.advance(BOUND_COOKIE_LIFE).await?;
    browser.delete_cookie_at(store, BOUND_COOKIE).await?;
    assert_eq!(deployment.attacker().get(private, &stolen).await?.status, refused);

    let start = deployment.record.mark()?;
    if is_app {
        // The link's name ends with the number of items.
        let cart = browser.named(Role::Link, "Cart").await?;
        browser.click(Role::Link, &cart).await?;
    } else {
        browser.open(&store.url(private)).await?;
    }
    see_cart(browser).await?;
    // The app shows the cart that it has read before, and reads it again.
    deployment.record.wait_for(start, "cart", |it| it.path == private).await?;
    assert_eq!(deployment.attacker().get(private, &stolen).await?.status, refused);
    recording.end(deployment, phase).await?;
    see_flows(journey).await
}

/// The page for developers draws the registration and the refresh, too.
async fn see_flows(Journey { deployment, browser }: &Journey) -> anyhow::Result<()> {
    browser.open(&deployment.developers_url("/flows")).await?;
    browser.wait_for("phases", "return document.querySelectorAll('#picture details').length > 0", Vec::new()).await?;
    browser.eval::<()>("document.querySelectorAll('#picture details').forEach(it => { it.open = true; })").await?;
    for request in ["POST /api/device-key", "POST /api/device-key/refresh"] {
        let is_drawn = "return [...document.querySelectorAll('#picture .request code')].some(it => it.innerText === arguments[0])";
        browser.wait_for(request, is_drawn, vec![request.into()]).await?;
    }
    Ok(())
}
