//! Opens every page and state in the widths of phones, tablets and desktops, with the default text size and with twice that. No page may
//! scroll sideways, and no control may be covered by another. Pictures for people to look at are in `target/screenshots/gallery`.

use crate::helpers::{block_sign_in, wait_for_cart};
use crate::webapp::{sign_in_to, webapp_journey};
use anyhow::ensure;
use e2e::{
    Browser, CrossOriginPage, Journey, Role, Workflow,
    account::{CHANGE, LOCKED, PASSWORD, SECOND, SHOPPER, TWO_FACTOR, TWO_FACTOR_ID, UNREGISTERED, UNVERIFIED},
    journey,
};
use serde_json::json;
use std::path::Path;

/// The workflow of the server-rendered pages, which are the same in `webapp-session`.
const WORKFLOW: Workflow = Workflow::WebappSession;
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/screenshots/gallery");
/// Width and height in CSS pixels, from the smallest phone (WCAG 1.4.10) to a desktop.
const WINDOWS: [(i64, i64); 6] = [(320, 640), (360, 780), (375, 667), (390, 844), (768, 1024), (1280, 900)];
/// The widths of which there are pictures.
const PICTURED: [i64; 2] = [390, 1280];
/// The browser's default text size, and twice that (WCAG 1.4.4), in pixels.
const TEXT_SIZES: [i64; 2] = [16, 32];

/// Checks pages in every window and text size, and takes pictures of them in light and dark.
struct Gallery<'a> {
    browser: &'a Browser,
    faults: Vec<String>,
}

impl<'a> Gallery<'a> {
    const fn of(browser: &'a Browser) -> Self {
        Self { browser, faults: Vec::new() }
    }

    /// Checks the current page, and saves its pictures under this name.
    async fn add(&mut self, name: &str) -> anyhow::Result<()> {
        for text_size in TEXT_SIZES {
            set_text_size(self.browser, text_size).await?;
            for (width, height) in WINDOWS {
                resize(self.browser, width, height).await?;
                let faults = faults_of(self.browser).await?;
                self.faults.extend(faults.into_iter().map(|fault| format!("{name}, {width} px, text {text_size} px: {fault}")));
                if PICTURED.contains(&width) && text_size == TEXT_SIZES[0] {
                    take_pictures(self.browser, name, (width, height)).await?;
                }
            }
        }
        set_text_size(self.browser, TEXT_SIZES[0]).await?;
        self.browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await.map(drop)
    }

    /// Returns an error if a page had a fault.
    fn end(self) -> anyhow::Result<()> {
        ensure!(self.faults.is_empty(), "\n{}", self.faults.join("\n"));
        Ok(())
    }
}

async fn set_text_size(browser: &Browser, pixels: i64) -> anyhow::Result<()> {
    browser.devtools("Page.setFontSizes", json!({"fontSizes": {"standard": pixels}})).await.map(drop)
}

/// Describes the innermost element that makes the page wider than its window, with the number of pixels.
const TOO_WIDE: &str = "const page = document.documentElement, excess = page.scrollWidth - page.clientWidth; \
    const reaches = [...document.querySelectorAll('body *')].filter(it => it.getBoundingClientRect().right > page.clientWidth); \
    return excess > 0 ? `${excess} px too wide because of ${reaches.pop()?.outerHTML.slice(0, 120)}` : null";

async fn faults_of(browser: &Browser) -> anyhow::Result<Vec<String>> {
    let mut faults = browser.covered_controls().await?;
    faults.extend(browser.eval::<Option<String>>(TOO_WIDE).await?);
    Ok(faults)
}

async fn take_pictures(browser: &Browser, name: &str, (width, height): (i64, i64)) -> anyhow::Result<()> {
    let whole: i64 = browser.eval("return document.documentElement.scrollHeight").await?;
    resize(browser, width, height.max(whole)).await?;
    for scheme in ["light", "dark"] {
        browser.devtools("Emulation.setEmulatedMedia", json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]})).await?;
        // Without this the picture could show colours in the middle of a transition.
        browser.eval::<()>("document.getAnimations().filter(it => it instanceof CSSTransition).forEach(it => it.finish())").await?;
        browser.screenshot(&Path::new(FOLDER).join(format!("{name}-{width}-{scheme}.png"))).await?;
    }
    browser.devtools("Emulation.setEmulatedMedia", json!({"features": []})).await.map(drop)
}

async fn resize(browser: &Browser, width: i64, height: i64) -> anyhow::Result<()> {
    let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await.map(drop)
}

