//! Opens every page and state in the widths of phones, tablets and desktops, with the default text size and with twice that. No page may
//! scroll sideways, no control may cover another, and axe-core must find no violation, in light and dark. The accessibility tree of each
//! form must equal the form's file in the folder `snapshots`. One file shows a page whole, and the files of its other states only the region
//! that differs, so that a new text of the page changes one file. The journeys use the pages in the window of a small phone. There the
//! element with the focus must be visible, and a page that shows an error must have one.
//!
//! `E2E_TIER=core` restricts this to two windows, one text size and one run of axe-core per page. With `E2E_LANGUAGE` the pages are in that
//! language, in four windows, and must not contain English text. `cargo xtask screenshots` also saves pictures of the pages.

mod account;
mod developers;
mod forums;
mod orders;
mod product_threads;
mod server_pages;
mod sign_in;
mod store;

use anyhow::ensure;
use e2e::{
    AxeRules, Browser, CrossOriginPage, Site, Tier,
    account::{CHANGE, LOCKED, PASSWORD, TWO_FACTOR, UNREGISTERED, UNVERIFIED},
    journey,
};
use serde_json::json;
use std::path::{Path, PathBuf};
use storefront_messages::Language;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/screenshots");
const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/snapshots");
/// Width and height in CSS pixels, from the smallest phone (WCAG 1.4.10) to a desktop.
const WINDOWS: [(i64, i64); 6] = [(320, 640), (360, 780), (375, 667), (390, 844), (768, 1024), (1280, 900)];
/// The window in which the journeys use the pages.
const PHONE: (i64, i64) = (360, 640);
/// The widths of the windows that are saved as pictures.
const PICTURED: [i64; 3] = [390, 768, 1280];
/// The widths in which axe-core checks a page: one for the phone's layout, one for the desktop's.
const AUDITED: [i64; 2] = [320, 1280];
/// The browser's default text size, and twice that (WCAG 1.4.4), in pixels.
const TEXT_SIZES: [i64; 2] = [16, 32];

/// Checks pages in every window size and text size, and takes pictures of them in light and dark.
struct Gallery<'a> {
    browser: &'a Browser,
    language: Language,
    tier: Tier,
    faults: Vec<String>,
}

impl<'a> Gallery<'a> {
    /// A gallery of the pages that the browser opens from now on, in the window of a phone.
    async fn of(browser: &'a Browser) -> anyhow::Result<Self> {
        resize(browser, PHONE.0, PHONE.1).await?;
        Ok(Self { browser, language: e2e::language(), tier: Tier::from_environment(), faults: Vec::new() })
    }

    /// Checks the current page, and saves its pictures under this name.
    async fn add(&mut self, name: &str) -> anyhow::Result<()> {
        self.find_hidden_focus(name).await?;
        self.find_english_texts(name).await?;
        for text_size in TEXT_SIZES.into_iter().take(if self.tier == Tier::Core { 1 } else { TEXT_SIZES.len() }) {
            set_text_size(self.browser, text_size).await?;
            for (width, height) in self.windows() {
                resize(self.browser, width, height).await?;
                let mut faults = faults_of(self.browser).await?;
                if self.is_audited(width) && text_size == TEXT_SIZES[0] {
                    // A bar that stays in the window hides a part of some control in each scroll position, so it is part of the page here.
                    self.browser.eval::<()>(UNSTICK).await?;
                    faults.extend(self.axe_violations().await?);
                    self.browser.eval::<()>("self.unstuck.forEach(it => it.style.removeProperty('position'))").await?;
                }
                self.faults.extend(faults.into_iter().map(|fault| format!("{name}, {width} px, text {text_size} px: {fault}")));
                if PICTURED.contains(&width) && text_size == TEXT_SIZES[0] && std::env::var_os("E2E_SCREENSHOTS").is_some() {
                    self.take_pictures(name, (width, height)).await?;
                }
            }
        }
        set_text_size(self.browser, TEXT_SIZES[0]).await?;
        resize(self.browser, PHONE.0, PHONE.1).await
    }

    /// Finds an element with the focus outside of the window, and an error without the focus. The focus may move a moment after the error
    /// has appeared, so the check is repeated.
    async fn find_hidden_focus(&mut self, name: &str) -> anyhow::Result<()> {
        let mut fault = None;
        let check = e2e::poll(async || {
            fault = self.browser.eval::<Option<String>>(HIDDEN_FOCUS).await?;
            Ok(fault.is_none().then_some(()))
        });
        check.await?;
        self.faults.extend(fault.map(|fault| format!("{name}: {fault}")));
        Ok(())
    }

