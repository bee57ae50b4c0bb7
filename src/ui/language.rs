//! The language of the page. `boot.js` writes it into the page's `lang` before the page is painted. It is the language that the user chose
//! in the footer, or else the browser's language.

use super::document;
use storefront_messages::Language;

/// The language that the page's `lang` names.
pub fn of_page() -> Language {
    Language::ALL.iter().copied().find(|it| document::element(it.page_selector()).is_some()).unwrap_or_default()
}

/// Writes the language into the page's `lang`, from which screen readers choose a voice.
pub fn set_of_page(language: Language) {
    _ = document::element("html").map(|root| root.set_attribute("lang", language.tag()));
}