#[tokio::test]
async fn a_covered_control_is_found() {
    journey(async |journey| {
        let page = "<!doctype html><title>Covered</title><link rel=icon href='data:,'><meta name=viewport content='width=device-width'>\
            <style>button { position: absolute; top: 9px; left: 9px; width: 99px; height: 49px } .free { left: 200px }</style>\
            <button>Under</button><button>Over</button><button class=free><b>Free</b></button>\
            <label style='position: absolute; top: 99px'><input type=checkbox style='visibility: hidden'>Named</label>";
        let page = CrossOriginPage::serve(page.to_owned()).await?;
        journey.browser.open(&page.url("localhost")).await?;
        assert_eq!(journey.browser.covered_controls().await?, ["button 'Under' is covered by button 'Over'"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_store() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser);
        let store = deployment.store();
        browser.open(&store.url("/")).await?;
        browser.find(Role::Heading, "Products").await?;
        browser.wait_for("products", "return document.querySelectorAll('main button').length > 0", Vec::new()).await?;
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
        browser.reload().await?;
        wait_for_cart(browser, 3).await?;
        gallery.add("store-cart").await?;
        browser.click(Role::Button, "Remove Wool blanket").await?;
        browser.wait_for_number(Role::Spinbutton, 2).await?;
        gallery.add("store-cart-removed").await?;
        browser.open(&store.url("/account")).await?;
        browser.find(Role::Heading, "Your account").await?;
        gallery.add("store-account").await?;
        browser.tolerate("/api/", "ERR_CONNECTION_REFUSED");
        deployment.stop_server().await?;
        browser.click(Role::Link, "Products").await?;
        browser.alert().await?;
        gallery.add("store-down").await?;
        deployment.start_server().await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_at(store, SECOND).await?;
        browser.wait_for_text("empty").await?;
        gallery.add("store-cart-empty").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_signing_in() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser);
        let store = deployment.store();
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?;
        gallery.add("sign-in").await?;
        browser.click(Role::Button, "Sign in").await?;
        browser.alert().await?;
        gallery.add("sign-in-empty").await?;
        for (name, status) in [("404", "404"), ("423", "423")] {
            browser.tolerate(name, status);
        }
        browser.sign_in_form().await?.submit(SHOPPER, "wrong").await?;
        browser.wait_for("answer", "return document.querySelector('[name=password]')?.value === ''", Vec::new()).await?;
        gallery.add("sign-in-wrong-password").await?;
        for (name, login_id, text) in [
            ("unregistered", UNREGISTERED, "Not registered here"),
            ("change", CHANGE, "Choose a new password"),
            ("unverified", UNVERIFIED, "Confirm your email address"),
            ("locked", LOCKED, "This account is locked"),
            ("two-factor", TWO_FACTOR, "Enter your code"),
        ] {
            browser.open(&store.url("/login")).await?;
            browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
            browser.wait_for_text(text).await?;
            gallery.add(&format!("sign-in-{name}")).await?;
        }
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_what_follows_a_refused_sign_in() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser);
        let store = deployment.store();
        let methods = json!([{"method": "email", "email": "toni.with.a.long.address@department.example.com"}, {"method": "sms", "mobilePhone": "+49301234"}]);
        deployment.admin().change_user(TWO_FACTOR_ID, json!({"twoFactor": {"methods": methods}})).await?;
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?.submit(TWO_FACTOR, PASSWORD).await?;
        browser.click(Role::Button, "Send a code to …34").await?;
        browser.wait_for_text("We have sent a code").await?;
        gallery.add("sign-in-code-sent").await?;
        deployment.admin().change_tenant(json!({"emailConfiguration": {"verificationStrategy": "FormField"}})).await?;
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?.submit(UNVERIFIED, PASSWORD).await?;
        browser.click(Role::Button, "Send another message").await?;
        browser.wait_for_text("A new message is on its way.").await?;
        gallery.add("sign-in-verification-code").await?;
        browser.open(&store.url("/verify-email/unknown")).await?;
        browser.find(Role::Button, "Confirm").await?;
        gallery.add("verify-email").await?;
        browser.tolerate("/api/user/verify-email", "404");
        browser.click(Role::Button, "Confirm").await?;
        browser.alert().await?;
        gallery.add("verify-email-expired").await?;
        block_sign_in(deployment, browser, SECOND).await?;
        gallery.add("sign-in-blocked").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_forums() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser);
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        browser.wait_for("posts", "return document.querySelectorAll('article').length > 0", Vec::new()).await?;
        gallery.add("forums-posts").await?;
        gallery.end()
    })
    .await;
}

/// Has the page receive posts whose authors have names of the most characters, and a text of 1,900 stacked marks, whatever the backend
/// would take of them today.
const EXTREME_POSTS: &str = "const send = globalThis.fetch, createdAt = '2026-11-20T08:00:00Z'; \
    const bodies = ['Z' + '\u{301}'.repeat(1900), 'x'.repeat(1900)]; \
    const posts = bodies.map((body, at) => ({ id: String(at), author: 'W'.repeat(40), body, createdAt })); \
    const answer = () => new Response(JSON.stringify(posts), { headers: { 'content-type': 'application/json' } }); \
    globalThis.fetch = async (...request) => String(request[0].url ?? request[0]).endsWith('/api/load-posts') ? answer() : send(...request);";

