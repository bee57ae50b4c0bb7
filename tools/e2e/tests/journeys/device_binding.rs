//! Sign-ins that are bound to the device, in the browser that can do so. A thief with all cookies gets nothing, and the owner notices
//! nothing.
//!
//! These journeys run over https only, because browsers ignore device-bound sessions otherwise.

use crate::helpers::wait_for_cart;
use e2e::{
    ACCESS_TOKEN_LIFE, Browser, Journey, RecordPosition, RecordedExchange, Role, Setup, StoredCookie, Workflow, account::SHOPPER,
    journey_in, workflows_of,
};
use std::time::Duration;

/// The server's default lifetime of the bound cookie, and some time for clocks that differ. An access token lives shorter.
const BOUND_COOKIE_LIFE: Duration = Duration::from_secs(10 * 60 + 60);

const BOUND_COOKIE: &str = "storefront_device_bound";
const REFRESH: &str = "/api/device-key/refresh";

/// The paths of the cart's page, and of the request that needs a sign-in.
fn cart(workflow: Workflow) -> (&'static str, &'static str) {
    if workflow == Workflow::SpaBackend { ("/cart", "/api/load-shopping-cart") } else { ("/shopping-cart", "/shopping-cart") }
}

fn refreshes(journey: &Journey, since: RecordPosition) -> anyhow::Result<usize> {
    Ok(journey.deployment.record.since(since)?.iter().filter(|it| it.path == REFRESH && it.status() == Some(200)).count())
}

/// Sends the cookies of another client and of another browser. Neither may get the cart or a cookie of a sign-in.
async fn assert_open_nothing(journey: &Journey, thief: &Browser, workflow: Workflow, stolen: &[StoredCookie]) -> anyhow::Result<()> {
    let Journey { deployment, .. } = journey;
    let (store, (page, private)) = (deployment.store(), cart(workflow));
    let lines: Vec<String> = stolen.iter().map(|it| format!("{}={}", it.name, it.value)).collect();
    let answer = deployment.attacker().get(private, &lines).await?;
    assert_eq!(answer.status, if workflow == Workflow::SpaBackend { 401 } else { 302 }, "{workflow:?}");
    assert!(answer.cookies.iter().all(|it| it.contains("storefront_flash=")), "{workflow:?}: a refusal changes no cookie of a sign-in");

    thief.take_cookies(store, stolen).await?;
    thief.open(&store.url(page)).await?;
    thief.sign_in_form().await?;
    assert!(!thief.text().await?.contains("Enamel mug"), "{workflow:?}");
    thief.leave().await
}

#[tokio::test]
async fn a_thief_with_all_cookies_opens_nothing_and_the_owner_notices_nothing() {
    for workflow in workflows_of([Workflow::SpaBackend, Workflow::WebappJwt, Workflow::WebappSession]) {
        journey_in(Setup::of(workflow).with_device_binding(), async |journey| {
            let journey = &*journey;
            journey.on_another_device(async |thief| steal(journey, thief, workflow).await).await
        })
        .await;
    }
}

async fn steal(journey: &Journey, thief: &Browser, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let (store, (page, _)) = (deployment.store(), cart(workflow));
    for status in ["404", "401"] {
        browser.tolerate("/api/user", status); // while nobody is signed in
    }
    let start = deployment.record.mark()?;
    browser.sign_in_at(store, SHOPPER).await?;
    browser.wait_for_path(page).await?;
    let registered = |it: &RecordedExchange| it.path == "/api/device-key" && it.status() == Some(200);
    deployment.record.wait_for(start, "registration of a key", registered).await?;
    browser.wait_for_cookie_at(store, BOUND_COOKIE).await?;
    browser.leave().await?; // because a request that the idle page sends without the bound cookie would refresh it too early

    // Without the bound cookie the others are useless even while the bound cookie is valid. An access token is accepted until it expires.
    let stolen = browser.cookies_at(store).await?;
    let (bound, others): (Vec<_>, Vec<_>) = stolen.into_iter().partition(|it| it.name == BOUND_COOKIE);
    journey.advance(ACCESS_TOKEN_LIFE).await?;
    assert_open_nothing(journey, thief, workflow, &others).await?;

    let stolen: Vec<_> = others.into_iter().chain(bound).collect();
    journey.advance(BOUND_COOKIE_LIFE - ACCESS_TOKEN_LIFE).await?;
    browser.delete_cookie_at(store, BOUND_COOKIE).await?;
    assert_open_nothing(journey, thief, workflow, &stolen).await?;

    let start = deployment.record.mark()?;
    browser.open(&store.url(page)).await?;
    wait_for_cart(browser, 3).await?;
    assert_eq!(refreshes(journey, start)?, 1, "{workflow:?}: the browser refreshes its cookie once, and the page waits for it");
    browser.wait_for_cookie_at(store, BOUND_COOKIE).await?;
    assert_open_nothing(journey, thief, workflow, &stolen).await?;
    browser.reload().await?;
    wait_for_cart(browser, 3).await?;

    // The browser asks once more after the sign-out, learns that the sign-in has ended, and forgets the key.
    let start = deployment.record.mark()?;
    browser.click(Role::Button, "Sign out").await?;
    browser.sign_in_form().await?;
    deployment.record.wait_for(start, "sign-out", |it| it.path.ends_with("/logout") && it.status().is_some()).await?;
    browser.open(&store.url(page)).await?;
    browser.sign_in_form().await?;
    deployment.record.wait_for(start, "refresh after the sign-out", |it| it.path == REFRESH && it.status() == Some(200)).await?;
    let ended = deployment.record.mark()?;
    browser.open(&store.url(page)).await?;
    browser.sign_in_form().await?;
    assert_eq!(refreshes(journey, ended)?, 0, "{workflow:?}: the sign-out has ended the key");
    assert!(browser.cookies_at(store).await?.iter().all(|it| it.name != BOUND_COOKIE));
    Ok(())
}
