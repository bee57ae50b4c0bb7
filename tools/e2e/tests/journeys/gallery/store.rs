//! Checks the Store's pages and states in the single-page app in every window size, and the layout of some pages of both applications.

use super::{Gallery, TEXT_SIZES, resize, set_text_size};
use crate::helpers::{HAS_UNANSWERED_EDITS, wait_for_answered_edits, wait_for_banner, wait_for_cart, wait_for_font};
use anyhow::ensure;
use e2e::{
    Browser, Journey, Role, Setup, Workflow,
    account::{SECOND, SHOPPER},
    journey, journey_in,
};
use serde_json::json;
use storefront_messages::Language;

#[tokio::test]
async fn pictures_of_the_store() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        let store = deployment.store();
        browser.open(&store.url("/")).await?;
        browser.find(Role::Heading, "Products").await?;
        browser.wait_for("products", "return document.querySelectorAll('.product').length > 0", Vec::new()).await?;
        gallery.add("store-products-signed-out").await?;
        browser.open(&store.url("/no/such/page")).await?;
        browser.find(Role::Heading, "Page not found").await?;
        gallery.add("store-not-found").await?;
        browser.open(&store.url("/")).await?;
        browser.click(Role::Link, "Two-tree hammock").await?;
        browser.click(Role::Button, "Add to cart: Two-tree hammock").await?;
        browser.wait_for_text("Added.").await?;
        gallery.add("store-product").await?;
        browser.click(Role::Link, "See your cart").await?;
        wait_for_cart(browser, 1).await?;
        gallery.add("store-cart-visitor").await?;
        browser.sign_in_at(store, SHOPPER).await?;
        wait_for_cart(browser, 4).await?;
        gallery.add("store-cart-merged").await?;
        browser.click(Role::Button, "OK").await?;
        browser.click(Role::Button, "Remove Two-tree hammock").await?;
        wait_for_answered_edits(browser).await?;
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        gallery.add("store-cart").await?;
        deployment.set_stock("enamel-mug", 1).await?;
        browser.reload().await?;
        browser.wait_for_text("Enamel mug: only 1 left. We'll change the quantity in your cart to 1.").await?;
        gallery.add("store-cart-too-few").await?;
        browser.click(Role::Button, "Remove Wool blanket").await?;
        browser.wait_for_number(Role::Spinbutton, 2).await?;
        gallery.add("store-cart-removed").await?;
        // The message that the page shows after a crash of the app.
        browser.eval::<()>("document.getElementById('broken').hidden = false").await?;
        gallery.audit("store-broken").await?;
        browser.eval::<()>("document.getElementById('broken').hidden = true").await?;
        browser.tolerate("/api/", "ERR_CONNECTION_REFUSED");
        deployment.stop_server().await?;
        browser.click(Role::Link, "Products").await?;
        browser.alert().await?;
        gallery.add("store-down").await?;
        deployment.start_server().await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.find(Role::Link, "Sign in").await?;
        browser.sign_in_at(store, SECOND).await?;
        browser.wait_for_text("Your cart is empty").await?;
        gallery.add("store-cart-empty").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_variants() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        for (name, product, heading, region) in [
            ("store-product-variants", "enamel-mug-blue", "Enamel mug, blue", "main"),
            ("store-product-variant-sold-out", "enamel-mug-green", "Enamel mug, green", ".buy"),
            ("store-product-sizes", "wool-blanket", "Wool blanket", ".variants"),
        ] {
            browser.open(&deployment.store().url(&format!("/products/{product}"))).await?;
            browser.find(Role::Heading, heading).await?;
            browser.wait_for("app", "return document.querySelector('#app .variants') !== null", Vec::new()).await?;
            gallery.add_form(name, region).await?;
        }
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_catalogue() {
    journey_in(Setup::of(Workflow::SpaLocalStorage).with_flags(&["--demo-products", "60"]), async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        for (name, query, selector, region) in [
            ("store-catalogue-results", "?q=mug&category=kitchen&sort=price&available=1", ".product", "main"),
            ("store-catalogue-corrected", "?q=enamal+mug", ".product", ".catalogue-count"),
            ("store-catalogue-empty", "?q=zeppelin", ".empty-state", "main"),
        ] {
            browser.open(&deployment.store().url(&format!("/{query}"))).await?;
            browser.wait_for(name, &format!("return document.querySelector('{selector}') !== null"), Vec::new()).await?;
            gallery.add_form(name, region).await?;
        }
        browser.open(&deployment.store().url("/")).await?;
        browser.find(Role::Button, "Show more").await?;
        gallery.add("store-catalogue-page").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_a_store_without_a_connection() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        browser.sign_in_at(deployment.store(), SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        browser.wait_for("loaded parts", "return document.documentElement.dataset.first === undefined", Vec::new()).await?;
        set_connection(browser, Connection::Lost).await?;
        wait_for_banner(browser, "You're offline. We'll send any changes").await?;
        gallery.add("store-offline").await?;
        browser.click(Role::Button, "Remove Wool blanket").await?;
        wait_for_banner(browser, "You're offline. We'll send your changes").await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.find(Role::Button, "Stay signed in").await?;
        gallery.add("store-offline-sign-out").await?;
        browser.click(Role::Button, "Stay signed in").await?;

        browser.wait_for("kept page", "return caches.match('/index.html').then(page => !!page)", Vec::new()).await?;
        browser.wait_for("kept change", &format!("return {HAS_UNANSWERED_EDITS}"), Vec::new()).await?;
        for path in ["/api/", "/assets/", ".wasm", ".css", "service_worker.js"] {
            browser.tolerate(path, "ERR_");
        }
        browser.reload().await?;
        // Chromium 148 gives the reloaded page no network, but sets its `navigator.onLine` to false only when the command is repeated.
        set_connection(browser, Connection::Lost).await?;
        browser.find(Role::Heading, "Changes waiting to be sent").await?;
        gallery.add_form("store-offline-reloaded", "main").await?;
        let start = deployment.record.mark()?;
        set_connection(browser, Connection::Back).await?;
        browser.wait_until_gone(Role::Heading, "Changes waiting to be sent").await?;
        wait_for_cart(browser, 2).await?;
        let removals = deployment.record.calls(start)?.into_iter().filter(|it| it.contains(" DELETE ")).collect::<Vec<_>>();
        ensure!(removals == ["browser -> store DELETE /api/shopping-cart/lines/wool-blanket Bearer@store => 200"], "{removals:?}");
        wait_for_answered_edits(browser).await?;
        gallery.end()
    })
    .await;
}

