//! Texts that are written in English in the code and shown in the reader's language.

use crate::{de, fill, fr, language::Language};
use fusionauth_forms::{Design, List, MissingText, equal};

/// A text in English, and its index in the concatenated lists of translations.
pub type Text = fusionauth_forms::Text<Storefront>;

/// The design of the storefront's forms: their texts in the current language ([`Language::current`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storefront;

impl Design for Storefront {
    // The app does not contain the server's texts, so a text of theirs does not compile there.
    const LISTS: &'static [List] = if cfg!(target_arch = "wasm32") { SAME_IN_ALL.split_at(4).0 } else { SAME_IN_ALL };
    // The app has the English texts of the first lists in `loaded::ENGLISH`, so constants need not contain them.
    const STORED: usize = if cfg!(target_arch = "wasm32") { loaded::COUNT_OF_FIRST } else { 0 };
    const MISSING: MissingText = MissingText::DoesNotCompile;

    // In the app, a call with a constant becomes one call of `loaded::first_text` or `loaded::text_of_part`. These return a pointer to the
    // text: WebAssembly would return a `&str` itself, which is two values, through memory.
    #[inline(always)]
    fn show(text: &Text) -> &'static str {
        if !cfg!(target_arch = "wasm32") {
            return match Language::current() {
                Language::English => text.english,
                language => lists(language).iter().copied().flatten().nth(text.place).map_or(text.english, |(_, translated)| translated),
            };
        }
        if text.place < loaded::COUNT_OF_FIRST { loaded::first_text(text.place) } else { loaded::text_of_part(text) }
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

/// The texts of a table of `storefront-api`, which has them in English. A text without translations does not compile.
pub(crate) const fn translated<const LENGTH: usize>(english: &[&'static str]) -> [Text; LENGTH] {
    let (mut texts, mut at) = ([Text::new(english[0]); LENGTH], 0);
    while at < LENGTH {
        texts[at] = Text::new(english[at]);
        at += 1;
    }
    texts
}

/// `one` or `many`, whichever the current language uses with this number, with the number in place of `{}`.
pub fn counted(count: i64, one: &str, many: &str) -> String {
    fill(if Language::current().is_singular(count) { one } else { many }, &[&count])
}

macro_rules! lists {
    ($($language:ident $texts:ident $first:literal $of_parts:literal $facts:tt)*) => {
        /// The lists of each language except English: two with the texts that the app may show before it has loaded another part of the
        /// program, two for the other parts, and one for the server.
        const TRANSLATIONS: [[List; 5]; Language::ALL.len() - 1] = [$([
            fusionauth_forms::$language::LISTS[0],
            $texts::FIRST_LOAD,
            fusionauth_forms::$language::LISTS[1],
            $texts::PARTS,
            $texts::SERVER,
        ]),*];
    };
}
crate::translations!(lists);

/// The lists of a language. English has none.
pub(crate) const fn lists(language: Language) -> &'static [List] {
    const ALL: &[[List; 5]] = &TRANSLATIONS;
    match language {
        Language::English => &[],
        _ => &ALL[language as usize - 1],
    }
}

/// The English texts are the same in the lists of each language, in the same order, so these lists give each text its place.
const SAME_IN_ALL: &[List] = lists(Language::ALL[1]);

const _: () = {
    let mut language = 2;
    while language < Language::ALL.len() {
        let mut list = 0;
        while list < SAME_IN_ALL.len() {
            let (texts, expected) = (lists(Language::ALL[language])[list], SAME_IN_ALL[list]);
            let mut at = 0;
            while at < expected.len() {
                if at == texts.len() || !equal(texts[at].0, expected[at].0) {
                    panic!("{}", expected[at].0); // a language lacks this text, or has another one in its place
                }
                at += 1;
            }
            assert!(texts.len() == expected.len(), "a language has more texts than the first one");
            list += 1;
        }
        language += 1;
    }
};

pub use loaded::{has_texts_of_parts, texts, use_texts, use_texts_of_parts};

/// The app's texts that are stored apart from the code that shows them: the English texts of the first lists, and all texts in other
/// languages. The app loads those of the page's language. Each list is one string of lines, because an array of strings would be larger.
mod loaded {
    use super::{List, Text, lists};
    use crate::language::{CURRENT, Language};
    use std::cell::Cell;

    const FIRST: [List; 2] = first(Language::ALL[1]);

    /// The number of texts in the first lists.
    pub(super) const COUNT_OF_FIRST: usize = FIRST[0].len() + FIRST[1].len();

    static ENGLISH: &str = text(&lines::<{ length(FIRST, Column::English) }>(FIRST, Column::English));

    const fn first(language: Language) -> [List; 2] {
        [lists(language)[0], lists(language)[1]]
    }

    const fn of_parts(language: Language) -> [List; 2] {
        [lists(language)[2], lists(language)[3]]
    }

    macro_rules! lines_of {
        ($($language:ident $texts:ident $first:literal $of_parts:literal $facts:tt)*) => {
            /// The texts of the app in each language, as lines.
            pub mod texts {
                $(
                    #[doc = concat!("The texts in ", stringify!($language), ".")]
                    pub mod $texts {
                        use super::super::{Column, Language, first, length, lines, of_parts, text};

                        /// The texts of the first lists, which the app loads before it shows its first page in this language.
                        pub static FIRST: &str = {
                            const LENGTH: usize = length(first(Language::$language), Column::Translated);
                            text(&lines::<LENGTH>(first(Language::$language), Column::Translated))
                        };

                        /// The texts of the other lists, which the app loads before it shows a page of another part of the program.
                        pub static OF_PARTS: &str = {
                            const LENGTH: usize = length(of_parts(Language::$language), Column::Translated);
                            text(&lines::<LENGTH>(of_parts(Language::$language), Column::Translated))
                        };
                    }
                )*
            }
        };
    }
    crate::translations!(lines_of);

