//! Texts that are written in English in the code and shown in the reader's language.

use crate::{de, language::Language};
use fusionauth_forms::{Design, List, MissingText, OTHER_FORMS, SIGN_IN_FORM};

/// A text in English, and its index in the concatenated lists of translations.
pub type Text = fusionauth_forms::Text<Storefront>;

/// The design of the storefront's forms: their texts in the current language ([`Language::current`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storefront;

impl Design for Storefront {
    const LISTS: &'static [List] = LISTS;
    // The app has the English texts of the first lists in `loaded::ENGLISH`, so constants need not contain them.
    const STORED: usize = if cfg!(target_arch = "wasm32") { loaded::COUNT_OF_FIRST } else { 0 };
    const MISSING: MissingText = MissingText::DoesNotCompile;

    // In the app, a call with a constant becomes one call of `loaded::first` or `loaded::of_part`. These return a pointer to the text:
    // WebAssembly would return a `&str` itself, which is two values, through memory.
    #[inline(always)]
    fn show(text: &Text) -> &'static str {
        if !cfg!(target_arch = "wasm32") {
            return match Language::current() {
                Language::English => text.english,
                Language::German => LISTS.iter().copied().flatten().nth(text.place).map_or(text.english, |(_, german)| german),
            };
        }
        if text.place < loaded::COUNT_OF_FIRST { loaded::first(text.place) } else { loaded::of_part(text) }
    }
}

/// Translates an English literal into the current language, as a `&'static str`. With further arguments the result is a `String`, in which
/// each argument replaces a `{}`, in order.
#[macro_export]
macro_rules! t {
    ($english:literal) => {{
        const TEXT: &$crate::Text = &$crate::Text::new($english);
        TEXT.get()
    }};
    ($english:literal, $($argument:expr),+ $(,)?) => {
        $crate::fill($crate::t!($english), &[$(&$argument),+])
    };
}

/// The texts that the app may show before it has loaded another part of the program.
const FIRST: [List; 2] = [SIGN_IN_FORM, de::FIRST_LOAD];
/// The texts of the other parts of the program.
const PARTS: [List; 2] = [OTHER_FORMS, de::PARTS];

/// The lists to search for a text. The app does not contain the server's texts.
#[cfg(target_arch = "wasm32")]
pub(crate) const LISTS: &[List] = &[FIRST[0], FIRST[1], PARTS[0], PARTS[1]];
#[cfg(not(target_arch = "wasm32"))]
pub(crate) const LISTS: &[List] = &[FIRST[0], FIRST[1], PARTS[0], PARTS[1], de::SERVER];

pub use loaded::{GERMAN, GERMAN_OF_PARTS, has_texts_of_parts, use_german, use_german_of_parts};

/// The app's texts that are stored apart from the code that shows them: the English texts of the first lists, and all German texts. The app
/// loads the German ones when it needs them. Each list is one string of lines, because an array of strings would be larger.
mod loaded {
    use super::{FIRST, List, PARTS, Text};
    use crate::language::{CURRENT, Language};
    use std::cell::Cell;

    /// The number of texts in the first lists.
    pub(super) const COUNT_OF_FIRST: usize = FIRST[0].len() + FIRST[1].len();

    static ENGLISH: &str = text(&lines::<{ length(FIRST, Column::English) }>(FIRST, Column::English));

    /// The German texts of the first lists, which the app loads before it shows its first page in German.
    pub static GERMAN: &str = text(&lines::<{ length(FIRST, Column::German) }>(FIRST, Column::German));

    /// The German texts of the other lists, which the app loads before it shows a page of another part of the program.
    pub static GERMAN_OF_PARTS: &str = text(&lines::<{ length(PARTS, Column::German) }>(PARTS, Column::German));

