//! Records the messages of the two server-rendered workflows phase by phase, and compares them with the diagrams in docs/workflows. A
//! phase is one diagram, such as "Signing in". The browser runs no scripts.

use crate::recording::WorkflowRecording;
use crate::scenarios::{forget, leave_until_the_jwt_expires, see_cart, see_posts, sign_in, sign_out_and_wait_for_the_event, submit};
use e2e::{Journey, Role, SESSION_IDLE, Setup, Workflow, account::SHOPPER_ID, journey_in};

#[tokio::test]
async fn webapp_jwt() {
    draw_workflow(Workflow::WebappJwt).await;
}

#[tokio::test]
async fn webapp_session() {
    draw_workflow(Workflow::WebappSession).await;
}

async fn draw_workflow(workflow: Workflow) {
    let mut recording = WorkflowRecording::of(workflow);
    let setup = Setup::of(workflow).without_script();
    journey_in(setup, async |journey| {
        store(journey, &mut recording, workflow).await?;
        forums(journey, &mut recording).await?;
        sign_out(journey, &mut recording, workflow).await
    })
    .await;
    journey_in(setup, async |journey| expiry(journey, &mut recording, workflow).await).await;
    journey_in(setup.with_flags(&["--refresh-invalid-jwt"]), async |journey| as_published(journey, &mut recording, workflow).await).await;
    if workflow == Workflow::WebappJwt {
        journey_in(setup, async |journey| ended_theft(journey, &mut recording).await).await;
    }
    recording.compare();
}

async fn store(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let phase = recording.begin(deployment, "Opening the Store")?;
    browser.open(&deployment.store().url("/")).await?;
    browser.find(Role::Heading, "Products").await?;
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "Signing in")?;
    browser.click(Role::Link, "Sign in").await?;
    submit(browser).await?;
    see_cart(browser).await?;
    recording.end(deployment, phase).await?;

    let title = if workflow == Workflow::WebappSession { "Attack: a stolen session id" } else { "Attack: a stolen JWT" };
    let phase = recording.begin(deployment, title)?;
    let response = deployment.attacker().get("/shopping-cart", &[stolen(journey, credential(workflow)).await?]).await?;
    assert!(response.body.contains("Enamel mug"), "the attacker must get the victim's cart");
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "What stops a stolen refresh token: the backend’s default")?;
    let response = deployment.attacker().get("/shopping-cart", &with_bad_credential(journey, workflow).await?).await?;
    assert!(!response.body.contains("Enamel mug"));
    recording.end(deployment, phase).await
}

async fn forums(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let phase = recording.begin(deployment, "Opening the Forums")?;
    browser.open(&deployment.forums().url("/")).await?;
    browser.find(Role::Link, "Sign in").await?;
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "Signing in at the Forums")?;
    browser.click(Role::Link, "Sign in").await?;
    submit(browser).await?;
    see_posts(browser).await?;
    recording.end(deployment, phase).await
}

async fn sign_out(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/shopping-cart")).await?;
    see_cart(browser).await?;
    let session = stolen(journey, credential(workflow)).await?;
    let title = match workflow {
        Workflow::WebappSession => "What stops a stolen session id: signing out",
        _ => "Signing out",
    };
    let phase = recording.begin(deployment, title)?;
    browser.click(Role::Button, "Sign out").await?;
    browser.wait_for_text("You are signed out.").await?;
    if workflow == Workflow::WebappSession {
        assert_eq!(deployment.attacker().get("/shopping-cart", &[session]).await?.status, 302);
    }
    recording.end(deployment, phase).await
}

async fn ended_theft(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, .. } = journey;
    deployment.admin().send_events_to(deployment.store()).await?;
    sign_in(journey).await?;
    let (attacker, stolen) = (deployment.attacker(), [stolen(journey, "storefront_jwt").await?]);
    assert_eq!(attacker.get("/shopping-cart", &stolen).await?.status, 200);
    let phase = recording.begin(deployment, "What stops a stolen JWT: a webhook")?;
    sign_out_and_wait_for_the_event(journey).await?;
    assert_eq!(attacker.get("/shopping-cart", &stolen).await?.status, 302);
    recording.end(deployment, phase).await
}

/// Opens the cart when the JWT or the session has expired: first with a valid refresh token, then with a revoked refresh token.
async fn expiry(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    leave_until_over(journey, workflow).await?;
    if workflow == Workflow::WebappJwt {
        let phase = recording.begin(deployment, "What stops a stolen JWT: its end")?;
        assert_eq!(deployment.attacker().get("/shopping-cart", &[stolen(journey, "storefront_jwt").await?]).await?.status, 302);
        recording.end(deployment, phase).await?;
    }
    let title = if workflow == Workflow::WebappSession { "The session has expired" } else { "The JWT has expired" };
    let phase = recording.begin(deployment, title)?;
    browser.open(&deployment.store().url("/shopping-cart")).await?;
    see_cart(browser).await?;
    recording.end(deployment, phase).await?;

    forget(browser, &[deployment.store()]).await?;
    leave_until_over(journey, workflow).await?;
    deployment.admin().revoke_sessions(SHOPPER_ID).await?;
    let phase = recording.begin(deployment, "The refresh token has ended, too")?;
    browser.open(&deployment.store().url("/shopping-cart")).await?;
    browser.wait_for_text("Your session has ended").await?;
    recording.end(deployment, phase).await
}

/// Attacks a backend that follows FusionAuth's published workflow: it renews the sign-in even if the JWT or the session id is invalid, and
/// not only if it has expired.
async fn as_published(journey: &Journey, recording: &mut WorkflowRecording, workflow: Workflow) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    sign_in(journey).await?;
    deployment.admin().revoke_sessions(SHOPPER_ID).await?;
    let phase = recording.begin(deployment, "What stops a stolen refresh token: revocation")?;
    assert_eq!(deployment.attacker().get("/shopping-cart", &with_bad_credential(journey, workflow).await?).await?.status, 302);
    recording.end(deployment, phase).await?;

    forget(browser, &[deployment.store()]).await?;
    sign_in(journey).await?;
    let phase = recording.begin(deployment, "Attack: a stolen refresh token, as published")?;
    let response = deployment.attacker().get("/shopping-cart", &with_bad_credential(journey, workflow).await?).await?;
    assert!(response.body.contains("Enamel mug"), "the attacker must get the victim's cart");
    recording.end(deployment, phase).await
}

async fn leave_until_over(journey: &Journey, workflow: Workflow) -> anyhow::Result<()> {
    if workflow == Workflow::WebappJwt {
        return leave_until_the_jwt_expires(journey).await;
    }
    sign_in(journey).await?;
    journey.browser.leave().await?;
    journey.advance(SESSION_IDLE).await
}

/// The name of the cookie with the JWT or the session id.
fn credential(workflow: Workflow) -> &'static str {
    if workflow == Workflow::WebappSession { "storefront_session" } else { "storefront_jwt" }
}

/// The shopper's cookie at the Store, as `name=value`.
async fn stolen(journey: &Journey, name: &str) -> anyhow::Result<String> {
    Ok(format!("{name}={}", journey.browser.cookie_at(journey.deployment.store(), name).await?))
}

/// Cookies with the shopper's refresh token and an invalid JWT or session id, as `name=value`.
async fn with_bad_credential(journey: &Journey, workflow: Workflow) -> anyhow::Result<[String; 2]> {
    Ok([format!("{}=bad", credential(workflow)), stolen(journey, "storefront_refresh_token").await?])
}