    type Texts = &'static [&'static str];

    thread_local! {
        /// The texts of the first lists. Empty until the app uses one of them.
        static FIRST_TEXTS: Cell<Texts> = const { Cell::new(&[]) };
        /// The texts of the other lists. Empty in English, because the code that shows an English text contains it.
        static OF_PARTS: Cell<Texts> = const { Cell::new(&[]) };
    }

    /// Switches the texts to a language. `lines` is its `FIRST` in [`texts`], which a release loads as a separate part. Call this function
    /// before the app shows a text.
    pub fn use_texts(language: Language, lines: &'static str) {
        FIRST_TEXTS.set(split(lines));
        OF_PARTS.set(&[]);
        CURRENT.set(language);
    }

    /// Also switches the texts of the other parts of the program. `lines` is the language's `OF_PARTS` in [`texts`]. Call this function
    /// after [`use_texts`].
    pub fn use_texts_of_parts(lines: &'static str) {
        OF_PARTS.set(split(lines));
    }

    /// Whether the texts of the other parts of the program are available in the current language.
    pub fn has_texts_of_parts() -> bool {
        Language::current() == Language::English || !OF_PARTS.get().is_empty()
    }

    #[inline(never)]
    pub(super) fn first_text(place: usize) -> &'static &'static str {
        if FIRST_TEXTS.get().is_empty() {
            FIRST_TEXTS.set(split(ENGLISH));
        }
        FIRST_TEXTS.get().get(place).unwrap_or(&"")
    }

    #[inline(never)]
    pub(super) fn text_of_part(text: &Text) -> &&'static str {
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
        Translated,
    }

    const fn in_column(texts: (&'static str, &'static str), column: Column) -> &'static str {
        match column {
            Column::English => texts.0,
            Column::Translated => texts.1,
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
    fn each_text_is_there_once_and_in_each_language_with_the_same_arguments() {
        for language in Language::ALL {
            let mut seen = BTreeSet::new();
            for (english, translated) in lists(language).iter().copied().flatten() {
                assert!(seen.insert(english), "{english:?} occurs twice");
                assert!(!translated.is_empty(), "{english:?}");
                assert_eq!(english.matches("{}").count(), translated.matches("{}").count(), "{english:?}");
            }
        }
    }

    #[test]
    fn each_text_is_used() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let page = fs::read_to_string(root.join("index.html")).unwrap();
        let mut code = String::new();
        for path in [
            "src",
            "shop/storefront-api/src",
            "shop/storefront-server/src",
            "shop/storefront-messages/src",
            "emulator/fusionauth-emulator/src",
            "session/fusionauth-forms/src",
            "session/leptos-fusionauth-forms/src",
            "shop/storefront-server/tests/suite/mail_templates.rs", // the texts of FusionAuth's templates
        ] {
            read(&root.join(path), &mut code);
        }
        for (english, _) in SAME_IN_ALL.iter().copied().flatten() {
            assert!(code.contains(&format!("{english:?}")) || page.contains(english), "nothing shows {english:?}");
        }
    }

    /// Appends the Rust file at `path`, or the Rust files in this folder, to `code`. A string literal that continues on further lines becomes
    /// one line.
    fn read(path: &Path, code: &mut String) {
        let has_texts = Language::ALL.iter().any(|it| path.ends_with(format!("{}.rs", it.tag())));
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap().flatten() {
                read(&entry.path(), code);
            }
        } else if path.extension().is_some_and(|it| it == "rs") && !has_texts {
            let mut lines = fs::read_to_string(path).unwrap();
            while let Some(at) = lines.find("\\\n") {
                let rest = lines[at + 2..].trim_start().to_owned();
                lines.truncate(at);
                lines += &rest;
            }
            *code += &lines;
        }
    }

    macro_rules! texts_of_the_app {
        ($($language:ident $texts:ident $first:literal $of_parts:literal $facts:tt)*) => {
            [$((Language::$language, texts::$texts::FIRST, texts::$texts::OF_PARTS)),*]
        };
    }

    #[test]
    fn the_app_has_each_text_in_its_place() {
        let all = |language| lists(language)[..4].iter().copied().flatten();
        let shown = |text: &Text| match text.place < loaded::COUNT_OF_FIRST {
            true => *loaded::first_text(text.place),
            false => *loaded::text_of_part(text),
        };
        let texts: Vec<Text> = all(Language::ALL[1]).map(|(english, _)| Text::new(english)).collect();
        assert!(all(Language::ALL[1]).zip(&texts).all(|((english, _), text)| shown(text) == *english));
        for (language, first, of_parts) in crate::translations!(texts_of_the_app) {
            use_texts(language, first);
            assert!(!has_texts_of_parts(), "the texts of the parts are loaded later; until then they are in English");
            assert_eq!(shown(&Text::new("Sign in")), language.scope(|| t!("Sign in")));
            assert_eq!(shown(&Text::new("Cancel")), "Cancel");
            use_texts_of_parts(of_parts);
            assert!(has_texts_of_parts() && all(language).zip(&texts).all(|((_, translated), text)| shown(text) == *translated));
        }
    }

    #[test]
    fn a_text_is_shown_in_the_readers_language() {
        assert_eq!(t!("Sign in"), "Sign in");
        assert_eq!([Language::German, Language::French].map(|it| it.scope(|| t!("Sign in"))), ["Anmelden", "Se connecter"]);
        assert_eq!(t!("At least {} characters", 8), "At least 8 characters");
        assert_eq!(Language::German.scope(|| t!("At least {} characters", 8)), "Mindestens 8 Zeichen");
    }
}
