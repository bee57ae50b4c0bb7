//! A sign-in without a password, by a code from a message, in every workflow. `docs/account.md` lists these journeys (browser tests).

use crate::spa::SPA_WORKFLOWS;
use crate::spa_account::account_journey;
use crate::webapp::{SERVER_RENDERED_WORKFLOWS, webapp_journey};
use anyhow::ensure;
use e2e::{
    Journey, Role,
    account::{SHOPPER, SHOPPER_ID, TWO_FACTOR, TWO_FACTOR_SECRET},
    mailed_code, totp, workflows_of,
};

/// Requests a code for `login_id` on the page that the link or button `entry` opens, and types the code from the message.
async fn sign_in_with_a_code(journey: &Journey, entry: Role, login_id: &str) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/login?next=%2Faccount")).await?;
    browser.sign_in_form().await?;
    browser.click(entry, "Sign in without a password").await?;
    browser.find(Role::Heading, "Sign in without a password").await?;
    browser.fill("Email", login_id).await?;
    browser.click(Role::Button, "Send the code").await?;
    browser.find(Role::Heading, "Check your email").await?;
    let code = mailed_code(deployment, browser).await?;
    browser.fill("Code", &code).await?;
    browser.click(Role::Button, "Sign in").await
}

/// Signs the shopper in and out, and then a user with a second factor.
async fn use_codes(journey: &Journey, entry: Role) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    sign_in_with_a_code(journey, entry, SHOPPER).await?;
    browser.wait_for_path("/account").await?;
    ensure!(deployment.admin().sessions(SHOPPER_ID).await? == 1, "FusionAuth must have one session");
    browser.click(Role::Button, "Sign out").await?;
    browser.wait_for_text("You are signed out.").await?;

    sign_in_with_a_code(journey, entry, TWO_FACTOR).await?;
    browser.find(Role::Heading, "Enter your code").await?;
    browser.fill("Code", &totp(TWO_FACTOR_SECRET)?).await?;
    browser.click(Role::Button, "Check code").await?;
    browser.wait_for_path("/account").await
}

#[tokio::test]
async fn a_mailed_code_signs_in_to_the_app() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        account_journey(workflow, async |journey| use_codes(journey, Role::Button).await).await;
    }
}

#[tokio::test]
async fn a_mailed_code_signs_in_on_the_pages_without_script() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| use_codes(journey, Role::Link).await).await;
    }
}
