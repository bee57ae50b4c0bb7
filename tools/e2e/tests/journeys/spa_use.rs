//! Cases that FusionAuth's published steps do not cover. In the two single-page workflows in which cookies authorize the requests: changing
//! a cart, writing a post. In all three: another user in another tab.

use crate::helpers::{wait_for_answered_edits, wait_for_cart};
use crate::spa::{SPA_WORKFLOWS, header, sign_in_shopper_and_open_cart, spa_journey};
use e2e::{
    Journey, Role, Workflow,
    account::{PASSWORD, SECOND, SHOPPER},
    workflows_of,
};
use wire_recorder::Actor;

const SPAS: [Workflow; 2] = [Workflow::SpaBackend, Workflow::SpaSharedDomain];

#[tokio::test]
async fn a_cart_is_changed_and_a_post_is_written() {
    for workflow in workflows_of(SPAS) {
        spa_journey(workflow, async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = journey;
            let start = deployment.record.mark()?;
            browser.click(Role::Button, "Increase quantity of Enamel mug").await?;
            browser.wait_for_text("€188.20").await?;
            let put = deployment.record.wait_for(start, "change of a quantity", |it| it.method == "PUT").await?;
            assert!(
                put.bearer().is_none() && !put.credentials.is_empty() && put.status() == Some(200),
                "the cookie must authorize the request: {put}"
            );
            wait_for_answered_edits(browser).await?;
            browser.reload().await?;
            wait_for_cart(browser, 3).await?;
            browser.wait_for_text("€188.20").await?;

            browser.sign_in_at(deployment.forums(), SHOPPER).await?;
            browser.open_editor().await?;
            browser.fill("Your post", "Cookies travel by themselves").await?;
            let start = deployment.record.mark()?;
            browser.click(Role::Button, "Publish").await?;
            browser.wait_for_text("Cookies travel by themselves").await?;
            let post = deployment.record.wait_for(start, "post", |it| it.path == "/api/posts").await?;
            assert!(post.bearer().is_none() && post.status() == Some(201), "{post}");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn another_person_in_one_tab_is_another_person_in_all() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        spa_journey(workflow, async |journey| {
            sign_in_shopper_and_open_cart(journey).await?;
            let Journey { deployment, browser } = journey;
            let first = browser.tab().await?;
            browser.open_tab(&deployment.store().url("/cart")).await?;
            wait_for_cart(browser, 3).await?;
            browser.click(Role::Button, "Sign out").await?;
            browser.sign_in_form().await?.submit(SECOND, PASSWORD).await?;
            browser.wait_for_text("Your cart is empty").await?;
            let start = deployment.record.mark()?;
            browser.switch_to(&first).await?;
            browser.wait_for_text("Your cart is empty").await?;
            let header = header(browser).await?;
            assert!(header.contains(SECOND) && !header.contains(SHOPPER), "{header}");
            let logins = deployment.record.since(start)?.into_iter().filter(|it| it.path == "/api/login" && it.from == Actor::Browser);
            assert_eq!(logins.count(), 0, "the first tab must not send a sign-in");
            Ok(())
        })
        .await;
    }
}