    type Texts = &'static [&'static str];

    thread_local! {
        /// The texts of the first lists. Empty until the app uses one of them.
        static FIRST_TEXTS: Cell<Texts> = const { Cell::new(&[]) };
        /// The texts of the other lists. Empty in English, because the code that shows an English text contains it.
        static OF_PARTS: Cell<Texts> = const { Cell::new(&[]) };
    }

    /// Switches the texts to German. `lines` is [`GERMAN`], which a release loads as a separate part. Call this function before the app
    /// shows a text.
    pub fn use_german(lines: &'static str) {
        FIRST_TEXTS.set(split(lines));
        CURRENT.set(Language::German);
    }

    /// Also switches the texts of the other parts of the program to German. `lines` is [`GERMAN_OF_PARTS`]. Call this function after
    /// [`use_german`].
    pub fn use_german_of_parts(lines: &'static str) {
        OF_PARTS.set(split(lines));
    }

    /// Whether the texts of the other parts of the program are available in the current language.
    pub fn has_texts_of_parts() -> bool {
        Language::current() == Language::English || !OF_PARTS.get().is_empty()
    }

    #[inline(never)]
    pub(super) fn first(place: usize) -> &'static &'static str {
        if FIRST_TEXTS.get().is_empty() {
            FIRST_TEXTS.set(split(ENGLISH));
        }
        FIRST_TEXTS.get().get(place).unwrap_or(&"")
    }

    #[inline(never)]
    pub(super) fn of_part(text: &Text) -> &&'static str {
        OF_PARTS.get().get(text.place - COUNT_OF_FIRST).unwrap_or(&text.english)
    }

    fn split(lines: &'static str) -> Texts {
        let (mut texts, mut start) = (Vec::new(), 0);
        for (at, byte) in lines.bytes().enumerate() {
            if byte == b'\n' {
                texts.extend(lines.get(start..at));
                start = at + 1;
            }
        }
        texts.leak()
    }

    #[derive(Clone, Copy)]
    enum Column {
        English,
        German,
    }

    const fn in_column(texts: (&'static str, &'static str), column: Column) -> &'static str {
        match column {
            Column::English => texts.0,
            Column::German => texts.1,
        }
    }

    const fn length(lists: [List; 2], column: Column) -> usize {
        let (mut length, mut list) = (0, 0);
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].len() {
                length += in_column(lists[list][at], column).len() + 1;
                at += 1;
            }
            list += 1;
        }
        length
    }

    const fn lines<const LENGTH: usize>(lists: [List; 2], column: Column) -> [u8; LENGTH] {
        let mut lines = [b'\n'; LENGTH];
        let (mut end, mut list) = (0, 0);
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].len() {
                let line = in_column(lists[list][at], column).as_bytes();
                let mut byte = 0;
                while byte < line.len() {
                    assert!(line[byte] != b'\n', "a text of the app has a line break");
                    lines[end] = line[byte];
                    byte += 1;
                    end += 1;
                }
                end += 1;
                at += 1;
            }
            list += 1;
        }
        lines
    }

    const fn text(lines: &'static [u8]) -> &'static str {
        match std::str::from_utf8(lines) {
            Ok(text) => text,
            Err(_) => panic!("the lines are not UTF-8"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn each_text_is_there_once_and_in_german_with_the_same_arguments() {
        let mut seen = BTreeSet::new();
        for (english, german) in LISTS.iter().copied().flatten() {
            assert!(seen.insert(english), "{english:?} occurs twice");
            assert!(!german.is_empty(), "{english:?}");
            assert_eq!(english.matches("{}").count(), german.matches("{}").count(), "{english:?}");
        }
    }

    #[test]
    fn each_text_is_used() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut code = String::new();
        for folder in [
            "src",
            "shop/storefront-server/src",
            "shop/storefront-messages/src",
            "emulator/fusionauth-emulator/src",
            "session/fusionauth-forms/src",
            "session/leptos-fusionauth-forms/src",
        ] {
            read(&root.join(folder), &mut code);
        }
        for (english, _) in LISTS.iter().copied().flatten() {
            assert!(code.contains(&format!("{english:?}")), "nothing shows {english:?}");
        }
    }

    #[test]
    fn the_static_page_has_the_german_of_the_app() {
        let page = include_str!("../../../index.html");
        let mut compared = 0;
        let mut compare = |english: &str, german: &str| {
            if let Some((_, expected)) = LISTS.iter().copied().flatten().find(|(it, _)| *it == english) {
                assert_eq!(german, *expected, "{english:?}");
                compared += 1;
            }
        };
        for element in page.split('<') {
            let value = |name: &str| element.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next());
            if let (Some(english), Some(german)) = (value("aria-label"), value("data-de-label")) {
                compare(english, german);
            }
            if let (Some(german), Some((_, english))) = (value("data-de"), element.split_once('>')) {
                compare(english, german);
            }
        }
        assert!(compared > 20, "the page must have more than 20 texts");
    }

    /// Appends the content of the Rust files under `folder` to `code`. A string literal that continues on further lines becomes one line.
    fn read(folder: &Path, code: &mut String) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(&path, code);
            } else if path.extension().is_some_and(|it| it == "rs") && path.file_name().is_some_and(|it| it != "de.rs") {
                let mut lines = fs::read_to_string(&path).unwrap();
                while let Some(at) = lines.find("\\\n") {
                    let rest = lines[at + 2..].trim_start().to_owned();
                    lines.truncate(at);
                    lines += &rest;
                }
                *code += &lines;
            }
        }
    }

    #[test]
    fn the_app_has_each_text_in_its_place() {
        let all = || FIRST.into_iter().chain(PARTS).flatten();
        let shown = |text: &Text| if text.place < loaded::COUNT_OF_FIRST { *loaded::first(text.place) } else { *loaded::of_part(text) };
        let texts: Vec<Text> = all().map(|(english, _)| Text::new(english)).collect();
        assert!(all().zip(&texts).all(|((english, _), text)| shown(text) == *english));
        use_german(GERMAN);
        assert!(!has_texts_of_parts(), "the German of the parts is loaded later; until then they are in English");
        assert_eq!((shown(&Text::new("Sign in")), shown(&Text::new("Cancel"))), ("Anmelden", "Cancel"));
        use_german_of_parts(GERMAN_OF_PARTS);
        assert!(has_texts_of_parts() && all().zip(&texts).all(|((_, german), text)| shown(text) == *german));
    }

    #[test]
    fn a_text_is_shown_in_the_readers_language() {
        assert_eq!(t!("Sign in"), "Sign in");
        assert_eq!(Language::German.scope(|| t!("Sign in")), "Anmelden");
        assert_eq!(t!("At least {} characters", 8), "At least 8 characters");
        assert_eq!(Language::German.scope(|| t!("At least {} characters", 8)), "Mindestens 8 Zeichen");
    }
}
