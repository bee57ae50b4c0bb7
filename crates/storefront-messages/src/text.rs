//! Texts that are written in English in the code and shown in the reader's language.

use crate::{de, language::Language};
use std::fmt::Display;

/// A text, in English, and its place among the texts of each other language.
///
/// It is made in a constant, so that the compiler names each text that a language lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    english: &'static str,
    place: usize,
}

impl Text {
    /// The text whose English is `english`. Call it in a constant.
    ///
    /// # Panics
    /// If `de.rs` does not have the text, or if only the server has it and this is the app: at compile time.
    pub const fn new(english: &'static str) -> Self {
        let (mut list, mut before) = (0, 0);
        while list < LISTS.len() {
            let texts = LISTS[list];
            let mut at = 0;
            while at < texts.len() {
                if equal(texts[at].0, english) {
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
    pub fn get(self) -> &'static str {
        match Language::current() {
            Language::English => self.english,
            Language::German => german(self.place).unwrap_or(self.english),
        }
    }
}

/// The text whose English is the literal, in the current language: a `&'static str`. With further arguments each takes the place of a `{}`,
/// in the order of the arguments, and the text is a `String`.
#[macro_export]
macro_rules! t {
    ($english:literal) => {{
        const TEXT: $crate::Text = $crate::Text::new($english);
        TEXT.get()
    }};
    ($english:literal, $($argument:expr),+ $(,)?) => {
        $crate::fill($crate::t!($english), &[$(&$argument),+])
    };
}

/// `text` with an argument in the place of each `{}`.
pub fn fill(text: &str, arguments: &[&dyn Display]) -> String {
    let mut pieces = text.split("{}");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for (argument, piece) in arguments.iter().zip(pieces) {
        filled += &argument.to_string();
        filled += piece;
    }
    filled
}

/// The lists in which a text is looked for. The app has no texts of the server.
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

#[cfg(not(target_arch = "wasm32"))]
fn german(place: usize) -> Option<&'static str> {
    LISTS.iter().copied().flatten().nth(place).map(|(_, german)| *german)
}

#[cfg(target_arch = "wasm32")]
use loaded::german;
#[cfg(target_arch = "wasm32")]
pub use loaded::{GERMAN, GERMAN_OF_PARTS, use_german, use_german_of_parts};

/// The German texts of the app, which it loads when they are needed, each list as one text of lines: an array of texts would be larger.
#[cfg(target_arch = "wasm32")]
mod loaded {
    use crate::{
        de,
        language::{CURRENT, Language},
    };
    use std::cell::RefCell;

    /// What the app loads before its first page is shown in German.
    pub static GERMAN: &str = text(&lines::<{ length(de::FIRST_LOAD) }>(de::FIRST_LOAD));

    /// What the app loads in German before another part of it is shown.
    pub static GERMAN_OF_PARTS: &str = text(&lines::<{ length(de::PARTS) }>(de::PARTS));

    /// Shows texts in German from now on. `lines` is [`GERMAN`], which a release has in a part of the program.
    pub fn use_german(lines: &'static str) {
        LOADED.with_borrow_mut(|loaded| *loaded = lines.split_terminator('\n').collect());
        CURRENT.set(Language::German);
    }

    /// Shows the texts of the other parts in German as well. `lines` is [`GERMAN_OF_PARTS`]. Call it after [`use_german`].
    pub fn use_german_of_parts(lines: &'static str) {
        LOADED.with_borrow_mut(|loaded| {
            loaded.truncate(de::FIRST_LOAD.len());
            loaded.extend(lines.split_terminator('\n'));
        });
    }

    thread_local! {
        static LOADED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }

    /// The text at this place, if it has been loaded.
    pub(super) fn german(place: usize) -> Option<&'static str> {
        LOADED.with_borrow(|loaded| loaded.get(place).copied())
    }

    const fn length(list: de::List) -> usize {
        let (mut length, mut at) = (0, 0);
        while at < list.len() {
            length += list[at].1.len() + 1;
            at += 1;
        }
        length
    }

    const fn lines<const LENGTH: usize>(list: de::List) -> [u8; LENGTH] {
        let mut lines = [b'\n'; LENGTH];
        let (mut end, mut at) = (0, 0);
        while at < list.len() {
            let german = list[at].1.as_bytes();
            let mut byte = 0;
            while byte < german.len() {
                assert!(german[byte] != b'\n', "a text of the app is one line");
                lines[end] = german[byte];
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
            Err(_) => panic!("lines of texts are text"),
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
            assert!(seen.insert(english), "{english:?} is there twice");
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

    /// Adds what the Rust files below `folder` hold, with texts over several lines as one line.
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
    fn a_text_is_shown_in_the_readers_language() {
        assert_eq!(t!("Sign in"), "Sign in");
        assert_eq!(Language::German.scope(|| t!("Sign in")), "Anmelden");
        assert_eq!(t!("At least {} characters", 8), "At least 8 characters");
        assert_eq!(Language::German.scope(|| t!("At least {} characters", 8)), "Mindestens 8 Zeichen");
    }
}
