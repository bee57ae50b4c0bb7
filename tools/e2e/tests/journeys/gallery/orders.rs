//! Checks the checkout and the pages of orders in every window size, in the single-page app and in a server-rendered workflow.

use super::Gallery;
use crate::webapp::sign_in_to;
use e2e::{Browser, Deployment, Journey, Role, Setup, Workflow, account::SHOPPER, journey, journey_in};

const ADDRESS: [(&str, &str); 4] =
    [("Full name", "Ada Lovelace"), ("Street and house number", "Musterstraße 1"), ("Postal code", "10115"), ("City", "Berlin")];

/// Adds every state from the empty list of orders to the cancelled order. `prefix` is the beginning of each picture's name.
async fn add_checkout_and_orders(gallery: &mut Gallery<'_>, deployment: &Deployment, prefix: &str) -> anyhow::Result<()> {
    let browser = gallery.browser;
    let store = deployment.store();
    browser.open(&store.url("/orders")).await?;
    browser.wait_for_text("No orders yet").await?;
    gallery.add_form(&format!("{prefix}orders-empty"), "main").await?;
    browser.open(&store.url("/checkout")).await?;
    let place = browser.named(Role::Button, "Place order").await?;
    gallery.add_form(&format!("{prefix}checkout"), "main").await?;
    browser.click(Role::Button, &place).await?;
    browser.alert().await?;
    gallery.add_form(&format!("{prefix}checkout-errors"), ".checkout section.card").await?;
    fill_address(browser).await?;
    deployment.set_stock("enamel-mug", 1).await?;
    browser.click(Role::Button, &place).await?;
    browser.wait_for_text("Enamel mug: only 1 left. We'll change the quantity in your cart to 1.").await?;
    browser.alert().await?;
    gallery.add_form(&format!("{prefix}checkout-changed"), ".review [role=alert]").await?;
    browser.wait_for_text("1 × Enamel mug").await?;
    let place = browser.named(Role::Button, "Place order").await?;
    browser.click(Role::Button, &place).await?;
    browser.wait_for_text("Thank you for your order.").await?;
    gallery.add_form(&format!("{prefix}order"), "main .review").await?;
    browser.eval::<()>("sessionStorage.clear()").await?; // as in a tab that has not shown the order
    browser.open(&store.url("/checkout")).await?;
    browser.wait_for_text("Your cart is empty").await?;
    browser.named(Role::Link, "See the order").await?;
    gallery.add(&format!("{prefix}checkout-ordered")).await?;
    browser.open(&store.url("/orders")).await?;
    let order = browser.named(Role::Link, "Order ").await?;
    gallery.add(&format!("{prefix}orders")).await?;
    browser.click(Role::Link, &order).await?;
    // This control is a button in the app, and the `summary` of a `details` element on the server-rendered pages. Enter opens either.
    browser.tab_to("Cancel this order…").await?;
    browser.type_on("\u{e007}").await?;
    browser.find(Role::Button, "Cancel the order").await?;
    gallery.add(&format!("{prefix}order-cancel")).await?;
    browser.click(Role::Button, "Cancel the order").await?;
    browser.wait_for_text("This order is cancelled.").await?;
    gallery.add(&format!("{prefix}order-cancelled")).await
}

pub(super) async fn fill_address(browser: &Browser) -> anyhow::Result<()> {
    for (label, text) in ADDRESS {
        browser.fill(label, text).await?;
    }
    browser.tab_to("Country").await?;
    // The keys are Home and three times Down. They choose a country by its position, because its name depends on the language.
    browser.type_on("\u{e011}\u{e015}\u{e015}\u{e015}").await
}

#[tokio::test]
async fn pictures_of_orders() {
    journey(async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.tolerate("/api/orders", "422");
        browser.tolerate("/api/orders", "409");
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        add_checkout_and_orders(&mut gallery, deployment, "").await?;
        gallery.take_pictures_of_mails(&deployment.mail_url()).await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_server_rendered_orders() {
    journey_in(Setup::of(Workflow::WebappJwt), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.tolerate("/checkout", "422");
        browser.tolerate("/checkout", "409");
        sign_in_to(browser, deployment.store(), SHOPPER, "/shopping-cart").await?;
        add_checkout_and_orders(&mut gallery, deployment, "server-rendered-").await?;
        gallery.end()
    })
    .await;
}
