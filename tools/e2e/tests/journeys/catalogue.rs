//! Shoppers find products by search, by category and page by page, and return to the list that they left.

use crate::helpers::ENTER;
use crate::webapp::webapp_journey_with;
use anyhow::ensure;
use e2e::{Browser, Journey, Role, Setup, Workflow, journey_in};

/// A flag with which the server adds 60 products. With the twelve of the demo data the Store has 72.
const PRODUCTS: &[&str] = &["--demo-products", "60"];

/// Waits until the page shows the text `status` about the number of products, and `number` products.
async fn wait_for_products(browser: &Browser, status: &str, number: usize) -> anyhow::Result<()> {
    let script = "return document.querySelector('.catalogue-count')?.textContent.trim() === arguments[0] \
        && document.querySelectorAll('.product').length === arguments[1]";
    browser.wait_for(&format!("{status:?}"), script, vec![status.into(), number.into()]).await
}

#[tokio::test]
async fn products_are_found_by_keyboard_alone() {
    journey_in(Setup::of(Workflow::SpaLocalStorage).with_flags(PRODUCTS), async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/cart")).await?;
        browser.sign_in_form().await?;
        browser.tab_to("Search").await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_path("/?q=").await?;
        wait_for_products(browser, "72 products, 24 shown", 24).await?;
        browser.wait_for("focus in the box", "return document.activeElement.id === 'q'", Vec::new()).await?;
        browser.type_on(&format!("enamal mug{ENTER}")).await?;
        browser.wait_for_path("/?q=enamal+mug").await?;
        browser.wait_for_text("Showing results for “enamel mug”.").await?;
        browser.find(Role::Link, "Enamel mug").await?;
        browser.tab_to("On the road").await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_path("/?q=enamal+mug&category=road").await?;
        browser.wait_for_text("Nothing found for “enamal mug”.").await?;
        browser.tab_to("Clear search").await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_path("/").await?;
        wait_for_products(browser, "72 products, 24 shown", 24).await?;
        browser
            .wait_for("focus in the box", "return document.activeElement.id === 'q' && document.activeElement.value === ''", Vec::new())
            .await?;
        browser.tab_to("In stock only").await?;
        browser.type_on(" ").await?;
        browser.wait_for_path("/?available=1").await?;
        ensure!(browser.focused().await? == "In stock only", "the focus must stay on the control");
        browser
            .wait_for(
                "products in stock",
                "return document.querySelectorAll('.product').length === 24 && !document.querySelector('.is-sold-out')",
                Vec::new(),
            )
            .await?;
        browser.reload().await?;
        browser.wait_for("the same after a reload", "return document.querySelector('#available')?.checked === true", Vec::new()).await
    })
    .await;
}

#[tokio::test]
async fn back_from_a_product_the_list_is_as_far_and_as_deep_as_before() {
    journey_in(Setup::of(Workflow::SpaLocalStorage).with_flags(PRODUCTS), async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/?sort=price")).await?;
        wait_for_products(browser, "72 products, 24 shown", 24).await?;
        browser.click(Role::Button, "Show more").await?;
        wait_for_products(browser, "72 products, 48 shown", 48).await?;
        ensure!(browser.focused().await? == "Show more", "the button must keep the focus");
        browser.click(Role::Button, "Show more").await?;
        wait_for_products(browser, "72 products, 72 shown", 72).await?;
        let order = "const prices = [...document.querySelectorAll('.product .price strong')].map(it => Number(it.textContent.replace(/[^0-9]/g, ''))); \
            return prices.every((price, at) => at === 0 || prices[at - 1] <= price)";
        ensure!(browser.eval::<bool>(order).await?, "the cheapest products must come first");
        browser.eval::<()>("document.querySelectorAll('.product')[60].scrollIntoView({ block: 'center' })").await?;
        let before: f64 = browser.eval("return scrollY").await?;
        ensure!(before > 1_000.0, "the 61st product must be far below the top: {before}");
        let name: String = browser.eval("return document.querySelectorAll('.product h2 a')[60].textContent").await?;
        browser.click(Role::Link, &name).await?;
        browser.find(Role::Heading, &name).await?;
        browser.wait_for("the top of the page", "return scrollY === 0", Vec::new()).await?;
        browser.back().await?;
        wait_for_products(browser, "72 products, 72 shown", 72).await?;
        let is_there = format!("return Math.abs(scrollY - {before}) < 2");
        browser.wait_for("the same place", &is_there, Vec::new()).await
    })
    .await;
}

#[tokio::test]
async fn products_are_found_without_a_script() {
    webapp_journey_with(Workflow::WebappSession, PRODUCTS, async |journey| {
        let Journey { deployment, browser } = journey;
        browser.open(&deployment.store().url("/login")).await?;
        browser.tab_to("Search").await?;
        browser.type_on(ENTER).await?;
        browser.wait_for_path("/?q=").await?;
        ensure!(browser.focused().await? == "Search products", "the search field must have the focus");
        browser.type_on(&format!("enamal mug{ENTER}")).await?;
        browser.wait_for_text("Showing results for “enamel mug”.").await?;
        browser.click(Role::Button, "Add to cart: Enamel mug").await?;
        browser.wait_for_text("Added Enamel mug.").await?;
        ensure!(browser.path().await?.starts_with("/?q=enamal+mug"), "the page must still show the same list: {}", browser.path().await?);
        browser.click(Role::Link, "All").await?;
        browser.open(&deployment.store().url("/")).await?;
        wait_for_products(browser, "72 products", 24).await?;
        let first: String = browser.eval("return document.querySelector('.product h2').textContent").await?;
        browser.click(Role::Link, "Next page").await?;
        browser.find(Role::Link, "First page").await?;
        browser.click(Role::Link, "Next page").await?;
        browser.wait_until_gone(Role::Link, "Next page").await?;
        wait_for_products(browser, "72 products", 24).await?;
        let last: String = browser.eval("return document.querySelector('.product h2').textContent").await?;
        ensure!(first != last, "the third page must begin with another product");
        browser.click(Role::Link, &last).await?;
        browser.find(Role::Heading, &last).await?;
        browser.back().await?;
        browser.find(Role::Link, &last).await.map(drop)
    })
    .await;
}
