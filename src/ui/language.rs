//! The language of the page. `boot.js` has chosen it before the page was painted, and has written it into the page's `lang`: the one that
//! was chosen here before, or else that of the browser.

use super::document;
use leptos::prelude::window;
use storefront_messages::Language;

/// The key in local storage under which `boot.js` looks for the language that was chosen.
const CHOSEN: &str = "language";

/// The language that the page's `lang` names.
pub fn of_page() -> Language {
    match document::element("html:lang(de)") {
        Some(_) => Language::German,
        None => Language::English,
    }
}

/// Writes the language into the page's `lang`, by which screen readers choose a voice.
pub fn set_of_page(language: Language) {
    _ = document::element("html").map(|root| root.set_attribute("lang", language.tag()));
}

/// Keeps the language for every page that is loaded from now on. Where storage is blocked, that of the browser stays.
pub fn keep(language: Language) {
    _ = window().local_storage().ok().flatten().map(|storage| storage.set_item(CHOSEN, language.tag()));
}
