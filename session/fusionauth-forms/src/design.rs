//! The texts and class names of the forms as one type parameter, so that a program contains only those that it uses.

use crate::{de, fr};
use std::{
    fmt::{Debug, Display},
    marker::PhantomData,
};

/// Pairs of an English text and the text that replaces it.
pub type List = &'static [(&'static str, &'static str)];

/// The texts and the class names of all forms. [`English`], [`French`] and [`German`] are complete designs; implement this trait to
/// change texts or class names.
///
/// ```
/// use fusionauth_forms::{Classes, Design, German, List, text_of};
///
/// #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
/// struct OurShop;
///
/// impl Design for OurShop {
///     // The first list that has a text applies.
///     const LISTS: &'static [List] = &[&[("Sign in", "Einloggen")], German::LISTS[0], German::LISTS[1]];
///     const CLASSES: Classes = Classes { primary: "btn btn-primary", ..Classes::DEFAULT };
/// }
///
/// assert_eq!((text_of!(OurShop, "Sign in"), text_of!(OurShop, "Password")), ("Einloggen", "Passwort"));
/// ```
pub trait Design: Copy + Debug + Default + PartialEq + Eq + Send + Sync + 'static {
    /// The lists in which the forms look for their English texts. The first list that has a text applies.
    const LISTS: &'static [List];

    /// The number of texts at the beginning of the lists whose English the program stores elsewhere, so that [`Text::english`] is empty.
    const STORED: usize = 0;

    /// What happens to a text that no list has.
    const MISSING: MissingText = MissingText::StaysEnglish;

    /// The class names of the elements.
    const CLASSES: Classes = Classes::DEFAULT;

    /// The text that people see. The default is the text in [`Design::LISTS`].
    fn show(text: &Text<Self>) -> &'static str {
        Self::LISTS.iter().copied().flatten().nth(text.place).map_or(text.english, |(_, replacement)| replacement)
    }
}

/// What happens to a text that no list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingText {
    /// It is shown in English.
    StaysEnglish,
    /// The program does not compile.
    DoesNotCompile,
}

/// The class names of the forms' elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    /// The section of a form, with its heading.
    pub section: &'static str,
    /// The text below the heading.
    pub lead: &'static str,
    /// The text that says why a session ended.
    pub reason: &'static str,
    /// An input with its label and its error.
    pub field: &'static str,
    /// The error beside an input.
    pub field_error: &'static str,
    /// A password input with the button that shows the password.
    pub joined: &'static str,
    /// The button that shows or hides a password.
    pub reveal: &'static str,
    /// The label of a checkbox.
    pub check: &'static str,
    /// The button that submits a form.
    pub primary: &'static str,
    /// The other buttons of a form.
    pub quiet: &'static str,
    /// An input for a new password, with its rules.
    pub new_password: &'static str,
    /// The list of the rules for a new password.
    pub rules: &'static str,
    /// A rule that the typed password meets.
    pub kept: &'static str,
    /// A text of less importance.
    pub note: &'static str,
    /// A paragraph below the form.
    pub aside: &'static str,
    /// A small button in a message.
    pub retry: &'static str,
    /// Text for screen readers only. This class must hide its element visually.
    pub hidden: &'static str,
}

impl Classes {
    /// The class names of the designs of this crate.
    pub const DEFAULT: Self = Self {
        section: "auth",
        lead: "lead",
        reason: "reason",
        field: "field",
        field_error: "field-error",
        joined: "joined",
        reveal: "reveal",
        check: "check",
        primary: "primary wide",
        quiet: "quiet wide",
        new_password: "new-password",
        rules: "rules",
        kept: "kept",
        note: "quiet-text",
        aside: "aside",
        retry: "quiet",
        hidden: "hidden",
    };
}

/// A text in English, and its place in the lists of its design.
///
/// Create it in a constant, so that the program does not contain the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<D> {
    /// The English text. It is empty for the first [`Design::STORED`] texts.
    pub english: &'static str,
    /// The index in the concatenated lists of the design.
    pub place: usize,
    design: PhantomData<D>,
}

impl<D: Design> Text<D> {
    /// Finds `english` in the lists of the design.
    ///
    /// # Panics
    /// At compile time, if the lists lack the text and [`Design::MISSING`] does not allow that.
    pub const fn new(english: &'static str) -> Self {
        let (mut list, mut place) = (0, 0);
        while list < D::LISTS.len() {
            let texts = D::LISTS[list];
            let mut at = 0;
            while at < texts.len() {
                if equal(texts[at].0, english) {
                    let english = if place < D::STORED { "" } else { english };
                    return Self { english, place, design: PhantomData };
                }
                at += 1;
                place += 1;
            }
            list += 1;
        }
        assert!(matches!(D::MISSING, MissingText::StaysEnglish), "the lists lack this text");
        Self { english, place, design: PhantomData }
    }

