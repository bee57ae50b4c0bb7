//! The server puts the content of product pages into the HTML. The browser shows this content before the app starts, and the content must
//! stay the same when the app takes over.

use anyhow::ensure;
use e2e::{Browser, HoldingProxy, Journey, Role, Setup, Workflow, journey, journey_in};

/// The number of visible `main` elements, and of the first one: the position of its first price, its headings, descriptions and prices.
const SHOWN: &str = "const shown = [...document.querySelectorAll('main')].filter(it => it.checkVisibility());
    const texts = [...shown[0]?.querySelectorAll('h1, h2, .lead, .about, .price') ?? []].map(it => it.innerText);
    return [shown.length, shown[0]?.querySelector('.price')?.getBoundingClientRect().top, ...texts].join('\\n')";

/// Opens a page, waits until its styles are loaded and its content is visible, and returns that content.
async fn open(browser: &Browser, url: &str) -> anyhow::Result<String> {
    browser.open(url).await?;
    let is_painted = "return document.getElementById('first-content').checkVisibility()";
    browser.wait_for("content", is_painted, Vec::new()).await?;
    shown(browser).await
}

async fn shown(browser: &Browser) -> anyhow::Result<String> {
    browser.eval(SHOWN).await
}

#[tokio::test]
async fn a_product_is_there_before_the_app_and_stays_when_the_app_takes_over() {
    journey(async |Journey { deployment, browser }| {
        for path in ["/", "/products/enamel-mug"] {
            let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
            let store = proxy.site(deployment.store());
            deployment.allow_origins(&[store]).await?;
            let before = open(browser, &store.url(path)).await?;
            ensure!(before.starts_with("1\n") && before.contains("Enamel mug") && before.contains("€14.90"), "{path}: {before}");
            ensure!(!browser.has(Role::Button, "Add to cart: Enamel mug").await?, "the app must not have started yet");

            proxy.release_program();
            browser.wait_for("the app", "return !document.getElementById('shell')", Vec::new()).await?;
            ensure!(
                before == shown(browser).await?,
                "{path} has changed before the page's code is loaded: {before}\n{}",
                shown(browser).await?
            );
            proxy.release_parts();
            browser.find(Role::Button, "Add to cart: Enamel mug").await?;
            ensure!(before == shown(browser).await?, "{path} has changed when the app took over: {before}\n{}", shown(browser).await?);
            ensure!(
                browser.eval::<bool>("return !document.getElementById('first-content')").await?,
                "the app must remove the server's content"
            );
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_product_can_be_read_without_a_script() {
    journey_in(Setup::of(Workflow::SpaLocalStorage).without_script(), async |Journey { deployment, browser }| {
        let list = open(browser, &deployment.store().url("/")).await?;
        ensure!(list.starts_with("1\n") && list.contains("Enamel mug") && list.contains("This page needs JavaScript"), "{list}");
        browser.click(Role::Link, "Enamel mug").await?;
        browser.wait_for_path("/products/enamel-mug").await?;
        let product = shown(browser).await?;
        ensure!(product.contains("€14.90") && !product.contains("Wool blanket"), "{product}");
        Ok(())
    })
    .await;
}
