//! From a product in the Store to a question about it in the Forums, and back.

use crate::spa::{SPA_WORKFLOWS, spa_journey};
use e2e::{
    Journey, Role,
    account::{PASSWORD, SHOPPER},
    workflows_of,
};

/// A visitor opens a product's page, clicks "Ask an owner", signs in, and writes a thread about the product. Back on the product's page,
/// the visitor sees the thread.
#[tokio::test]
async fn an_owner_is_asked_in_the_app() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        spa_journey(workflow, async |journey| {
            let Journey { deployment, browser } = journey;
            browser.open(&deployment.store().url("/products/linen-towel")).await?;
            browser.wait_for_text("No questions yet").await?;
            browser.click(Role::Link, "Ask an owner").await?;
            browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
            browser.find(Role::Checkbox, "About: Linen towel").await?;
            assert!(browser.path().await?.ends_with("?product=linen-towel"), "the URL after the sign-in must still contain the product");
            assert!(browser.eval::<bool>("return document.querySelector('.write [name=product]').checked").await?);
            browser.fill("Title (optional)", "Does it shed?").await?;
            browser.fill("Your post", "Confidential: mine does.").await?;
            browser.click(Role::Button, "Publish").await?;
            browser.click(Role::Link, "Does it shed?").await?;
            browser.find(Role::Textbox, "Write a reply").await?;
            browser.click(Role::Link, "Linen towel").await?;
            browser.find(Role::Heading, "Questions and answers").await?;
            browser.wait_for_text("Does it shed?").await?;
            let page: String = browser.eval("return document.querySelector('main').innerText").await?;
            assert!(page.contains("No replies") && !page.contains("Confidential") && !page.contains("No questions yet"), "{page}");
            browser.click(Role::Link, "Does it shed?").await?;
            browser.wait_for_text("Confidential: mine does.").await
        })
        .await;
    }
}
