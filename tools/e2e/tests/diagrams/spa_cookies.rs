//! Records the messages of `spa-backend` and `spa-shared-domain` phase by phase, and compares them with the diagrams in docs/workflows.
//! A phase is one diagram, such as "Signing in". In both workflows the tokens are in cookies that no script can read.

use crate::recording::WorkflowRecording;
use crate::scenarios::{beside_the_forums, forget, see_cart, see_posts, sign_in, sign_out_and_wait_for_the_event, submit};
use e2e::{Browser, FusionAuthCookies, Journey, Role, Setup, Workflow, account::SHOPPER_ID, journey_in};

#[tokio::test]
async fn spa_backend() {
    let setup = Setup::of(Workflow::SpaBackend);
    let mut recording = WorkflowRecording::of(Workflow::SpaBackend);
    journey_in(setup, async |journey| {
        store(journey, &mut recording).await?;
        stolen_jwt(journey, &mut recording, "storefront_jwt").await?;
        let phase = recording.begin(&journey.deployment, "What stops a stolen refresh token: the backend’s default")?;
        assert_eq!(journey.deployment.attacker().get(CART, &with_bad_jwt(journey).await?).await?.status, 401);
        recording.end(&journey.deployment, phase).await?;
        forums(journey, &mut recording, "Signing in at the Forums").await?;
        journey.browser.open(&journey.deployment.store().url("/cart")).await?;
        sign_out(journey, &mut recording).await
    })
    .await;
    journey_in(setup, async |journey| expired(journey, &mut recording, "storefront_jwt").await).await;
    journey_in(setup, async |journey| ended_theft(journey, &mut recording, "storefront_jwt").await).await;
    journey_in(setup, async |journey| refresh_refused(journey, &mut recording).await).await;
    journey_in(setup.with_flags(&["--refresh-invalid-jwt"]), async |journey| as_published(journey, &mut recording).await).await;
    recording.compare();
}

#[tokio::test]
async fn spa_shared_domain() {
    let default = Setup::of(Workflow::SpaSharedDomain);
    let setup = default.with_fusionauth_cookies(FusionAuthCookies::AsPublished);
    let mut recording = WorkflowRecording::of(Workflow::SpaSharedDomain);
    journey_in(setup, async |journey| {
        store(journey, &mut recording).await?;
        stolen_jwt(journey, &mut recording, "access_token").await?;
        stolen_refresh_token(journey, &mut recording).await?;
        forums(journey, &mut recording, "Signing in at the Forums displaces the Store").await?;
        displaced(journey, &mut recording).await
    })
    .await;
    journey_in(default, async |journey| {
        sign_in(journey).await?;
        beside_the_forums(journey, &mut recording).await
    })
    .await;
    journey_in(setup, async |journey| {
        expired(journey, &mut recording, "access_token").await?;
        sign_out(journey, &mut recording).await
    })
    .await;
    journey_in(setup, async |journey| ended_theft(journey, &mut recording, "access_token").await).await;
    journey_in(setup, async |journey| refresh_refused(journey, &mut recording).await).await;
    recording.compare();
}

const CART: &str = "/api/load-shopping-cart";

async fn store(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/user", "404");
    let phase = recording.begin(deployment, "Opening the Store")?;
    let start = deployment.record.mark()?;
    browser.open(&deployment.store().url("/")).await?;
    browser.wait_for_text("Enamel mug").await?;
    // The page shows the products that are in it before it has them from the API.
    deployment.record.wait_for(start, "products", |it| it.path == "/api/products").await?;
    browser.click(Role::Link, "Cart").await?;
    browser.sign_in_form().await?;
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "Signing in")?;
    submit(browser).await?;
    see_cart(browser).await?;
    recording.end(deployment, phase).await
}

async fn stolen_jwt(journey: &Journey, recording: &mut WorkflowRecording, cookie: &str) -> anyhow::Result<()> {
    let Journey { deployment, .. } = journey;
    let phase = recording.begin(deployment, "Attack: a stolen JWT")?;
    assert_eq!(deployment.attacker().get(CART, &[stolen(journey, cookie).await?]).await?.status, 200);
    recording.end(deployment, phase).await
}

/// The attacker sends the refresh token to FusionAuth, not to the Store.
async fn stolen_refresh_token(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let attacker = deployment.attacker();
    let phase = recording.begin(deployment, "Attack: a stolen refresh token")?;
    let refresh_token = browser.auth_cookie("refresh_token").await?;
    let token = attacker.refresh(&refresh_token).await?;
    let cookies = [format!("access_token={token}"), format!("refresh_token={refresh_token}")];
    assert_eq!(attacker.get(CART, &cookies).await?.status, 200);
    recording.end(deployment, phase).await
}

async fn forums(journey: &Journey, recording: &mut WorkflowRecording, signing_in: &'static str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let phase = recording.begin(deployment, "Opening the Forums")?;
    browser.open(&deployment.forums().url("/")).await?;
    browser.sign_in_form().await?;
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, signing_in)?;
    submit(browser).await?;
    see_posts(browser).await?;
    recording.end(deployment, phase).await
}

