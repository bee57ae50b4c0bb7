//! Finds the German text for an English text, for tests only. Programs get their texts from [`t!`](crate::t).

use crate::{fill, text::LISTS};

/// The English texts that differ from their German texts.
pub fn english_texts() -> impl Iterator<Item = &'static str> {
    texts().filter(|(english, german)| english != german).map(|(english, _)| english)
}

/// All texts in German. `{}` stands for an argument.
pub fn german_texts() -> impl Iterator<Item = &'static str> {
    texts().map(|(_, german)| german)
}

/// The German text for an English text on a page. `shown` can be a complete text, the beginning of a text, or a text with arguments. `None`
/// if no text matches.
pub fn german_of(shown: &str) -> Option<String> {
    let whole = texts().find(|(english, _)| *english == shown).map(|(_, german)| german.to_owned());
    let with_arguments = || {
        let fits = texts().filter_map(|(english, german)| Some((english, german, arguments(english, shown)?)));
        // If several texts match, the longest English text applies.
        fits.max_by_key(|(english, ..)| english.len()).map(|(_, german, arguments)| {
            let arguments: Vec<&dyn std::fmt::Display> = arguments.iter().map(|it| it as &dyn std::fmt::Display).collect();
            fill(german, &arguments)
        })
    };
    let beginning = || {
        // A text that has an argument right after `shown` takes precedence over other texts with the same beginning: "Order " means
        // "Order {}" and not "Order cancelled."
        let to_argument = texts().find(|(english, _)| english.split_once("{}").is_some_and(|(start, _)| start == shown));
        let (_, german) = to_argument.or_else(|| texts().find(|(english, _)| english.starts_with(shown)))?;
        german.split("{}").next().map(str::to_owned)
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

fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    LISTS.iter().copied().flatten().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_german_of_a_page_is_found() {
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
            assert_eq!(german_of(english).as_deref(), german, "{english}");
        }
        assert!(english_texts().any(|it| it == "Sign in") && !english_texts().any(|it| it == "Passkeys"));
    }
}
