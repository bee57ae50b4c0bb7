//! The checks for every cell. A failed check or wait returns an error, so that the test can continue with the next cell.

pub(crate) use crate::support::until;
use crate::support::{find, pause, text};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The result of a step or a check. The error says why the cell has failed.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// Lets all due tasks run, and the tasks that follow from them.
pub(crate) async fn settled() {
    for _ in 0..4 {
        pause().await;
    }
}

/// Returns the message of `what` as an error unless `is` is true.
pub(crate) fn check(is: bool, what: impl FnOnce() -> String) -> Result {
    if is { Ok(()) } else { Err(what()) }
}

/// The visible text of the page and of the banners above it.
pub(crate) fn said() -> String {
    [text("main main"), text("[role=status] .banner"), text("[role=alert] .banner")].join("\n")
}

/// Whether the page or a banner shows this text. Line breaks count as spaces.
pub(crate) fn says(expected: &str) -> bool {
    said().split_whitespace().collect::<Vec<_>>().join(" ").contains(expected)
}

/// Fails if the page is blank: it must have a header, a heading, and some text below the heading.
pub(crate) fn is_whole() -> Result {
    check(!text("main main h1").is_empty(), || "the page has no heading".to_owned())?;
    check(text("main main").len() > text("main main h1").len(), || "the page has a heading alone".to_owned())?;
    check(find("main header nav a").is_some(), || "the page has no header".to_owned())
}

/// Whether nothing on the page is loading or waiting for an answer.
pub(crate) fn is_idle() -> bool {
    find("main [aria-busy=true], main main .primary[aria-disabled=true], main main [type=submit][aria-disabled=true]").is_none()
}

/// Fails if the page still shows a message about a failure or a pending write.
pub(crate) fn no_failure_is_left() -> Result {
    let left = ".card-error, .line-error, .line-waiting, .waiting, .summary, .field-error, .failure, .banner";
    check(find(left).is_none(), || format!("a message is left: {:?}", text(left)))
}

/// Presses the element at `selector`. Fails if there is no such element.
pub(crate) fn press(selector: &str) -> Result {
    find(selector)
        .map(|it| it.unchecked_into::<HtmlElement>().click())
        .ok_or_else(|| format!("there is no {selector}; the page says {:?}", said()))
}

/// Presses the button with this text. Fails if there is no such button.
pub(crate) fn press_button(name: &str) -> Result {
    let all = document().query_selector_all("main main button").unwrap();
    let mut all = (0..all.length()).filter_map(|at| all.get(at)?.dyn_into::<Element>().ok());
    let button = all.find(|it| it.text_content().as_deref() == Some(name));
    button.map(|it| it.unchecked_into::<HtmlElement>().click()).ok_or_else(|| format!("there is no “{name}”; the page says {:?}", said()))
}