    /// Finds texts that are in English on a page in another language.
    async fn find_english_texts(&mut self, name: &str) -> anyhow::Result<()> {
        if self.language == Language::English {
            return Ok(());
        }
        let english: Vec<_> = storefront_messages::english_texts(self.language).collect();
        let found: Vec<String> = self.browser.eval(&format!("const english = new Set({});{ENGLISH_TEXTS}", json!(english))).await?;
        self.faults.extend(found.into_iter().map(|text| format!("{name}: {text:?} is in English")));
        Ok(())
    }

    async fn take_pictures(&self, name: &str, (width, height): (i64, i64)) -> anyhow::Result<()> {
        let folder = Path::new(FOLDER).join(match self.language {
            Language::English => "gallery".to_owned(),
            other => format!("gallery-{}", other.tag()),
        });
        let whole: i64 = self.browser.eval("return document.documentElement.scrollHeight").await?;
        resize(self.browser, width, height.max(whole)).await?;
        for scheme in ["light", "dark"] {
            set_scheme(self.browser, scheme).await?;
            self.browser.screenshot(&folder.join(format!("{name}-{width}-{scheme}.png"))).await?;
        }
        reset_scheme(self.browser).await
    }

    /// Saves pictures of the HTML of each message in the emulator's mailbox, in the widths of a phone and of a mail program's window.
    async fn take_pictures_of_mails(&self, mail_url: &str) -> anyhow::Result<()> {
        if std::env::var_os("E2E_SCREENSHOTS").is_none() {
            return Ok(());
        }
        self.browser.open(mail_url).await?;
        let urls =
            "return [...document.querySelectorAll('iframe')].map(it => 'data:text/html;charset=utf-8,' + encodeURIComponent(it.srcdoc))";
        for (at, url) in self.browser.eval::<Vec<String>>(urls).await?.iter().enumerate() {
            self.browser.open(url).await?;
            for width in [390, 800] {
                self.take_pictures(&format!("mail-{at}"), (width, 400)).await?;
            }
        }
        Ok(())
    }

    /// Checks the current page only with axe-core, because a message covers it on purpose.
    async fn audit(&mut self, name: &str) -> anyhow::Result<()> {
        for (width, height) in WINDOWS {
            if !self.is_audited(width) {
                continue;
            }
            resize(self.browser, width, height).await?;
            let faults = self.axe_violations().await?;
            self.faults.extend(faults.into_iter().map(|fault| format!("{name}, {width} px: {fault}")));
        }
        resize(self.browser, PHONE.0, PHONE.1).await
    }

    /// The windows in which pages are checked. Four are enough in languages other than English, because the layouts are the same.
    fn windows(&self) -> impl Iterator<Item = (i64, i64)> + use<> {
        let (tier, language) = (self.tier, self.language);
        WINDOWS.into_iter().filter(move |(width, _)| match tier {
            Tier::Core => AUDITED.contains(width),
            Tier::Rest | Tier::Whole => language == Language::English || AUDITED.contains(width) || PICTURED.contains(width),
        })
    }

    fn is_audited(&self, width: i64) -> bool {
        AUDITED.contains(&width) && (self.tier != Tier::Core || width == AUDITED[0])
    }

