//! What people do for their own account on the server-rendered pages, without script: forgotten and required passwords, second factors.
//! Mails are read on the emulator's page, and their links are followed there. `docs/account.md` lists these journeys.

use crate::webapp::{SERVER_RENDERED_WORKFLOWS, webapp_journey};
use anyhow::ensure;
use e2e::{
    Browser, Deployment, Journey, Role,
    account::{CHANGE, PASSWORD, SHOPPER, TWO_FACTOR, TWO_FACTOR_SECRET},
    totp,
};
use serde_json::json;

const NEW_PASSWORD: &str = "a-better-password";

/// Asks for a link to a new password, and follows it in the newest mail.
async fn follow_password_link(deployment: &Deployment, browser: &Browser, login_id: &str) -> anyhow::Result<()> {
    browser.open(&deployment.store().url("/login")).await?;
    browser.click(Role::Link, "Forgot your password?").await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the link").await?;
    browser.find(Role::Heading, "Check your email").await?;
    follow_mailed_link(deployment, browser).await?;
    browser.wait_for_path("/change-password").await
}

/// Follows the link in the newest mail.
pub(crate) async fn follow_mailed_link(deployment: &Deployment, browser: &Browser) -> anyhow::Result<()> {
    browser.open(&deployment.mail_url()).await?;
    let link = browser.named(Role::Link, &deployment.store().origin()).await?;
    browser.click(Role::Link, &link).await?;
    let id = link.rsplit('/').next().unwrap_or_default().to_owned();
    // The page that the link leads to has another address, which holds no id.
    let gone = "return !location.href.includes(arguments[0]) && !document.referrer.includes(arguments[0])";
    browser.wait_for("address without the link's id", gone, vec![json!(id)]).await
}

async fn choose_new_password(browser: &Browser) -> anyhow::Result<()> {
    browser.fill("New password", NEW_PASSWORD).await?;
    browser.click(Role::Button, "Change password").await?;
    browser.wait_for_path("/shopping-cart").await?;
    browser.wait_for_text("Your password is changed, and you are signed in.").await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    for workflow in SERVER_RENDERED_WORKFLOWS {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            follow_password_link(deployment, browser, SHOPPER).await?;
            browser.tolerate("/change-password", "422");
            browser.fill("New password", "short").await?;
            browser.click(Role::Button, "Change password").await?;
            ensure!(browser.alert().await?.contains("Choose a longer password."));
            choose_new_password(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_link_is_good_once_and_leads_to_a_new_one() {
    webapp_journey(e2e::Workflow::WebappSession, async |journey| {
        let Journey { deployment, browser } = &*journey;
        follow_password_link(deployment, browser, SHOPPER).await?;
        choose_new_password(browser).await?;
        browser.tolerate("/change-password", "404");
        follow_mailed_link(deployment, browser).await?;
        ensure!(browser.alert().await?.contains("This link does not work any more."));
        browser.fill("Email", SHOPPER).await?;
        browser.click(Role::Button, "Send the link").await?;
        browser.find(Role::Heading, "Check your email").await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_changed_in_the_sign_in() {
    for workflow in SERVER_RENDERED_WORKFLOWS {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/login")).await?;
            browser.sign_in_form().await?.submit(CHANGE, PASSWORD).await?;
            browser.wait_for_text("Your password has to be changed before you can sign in.").await?;
            choose_new_password(browser).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_mailed_link_of_an_account_with_a_second_factor_asks_for_its_code() {
    for workflow in SERVER_RENDERED_WORKFLOWS {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            follow_password_link(deployment, browser, TWO_FACTOR).await?;
            browser.find(Role::Heading, "Enter your code").await?;
            browser.tolerate("/change-password/code", "403");
            browser.fill("Code", "000000").await?;
            browser.click(Role::Button, "Check code").await?;
            ensure!(browser.alert().await?.contains("That code is not correct."));
            browser.fill("Code", &totp(TWO_FACTOR_SECRET)?).await?;
            browser.click(Role::Button, "Check code").await?;
            browser.find(Role::Heading, "Choose a new password").await?;
            choose_new_password(browser).await
        })
        .await;
    }
}
