//! Shoppers find products by search, by category and page by page, and return to the list that they left, in the single-page app.

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
