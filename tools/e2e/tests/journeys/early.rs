//! A small script in the page, the early script, sends requests while the wasm is still loading: for the data of a page that a signed-in
//! user opens, and to sign in a visitor who submits the form before the app has started.

use crate::helpers::{CART, wait_for_cart, wait_for_focus_on_heading};
use e2e::{
    Browser, HoldingProxy, Journey, RecordPosition, Role, Site,
    account::{PASSWORD, SHOPPER},
    journey,
};

/// A page behind a proxy that withholds the wasm.
struct HeldPage {
    proxy: HoldingProxy,
    /// The position in the record of messages at which the messages of this page begin.
    start: RecordPosition,
}

impl HeldPage {
    /// Opens a page as a user who has signed in on an earlier visit.
    async fn of_a_user(journey: &Journey, site: Site, path: &str) -> anyhow::Result<Self> {
        let Journey { deployment, browser } = journey;
        browser.sign_in_at(site, SHOPPER).await?;
        let storage = serde_json::to_string(&browser.local_storage().await?)?;
        browser.eval::<()>("localStorage.clear()").await?;
        let proxy = HoldingProxy::in_front_of(site).await?;
        // The proxy has a port of its own, and so an origin with a local storage of its own.
        browser.open(&proxy.site(site).url("/login")).await?;
        browser.eval::<()>(&format!("Object.assign(localStorage, {storage})")).await?;
        let start = deployment.record.mark()?;
        browser.open(&proxy.site(site).url(path)).await?;
        Ok(Self { proxy, start })
    }

    /// Opens a page that shows the sign-in form, as a visitor for whom the browser has stored nothing.
    async fn of_a_visitor(journey: &Journey, path: &str) -> anyhow::Result<Self> {
        let Journey { deployment, browser } = journey;
        let proxy = HoldingProxy::in_front_of(deployment.store()).await?;
        let store = proxy.site(deployment.store());
        deployment.allow_origins(&[store]).await?;
        let start = deployment.record.mark()?;
        browser.open(&store.url(path)).await?;
        browser.sign_in_form().await?;
        Ok(Self { proxy, start })
    }

    /// Like [`Self::of_a_visitor`], and submits the form.
    async fn of_a_visitor_who_signs_in(journey: &Journey, path: &str) -> anyhow::Result<Self> {
        let page = Self::of_a_visitor(journey, path).await?;
        journey.browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?;
        Ok(page)
    }

    /// Waits for a request that the page sends before the wasm is loaded.
    async fn wait_for(&self, journey: &Journey, call: &str) -> anyhow::Result<()> {
        let Journey { deployment, browser } = journey;
        deployment.record.wait_for(self.start, call, |exchange| exchange.to_string().contains(call)).await?;
        assert!(browser.eval::<bool>("return document.querySelector('#shell') !== null").await?, "the proxy must still hold the wasm");
        Ok(())
    }

    /// Lets the app start, waits for the cart, and counts the sign-ins and the requests for the cart.
    async fn cart(&self, journey: &Journey) -> anyhow::Result<(usize, usize)> {
        self.proxy.release();
        wait_for_cart(&journey.browser, 3).await?;
        let calls = journey.deployment.record.calls(self.start)?;
        let count = |text: &str| calls.iter().filter(|call| call.contains(text)).count();
        Ok((count(LOGIN), count(CART)))
    }
}

const LOGIN: &str = "browser -> fusionauth POST /api/login";

/// Whether the page's data is there.
const HAS_DATA: &str = "return document.querySelector('main .bone, [aria-busy=true]') === null";

/// Turns the early script off, as if the browser had blocked it: the object that it defines stays undefined.
async fn refuse_early_script(browser: &Browser) -> anyhow::Result<()> {
    let refuse = serde_json::json!({"source": "Object.defineProperty(globalThis, 'fusionauthEarly', { value: undefined })"});
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", refuse).await?;
    Ok(())
}

