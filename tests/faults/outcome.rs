//! What must be true of every cell, and how a cell waits and fails without ending the test that it is part of.

pub(crate) use crate::support::until;
use crate::support::{find, pause, text};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Why a cell has failed.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// Lets everything run that is due.
pub(crate) async fn settled() {
    for _ in 0..4 {
        pause().await;
    }
}

/// Fails unless `is` holds.
pub(crate) fn check(is: bool, what: impl FnOnce() -> String) -> Result {
    if is { Ok(()) } else { Err(what()) }
}

/// What people see: the page, and the banners above it.
pub(crate) fn said() -> String {
    [text("main main"), text("[role=status] .banner"), text("[role=alert] .banner")].join("\n")
}

/// Whether people see this text. Line breaks count as spaces.
pub(crate) fn says(expected: &str) -> bool {
    said().split_whitespace().collect::<Vec<_>>().join(" ").contains(expected)
}

/// The page is not blank: it has a heading, something below it, and nothing that is being loaded for ever.
pub(crate) fn is_whole() -> Result {
    check(!text("main main h1").is_empty(), || "the page has no heading".to_owned())?;
    check(text("main main").len() > text("main main h1").len(), || "the page has a heading alone".to_owned())?;
    check(find("main header nav a").is_some(), || "the page has no header".to_owned())
}

/// Nothing is being loaded, and no button waits.
pub(crate) fn is_idle() -> bool {
    find("main [aria-busy=true], main main .primary[aria-disabled=true], main main [type=submit][aria-disabled=true]").is_none()
}

/// No message says that something has failed.
pub(crate) fn no_failure_is_left() -> Result {
    let left = ".card-error, .line-error, .line-waiting, .waiting, .summary, .field-error, .failure, .banner";
    check(find(left).is_none(), || format!("a message is left: {:?}", text(left)))
}

/// Presses the button at `selector`, as far as it is there.
pub(crate) fn press(selector: &str) -> Result {
    find(selector)
        .map(|it| it.unchecked_into::<HtmlElement>().click())
        .ok_or_else(|| format!("there is no {selector}; the page says {:?}", said()))
}

/// Presses the button with this text.
pub(crate) fn press_button(name: &str) -> Result {
    let all = document().query_selector_all("main main button").unwrap();
    let mut all = (0..all.length()).filter_map(|at| all.get(at)?.dyn_into::<Element>().ok());
    let button = all.find(|it| it.text_content().as_deref() == Some(name));
    button.map(|it| it.unchecked_into::<HtmlElement>().click()).ok_or_else(|| format!("there is no “{name}”; the page says {:?}", said()))
}