    /// The violations that axe-core finds: in light with all rules, and in dark with the rules about colours. Dark is checked only in
    /// English, because colours are the same in each language, and not with `E2E_TIER=core`.
    async fn axe_violations(&self) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for (scheme, rules) in [("light", AxeRules::All), ("dark", AxeRules::Colours)] {
            if rules == AxeRules::All || (self.language == Language::English && self.tier != Tier::Core) {
                set_scheme(self.browser, scheme).await?;
                found.extend(self.browser.axe_violations(rules).await?.into_iter().map(|violation| format!("{scheme}: {violation}")));
            }
        }
        reset_scheme(self.browser).await?;
        Ok(found)
    }

    /// Does the same as [`Self::add`], and compares the accessibility tree of the element that `selector` finds with the snapshot of this
    /// name.
    async fn add_form(&mut self, name: &str, selector: &str) -> anyhow::Result<()> {
        self.add_form_with_secret(name, selector, None).await
    }

    /// Does the same as [`Self::add_form`], for a form that contains `secret`, a text that differs in each run.
    async fn add_form_with_secret(&mut self, name: &str, selector: &str, secret: Option<&str>) -> anyhow::Result<()> {
        if self.language != Language::English {
            return self.add(name).await; // the tree has the same elements in each language
        }
        let file = snapshot(name);
        if std::env::var_os("UPDATE_ARIA").is_some() {
            std::fs::write(&file, self.accessibility_tree(selector, secret).await?)?;
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        // A form's data from the server, such as the password rules, may arrive later than its heading. So repeat the comparison.
        let mut tree = String::new();
        let reading = e2e::poll(async || {
            tree = self.accessibility_tree(selector, secret).await?;
            Ok((tree == committed).then_some(()))
        });
        if reading.await?.is_none() {
            let changes = similar::TextDiff::from_lines(&committed, &tree).unified_diff().to_string();
            self.faults.push(format!("{name}: the accessibility tree has changed; UPDATE_ARIA=1 accepts it:\n{changes}"));
        }
        self.add(name).await
    }

    /// The accessibility tree, with "…" in place of texts that differ in each run.
    async fn accessibility_tree(&self, selector: &str, secret: Option<&str>) -> anyhow::Result<String> {
        let mut tree = self.browser.accessibility_tree(selector).await?;
        // Times, texts such as "2 days ago", and a product's days of arrival differ from run to run.
        let times = "return [...document.querySelectorAll('time, .product-facts .buy + p:not([class])')].flatMap(it => [it.innerText, it.title]).sort((a, b) => b.length - a.length)";
        for time in self.browser.eval::<Vec<String>>(times).await?.into_iter().filter(|it| !it.is_empty()) {
            tree = tree.replace(&time, "…");
        }
        if let Some(secret) = secret {
            tree = tree.replace(secret, "…");
        }
        Ok(tree)
    }

    /// Signs in with accounts whose right password FusionAuth does not answer with 200, and adds the page after each of these sign-ins.
    async fn add_refused_sign_ins(&mut self, store: Site, name: &str) -> anyhow::Result<()> {
        for (refusal, login_id, text) in [
            ("unregistered", UNREGISTERED, "Not registered yet"),
            ("change", CHANGE, "At least 8 characters"), // loads after the heading
            ("unverified", UNVERIFIED, "Confirm your email address"),
            ("locked", LOCKED, "This account is locked"),
            ("two-factor", TWO_FACTOR, "Enter your code"),
        ] {
            self.browser.open(&store.url("/login")).await?;
            self.browser.sign_in_form().await?.submit(login_id, PASSWORD).await?;
            self.browser.wait_for_text(text).await?;
            self.add_form(&format!("{name}-{refusal}"), "main").await?;
        }
        Ok(())
    }

    /// Returns an error if a page had a fault.
    fn end(self) -> anyhow::Result<()> {
        ensure!(self.faults.is_empty(), "\n{}", self.faults.join("\n"));
        Ok(())
    }
}

/// The file with the accessibility tree of the page of this name. A server-rendered page without a file of its own has the tree of the app's
/// page.
fn snapshot(name: &str) -> PathBuf {
    let file = |name: &str| PathBuf::from(SNAPSHOTS).join(format!("{name}.txt"));
    match name.strip_prefix("server-rendered-") {
        Some(of_app) if !file(name).exists() => file(of_app),
        _ => file(name),
    }
}

async fn set_text_size(browser: &Browser, pixels: i64) -> anyhow::Result<()> {
    browser.devtools("Page.setFontSizes", json!({"fontSizes": {"standard": pixels}})).await.map(drop)
}

/// Returns the page's texts that are in the set `english`, from elements and from the attributes that users read or hear. A brand has no
/// translation.
const ENGLISH_TEXTS: &str = "const texts = [document.title], nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
    while (nodes.nextNode()) if (!nodes.currentNode.parentElement.closest(`script, style, .brand, [lang]:not([lang=${document.documentElement.lang}])`)) texts.push(nodes.currentNode.data); \
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(...[...document.querySelectorAll(`[${name}]`)].map(it => it.getAttribute(name))); \
    return [...new Set(texts.map(it => it.trim()))].filter(it => english.has(it))";

/// Lets the bars that stay in the window scroll with the page.
const UNSTICK: &str = "self.unstuck = [...document.querySelectorAll('body *')].filter(it => getComputedStyle(it).position === 'sticky'); \
    self.unstuck.forEach(it => it.style.position = 'static')";