/// A script that replaces the posts that the page receives: authors with the longest names, and one text with 1,900 stacked accents. The
/// test does not store such posts, because the backend may refuse them.
const EXTREME_POSTS: &str = "const send = globalThis.fetch, createdAt = '2026-11-20T08:00:00Z'; \
    const bodies = ['Z' + '\u{301}'.repeat(1900), 'x'.repeat(1900)]; \
    const posts = bodies.map((body, at) => ({ id: String(at), author: 'W'.repeat(40), body, createdAt })); \
    const answer = () => new Response(JSON.stringify(posts), { headers: { 'content-type': 'application/json' } }); \
    globalThis.fetch = async (...request) => String(request[0].url ?? request[0]).endsWith('/api/load-posts') ? answer() : send(...request);";

/// A script that turns off the two styles that keep a text inside of its post: the containment, and the cut after three lines.
/// [`CONTAINED`] turns both styles on again.
const UNCONTAINED: &str = "const post = document.querySelector('.post'), { style } = post.querySelector('.body'); \
    [post.style.contain, style.overflow, style.display] = ['none', 'visible', 'block'];";
const CONTAINED: &str = "const post = document.querySelector('.post'), { style } = post.querySelector('.body'); \
    [post.style.contain, style.overflow, style.display] = ['', '', ''];";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Connection {
    Lost,
    Back,
}

async fn set_connection(browser: &Browser, connection: Connection) -> anyhow::Result<()> {
    browser.devtools("Network.enable", json!({})).await?;
    let conditions = json!({"offline": connection == Connection::Lost, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    browser.devtools("Network.emulateNetworkConditions", conditions).await.map(drop)
}

#[tokio::test]
async fn long_names_and_stacked_marks_stay_within_their_box() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": EXTREME_POSTS})).await?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        browser.wait_for("posts", "return document.querySelectorAll('article').length === 2", Vec::new()).await?;
        let mut gallery = Gallery::of(browser).await?;
        gallery.add("forums-long-names").await?;
        gallery.end()?;
        // Scrollbars fade out after a resize, and so would make the pictures differ.
        browser.devtools("Emulation.setScrollbarsHidden", json!({"hidden": true})).await?;
        // Text above the post would make the pictures differ, too, because Chromium draws the edges of that text with other pixels when
        // the post changes.
        browser.eval::<()>("document.querySelector('main').style.visibility = 'hidden'").await?;
        for (width, height) in [(360, 780), (1280, 900)] {
            resize(browser, width, height).await?;
            let above_the_posts = async || {
                let top = "return Math.round(document.querySelector('.post').getBoundingClientRect().top + scrollY)";
                let clip = json!({"x": 0, "y": browser.eval::<i64>(top).await? - 80, "width": width, "height": 60, "scale": 1});
                browser.devtools("Page.captureScreenshot", json!({"clip": clip, "captureBeyondViewport": true})).await
            };
            let without_marks = above_the_posts().await?;
            browser.eval::<()>("document.querySelector('.post .body').style.visibility = 'visible'").await?;
            ensure!(above_the_posts().await? == without_marks, "the marks of a post reach the area above the post at {width} px");
            // Without these styles the marks reach the area above the post, which proves that the comparison detects them.
            browser.eval::<()>(UNCONTAINED).await?;
            ensure!(above_the_posts().await? != without_marks, "the marks do not stack in this browser's font at {width} px");
            browser.eval::<()>(CONTAINED).await?;
            browser.eval::<()>("document.querySelector('.post .body').style.visibility = ''").await?;
        }
        Ok(())
    })
    .await;
}

