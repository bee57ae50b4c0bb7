//! The language in which journeys run. They are written in English, and look for the German of what they name where `E2E_LANGUAGE` is `de`.

use storefront_messages::{Language, german_of};

/// Reads `E2E_LANGUAGE`.
pub fn language() -> Language {
    std::env::var("E2E_LANGUAGE").ok().and_then(|it| Language::from_tag(&it)).unwrap_or_default()
}

/// What a page shows in the journey's language where it shows `english` in English. A text that is in no list, such as a product's name, is
/// the same in each language. Of "Sold out: Postcard" each half is looked up.
pub fn shown(english: &str) -> String {
    if language() == Language::English {
        return english.to_owned();
    }
    match (german_of(english), english.split_once(": ")) {
        (Some(german), _) => german,
        (None, Some((what, of))) => format!("{}: {}", shown(what), shown(of)),
        (None, None) => english.to_owned(),
    }
}
