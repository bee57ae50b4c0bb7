//! Texts that are written in English in the code and shown in the reader's language.

use crate::{de, language::Language};
use std::fmt::Display;

/// A text in English, and its index in the concatenated lists of `de.rs`.
///
/// Create it in a constant, so that the compiler reports each text without a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    english: &'static str,
    place: usize,
}

impl Text {
    /// Finds `english` in the lists of `de.rs`. Call it in a constant: otherwise the lists become part of the program.
    ///
    /// # Panics
    /// At compile time, if `de.rs` lacks the text. The app's build also panics if only the server's list has the text.
    pub const fn new(english: &'static str) -> Self {
        let (mut list, mut before) = (0, 0);
        while list < LISTS.len() {
            let texts = LISTS[list];
            let mut at = 0;
            while at < texts.len() {
                if equal(texts[at].0, english) {
                    // The app has the English texts of the first list in `loaded::ENGLISH`, so the constant need not contain them.
                    let english = if cfg!(target_arch = "wasm32") && list == 0 { "" } else { english };
                    return Self { english, place: before + at };
                }
                at += 1;
            }
            before += texts.len();
            list += 1;
        }
        panic!("crates/storefront-messages/src/de.rs lacks this text")
    }

    /// The text in the current language ([`Language::current`]).
    // In the app, a call with a constant becomes one call of `loaded::first` or `loaded::of_part`. These return a pointer to the text:
    // WebAssembly would return a `&str` itself, which is two values, through memory.
    #[inline(always)]
    pub fn get(&self) -> &'static str {
        if !cfg!(target_arch = "wasm32") {
            return match Language::current() {
                Language::English => self.english,
                Language::German => LISTS.into_iter().flatten().nth(self.place).map_or(self.english, |(_, german)| german),
            };
        }
        if self.place < de::FIRST_LOAD.len() { loaded::first(self.place) } else { loaded::of_part(self) }
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

/// `text` with each `{}` replaced by an argument.
pub fn fill(text: &str, arguments: &[&dyn Display]) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    for argument in arguments {
        let (before, after) = around(rest);
        filled += before;
        filled += &argument.to_string();
        rest = after;
    }
    filled + rest
}

/// The parts of `text` before and after the first `{}`.
// This function does not use `split_once`, because a search for a text adds 2 KB of wasm.
pub fn around(text: &str) -> (&str, &str) {
    let at = text.bytes().position(|byte| byte == b'{').unwrap_or(text.len());
    (text.get(..at).unwrap_or_default(), text.get(at + 2..).unwrap_or_default())
}

/// The lists to search for a text. The app does not contain the server's texts.
#[cfg(target_arch = "wasm32")]
const LISTS: [de::List; 2] = [de::FIRST_LOAD, de::PARTS];
#[cfg(not(target_arch = "wasm32"))]
const LISTS: [de::List; 3] = [de::FIRST_LOAD, de::PARTS, de::SERVER];

const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while one.len() == other.len() && at < one.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

pub use loaded::{GERMAN, GERMAN_OF_PARTS, has_texts_of_parts, use_german, use_german_of_parts};

/// The app's texts that are stored apart from the code that shows them: the English texts of the first list, and all German texts. The app
/// loads the German ones when it needs them. Each list is one string of lines, because an array of strings would be larger.
mod loaded {
    use super::Text;
    use crate::{
        de,
        language::{CURRENT, Language},
    };
    use std::cell::Cell;

    static ENGLISH: &str = text(&lines::<{ length(de::FIRST_LOAD, Column::English) }>(de::FIRST_LOAD, Column::English));

    /// The German texts of the first list, which the app loads before it shows its first page in German.
    pub static GERMAN: &str = text(&lines::<{ length(de::FIRST_LOAD, Column::German) }>(de::FIRST_LOAD, Column::German));

    /// The German texts of the second list, which the app loads before it shows a page of another part of the program.
    pub static GERMAN_OF_PARTS: &str = text(&lines::<{ length(de::PARTS, Column::German) }>(de::PARTS, Column::German));