/// The vertical distance between the middles of the header's highest and lowest control, in pixels. It is at most 1 if all are in one row.
const ROW_HEIGHT: &str = "const middles = [...document.querySelectorAll('.bar a, .bar button')] \
    .filter(it => it.checkVisibility({visibilityProperty: true})).map(it => it.getBoundingClientRect()).map(it => it.top + it.height / 2); \
    return Math.round(Math.max(...middles) - Math.min(...middles))";

#[tokio::test]
async fn the_header_is_one_row_on_the_smallest_phone_with_a_full_cart_in_each_language() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let store = deployment.store();
        browser.sign_in_at(store, SHOPPER).await?;
        wait_for_cart(browser, 3).await?;
        let quantities = "for (const input of document.querySelectorAll('input[type=number]')) { \
            input.value = 9; input.dispatchEvent(new Event('change', {bubbles: true})); }";
        browser.eval::<()>(quantities).await?;
        browser.wait_for("full cart", "return document.querySelector('.badge')?.textContent.startsWith('27')", Vec::new()).await?;
        let is_saved =
            "return performance.getEntriesByType('resource').filter(it => it.name.includes('/api/shopping-cart/lines/')).length === 3";
        browser.wait_for("three answers", is_saved, Vec::new()).await?;
        for tag in Language::ALL.map(Language::tag) {
            browser.eval::<()>(&format!("document.cookie = 'language={tag};path=/'")).await?;
            for path in ["/cart", "/"] {
                browser.open(&store.url(path)).await?;
                let is_shown = format!(
                    "return document.documentElement.lang === '{tag}' && document.querySelector('.badge')?.textContent.startsWith('27')"
                );
                browser.wait_for("full cart", &is_shown, Vec::new()).await?;
                for (width, height) in [(320, 640), (360, 780), (390, 844), (768, 1024), (960, 700)] {
                    resize(browser, width, height).await?;
                    let apart: i64 = browser.eval(ROW_HEIGHT).await?;
                    ensure!(apart <= 1, "{path} in {tag} at {width} px: two rows, {apart} px apart");
                }
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_pages_for_customers() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser).await?;
        for site in [deployment.store(), deployment.forums()] {
            browser.open(&site.url("/login")).await?;
            for page in ["Delivery", "Returns", "Privacy", "Contact"] {
                browser.click(Role::Link, page).await?;
                browser.find(Role::Heading, page).await?;
                browser.wait_for("text", "return document.querySelectorAll('.help section').length > 0", Vec::new()).await?;
                let name = format!("help-{}", page.to_lowercase());
                match page {
                    _ if site != deployment.store() => {}
                    "Returns" => gallery.add_form(&name, "main").await?,
                    _ => gallery.add(&name).await?,
                }
            }
        }
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn the_first_products_are_on_the_first_screen_of_a_phone() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        resize(browser, 390, 844).await?;
        browser.open(&deployment.store().url("/")).await?;
        // The server sends the products with the page, so they can be there before the styles. The script waits for both.
        let is_shown = "return document.readyState === 'complete' && document.querySelectorAll('.product').length > 3";
        browser.wait_for("products and their styles", is_shown, Vec::new()).await?;
        let [first, second]: [[i64; 2]; 2] = browser
            .eval("return [...document.querySelectorAll('.product .price')].slice(0, 2).map(it => it.getBoundingClientRect()).map(it => [Math.round(it.left), Math.round(it.bottom)])")
            .await?;
        ensure!(first[0] < second[0] && first[1] == second[1], "the first two products must be side by side: {first:?} {second:?}");
        ensure!(first[1] <= 844, "the price of the first product ends at {} px, below the first screen", first[1]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn adding_a_product_moves_nothing_on_the_page() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SECOND).await?;
        browser.wait_for_text("Your cart is empty").await?;
        browser.click(Role::Link, "Products").await?;
        browser.find(Role::Heading, "Products").await?;
        browser.wait_for("products", "return document.querySelectorAll('.product button').length > 3", Vec::new()).await?;
        // When the font arrives, a product's name may need another number of lines.
        wait_for_font(browser).await?;
        let mut added = 0;
        for text_size in TEXT_SIZES {
            set_text_size(browser, text_size).await?;
            for (width, height) in [(360, 780), (1280, 900)] {
                resize(browser, width, height).await?;
                let places = "return [...document.querySelectorAll('.product h2, .product button')].map(it => Math.round(it.offsetTop))";
                let before: Vec<i64> = browser.eval(places).await?;
                browser.eval::<()>(&format!("document.querySelectorAll('.product button')[{added}].click()")).await?;
                added += 1;
                let is_added = format!("return document.querySelectorAll('.card-added').length === {added}");
                browser.wait_for("added product", &is_added, Vec::new()).await?;
                let after: Vec<i64> = browser.eval(places).await?;
                ensure!(before == after, "{width} px, text {text_size} px: {before:?} has become {after:?}");
            }
        }
        Ok(())
    })
    .await;
}
