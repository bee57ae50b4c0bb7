//! The flagship: the JWT in local storage, the refresh token in FusionAuth's cookie.

use crate::recording::WorkflowRecording;
use crate::scenarios::{leave_until_the_jwt_is_over, see_cart, see_posts, submit};
use anyhow::Context;
use e2e::{
    Application, Journey, Role, Setup, Workflow,
    account::{SHOPPER, SHOPPER_ID},
    journey_in,
};

#[tokio::test]
async fn spa_local_storage() {
    let setup = Setup::of(Workflow::SpaLocalStorage);
    let mut recording = WorkflowRecording::of(Workflow::SpaLocalStorage);
    journey_in(setup, async |journey| {
        store(journey, &mut recording).await?;
        attacks(journey, &mut recording).await?;
        forums(journey, &mut recording).await
    })
    .await;
    journey_in(setup, async |journey| expired(journey, &mut recording).await).await;
    journey_in(setup, async |journey| over(journey, &mut recording).await).await;
    journey_in(setup, async |journey| displaced(journey, &mut recording).await).await;
    journey_in(setup, async |journey| one_time_use(journey, &mut recording).await).await;
    recording.compare();
}

async fn store(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    let phase = recording.begin(world, "Opening the Store")?;
    browser.open(&world.store().url("/")).await?;
    browser.wait_for_text("Enamel mug").await?;
    assert!(browser.local_storage().await?.is_empty());
    browser.click(Role::Link, "Cart").await?;
    browser.sign_in_form().await?;
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "Signing in")?;
    submit(browser).await?;
    see_cart(browser).await?;
    assert_eq!(browser.local_storage().await?.len(), 1);
    recording.end(world, phase).await
}

async fn attacks(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    let attacker = world.attacker();
    let phase = recording.begin(world, "Attack: a stolen refresh token")?;
    let token = attacker.refresh(&browser.auth_cookie("refresh_token").await?).await?;
    assert_eq!(attacker.cart(&token).await?.0, 200);
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "Attack: a stolen JWT")?;
    assert_eq!(attacker.cart(&browser.auth_cookie("access_token").await?).await?.0, 200);
    recording.end(world, phase).await
}

async fn forums(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    let phase = recording.begin(world, "Opening the Forums")?;
    browser.open(&world.forums().url("/")).await?;
    browser.wait_for_path("/login?next=%2F").await?;
    assert!(browser.local_storage().await?.is_empty(), "not shared");
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "Signing in at the Forums displaces the Store")?;
    submit(browser).await?;
    see_posts(browser).await?;
    recording.end(world, phase).await
}

async fn expired(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    leave_until_the_jwt_is_over(journey).await?;
    let Journey { world, browser } = journey;
    let phase = recording.begin(world, "What stops a stolen JWT: its end")?;
    assert_eq!(world.attacker().cart(&browser.auth_cookie("access_token").await?).await?.0, 401);
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "The JWT has expired")?;
    browser.open(&world.store().url("/cart")).await?;
    see_cart(browser).await?;
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "Signing out")?;
    browser.click(Role::Button, "Sign out").await?;
    browser.sign_in_form().await?;
    recording.end(world, phase).await
}

async fn over(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    leave_until_the_jwt_is_over(journey).await?;
    let Journey { world, browser } = journey;
    browser.tolerate("/api/jwt/refresh", "400");
    world.admin().revoke_sessions(SHOPPER_ID).await?;
    let phase = recording.begin(world, "What stops a stolen refresh token: revocation")?;
    assert!(world.attacker().refresh(&browser.auth_cookie("refresh_token").await?).await.is_err());
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "The refresh token has ended, too")?;
    browser.open(&world.store().url("/cart")).await?;
    browser.wait_for_text("Your session has ended").await?;
    recording.end(world, phase).await
}

async fn displaced(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    leave_until_the_jwt_is_over(journey).await?;
    let Journey { world, browser } = journey;
    browser.sign_in_at(world.forums(), SHOPPER).await?;
    see_posts(browser).await?;
    let phase = recording.begin(world, "The Store afterwards")?;
    browser.open(&world.store().url("/cart")).await?;
    browser.wait_for_text("because of another sign-in").await?;
    recording.end(world, phase).await
}

async fn one_time_use(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    world.admin().use_refresh_tokens_once(Application::Store).await?;
    world.admin().revoke_on_reuse().await?;
    leave_until_the_jwt_is_over(journey).await?;
    browser.tolerate("/api/jwt/refresh", "400");
    let attacker = world.attacker();
    let phase = recording.begin(world, "What stops a stolen refresh token: one-time use")?;
    let response = attacker.ask_for_tokens(&browser.auth_cookie("refresh_token").await?).await?;
    let next = response.cookie("refresh_token").context("the thief was faster")?.to_owned();
    browser.open(&world.store().url("/cart")).await?;
    browser.wait_for_text("Your session has ended").await?;
    assert_eq!(attacker.ask_for_tokens(&next).await?.status, 400, "neither of them is signed in");
    recording.end(world, phase).await
}
