//! Finds texts by their English form. Programs get their texts from [`t!`](crate::t), except for the text of a code ([`text_where`]).

use crate::{Language, fill, text::lists};

/// The text, in the current language, whose English form fulfils the condition.
pub fn text_where(is_wanted: impl Fn(&str) -> bool) -> Option<&'static str> {
    let language = Language::current();
    let is_english = language == Language::English;
    let (english, translated) = texts(if is_english { Language::ALL[1] } else { language }).find(|it| is_wanted(it.0))?;
    Some(if is_english { english } else { translated })
}

/// The English texts that differ from their texts in this language.
pub fn english_texts(language: Language) -> impl Iterator<Item = &'static str> {
    texts(language).filter(|(english, translated)| english != translated).map(|(english, _)| english)
}

/// All texts in this language. `{}` stands for an argument.
pub fn translated_texts(language: Language) -> impl Iterator<Item = &'static str> {
    texts(language).map(|(_, translated)| translated)
}

/// The text in this language for an English text on a page. `shown` can be a complete text, the beginning of a text, or a text with
/// arguments. `None` if no text matches.
pub fn translation_of(language: Language, shown: &str) -> Option<String> {
    let texts = || texts(language);
    let whole = texts().find(|(english, _)| *english == shown).map(|(_, translated)| translated.to_owned());
    let with_arguments = || {
        let fits = texts().filter_map(|(english, translated)| Some((english, translated, arguments(english, shown)?)));
        // If several texts match, the longest English text applies.
        fits.max_by_key(|(english, ..)| english.len()).map(|(_, translated, arguments)| {
            let arguments: Vec<&dyn std::fmt::Display> = arguments.iter().map(|it| it as &dyn std::fmt::Display).collect();
            fill(translated, &arguments)
        })
    };
    let beginning = || {
        // A text that has an argument right after `shown` takes precedence over other texts with the same beginning: "Order " means
        // "Order {}" and not "Order cancelled."
        let to_argument = texts().find(|(english, _)| english.split_once("{}").is_some_and(|(start, _)| start == shown));
        let (_, translated) = to_argument.or_else(|| texts().find(|(english, _)| english.starts_with(shown)))?;
        translated.split("{}").next().map(str::to_owned)
    };
    whole.or_else(beginning).or_else(with_arguments)
}

/// The value in `shown` for each `{}` of `text`. `None` if `shown` is not `text` with arguments.
fn arguments<'a>(text: &str, shown: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = text.split("{}").peekable();
    let mut rest = shown.strip_prefix(pieces.next()?)?;
    let mut arguments = Vec::new();
    while let Some(piece) = pieces.next() {
        let at = if piece.is_empty() && pieces.peek().is_none() { rest.len() } else { rest.find(piece)? };
        arguments.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    (rest.is_empty() && !arguments.is_empty()).then_some(arguments)
}

fn texts(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    lists(language).iter().copied().flatten().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_translation_of_a_page_is_found() {
        let table = [
            ("Sign in", Some("Anmelden")),
            ("At least 8 characters", Some("Mindestens 8 Zeichen")),
            ("Send a code to …34", Some("Code an …34 senden")),
            ("You're offline. We'll send any changes", Some("Du bist offline. Änderungen senden wir, sobald du zurück bist.")),
            ("We sent a code", Some("Wir haben einen Code an ")),
            ("Order ", Some("Bestellung ")),
            ("Enamel kettle", None),
        ];
        for (english, german) in table {
            assert_eq!(translation_of(Language::German, english).as_deref(), german, "{english}");
        }
        assert_eq!(translation_of(Language::French, "1 item").as_deref(), Some("1 article"));
        let mut english = english_texts(Language::German);
        assert!(english.any(|it| it == "Sign in") && !english.any(|it| it == "Passkeys"));
    }
}
