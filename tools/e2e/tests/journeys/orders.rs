//! From a product to an order, in the single-page app and without scripts: by keyboard.

use crate::helpers::{ENTER, wait_for_cart};
use crate::spa::spa_journey;
use crate::webapp::webapp_journey;
use anyhow::Context;
use e2e::{
    Browser, Deployment, Journey, Role, Workflow,
    account::{PASSWORD, SECOND},
    mailed_text, workflows_of,
};

const SPAS: [Workflow; 2] = [Workflow::SpaLocalStorage, Workflow::SpaBackend];
const SPACE: &str = " ";

/// The labels of the checkout's fields, and the texts to type into them.
const ADDRESS: [(&str, &str); 4] =
    [("Full name", "Ada Lovelace"), ("Street and house number", "Musterstraße 1"), ("Postal code", "10115"), ("City", "Berlin")];

/// Types the postal address by keyboard alone.
async fn type_address(browser: &Browser) -> anyhow::Result<()> {
    for (label, text) in ADDRESS {
        browser.tab_to(label).await?;
        browser.type_on(text).await?;
    }
    browser.tab_to("Country").await?;
    browser.type_on("Ger").await
}

/// Waits for the page of a new order, and returns "Order " and the number.
async fn wait_for_order(browser: &Browser) -> anyhow::Result<String> {
    browser.find(Role::Heading, "Thank you for your order.").await?;
    browser.eval("return document.querySelector('.order > p > strong').textContent").await
}

/// Waits for the email that confirms the order. It must contain the order's number and goods.
async fn wait_for_confirmation(deployment: &Deployment, browser: &Browser, order: &str) -> anyhow::Result<()> {
    let number = order.trim_start_matches("Order ");
    let text = mailed_text(deployment, browser, number).await?;
    anyhow::ensure!(text.contains("Enamel mug"), "{text}");
    Ok(())
}

async fn orders_placed(journey: &Journey) -> anyhow::Result<usize> {
    let Journey { deployment, browser } = journey;
    browser.open(&deployment.store().url("/orders")).await?;
    browser.find(Role::Heading, "Your orders").await?;
    browser.named(Role::Heading, "Order ").await?;
    let names = browser.names(Role::Heading).await?;
    Ok(names.iter().filter(|it| it.starts_with("Order ")).count())
}

#[tokio::test]
async fn a_product_becomes_an_order_by_keyboard_alone() {
    for workflow in workflows_of(SPAS) {
        spa_journey(workflow, async |Journey { deployment, browser }| {
            browser.open(&deployment.store().url("/")).await?;
            browser.find(Role::Button, "Add to cart: Enamel mug").await?;
            browser.tab_to("Add to cart: Enamel mug").await?;
            browser.type_on(ENTER).await?;
            browser.tab_to("See your cart").await?;
            browser.type_on(ENTER).await?;
            wait_for_cart(browser, 1).await?;
            browser.tab_to("Check out").await?;
            browser.type_on(ENTER).await?;
            // The checkout offers a guest the sign-in form, and then shows the lines of the guest's cart.
            browser.find(Role::Heading, "Delivery address").await?;
            browser.tab_to("Sign in").await?;
            browser.type_on(ENTER).await?;
            browser.sign_in_form().await?.submit(SECOND, PASSWORD).await?;
            browser.wait_for_path("/checkout").await?;
            browser.find(Role::Heading, "Delivery address").await?;
            browser.wait_for_text("1 × Enamel mug").await?;
            type_address(browser).await?;
            browser.tab_to("Place order · €19.80").await?;
            browser.type_on(ENTER).await?;
            let order = wait_for_order(browser).await?;
            browser.wait_for_text("Thank you for your order.").await?;
            browser.wait_for("empty cart", "return !document.querySelector('header .badge')", Vec::new()).await?;
            let stored = browser.local_storage().await?;
            anyhow::ensure!(stored.values().all(|it| !it.contains("Lovelace")), "local storage must not contain the postal address");
            wait_for_confirmation(deployment, browser, &order).await?;

            // The entry before the sign-in.
            browser.back().await?;
            browser.find(Role::Heading, "Your cart is empty").await?;
            browser.forward().await?;
            // The page says thank you once.
            browser.find(Role::Heading, "Being packed").await?;
            browser.tab_to("Cancel this order…").await?;
            browser.type_on(SPACE).await?;
            browser.tab_to("Cancel the order").await?;
            browser.type_on(SPACE).await?;
            browser.wait_for_text("This order is cancelled.").await?;
            browser.reload().await?;
            browser.wait_for_text("This order is cancelled.").await
        })
        .await;
    }
}