    /// The text that people see.
    // Inlined, so that a design can choose by the constant `place`.
    #[inline(always)]
    pub fn get(&self) -> &'static str {
        D::show(self)
    }
}

/// Whether two texts are equal, for constants, in which `==` does not work.
pub const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while one.len() == other.len() && at < one.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
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

/// The parts of `text` between which a line may end, so that no email breaks inside a word: after the `@`, and before a full stop of the
/// email. A text without `@` is one part.
pub fn line_parts(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let may_end = |at: usize| bytes[at - 1] == b'@' || bytes[at] == b'.' && bytes.get(at + 1).is_some_and(|next| *next > b' ');
    let (mut parts, mut start) = (Vec::new(), 0);
    if bytes.contains(&b'@') {
        for at in (1..bytes.len()).filter(|at| may_end(*at)) {
            parts.push(&text[start..at]);
            start = at;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The texts in English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct English;

impl Design for English {
    const LISTS: &'static [List] = &[];
}

/// The texts in German, which address the reader as "du". The first list has the texts of the sign-in form, the second list all others, so
/// that a program can load them in portions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct German;

impl Design for German {
    const LISTS: &'static [List] = &[de::SIGN_IN_FORM, de::OTHER_FORMS];
}

/// The texts in French, which address the reader as "vous", in the lists and in the order of [`German`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct French;

impl Design for French {
    const LISTS: &'static [List] = &[fr::SIGN_IN_FORM, fr::OTHER_FORMS];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_of;
    use std::{collections::BTreeSet, fs, path::Path};

    const TRANSLATIONS: [&[List]; 2] = [German::LISTS, French::LISTS];

    #[test]
    fn a_line_ends_at_the_joints_of_an_email_and_nowhere_else() {
        for (text, parts) in [
            ("ada.lovelace@example.co.uk", "ada|.lovelace@|example|.co|.uk"),
            ("An account with zoë@example.com. Delete it.", "An account with zoë@|example|.com. Delete it."),
            ("Jug 0.5 l", "Jug 0.5 l"),
            ("", ""),
            (".@", ".@"),
        ] {
            assert_eq!(line_parts(text).join("|"), parts);
        }
    }

    #[test]
    fn each_text_is_there_once_and_has_the_same_arguments_in_each_language() {
        for lists in TRANSLATIONS {
            let mut seen = BTreeSet::new();
            for (english, translated) in lists.iter().copied().flatten() {
                assert!(seen.insert(english), "{english:?} occurs twice");
                assert!(!translated.is_empty(), "{english:?}");
                assert_eq!(english.matches("{}").count(), translated.matches("{}").count(), "{english:?}");
            }
        }
    }

    #[test]
    fn each_language_has_the_same_texts_in_the_same_order() {
        for lists in TRANSLATIONS {
            for (texts, german) in lists.iter().zip(German::LISTS) {
                let english = |list: List| list.iter().map(|it| it.0).collect::<Vec<_>>();
                assert_eq!(english(texts), english(german));
            }
        }
    }

    #[test]
    fn a_text_without_a_replacement_stays_english() {
        assert_eq!(text_of!(English, "Sign in"), "Sign in");
        assert_eq!((text_of!(German, "Sign in"), text_of!(French, "Sign in")), ("Anmelden", "Se connecter"));
        assert_eq!(text_of!(German, "Enamel kettle"), "Enamel kettle");
    }

    #[test]
    fn each_text_of_the_forms_is_translated() {
        let mut code = Vec::new();
        for folder in ["src", "../leptos-fusionauth-forms/src"] {
            read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut code);
        }
        let mut found = 0;
        for text in code.iter().flat_map(|code| {
            let calls = code.split("text_of!(").skip(1).filter_map(|it| it.trim_start().strip_prefix("D,"));
            calls.chain(code.split("Text::new(").skip(1))
        }) {
            let Some(english) = text.trim_start().strip_prefix('"').and_then(|it| it.split('"').next()) else { continue };
            let lines = english.split("\\\n").enumerate();
            let english = lines.map(|(at, line)| if at == 0 { line } else { line.trim_start() }).collect::<String>();
            assert!(German::LISTS.iter().copied().flatten().any(|(it, _)| *it == english), "no translation of {english:?}");
            found += 1;
        }
        assert!(found > 30, "the forms must have more than 30 texts");
    }

    #[test]
    fn arguments_take_their_places_in_order_and_stay_as_they_are() {
        assert_eq!(fill("{} of {}, {}", &[&1, &"{}", &'ü']), "1 of {}, ü");
        assert_eq!((around("before {} after {}"), around("no place")), (("before ", " after {}"), ("no place", "")));
    }

    /// The published package has no folder of another crate, so a missing folder is skipped.
    fn read(folder: &Path, code: &mut Vec<String>) {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()) {
            if path.is_dir() {
                read(&path, code);
            } else if path.file_name().is_some_and(|it| it != "design.rs") {
                code.push(fs::read_to_string(&path).unwrap());
            }
        }
    }
}
