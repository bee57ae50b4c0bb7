//! Choosing another colour of a product by keyboard alone: in the single-page app, and without a script.

use crate::helpers::{ENTER, wait_for_cart};
use crate::spa::{SPA_WORKFLOWS, spa_journey};
use crate::webapp::{SERVER_RENDERED_WORKFLOWS, webapp_journey};
use anyhow::ensure;
use e2e::{Browser, Journey, Role, Workflow, workflows_of};

/// The names of the links to the product's variants. The name of the current variant is in brackets.
async fn choice(browser: &Browser) -> anyhow::Result<Vec<String>> {
    browser
        .eval("return [...document.querySelectorAll('.variants a')].map(it => it.ariaCurrent === 'page' ? `[${it.computedName}]` : it.computedName)")
        .await
}

/// The lines of the cart with their prices.
async fn lines(browser: &Browser) -> anyhow::Result<Vec<String>> {
    browser.eval("return [...document.querySelectorAll('.line')].map(it => `${it.querySelector('h2').innerText}: ${it.querySelector('.line-total').innerText}`)").await
}

#[tokio::test]
async fn another_colour_is_chosen_by_keyboard_and_put_into_the_cart() {
    for workflow in workflows_of(SPA_WORKFLOWS) {
        spa_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.keep_announcements().await?;
            browser.open(&deployment.store().url("/products/enamel-mug")).await?;
            browser.find(Role::Button, "Add to cart: Enamel mug").await?;
            ensure!(choice(browser).await? == ["[White]", "Blue", "Green Sold out"], "{:?}", choice(browser).await?);
            browser.tab_to("Blue").await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_path("/products/enamel-mug-blue").await?;
            browser.find(Role::Heading, "Enamel mug, blue").await?;
            ensure!(browser.focused().await? == "Blue", "the focus must stay on the link, but is on {:?}", browser.focused().await?);
            ensure!(choice(browser).await? == ["White", "[Blue]", "Green Sold out"], "{:?}", choice(browser).await?);
            let told = "Enamel mug, blue: €14.90. 23 in stock.";
            browser.wait_for("announcement", "return announcements.includes(arguments[0])", vec![told.into()]).await?;
            browser.tab_to("Add to cart: Enamel mug, blue").await?;
            browser.type_on(ENTER).await?;
            browser.tab_to("See your cart").await?;
            browser.type_on(ENTER).await?;
            wait_for_cart(browser, 1).await?;
            ensure!(lines(browser).await? == ["Enamel mug, blue: €14.90"], "{:?}", lines(browser).await?);
            // A variant that is sold out has a page, too.
            browser.back().await?;
            browser.find(Role::Heading, "Enamel mug, blue").await?;
            browser.tab_to("Green Sold out").await?;
            browser.type_on(ENTER).await?;
            browser.find(Role::Heading, "Enamel mug, green").await?;
            browser.wait_for_text("Sold out").await?;
            ensure!(
                !browser.has(Role::Button, "Add to cart: Enamel mug, green").await?,
                "a sold-out variant must not have a button to buy it"
            );
            browser.wait_for_path("/products/enamel-mug-green").await?;
            browser.reload().await?;
            browser.find(Role::Heading, "Enamel mug, green").await.map(drop)
        })
        .await;
    }
}

#[tokio::test]
async fn a_search_for_a_colour_leads_to_it() {
    spa_journey(Workflow::SpaLocalStorage, async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.open(&deployment.store().url("/?q=blue+mug")).await?;
        browser.wait_for_text("3 colours").await?;
        browser.click(Role::Link, "Enamel mug, blue").await?;
        browser.wait_for_path("/products/enamel-mug-blue").await?;
        browser.find(Role::Heading, "Enamel mug, blue").await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn another_colour_is_chosen_without_a_script_and_put_into_the_cart() {
    for workflow in workflows_of(SERVER_RENDERED_WORKFLOWS) {
        webapp_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.open(&deployment.store().url("/")).await?;
            browser.wait_for_text("3 colours").await?;
            browser.tab_to("Enamel mug").await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_path("/products/enamel-mug").await?;
            ensure!(choice(browser).await? == ["[White]", "Blue", "Green Sold out"], "{:?}", choice(browser).await?);
            browser.tab_to("Blue").await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_path("/products/enamel-mug-blue").await?;
            ensure!(choice(browser).await? == ["White", "[Blue]", "Green Sold out"], "{:?}", choice(browser).await?);
            browser.tab_to("Add to cart: Enamel mug, blue").await?;
            browser.type_on(ENTER).await?;
            browser.wait_for_text("Added Enamel mug, blue.").await?;
            browser.open(&deployment.store().url("/shopping-cart")).await?;
            wait_for_cart(browser, 1).await?;
            ensure!(lines(browser).await? == ["Enamel mug, blue: €14.90"], "{:?}", lines(browser).await?);
            Ok(())
        })
        .await;
    }
}