    type Texts = &'static [&'static str];

    thread_local! {
        /// The texts of the first list. Empty until the app uses one of them.
        static FIRST: Cell<Texts> = const { Cell::new(&[]) };
        /// The texts of the second list. Empty in English, because the code that shows an English text contains it.
        static OF_PARTS: Cell<Texts> = const { Cell::new(&[]) };
    }

    /// Switches the texts to German. `lines` is [`GERMAN`], which a release loads as a separate part. Call this function before the app
    /// shows a text.
    pub fn use_german(lines: &'static str) {
        FIRST.set(split(lines));
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
        if FIRST.get().is_empty() {
            FIRST.set(split(ENGLISH));
        }
        FIRST.get().get(place).unwrap_or(&"")
    }

    #[inline(never)]
    pub(super) fn of_part(text: &Text) -> &&'static str {
        OF_PARTS.get().get(text.place - de::FIRST_LOAD.len()).unwrap_or(&text.english)
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

    const fn length(list: de::List, column: Column) -> usize {
        let (mut length, mut at) = (0, 0);
        while at < list.len() {
            length += in_column(list[at], column).len() + 1;
            at += 1;
        }
        length
    }

    const fn lines<const LENGTH: usize>(list: de::List, column: Column) -> [u8; LENGTH] {
        let mut lines = [b'\n'; LENGTH];
        let (mut end, mut at) = (0, 0);
        while at < list.len() {
            let line = in_column(list[at], column).as_bytes();
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
        for (english, german) in LISTS.into_iter().flatten() {
            assert!(seen.insert(english), "{english:?} occurs twice");
            assert!(!german.is_empty(), "{english:?}");
            assert_eq!(english.matches("{}").count(), german.matches("{}").count(), "{english:?}");
        }
    }

    #[test]
    fn each_text_is_used() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut code = String::new();
        for folder in ["src", "crates/storefront-server/src", "crates/storefront-messages/src", "crates/fusionauth-emulator/src"] {
            read(&root.join(folder), &mut code);
        }
        for (english, _) in LISTS.into_iter().flatten() {
            assert!(code.contains(&format!("{english:?}")), "nothing shows {english:?}");
        }
    }

    #[test]
    fn the_static_page_has_the_german_of_the_app() {
        let page = include_str!("../../../index.html");
        let mut compared = 0;
        let mut compare = |english: &str, german: &str| {
            if let Some((_, expected)) = LISTS.into_iter().flatten().find(|(it, _)| *it == english) {
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
        let all = || de::FIRST_LOAD.iter().chain(de::PARTS);
        let shown = |text: &Text| if text.place < de::FIRST_LOAD.len() { *loaded::first(text.place) } else { *loaded::of_part(text) };
        let texts: Vec<Text> = all().map(|(english, _)| Text::new(english)).collect();
        assert!(all().zip(&texts).all(|((english, _), text)| shown(text) == *english));
        use_german(GERMAN);
        assert!(!has_texts_of_parts(), "the German of the parts is loaded later; until then they are in English");
        assert_eq!((shown(&Text::new("Sign in")), shown(&Text::new("Cancel"))), ("Anmelden", "Cancel"));
        use_german_of_parts(GERMAN_OF_PARTS);
        assert!(has_texts_of_parts() && all().zip(&texts).all(|((_, german), text)| shown(text) == *german));
    }

    #[test]
    fn arguments_take_their_places_in_order_and_stay_as_they_are() {
        assert_eq!(fill("{} of {}, {}", &[&1, &"{}", &'ü']), "1 of {}, ü");
        assert_eq!((around("before {} after {}"), around("no place")), (("before ", " after {}"), ("no place", "")));
    }

    #[test]
    fn a_text_is_shown_in_the_readers_language() {
        assert_eq!(t!("Sign in"), "Sign in");
        assert_eq!(Language::German.scope(|| t!("Sign in")), "Anmelden");
        assert_eq!(t!("At least {} characters", 8), "At least 8 characters");
        assert_eq!(Language::German.scope(|| t!("At least {} characters", 8)), "Mindestens 8 Zeichen");
    }
}
