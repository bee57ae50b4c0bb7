//! The two server-rendered workflows. Their browser runs no script.

use crate::recording::WorkflowRecording;
use crate::scenarios::{forget, leave_until_the_jwt_is_over, see_cart, see_posts, sign_in, submit};
use e2e::wait_out;
use e2e::{Journey, Role, Setup, Workflow, account::SHOPPER_ID, journey_in};

#[tokio::test]
async fn webapp_jwt() {
    drawn(Workflow::WebappJwt).await;
}

#[tokio::test]
async fn webapp_session() {
    drawn(Workflow::WebappSession).await;
}

/// After how many seconds without use a session expires where that is waited for.
const SHORT_IDLE: u32 = 3;

async fn drawn(workflow: Workflow) {
    let mut recording = WorkflowRecording::of(workflow);
    let setup = Setup::of(workflow).without_script();
    journey_in(setup, async |journey| {
        store(journey, &mut recording, workflow).await?;
        forums(journey, &mut recording).await?;
        sign_out(journey, &mut recording, workflow).await
    })
    .await;
    let short = if workflow == Workflow::WebappSession { setup.with_flags(&["--session-idle", "3"]) } else { setup };
    journey_in(short, async |journey| expiry(journey, &mut recording, workflow).await).await;
    journey_in(setup.with_flags(&["--refresh-invalid-jwt"]), async |journey| as_published(journey, &mut recording, workflow).await).await;
    recording.compare();
}

async fn store(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    let phase = recording.begin(world, "Opening the Store")?;
    browser.open(&world.store().url("/")).await?;
    browser.find(Role::Heading, "Products").await?;
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "Signing in")?;
    browser.click(Role::Link, "Sign in").await?;
    submit(browser).await?;
    see_cart(browser).await?;
    recording.end(world, phase).await?;

    let title = if workflow == Workflow::WebappSession { "Attack: a stolen session id" } else { "Attack: a stolen JWT" };
    let phase = recording.begin(world, title)?;
    let response = world.attacker().get("/shopping-cart", &[stolen(journey, credential(workflow)).await?]).await?;
    assert!(response.body.contains("Enamel mug"), "the victim's cart");
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "What stops a stolen refresh token: the backend’s default")?;
    let response = world.attacker().get("/shopping-cart", &with_bad_credential(journey, workflow).await?).await?;
    assert!(!response.body.contains("Enamel mug"));
    recording.end(world, phase).await
}

async fn forums(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    let phase = recording.begin(world, "Opening the Forums")?;
    browser.open(&world.forums().url("/")).await?;
    browser.find(Role::Link, "Sign in").await?;
    recording.end(world, phase).await?;

    let phase = recording.begin(world, "Signing in at the Forums")?;
    browser.click(Role::Link, "Sign in").await?;
    submit(browser).await?;
    see_posts(browser).await?;
    recording.end(world, phase).await
}

async fn sign_out(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    browser.open(&world.store().url("/shopping-cart")).await?;
    see_cart(browser).await?;
    let session = stolen(journey, credential(workflow)).await?;
    let title = match workflow {
        Workflow::WebappSession => "What stops a stolen session id: signing out",
        _ => "Signing out",
    };
    let phase = recording.begin(world, title)?;
    browser.click(Role::Button, "Sign out").await?;
    browser.wait_for_text("You are signed out.").await?;
    if workflow == Workflow::WebappSession {
        assert_eq!(world.attacker().get("/shopping-cart", &[session]).await?.status, 302);
    }
    recording.end(world, phase).await
}

/// An expired credential with a refresh token that is good, and with one that is not.
async fn expiry(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    leave_until_over(journey, workflow).await?;
    if workflow == Workflow::WebappJwt {
        let phase = recording.begin(world, "What stops a stolen JWT: its end")?;
        assert_eq!(world.attacker().get("/shopping-cart", &[stolen(journey, "storefront_jwt").await?]).await?.status, 302);
        recording.end(world, phase).await?;
    }
    let title = if workflow == Workflow::WebappSession { "The session has expired" } else { "The JWT has expired" };
    let phase = recording.begin(world, title)?;
    browser.open(&world.store().url("/shopping-cart")).await?;
    see_cart(browser).await?;
    recording.end(world, phase).await?;

    forget(browser, &[world.store()]).await?;
    leave_until_over(journey, workflow).await?;
    world.admin().revoke_sessions(SHOPPER_ID).await?;
    let phase = recording.begin(world, "The refresh token has ended, too")?;
    browser.open(&world.store().url("/shopping-cart")).await?;
    browser.wait_for_text("Your session has ended").await?;
    recording.end(world, phase).await
}

/// A backend that renews whatever comes with a good refresh token.
async fn as_published(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { world, browser } = journey;
    sign_in(journey).await?;
    world.admin().revoke_sessions(SHOPPER_ID).await?;
    let phase = recording.begin(world, "What stops a stolen refresh token: revocation")?;
    assert_eq!(world.attacker().get("/shopping-cart", &with_bad_credential(journey, workflow).await?).await?.status, 302);
    recording.end(world, phase).await?;

    forget(browser, &[world.store()]).await?;
    sign_in(journey).await?;
    let phase = recording.begin(world, "Attack: a stolen refresh token, as published")?;
    let response = world.attacker().get("/shopping-cart", &with_bad_credential(journey, workflow).await?).await?;
    assert!(response.body.contains("Enamel mug"), "the victim's cart");
    recording.end(world, phase).await
}

async fn leave_until_over(journey: &Journey, workflow: Workflow) -> anyhow::Result<()> {
    if workflow == Workflow::WebappJwt {
        return leave_until_the_jwt_is_over(journey).await;
    }
    sign_in(journey).await?;
    journey.browser.leave().await?;
    wait_out(SHORT_IDLE).await;
    Ok(())
}

/// The cookie that stands for the sign-in.
fn credential(workflow: Workflow) -> &'static str {
    if workflow == Workflow::WebappSession { "storefront_session" } else { "storefront_jwt" }
}

/// A cookie of the shopper's at the Store, as `name=value`.
async fn stolen(journey: &Journey, name: &str) -> anyhow::Result<String> {
    Ok(format!("{name}={}", journey.browser.cookie_at(journey.world.store(), name).await?))
}

/// The shopper's refresh token, and something in the place of the credential that it belongs to.
async fn with_bad_credential(journey: &Journey, workflow: Workflow) -> anyhow::Result<[String; 2]> {
    Ok([format!("{}=bad", credential(workflow)), stolen(journey, "storefront_refresh_token").await?])
}
