//! The Store: products and the cart.

use crate::helpers::wait_for_cart;
use e2e::{
    Browser, Journey, Role,
    account::{SECOND, SHOPPER},
    journey,
};

/// The total as the page shows it.
async fn total(browser: &Browser) -> anyhow::Result<String> {
    let text = browser.text().await?;
    let total = text.split("Total").nth(1).and_then(|rest| rest.split_whitespace().next());
    Ok(total.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_quantity_can_be_changed_and_the_total_follows() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let before = total(browser).await?;
        let line = browser.names(Role::Spinbutton).await?.remove(0);
        let more = browser.named(Role::Button, "Increase quantity of ").await?;

        let start = world.record.mark()?;
        browser.click(Role::Button, &more).await?;
        let put = world.record.wait_for(start, "change of a quantity", |exchange| exchange.method == "PUT").await?;
        assert_eq!(put.status(), Some(200), "{put}");
        assert!(put.path.starts_with("/api/shopping-cart/lines/"), "{put}");
        assert_eq!(put.bearer().and_then(|token| token.expired), Some(false));
        let changed = format!("return !document.querySelector('main').innerText.includes({before:?})");
        browser.wait_for("new total", &changed, Vec::new()).await?;
        let (quantity, after) = (browser.find(Role::Spinbutton, &line).await?.value().await?, total(browser).await?);

        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        assert_eq!(browser.find(Role::Spinbutton, &line).await?.value().await?, quantity, "kept by the Store");
        assert_eq!(total(browser).await?, after);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_line_can_be_removed_and_brought_back() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let before = browser.names(Role::Spinbutton).await?;
        let remove = browser.named(Role::Button, "Remove ").await?;
        let start = world.record.mark()?;
        browser.click(Role::Button, &remove).await?;
        browser.wait_for_number(Role::Spinbutton, 2).await?;
        let delete = world.record.wait_for(start, "removal", |exchange| exchange.method == "DELETE").await?;
        assert!(delete.status().is_some_and(|status| status < 300), "{delete}");

        let undo = browser.named(Role::Button, "Undo").await?;
        browser.click(Role::Button, &undo).await?;
        browser.wait_for_number(Role::Spinbutton, 3).await?;
        world.record.wait_for(start, "undo", |exchange| exchange.method == "PUT").await?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        let mut after = browser.names(Role::Spinbutton).await?;
        let mut before = before;
        before.sort();
        after.sort();
        assert_eq!(after, before);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_empty_cart_says_so_and_a_product_can_be_added() {
    journey(async |journey| {
        let Journey { world, browser } = journey;
        browser.sign_in_at(world.store(), SECOND).await?;
        browser.find(Role::Heading, "Your cart").await?;
        browser.wait_for_text("empty").await?;
        browser.click(Role::Link, "Products").await?;
        browser.find(Role::Heading, "Products").await?;
        let add = browser.named(Role::Button, "Add ").await?;
        let start = world.record.mark()?;
        browser.click(Role::Button, &add).await?;
        let put = world.record.wait_for(start, "product for the cart", |exchange| exchange.method == "PUT").await?;
        assert_eq!(put.status(), Some(200), "{put}");
        browser.open(&world.store().url("/cart")).await?;
        wait_for_cart(browser, 1).await
    })
    .await;
}