#[tokio::test]
async fn a_page_of_a_signed_in_user_is_asked_for_before_the_wasm_and_once() {
    journey(async |journey| {
        let (store, forums) = (journey.deployment.store(), journey.deployment.forums());
        let pages = [
            (store, "/cart", CART, "Your cart"),
            (store, "/account", "browser -> store GET /api/user Bearer@store => 200", "Your account"),
            (forums, "/", "browser -> forums GET /api/load-posts Bearer@forums => 200", "Posts"),
        ];
        for (site, path, call, heading) in pages {
            let page = HeldPage::of_a_user(journey, site, path).await?;
            page.wait_for(journey, call).await?;
            page.proxy.release();
            let Journey { deployment, browser } = &*journey;
            browser.find(Role::Heading, heading).await?;
            browser.wait_for("the page's data", HAS_DATA, Vec::new()).await?;
            let calls = deployment.record.calls(page.start)?;
            assert_eq!(calls.iter().filter(|it| *it == call).count(), 1, "expected one request: {calls:?}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_the_early_script_the_app_asks() {
    journey(async |journey| {
        refuse_early_script(&journey.browser).await?;
        let page = HeldPage::of_a_user(journey, journey.deployment.store(), "/cart").await?;
        let Journey { deployment, browser } = &*journey;
        browser.wait_for("static page", "return document.querySelector('#shell') !== null", Vec::new()).await?;
        assert_eq!(deployment.record.calls(page.start)?, [""; 0]);
        assert_eq!(page.cart(journey).await?, (0, 1));

        browser.eval::<()>("localStorage.clear()").await?;
        let page = HeldPage::of_a_visitor_who_signs_in(journey, "/cart").await?;
        assert_eq!(deployment.record.calls(page.start)?, [""; 0]);
        assert_eq!(page.cart(journey).await?, (1, 1));
        Ok(())
    })
    .await;
}

const EARLY_CART: &str = "return document.querySelectorAll('#early-cart .line').length === 3";

/// The positions and sizes of the elements that both the static page and the app show.
const BOXES: &str = "return [...document.querySelectorAll('h1, .line, .line :not(use), .total, .total *, footer')]
     .filter(it => it.checkVisibility()).map(it => it.getBoundingClientRect())
     .map(({ x, y, width, height }) => [x, y, width, height].map(it => Math.round(it * 8) / 8).join(' ')).join('\\n')";

#[tokio::test]
async fn nothing_moves_when_the_app_shows_its_cart_in_place_of_the_pages() {
    journey(async |journey| {
        for (width, height, is_visitor) in [(320, 640, false), (768, 900, false), (1280, 800, false), (320, 640, true)] {
            let size = serde_json::json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
            journey.browser.devtools("Emulation.setDeviceMetricsOverride", size).await?;
            let page = if is_visitor {
                HeldPage::of_a_visitor_who_signs_in(journey, "/login?next=%2Fcart").await?
            } else {
                HeldPage::of_a_user(journey, journey.deployment.store(), "/cart").await?
            };
            let browser = &journey.browser;
            browser.wait_for("the page's cart", EARLY_CART, Vec::new()).await?;
            browser.eval_async::<()>("document.fonts.ready.then(() => arguments[0]())").await?;
            // The cart is higher than the smallest window.
            browser.eval::<()>("scrollTo(0, 99)").await?;
            let before = browser.eval::<String>(BOXES).await?;
            assert_eq!(page.cart(journey).await?, (is_visitor.into(), 1));
            assert_eq!(before, journey.browser.eval::<String>(BOXES).await?, "{width}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_visitor_who_does_not_wait_is_signed_in_before_the_wasm_and_once() {
    journey(async |journey| {
        // A password manager fills the fields without a keystroke.
        let fill = format!(
            "document.querySelector('#username').value = '{SHOPPER}'; document.querySelector('#current-password').value = '{PASSWORD}';"
        );
        let click = "document.querySelector('#login [type=submit]').click();";
        let by_script = [fill.clone() + "document.querySelector('#login').requestSubmit()", fill + click + click];
        for way in 0..4 {
            let page = HeldPage::of_a_visitor(journey, "/cart").await?;
            let browser = &journey.browser;
            match way {
                0 => browser.sign_in_form().await?.submit(SHOPPER, PASSWORD).await?,
                1 => {
                    browser.fill("Email", SHOPPER).await?;
                    browser.fill("Password", PASSWORD).await?;
                    browser.type_on("\u{e007}").await?; // Enter
                }
                way => browser.eval::<()>(&by_script[way - 2]).await?,
            }
            page.wait_for(journey, LOGIN).await?;
            page.wait_for(journey, CART).await?;
            assert_eq!(page.cart(journey).await?, (1, 1), "way {way}");
            assert!(!journey.browser.has(Role::Textbox, "Password").await?);
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_heading_has_the_focus_after_a_sign_in_before_the_wasm() {
    journey(async |journey| {
        for path in ["/login?next=%2Faccount", "/account"] {
            let page = HeldPage::of_a_visitor_who_signs_in(journey, path).await?;
            let browser = &journey.browser;
            page.wait_for(journey, LOGIN).await?;
            page.proxy.release();
            wait_for_focus_on_heading(browser).await?;
            browser.find(Role::Heading, "Your account").await?;
            browser.wait_for("the page's data", HAS_DATA, Vec::new()).await?;
        }
        Ok(())
    })
    .await;
}
