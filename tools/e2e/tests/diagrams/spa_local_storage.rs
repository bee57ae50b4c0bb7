//! Records the messages of `spa-local-storage` phase by phase, and compares them with the diagrams in docs/workflows. A phase is one
//! diagram, such as "Signing in". The JWT is in local storage, the refresh token in FusionAuth's cookie.

use crate::recording::WorkflowRecording;
use crate::scenarios::{
    beside_the_forums, leave_until_the_jwt_expires, see_cart, see_posts, sign_in, sign_out_and_wait_for_the_event, submit,
};
use anyhow::Context;
use e2e::{
    Application, FusionAuthCookies, Journey, Role, Setup, Workflow,
    account::{SHOPPER, SHOPPER_ID},
    journey_in,
};

#[tokio::test]
async fn spa_local_storage() {
    // The published steps begin with a request for the page, which the service worker would answer from its cache.
    let setup = Setup::of(Workflow::SpaLocalStorage).with_flags(&["--service-worker", "off"]);
    let mut recording = WorkflowRecording::of(Workflow::SpaLocalStorage);
    journey_in(setup, async |journey| {
        store(journey, &mut recording).await?;
        attacks(journey, &mut recording).await?;
        forums(journey, &mut recording).await
    })
    .await;
    journey_in(setup, async |journey| expired(journey, &mut recording).await).await;
    journey_in(setup, async |journey| refresh_refused(journey, &mut recording).await).await;
    journey_in(setup, async |journey| displaced(journey, &mut recording).await).await;
    let per_application = setup.with_fusionauth_cookies(FusionAuthCookies::PerApplication);
    journey_in(per_application, async |journey| {
        leave_until_the_jwt_expires(journey).await?;
        beside_the_forums(journey, &mut recording).await
    })
    .await;
    journey_in(setup, async |journey| ended_theft(journey, &mut recording).await).await;
    journey_in(setup, async |journey| one_time_use(journey, &mut recording).await).await;
    recording.compare();
}

async fn store(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let phase = recording.begin(deployment, "Opening the Store")?;
    let start = deployment.record.mark()?;
    browser.open(&deployment.store().url("/")).await?;
    browser.wait_for_text("Enamel mug").await?;
    // The page shows the products that are in it before it has them from the API.
    deployment.record.wait_for(start, "products", |it| it.path == "/api/products").await?;
    assert!(browser.local_storage().await?.is_empty());
    browser.click(Role::Link, "Cart").await?;
    browser.sign_in_form().await?;
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "Signing in")?;
    submit(browser).await?;
    see_cart(browser).await?;
    assert_eq!(browser.local_storage().await?.len(), 1);
    recording.end(deployment, phase).await
}

async fn attacks(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let attacker = deployment.attacker();
    let phase = recording.begin(deployment, "Attack: a stolen refresh token")?;
    let token = attacker.refresh(&browser.auth_cookie("refresh_token").await?).await?;
    assert_eq!(attacker.cart(&token).await?.0, 200);
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "Attack: a stolen JWT")?;
    assert_eq!(attacker.cart(&browser.auth_cookie("access_token").await?).await?.0, 200);
    recording.end(deployment, phase).await
}

async fn forums(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let phase = recording.begin(deployment, "Opening the Forums")?;
    browser.open(&deployment.forums().url("/")).await?;
    browser.wait_for_path("/login?next=%2F").await?;
    assert!(browser.local_storage().await?.is_empty(), "the Forums must have their own local storage");
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "Signing in at the Forums displaces the Store")?;
    submit(browser).await?;
    see_posts(browser).await?;
    recording.end(deployment, phase).await
}

async fn expired(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    leave_until_the_jwt_expires(journey).await?;
    let Journey { deployment, browser } = journey;
    let phase = recording.begin(deployment, "What stops a stolen JWT: its end")?;
    assert_eq!(deployment.attacker().cart(&browser.auth_cookie("access_token").await?).await?.0, 401);
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "The JWT has expired")?;
    browser.open(&deployment.store().url("/cart")).await?;
    see_cart(browser).await?;
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "Signing out")?;
    browser.click(Role::Button, "Sign out").await?;
    browser.sign_in_form().await?;
    recording.end(deployment, phase).await
}

async fn refresh_refused(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    leave_until_the_jwt_expires(journey).await?;
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/jwt/refresh", "400");
    deployment.admin().revoke_sessions(SHOPPER_ID).await?;
    let phase = recording.begin(deployment, "What stops a stolen refresh token: revocation")?;
    assert!(deployment.attacker().refresh(&browser.auth_cookie("refresh_token").await?).await.is_err());
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "The refresh token has ended, too")?;
    browser.open(&deployment.store().url("/cart")).await?;
    browser.wait_for_text("Your session has ended").await?;
    recording.end(deployment, phase).await
}

async fn displaced(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    leave_until_the_jwt_expires(journey).await?;
    let Journey { deployment, browser } = journey;
    browser.sign_in_at(deployment.forums(), SHOPPER).await?;
    see_posts(browser).await?;
    let phase = recording.begin(deployment, "The Store afterwards")?;
    browser.open(&deployment.store().url("/cart")).await?;
    browser.wait_for_text("Another sign-in in this browser").await?;
    recording.end(deployment, phase).await
}

async fn ended_theft(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    deployment.admin().send_events_to(deployment.store()).await?;
    sign_in(journey).await?;
    let (attacker, stolen) = (deployment.attacker(), browser.auth_cookie("access_token").await?);
    assert_eq!(attacker.cart(&stolen).await?.0, 200);
    let phase = recording.begin(deployment, "What stops a stolen JWT: a webhook")?;
    sign_out_and_wait_for_the_event(journey).await?;
    assert_eq!(attacker.cart(&stolen).await?.0, 401);
    recording.end(deployment, phase).await
}

async fn one_time_use(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    deployment.admin().use_refresh_tokens_once(Application::Store).await?;
    deployment.admin().revoke_on_reuse().await?;
    leave_until_the_jwt_expires(journey).await?;
    browser.tolerate("/api/jwt/refresh", "400");
    let attacker = deployment.attacker();
    let phase = recording.begin(deployment, "What stops a stolen refresh token: one-time use")?;
    let response = attacker.ask_for_tokens(&browser.auth_cookie("refresh_token").await?).await?;
    let next = response.cookie("refresh_token").context("FusionAuth gave the attacker no new refresh token")?.to_owned();
    browser.open(&deployment.store().url("/cart")).await?;
    browser.wait_for_text("Your session has ended").await?;
    assert_eq!(attacker.ask_for_tokens(&next).await?.status, 400, "FusionAuth must refuse the attacker's new refresh token, too");
    recording.end(deployment, phase).await
}
