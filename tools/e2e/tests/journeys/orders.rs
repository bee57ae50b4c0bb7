//! From a product to an order, in the single-page app and without scripts: by keyboard, and with a lost answer.

use crate::helpers::{ENTER, wait_for_cart};
use crate::spa::spa_journey;
use crate::webapp::webapp_journey;
use e2e::{
    Browser, Deployment, Journey, Role, Workflow,
    account::{PASSWORD, SECOND},
    mailed_text, workflows_of,
};
use serde_json::json;

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

/// Waits for the email that confirms the order. It must contain the order's number, and must not contain the postal address.
async fn wait_for_confirmation(deployment: &Deployment, browser: &Browser, order: &str) -> anyhow::Result<()> {
    let number = order.trim_start_matches("Order ");
    let text = mailed_text(deployment, browser, number).await?;
    anyhow::ensure!(text.contains("Enamel mug") && !text.contains("Lovelace"), "{text}");
    Ok(())
}

/// Makes the page note the time of the last input.
const NOTE_LAST_INPUT: &str = "addEventListener('input', () => globalThis.lastInput = performance.now(), true)";

/// Whether the page has saved the checkout's draft since the last input.
const IS_SAVED: &str = "return performance.getEntriesByType('resource') \
    .some(it => it.name.endsWith('/api/checkout') && it.startTime > globalThis.lastInput)";

/// Signs a user in, puts an enamel mug into the cart, fills in the checkout, and waits until the page has saved the whole draft.
async fn open_filled_checkout(journey: &Journey) -> anyhow::Result<()> {
    let Journey { deployment, browser } = journey;
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": NOTE_LAST_INPUT})).await?;
    browser.sign_in_at(deployment.store(), SECOND).await?;
    browser.wait_for_text("Your cart is empty").await?;
    browser.click(Role::Link, "Products").await?;
    browser.click(Role::Button, "Add to cart: Enamel mug").await?;
    browser.wait_for_text("Added.").await?;
    browser.open(&deployment.store().url("/checkout")).await?;
    browser.find(Role::Heading, "Delivery address").await?;
    type_address(browser).await?;
    browser.wait_for("saved draft", IS_SAVED, Vec::new()).await
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
            // The checkout asks a visitor to sign in, and then shows the lines of the visitor's cart.
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

            browser.back().await?;
            browser.find(Role::Heading, "Your cart").await?;
            browser.forward().await?;
            wait_for_order(browser).await?;
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

/// Makes the page lose the answer to its first order. The backend has placed that order.
const LOSE_AN_ANSWER: &str = "const send = globalThis.fetch; let lost = false; \
    globalThis.fetch = async (...request) => { \
        const answer = await send(...request); \
        if (lost || (request[0].method ?? request[1]?.method) !== 'POST' || !String(request[0].url ?? request[0]).endsWith('/api/orders')) return answer; \
        lost = true; throw new TypeError('lost'); };";

#[tokio::test]
async fn a_double_click_and_a_lost_answer_make_one_order() {
    for workflow in workflows_of(SPAS) {
        spa_journey(workflow, async |journey| {
            let Journey { deployment, browser } = &*journey;
            browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": LOSE_AN_ANSWER})).await?;
            browser.keep_announcements().await?;
            open_filled_checkout(journey).await?;
            let start = deployment.record.mark()?;
            browser.eval::<()>("const button = document.querySelector('.checkout [type=submit]'); button.click(); button.click()").await?;
            wait_for_order(browser).await?;
            let told = browser.announcements().await?;
            anyhow::ensure!(told.iter().any(|it| it.contains("we're checking whether we have your order")), "{told:?}");
            let sent = deployment.record.since(start)?.into_iter().filter(|it| it.method == "POST" && it.path == "/api/orders").count();
            anyhow::ensure!(sent == 2, "expected the request and one retry: {sent}");
            anyhow::ensure!(orders_placed(journey).await? == 1, "expected one order");
            Ok(())
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
