//! Steps of a sign-in in the single-page app that end at FusionAuth: a new password, and a device that FusionAuth trusts. The tests open
//! the emulator's mail page to read emails and to follow the links in them. `docs/account.md` lists these journeys (browser tests).

use crate::helpers::wait_for_banner;
use crate::self_service::follow_mailed_link;
use crate::spa::SPA_WORKFLOWS;
use anyhow::ensure;
use e2e::{
    Browser, Deployment, Journey, Role, Setup, Workflow,
    account::{PASSWORD, SHOPPER, TWO_FACTOR, TWO_FACTOR_ID},
    journey_in, mailed_code, workflows_of,
};
use serde_json::json;

const NEW_PASSWORD: &str = "a-better-password";

/// Runs a journey in a single-page workflow. At its end, asserts that no password is in storage or history.
pub(crate) async fn account_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow), async |journey| {
        journey.browser.tolerate("/api/user", "404");
        body(journey).await?;
        let storage: String = journey.browser.eval("return JSON.stringify([localStorage, sessionStorage])").await?;
        let history = journey.browser.history().await?.join("\n");
        for secret in [PASSWORD, NEW_PASSWORD] {
            ensure!(!storage.contains(secret) && !history.contains(secret), "a password is in storage or history");
        }
        Ok(())
    })
    .await;
}

async fn wait_for_cart_page(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_for_path("/cart").await?;
    browser.find(Role::Heading, "Your cart").await.map(drop)
}

/// Requests a reset link.
async fn ask_for_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/login")).await?;
    browser.click(Role::Link, "Forgot your password?").await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the link").await?;
    browser.find(Role::Heading, "Check your email").await.map(drop)
}

async fn choose_new_password(browser: &Browser) -> anyhow::Result<()> {
    browser.fill("New password", NEW_PASSWORD).await?;
    browser.click(Role::Button, "Change password").await?;
    browser.wait_for_path("/cart").await?;
    wait_for_banner(browser, "Password changed. You're signed in.").await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |Journey { deployment, browser }| {
            // In the workflows in which the app sends this request to FusionAuth, FusionAuth answers 404 if it does not know the email. The
            // page must not show that.
            browser.tolerate("/api/user/forgot-password", "404");
            ask_for_password_link(deployment, browser, "nobody@example.com").await?;
            ask_for_password_link(deployment, browser, SHOPPER).await?;
            follow_mailed_link(deployment, browser).await?;
            browser.wait_for_path("/change-password").await?;
            browser.find(Role::Heading, "Choose a new password").await?;
            browser.tolerate("/api/user/change-password", "400");
            browser.fill("New password", "short").await?;
            browser.wait_for_text("At least 8 characters").await?;
            ensure!(browser.eval::<u32>("return document.querySelectorAll('.rules .kept').length").await? == 0);
            browser.click(Role::Button, "Change password").await?;
            ensure!(browser.alert().await?.contains("Choose a longer password."));
            browser.fill("New password", NEW_PASSWORD).await?;
            ensure!(browser.eval::<u32>("return document.querySelectorAll('.rules .kept').length").await? == 1);
            choose_new_password(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_code_comes_by_mail_and_a_trusted_device_needs_none() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |Journey { deployment, browser }| {
            let methods = json!([{"method": "email", "email": "toni@example.com"}]);
            deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"methods": methods}})).await?;
            browser.open(&deployment.store().url("/cart")).await?;
            browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
            browser.wait_for_text("We sent a code to t…@example.com.").await?;
            let code = mailed_code(deployment, browser).await?;
            browser.fill("Code", &format!("{} {}", &code[..3], &code[3..])).await?;
            browser.eval::<()>("document.querySelector('[name=trust]').click()").await?;
            browser.click(Role::Button, "Check code").await?;
            wait_for_cart_page(browser).await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.wait_for("end of the session", "return location.pathname === '/login'", Vec::new()).await?;
            browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
            wait_for_cart_page(browser).await
        })
        .await;
    }
}
