//! The language in which journeys run. The texts in the journeys' code are English. If `E2E_LANGUAGE` is `de`, the journeys look for the
//! German translations of these texts.

use storefront_messages::{Language, german_of};

/// Reads `E2E_LANGUAGE`.
pub fn language() -> Language {
    std::env::var("E2E_LANGUAGE").ok().and_then(|it| Language::from_tag(&it)).unwrap_or_default()
}

/// The text that a page shows in the journey's language for the English text `english`. A text without translation, such as a product's
/// name, is the same in each language. Both halves of "Sold out: Postcard" are translated.
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