#[tokio::test]
async fn a_guest_orders_cancels_on_another_device_asks_the_shop_and_becomes_a_customer() {
    for workflow in workflows_of(SPAS) {
        spa_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            let email = "ada@example.com";
            browser.open(&deployment.store().url("/products/enamel-mug")).await?;
            browser.click(Role::Button, "Add to cart: Enamel mug").await?;
            browser.click(Role::Link, "See your cart").await?;
            wait_for_cart(browser, 1).await?;
            browser.click(Role::Link, "Check out").await?;
            browser.find(Role::Heading, "Delivery address").await?;
            browser.fill("Email", email).await?;
            type_address(browser).await?;
            browser.click(Role::Button, "Place order · €19.80").await?;
            let order = wait_for_order(browser).await?;
            let number = order.trim_start_matches("Order ");
            let mail = mailed_text(deployment, browser, number).await?;
            let link = mail.split_whitespace().find(|it| it.contains("/guest-order/")).context("the message has no link")?.to_owned();

            journey
                .on_another_device(async |phone| {
                    phone.open(&link).await?;
                    phone.find(Role::Heading, "Being packed").await?;
                    phone.wait_for("URL without the secret", "return location.pathname === '/guest-order'", Vec::new()).await?;
                    phone.click(Role::Button, "Cancel this order…").await?;
                    phone.click(Role::Button, "Cancel the order").await?;
                    phone.wait_for_text("This order is cancelled.").await?;
                    phone.click(Role::Link, "Ask about this order").await?;
                    phone.find(Role::Heading, "Write to us").await?;
                    anyhow::ensure!(phone.value("Order number (optional)").await? == number, "the form must have the order's number");
                    phone.fill("Your name", "Ada").await?;
                    phone.fill("Email", email).await?;
                    phone.fill("Message", "Did you get my cancellation?").await?;
                    phone.click(Role::Button, "Send message").await?;
                    phone.wait_for_text("You'll hear from us by email within two working days.").await
                })
                .await?;
            mailed_text(deployment, browser, "Did you get my cancellation?").await?;
            mailed_text(deployment, browser, "We got your message").await?;

            browser.reload().await?;
            browser.wait_for_text("This order is cancelled.").await?;
            browser.click(Role::Link, "Create your account").await?;
            browser.find(Role::Heading, "Create your account").await?;
            anyhow::ensure!(browser.value("Email").await? == email, "the form must have the order's email");
            browser.fill("Password", "a-new-password").await?;
            browser.click(Role::Button, "Create account").await?;
            browser.wait_for_path("/orders").await?;
            browser.click(Role::Button, "Add this order to my account").await?;
            browser.find(Role::Link, &order).await.map(drop)
        })
        .await;
    }
}

#[tokio::test]
async fn without_script_a_product_becomes_an_order_by_keyboard_alone() {
    webapp_journey(Workflow::WebappSession, async |journey| {
        let Journey { deployment, browser } = &*journey;
        browser.open(&deployment.store().url("/")).await?;
        browser.tab_to("Add to cart: Enamel mug").await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_text("Added Enamel mug.").await?;
        browser.open(&deployment.store().url("/shopping-cart")).await?;
        browser.tab_to("Check out").await?;
        browser.type_on(ENTER).await?;
        // The header of the previous page has a link with this name, too.
        browser.wait_for_path("/checkout").await?;
        browser.tab_to("Sign in").await?;
        browser.type_on(ENTER).await?;
        browser.sign_in_form().await?.submit(SECOND, PASSWORD).await?;
        browser.wait_for_path("/checkout").await?;
        browser.wait_for_text("1 × Enamel mug").await?;
        type_address(browser).await?;
        // Enter in a field places the order.
        browser.tab_to("City").await?;
        browser.type_on(ENTER).await?;
        let order = wait_for_order(browser).await?;
        browser.wait_for_text("Thank you for your order.").await?;
        wait_for_confirmation(deployment, browser, &order).await?;
        browser.back().await?;
        browser.reload().await?;
        browser.wait_for_text("Your cart is empty").await?;
        anyhow::ensure!(orders_placed(journey).await? == 1, "expected one order");
        browser.click(Role::Link, &order).await?;
        browser.tab_to("Cancel this order…").await?;
        browser.type_on(ENTER).await?;
        browser.tab_to("Cancel the order").await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_text("This order is cancelled.").await
    })
    .await;
}
