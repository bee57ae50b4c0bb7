//! The server puts the content of product pages into the HTML. The browser shows this content before the app starts, and the content must
//! stay the same when the app takes over.

use anyhow::ensure;
use e2e::{Browser, HoldingProxy, Journey, Role, Setup, Workflow, journey, journey_in};

/// The number of visible `main` elements, and of the first one: the positions of its first price and of the button on a product's page, its
/// headings, descriptions and prices.
const SHOWN: &str = "const shown = [...document.querySelectorAll('main')].filter(it => it.checkVisibility());
    const texts = [...shown[0]?.querySelectorAll('h1, h2, .lead, .about, .price') ?? []].map(it => it.innerText);
    const button = JSON.stringify(shown[0]?.querySelector('.buy .primary, .product-facts > .primary')?.getBoundingClientRect());
    return [shown.length, shown[0]?.querySelector('.price')?.getBoundingClientRect().top, button, ...texts].join('\\n')";

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
            ensure!(browser.eval::<bool>("return !!document.getElementById('shell')").await?, "the app must not have started yet");

            proxy.release_program();
            browser.wait_for("the app", "return !document.getElementById('shell')", Vec::new()).await?;
            ensure!(
                before == shown(browser).await?,
                "{path} has changed before the page's code is loaded: {before}\n{}",
                shown(browser).await?
            );
            proxy.release_parts();
            browser.wait_for("the app's content", "return !document.getElementById('first-content')", Vec::new()).await?;
            browser.find(Role::Button, "Add to cart: Enamel mug").await?;
            ensure!(before == shown(browser).await?, "{path} has changed when the app took over: {before}\n{}", shown(browser).await?);
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_content_works_before_the_app_has_started() {
    journey(async |Journey { deployment, browser }| {
        let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
        let store = proxy.site(deployment.store());
        deployment.allow_origins(&[store]).await?;
        open(browser, &store.url("/")).await?;
        for (role, name) in [(Role::Link, "Search"), (Role::Link, "Cart"), (Role::Link, "Sign in")] {
            browser.find(role, name).await?;
        }
        // The search goes to the server. The content security policy would block it, and a journey fails at any violation.
        browser.tab_to("Search products").await?;
        browser.type_on("mug\u{e007}").await?;
        browser.wait_for("results", "return new URLSearchParams(location.search).get('q') === 'mug'", Vec::new()).await?;
        let found = shown(browser).await?;
        ensure!(found.contains("Enamel mug") && !found.contains("Wool blanket"), "{found}");
        // Text that was typed and a click stay when the app takes over.
        browser.tab_to("Search products").await?;
        browser.type_on("\u{e010} enam").await?;
        browser.click(Role::Button, "Add to cart: Enamel mug").await?;
        ensure!(browser.eval::<bool>("return document.querySelector('[data-held]').innerText === 'Adding…'").await?);
        proxy.release();
        browser.wait_for_text("Added.").await?;
        ensure!(browser.eval::<String>("return document.querySelector('#q').value").await? == "mug enam");
        browser.wait_for("badge", "return document.querySelector('.badge')?.textContent.startsWith('1')", Vec::new()).await
    })
    .await;
}

/// Adds up the layout shifts of the page, as <https://web.dev/articles/cls> does, but with those that follow an input.
const OBSERVE_SHIFTS: &str = "globalThis.shifted = 0; globalThis.moved = []; new PerformanceObserver(list => { \
    for (const { value, sources } of list.getEntries()) { \
        shifted += value; \
        moved.push(...sources.map(it => `${it.node?.outerHTML?.slice(0, 80)} ${JSON.stringify([it.previousRect, it.currentRect])}`)); \
    } \
}).observe({ type: 'layout-shift', buffered: true })";

/// Holds requests for a product's data until the page calls `release`.
const HOLD_PRODUCT: &str = "const send = globalThis.fetch; globalThis.fetch = (...request) => \
    String(request[0].url ?? request[0]).includes('/api/products/') \
        ? new Promise(done => { globalThis.release = () => done(send(...request)); }) : send(...request);";

#[tokio::test]
async fn a_product_takes_the_place_of_its_grey_shapes() {
    journey(async |Journey { deployment, browser }| {
        for (width, height) in [(390, 844), (1280, 900)] {
            crate::gallery::resize(browser, width, height).await?;
            browser.open(&deployment.store().url("/")).await?;
            browser.find(Role::Button, "Add to cart: Enamel mug").await?;
            browser.eval::<()>(&[HOLD_PRODUCT, OBSERVE_SHIFTS].concat()).await?;
            browser.click(Role::Link, "Enamel mug").await?;
            browser.wait_for("grey shapes", "return document.querySelector('.product-page .bone') !== null", Vec::new()).await?;
            browser.eval_async::<()>("const done = arguments[0]; requestAnimationFrame(() => setTimeout(done))").await?;
            // Without the left edge, which moves when the page gets a scroll bar.
            let place = "const { top, width } = document.querySelector('.product-page :is(.pictures, .bone)').getBoundingClientRect(); \
                return [top, width].map(Math.round).join()";
            let before: String = browser.eval(place).await?;
            let shifted: f64 = browser.eval("return shifted").await?;
            browser.eval::<()>("moved.length = 0; release()").await?;
            browser.find(Role::Button, "Add to cart: Enamel mug").await?;
            browser.eval_async::<()>("const done = arguments[0]; requestAnimationFrame(() => setTimeout(done))").await?;
            let after = browser.eval::<String>(place).await?;
            ensure!(after == before, "the picture is at {after}, its grey shape was at {before}, at {width} px");
            let shifted = browser.eval::<f64>("return shifted").await? - shifted;
            let moved: Vec<String> = browser.eval("return moved").await?;
            ensure!(shifted < 0.02, "the product has shifted by {shifted} at {width} px: {moved:#?}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_reload_in_the_middle_of_the_list_stays_there_when_the_app_takes_over() {
    journey(async |Journey { deployment, browser }| {
        crate::gallery::resize(browser, 390, 844).await?;
        browser.open(&deployment.store().url("/")).await?;
        browser.find(Role::Button, "Add to cart: Enamel mug").await?;
        browser.eval::<()>("scrollTo(0, 1500)").await?;
        browser.wait_for("its id", "return typeof history.state === 'number'", Vec::new()).await?;
        browser.reload().await?;
        browser.wait_for("the app", "return !document.getElementById('first-content')", Vec::new()).await?;
        browser.wait_for("position", "return Math.abs(scrollY - 1500) < 30", Vec::new()).await?;
        // Through another document, which has not started when the browser comes back.
        browser.open(&deployment.store().url("/login")).await?;
        browser.sign_in_form().await?;
        browser.back().await?;
        browser.wait_for("the app", "return !document.getElementById('first-content')", Vec::new()).await?;
        browser.wait_for("position", "return Math.abs(scrollY - 1500) < 30", Vec::new()).await
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
