//! What people do for their own account in the single-page app: forgotten and required passwords. Mails are read on the emulator's page, and their
//! links are followed there. `docs/account.md` lists these journeys.

use crate::self_service::follow_mailed_link;
use anyhow::ensure;
use e2e::{
    Browser, Deployment, Journey, Role, Setup, Workflow,
    account::{CHANGE, PASSWORD, SHOPPER},
    journey_in,
};

const NEW_PASSWORD: &str = "a-better-password";

/// A journey in one of the three workflows, in which nobody is signed in at first.
async fn spa_journey(workflow: Workflow, body: impl AsyncFnOnce(&mut Journey) -> anyhow::Result<()>) {
    journey_in(Setup::of(workflow), async |journey| {
        journey.browser.tolerate("/api/user", "404");
        body(journey).await
    })
    .await;
}

/// Asks for a link to a new password.
async fn ask_for_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/login")).await?;
    browser.click(Role::Link, "Forgot your password?").await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the link").await?;
    browser.find(Role::Heading, "Check your email").await.map(drop)
}

/// Asks for a link to a new password, and follows it in the newest mail.
async fn follow_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    ask_for_password_link(deployment, browser, login_id).await?;
    follow_mailed_link(deployment, browser).await?;
    browser.wait_for_path("/change-password").await?;
    browser.find(Role::Heading, "Choose a new password").await.map(drop)
}

async fn choose_new_password(browser: &Browser) -> anyhow::Result<()> {
    browser.fill("New password", NEW_PASSWORD).await?;
    browser.click(Role::Button, "Change password").await?;
    browser.wait_for_path("/cart").await?;
    browser.wait_for_text("Your password is changed, and you are signed in.").await
}

async fn a_forgotten_password_is_replaced(workflow: Workflow) {
    spa_journey(workflow, async |journey| {
        let Journey { deployment, browser } = journey;
        // Where the app asks FusionAuth itself, the answer to an unknown address is 404; people see no difference.
        browser.tolerate("/api/user/forgot-password", "404");
        ask_for_password_link(deployment, browser, "nobody@example.com").await?;
        follow_password_link(deployment, browser, SHOPPER).await?;
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

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    a_forgotten_password_is_replaced(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_replaces_a_forgotten_password() {
    a_forgotten_password_is_replaced(Workflow::SpaBackend).await;
}

#[tokio::test]
async fn spa_shared_domain_replaces_a_forgotten_password() {
    a_forgotten_password_is_replaced(Workflow::SpaSharedDomain).await;
}

#[tokio::test]
async fn a_link_is_good_once_and_leads_to_a_new_one() {
    spa_journey(Workflow::SpaLocalStorage, async |journey| {
        let Journey { deployment, browser } = journey;
        follow_password_link(deployment, browser, SHOPPER).await?;
        choose_new_password(browser).await?;
        browser.tolerate("/api/user/change-password/", "404");
        follow_mailed_link(deployment, browser).await?;
        ensure!(browser.alert().await?.contains("This link does not work any more."));
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await?;
        follow_mailed_link(deployment, browser).await?;
        choose_new_password(browser).await
    })
    .await;
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_changed_in_the_sign_in() {
    a_required_password_is_changed(Workflow::SpaLocalStorage).await;
}

#[tokio::test]
async fn spa_backend_changes_a_password_in_the_sign_in() {
    a_required_password_is_changed(Workflow::SpaBackend).await;
}

async fn a_required_password_is_changed(workflow: Workflow) {
    spa_journey(workflow, async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?.submit(CHANGE, PASSWORD).await?;
        browser.wait_for_text("Your password has to be changed before you can sign in.").await?;
        browser.wait_for_text("At least 8 characters").await?;
        choose_new_password(browser).await
    })
    .await;
}
