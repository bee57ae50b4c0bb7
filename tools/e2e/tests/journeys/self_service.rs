//! A user of the server-rendered pages, without scripts, resets a forgotten password by a mailed link. The tests open the emulator's mail page
//! to read emails and to follow the links in them. The server's suite has the other forms of an account.

use crate::webapp::{SERVER_RENDERED_WORKFLOWS, webapp_journey};
use anyhow::ensure;
use e2e::{Browser, Deployment, Journey, Role, account::SHOPPER, workflows_of};
use serde_json::json;

/// Follows the link in the newest email.
pub(crate) async fn follow_mailed_link(deployment: &Deployment, browser: &Browser) -> anyhow::Result<()> {
    browser.open(&deployment.mail_url()).await?;
    let link = browser.named(Role::Link, &deployment.store().origin()).await?;
    browser.click(Role::Link, &link).await?;
    let id = link.rsplit('/').next().unwrap_or_default().to_owned();
    // The site redirects to a URL without the link's id, because the id is a secret.
    let gone = "return !location.href.includes(arguments[0]) && !document.referrer.includes(arguments[0])";
    browser.wait_for("URL without the link's id", gone, vec![json!(id)]).await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/login")).await?;
            browser.click(Role::Button, "Forgot your password?").await?;
            browser.fill("Email", SHOPPER).await?;
            browser.click(Role::Button, "Send the link").await?;
            browser.find(Role::Heading, "Check your email").await?;
            follow_mailed_link(deployment, browser).await?;
            browser.wait_for_path("/change-password").await?;
            browser.tolerate("/change-password", "422");
            browser.fill("New password", "short").await?;
            browser.click(Role::Button, "Change password").await?;
            ensure!(browser.alert().await?.contains("Choose a longer password."));
            browser.fill("New password", "a-better-password").await?;
            browser.click(Role::Button, "Change password").await?;
            browser.wait_for_path("/shopping-cart").await?;
            browser.wait_for_text("Password changed. You're signed in.").await
        })
        .await;
    }
}