#[tokio::test]
async fn long_names_and_stacked_marks_widen_no_page_and_cover_no_header() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": EXTREME_POSTS})).await?;
        browser.sign_in_at(deployment.forums(), SHOPPER).await?;
        browser.wait_for("posts", "return document.querySelectorAll('article').length === 2", Vec::new()).await?;
        let mut gallery = Gallery::of(browser);
        gallery.add("forums-long-names").await?;
        gallery.end()?;
        for (width, height) in [(360, 780), (1280, 900)] {
            resize(browser, width, height).await?;
            let header = async || {
                let clip = json!({"x": 0, "y": 0, "width": width, "height": 200, "scale": 1});
                browser.devtools("Page.captureScreenshot", json!({"clip": clip})).await
            };
            let with_marks = header().await?;
            browser.eval::<()>("document.querySelector('.post .body').style.visibility = 'hidden'").await?;
            ensure!(header().await? == with_marks, "marks of a post reach the header at {width} px");
            browser.eval::<()>("document.querySelector('.post .body').style.visibility = ''").await?;
            // Without the containment the marks do reach the header: the comparison sees them.
            browser.eval::<()>("document.querySelector('.post').style.contain = 'none'").await?;
            ensure!(header().await? != with_marks, "the marks do not stack in this browser's font at {width} px");
            browser.eval::<()>("document.querySelector('.post').style.contain = ''").await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn adding_a_product_moves_nothing_on_the_page() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(deployment.store(), SECOND).await?;
        browser.wait_for_text("empty").await?;
        browser.click(Role::Link, "Products").await?;
        browser.find(Role::Heading, "Products").await?;
        browser.wait_for("products", "return document.querySelectorAll('.product button').length > 3", Vec::new()).await?;
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

#[tokio::test]
async fn pictures_of_registration() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let mut gallery = Gallery::of(browser);
        browser.open(&deployment.store().url("/register")).await?;
        browser.find(Role::Button, "Create account").await?;
        gallery.add("registration").await?;
        browser.tolerate("/api/register", "422");
        browser.click(Role::Button, "Create account").await?;
        browser.alert().await?;
        gallery.add("registration-empty").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_server_rendered_store() {
    webapp_journey(WORKFLOW, async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser);
        let store = deployment.store();
        browser.open(&store.url("/")).await?;
        browser.find(Role::Heading, "Products").await?;
        gallery.add("server-rendered-products").await?;
        browser.tolerate("/no/such/page", "404");
        browser.open(&store.url("/no/such/page")).await?;
        browser.find(Role::Heading, "Not found").await?;
        gallery.add("server-rendered-not-found").await?;
        browser.tolerate("/login", "403");
        browser.open(&store.url("/login")).await?;
        browser.sign_in_form().await?.submit(SHOPPER, "wrong-horse-battery").await?;
        browser.alert().await?;
        gallery.add("server-rendered-sign-in-wrong-password").await?;
        browser.tolerate("/register", "422");
        browser.open(&store.url("/register")).await?;
        browser.click(Role::Button, "Create account").await?;
        browser.alert().await?;
        gallery.add("server-rendered-registration-empty").await?;
        sign_in_to(browser, store, SHOPPER, "/shopping-cart").await?;
        wait_for_cart(browser, 3).await?;
        gallery.add("server-rendered-cart").await?;
        browser.tolerate("/shopping-cart/lines/enamel-mug", "422");
        browser.tab_to("Quantity of Enamel mug").await?;
        browser.type_on("\u{e009}a\u{e000}0\u{e007}").await?;
        browser.alert().await?;
        gallery.add("server-rendered-cart-refused").await?;
        browser.click(Role::Button, "Remove Wool blanket").await?;
        browser.find(Role::Button, "Undo: put Wool blanket back").await?;
        gallery.add("server-rendered-cart-removed").await?;
        browser.click(Role::Link, "Account").await?;
        browser.find(Role::Heading, "Your account").await?;
        gallery.add("server-rendered-account").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_the_server_rendered_forums() {
    webapp_journey(WORKFLOW, async |journey| {
        let Journey { deployment, browser } = &*journey;
        let mut gallery = Gallery::of(browser);
        sign_in_to(browser, deployment.forums(), SHOPPER, "/posts").await?;
        browser.find(Role::Heading, "Posts").await?;
        gallery.add("server-rendered-posts").await?;
        gallery.end()
    })
    .await;
}