/// Describes the element with the focus, if it is not in the window, or the page's error, if nothing has the focus. An error must be wholly
/// in the window, unless it is higher; another element must reach into it.
/// The page of all components shows errors that nobody has made.
const HIDDEN_FOCUS: &str = "if (location.pathname.startsWith('/design')) return null; \
    const focused = document.activeElement, box = focused.getBoundingClientRect(); \
    if (focused === document.body) { \
        const error = document.querySelector('main :is(.summary, .card-error, [aria-invalid=true])'); \
        return error && `nothing has the focus, and there is an error: ${error.outerHTML.slice(0, 120)}`; \
    } \
    const isWhole = box.height <= innerHeight && focused.matches('.summary, .card-error, [role=alert], [aria-invalid=true]'); \
    const isSeen = !isWhole ? box.top < innerHeight && box.bottom > 0 : box.top > -1 && box.bottom < innerHeight + 1; \
    return isSeen ? null : `at ${Math.round(box.top)} px of ${innerHeight}, not visible: ${focused.outerHTML.slice(0, 120)}`";

/// Describes the innermost element that makes the page wider than its window, with the number of pixels: the element itself, or its text.
const TOO_WIDE: &str = "const page = document.documentElement, excess = page.scrollWidth - page.clientWidth; \
    const reaches = [...document.querySelectorAll('body *')].filter(it => \
        it.getBoundingClientRect().right > page.clientWidth || (it.clientWidth && it.scrollWidth > it.clientWidth && getComputedStyle(it).overflowX === 'visible')); \
    return excess > 0 ? `${excess} px too wide because of ${reaches.pop()?.outerHTML.slice(0, 120)}` : null";

/// Describes a field of a form without a gap above it, and a control that reaches into the padding at the end of the header.
const CROWDED: &str = "const gap = (upper, lower) => lower.getBoundingClientRect().top - upper.getBoundingClientRect().bottom; \
    const field = [...document.querySelectorAll('.field + :is(.field, button)')].find(it => it.offsetWidth && gap(it.previousElementSibling, it) < 6); \
    const bar = document.querySelector('.bar'), end = bar?.getBoundingClientRect().right - parseFloat(bar && getComputedStyle(bar).paddingRight); \
    const control = bar && [...bar.querySelectorAll('a, button')].find(it => it.getBoundingClientRect().right > end + 1); \
    return [field, control].filter(Boolean).map(it => `no gap at ${it.outerHTML.slice(0, 120)}`)";

async fn faults_of(browser: &Browser) -> anyhow::Result<Vec<String>> {
    let mut faults = browser.covered_controls().await?;
    faults.extend(browser.eval::<Option<String>>(TOO_WIDE).await?);
    faults.extend(browser.eval::<Vec<String>>(CROWDED).await?);
    Ok(faults)
}

async fn set_scheme(browser: &Browser, scheme: &str) -> anyhow::Result<()> {
    browser.devtools("Emulation.setEmulatedMedia", json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]})).await?;
    // Ends transitions, so that axe-core and the pictures get the final colours.
    browser.eval::<()>("document.getAnimations().filter(it => it instanceof CSSTransition).forEach(it => it.finish())").await
}

async fn reset_scheme(browser: &Browser) -> anyhow::Result<()> {
    browser.devtools("Emulation.setEmulatedMedia", json!({"features": []})).await.map(drop)
}

/// Opens a page, and waits until it contains this text.
async fn open(browser: &Browser, site: Site, path: &str, text: &str) -> anyhow::Result<()> {
    browser.open(&site.url(path)).await?;
    browser.wait_for_text(text).await
}

pub(crate) async fn resize(browser: &Browser, width: i64, height: i64) -> anyhow::Result<()> {
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
async fn axe_finds_what_a_page_does_wrong_in_spite_of_its_policy() {
    journey(async |journey| {
        let page = "<!doctype html><html lang=en><head><title>Wrong</title><link rel=icon href='data:,'>\
            <meta http-equiv=content-security-policy content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\
            <meta name=color-scheme content='light dark'><meta name=viewport content='width=device-width'>\
            <style>@media (prefers-color-scheme: dark) { body { background: #222 } p { color: #444 } } button { width: 9px; height: 9px; padding: 0; border: 0 }</style></head>\
            <body><main><h1>Wrong</h1><p>Unreadable in the dark</p><input><button aria-label=One></button><button aria-label=Two></button></main>";
        let page = CrossOriginPage::serve(page.to_owned()).await?;
        journey.browser.open(&page.url("localhost")).await?;
        let mut found = Vec::new();
        for (scheme, rules) in [("light", AxeRules::All), ("dark", AxeRules::Colours)] {
            set_scheme(&journey.browser, scheme).await?;
            found.extend(journey.browser.axe_violations(rules).await?.into_iter().map(|it| [scheme.to_owned(), it.rule, it.selector].join(" ")));
        }
        found.sort();
        assert_eq!(found, ["dark color-contrast p", "light label input", "light target-size button[aria-label=\"One\"]", "light target-size button[aria-label=\"Two\"]"]);
        Ok(())
    })
    .await;
}
