//! A sign-in without a password, by a code or a link from a message, in the single-page app. `docs/account.md` lists this journey (browser test).

use crate::self_service::follow_mailed_link;
use crate::spa::{SPA_WORKFLOWS, account_journey};
use anyhow::ensure;
use e2e::{
    Journey, Role,
    account::{SHOPPER, SHOPPER_ID, TWO_FACTOR, TWO_FACTOR_SECRET},
    mailed_code, totp, workflows_of,
};

/// Requests a message for `login_id` on the page that a button of the sign-in page opens.
async fn request_message(journey: &Journey, login_id: &str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/login?next=%2Faccount")).await?;
    browser.sign_in_form().await?;
    browser.click(Role::Button, "Sign in without a password").await?;
    browser.find(Role::Heading, "Sign in without a password").await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the code").await?;
    browser.find(Role::Heading, "Check your email").await.map(drop)
}

/// Signs the shopper in with a code and out, and then a user with a second factor with a link.
async fn use_code_and_link(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    request_message(journey, SHOPPER).await?;
    let code = mailed_code(deployment, browser).await?;
    browser.fill("Code", &code).await?;
    browser.click(Role::Button, "Sign in").await?;
    browser.wait_for_path("/account").await?;
    ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 1, "FusionAuth must have one session");
    browser.click(Role::Button, "Sign out").await?;
    browser.wait_for_text("You are signed out.").await?;

    request_message(journey, TWO_FACTOR).await?;
    follow_mailed_link(deployment, browser).await?;
    browser.find(Role::Heading, "Sign in").await?;
    browser.click(Role::Button, "Sign in").await?;
    browser.find(Role::Heading, "Enter your code").await?;
    browser.fill("Code", &totp(TWO_FACTOR_SECRET)).await?;
    browser.click(Role::Button, "Check code").await?;
    browser.wait_for_path("/cart").await
}

#[tokio::test]
async fn a_mailed_code_or_link_signs_in_to_the_app() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| use_code_and_link(journey).await).await;
    }
}