async fn displaced(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    let phase = recording.begin(deployment, "The Store afterwards")?;
    browser.open(&deployment.store().url("/cart")).await?;
    browser.wait_for_text("Another sign-in in this browser").await?;
    recording.end(deployment, phase).await
}

/// Follows the link to the cart. The link's name ends with the number of items.
async fn click_cart(browser: &Browser) -> anyhow::Result<()> {
    let name = browser.named(Role::Link, "Cart").await?;
    browser.click(Role::Link, &name).await
}

/// Leaves the list of products open until the JWT has expired.
async fn open_page_with_an_expired_jwt(journey: &Journey) -> anyhow::Result<()> {
    sign_in(journey).await?;
    journey.browser.click(Role::Link, "Products").await?;
    journey.browser.wait_for_text("Enamel mug").await?;
    journey.expire_access_tokens().await
}

async fn expired(journey: &Journey, recording: &mut WorkflowRecording, cookie: &str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/user", "404");
    browser.tolerate(CART, "401");
    open_page_with_an_expired_jwt(journey).await?;
    let phase = recording.begin(deployment, "What stops a stolen JWT: its end")?;
    assert_eq!(deployment.attacker().get(CART, &[stolen(journey, cookie).await?]).await?.status, 401);
    recording.end(deployment, phase).await?;

    let phase = recording.begin(deployment, "The JWT has expired")?;
    click_cart(browser).await?;
    see_cart(browser).await?;
    recording.end(deployment, phase).await
}

async fn ended_theft(journey: &Journey, recording: &mut WorkflowRecording, cookie: &str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/user", "404");
    deployment.admin().send_events_to(deployment.store()).await?;
    sign_in(journey).await?;
    let (attacker, stolen) = (deployment.attacker(), [stolen(journey, cookie).await?]);
    assert_eq!(attacker.get(CART, &stolen).await?.status, 200);
    let phase = recording.begin(deployment, "What stops a stolen JWT: a webhook")?;
    sign_out_and_wait_for_the_event(journey).await?;
    assert_eq!(attacker.get(CART, &stolen).await?.status, 401);
    recording.end(deployment, phase).await
}

async fn refresh_refused(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    for (path, reason) in [("/api/user", "404"), (CART, "401"), ("/api/jwt/refresh", "400")] {
        browser.tolerate(path, reason);
    }
    open_page_with_an_expired_jwt(journey).await?;
    deployment.admin().revoke_sessions(SHOPPER_ID).await?;
    // Only in `spa-shared-domain` does the browser have FusionAuth's own cookie.
    if browser.auth_cookie("refresh_token").await.is_ok() {
        let phase = recording.begin(deployment, "What stops a stolen refresh token: revocation")?;
        assert_eq!(deployment.attacker().ask_for_tokens(&browser.auth_cookie("refresh_token").await?).await?.status, 400);
        recording.end(deployment, phase).await?;
    }
    let phase = recording.begin(deployment, "The refresh token has ended, too")?;
    click_cart(browser).await?;
    browser.wait_for_text("Your session has ended").await?;
    recording.end(deployment, phase).await
}

async fn as_published(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.tolerate("/api/user", "404");
    sign_in(journey).await?;
    deployment.admin().revoke_sessions(SHOPPER_ID).await?;
    let phase = recording.begin(deployment, "What stops a stolen refresh token: revocation")?;
    assert_eq!(deployment.attacker().get(CART, &with_bad_jwt(journey).await?).await?.status, 401);
    recording.end(deployment, phase).await?;

    forget(browser, &[deployment.store()]).await?;
    sign_in(journey).await?;
    let phase = recording.begin(deployment, "Attack: a stolen refresh token, as published")?;
    assert_eq!(deployment.attacker().get(CART, &with_bad_jwt(journey).await?).await?.status, 200);
    recording.end(deployment, phase).await
}

async fn sign_out(journey: &Journey, recording: &mut WorkflowRecording) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    see_cart(browser).await?;
    let phase = recording.begin(deployment, "Signing out")?;
    browser.click(Role::Button, "Sign out").await?;
    browser.sign_in_form().await?;
    recording.end(deployment, phase).await
}

/// A cookie that the shopper's browser sends to the Store, as `name=value`.
async fn stolen(journey: &Journey, name: &str) -> anyhow::Result<String> {
    let at_the_store = journey.browser.cookie_at(journey.deployment.store(), name).await;
    let value = match at_the_store {
        Ok(value) => value,
        Err(_) => journey.browser.auth_cookie(name).await?, // on the parent domain
    };
    Ok(format!("{name}={value}"))
}

/// Cookies with the shopper's refresh token and an invalid JWT, as `name=value`.
async fn with_bad_jwt(journey: &Journey) -> anyhow::Result<[String; 2]> {
    Ok(["storefront_jwt=bad".to_owned(), stolen(journey, "storefront_refresh_token").await?])
}
