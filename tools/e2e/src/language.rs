//! The language in which journeys run. The texts in the journeys' code are English. If `E2E_LANGUAGE` names another language, the journeys
//! look for the translations of these texts.

use serde_json::Value;
use std::cmp::Reverse;
use std::sync::LazyLock;
use storefront_messages::{Language, translation_of};

/// Reads `E2E_LANGUAGE`.
pub fn language() -> Language {
    std::env::var("E2E_LANGUAGE").ok().and_then(|it| Language::from_tag(&it)).unwrap_or_default()
}

/// The names of the demonstration's products in English and in the journey's language, the longest first, because a name may contain another.
static PRODUCTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let read = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
    let translations = read(include_str!("../../../shop/storefront-server/demo_data_translations.json"));
    let translated = &translations[language().tag()];
    let data = read(include_str!("../../../shop/storefront-server/demo_data.json"));
    let variants = data["families"].as_array().into_iter().flatten().filter_map(|it| it["variants"].as_array()).flatten();
    let products = data["products"].as_array().into_iter().flatten().chain(variants);
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let name_of = |id: &Value| translated.as_array()?.iter().find(|it| it["product"] == *id).map(|it| text(&it["name"]));
    let mut names: Vec<_> = products.filter_map(|it| Some((text(&it["name"]), name_of(&it["id"])?))).collect();
    names.sort_by_key(|(english, _)| Reverse(english.len()));
    names
});

/// The text that a page shows in the journey's language for the English text `english`. A text without translation is the same in each
/// language. Both halves of "Sold out: Postcard" are translated.
pub fn shown(english: &str) -> String {
    let language = language();
    if language == Language::English {
        return english.to_owned();
    }
    let text = match (translation_of(language, english), english.split_once(": ")) {
        (Some(translated), _) => translated,
        (None, Some((what, of))) => format!("{}: {}", shown(what), shown(of)),
        (None, None) => english.to_owned(),
    };
    PRODUCTS.iter().fold(text, |text, (english, translated)| text.replace(english, translated))
}
