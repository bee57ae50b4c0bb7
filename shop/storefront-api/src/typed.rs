//! What people type outside the sign-in: names, lines of postal addresses, postal codes and posts, in the one form in which the server stores
//! them, except for Unicode's normal form. `fusionauth_api::typed` has the emails, codes and passwords.
//!
//! Copied text brings characters that nobody sees. These functions drop them, because nobody can remove what nobody sees. Those that change
//! how a word looks stay: joiners in Persian, Sinhala or an emoji, and the selector that gives an emoji its colours.

use fusionauth_api::typed::{is_ignorable, plain};

/// A text on one line, with single spaces, such as a display name, a title, or a line of a postal address.
///
/// ```
/// use storefront_api::typed::line;
///
/// assert_eq!(line(" Ann\u{200B}\t Lee\u{202C}"), "Ann Lee");
/// assert_eq!(line("علی\u{200C}رضا 👩\u{200D}👧 ❤\u{FE0F}"), "علی\u{200C}رضا 👩\u{200D}👧 ❤\u{FE0F}");
/// ```
pub fn line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of several lines, such as a post. Slides, PDF files and other systems have their own line breaks.
///
/// ```
/// use storefront_api::typed::lines;
///
/// assert_eq!(lines(" One\r\nTwo\u{B}Three\u{C}\u{3}\tFour\n"), "One\nTwo\nThree\n\tFour");
/// ```
pub fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    text.replace(|it: char| it.is_control() && !matches!(it, '\n' | '\t'), "").trim().to_owned()
}

/// A postal code as its country writes it. People also write the country's letters before the code, as in `D-10115`.
///
/// # Errors
/// An example of a postal code of this country, if the text is none.
///
/// ```
/// use storefront_api::typed::postal_code;
///
/// assert_eq!(postal_code("DE", "D–１０１１５"), Ok("10115".to_owned()));
/// assert_eq!(postal_code("AT", "10115"), Err("1010"));
/// ```
pub fn postal_code(country: &str, text: &str) -> Result<String, &'static str> {
    let plain: String = text.chars().map(plain).filter(|it| it.is_alphanumeric()).collect::<String>().to_uppercase();
    let digits = plain.find(|it: char| it.is_ascii_digit()).unwrap_or_default();
    let (letters, code) = plain.split_at(digits);
    let is_digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    let example = match country {
        "NL" => "1012 AB",
        "DE" => "10115",
        "FR" => "75001",
        _ => "1010",
    };
    match code.split_at_checked(4) {
        _ if !country.starts_with(letters) => Err(example),
        Some((digits, letters)) if country == "NL" => match letters.len() {
            2 if is_digits(digits) && letters.bytes().all(|it| it.is_ascii_uppercase()) => Ok(format!("{digits} {letters}")),
            _ => Err(example),
        },
        _ if code.len() == example.len() && is_digits(code) => Ok(code.to_owned()),
        _ => Err(example),
    }
}

/// The selector that shows the character before it as an emoji.
const EMOJI: char = '\u{FE0F}';

/// The text without control characters other than white space, and without invisible characters that join nothing.
fn visible(text: &str) -> String {
    let is_joiner = |it: char| matches!(it, '\u{200C}' | '\u{200D}');
    let is_shown = |it: char| !it.is_ascii() && !it.is_whitespace() && !is_ignorable(it);
    let is_candidate = |it: &char| is_joiner(*it) || *it == EMOJI || !is_ignorable(*it) && (!it.is_control() || it.is_whitespace());
    let (mut visible, mut rest) = (String::new(), text.chars().filter(is_candidate).peekable());
    while let Some(it) = rest.next() {
        let (before, after) = (visible.chars().next_back(), rest.peek().copied());
        let is_kept = match it {
            EMOJI => before.is_some_and(|it| is_shown(it) && !it.is_alphanumeric()) || before.is_some() && after == Some('\u{20E3}'),
            it if is_joiner(it) => before.is_some_and(|it| is_shown(it) || it == EMOJI) && after.is_some_and(is_shown),
            _ => true,
        };
        if is_kept {
            visible.push(it);
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts as people paste them, with their form on one line.
    const NASTY: [(&str, &str); 20] = [
        ("علی\u{200C}رضا", "علی\u{200C}رضا"),
        ("ශ්\u{200D}රී ලංකා", "ශ්\u{200D}රී ලංකා"),
        ("র\u{200D}্যাব", "র\u{200D}্যাব"),
        ("👩\u{200D}👩\u{200D}👧\u{200D}👦 2. Stock", "👩\u{200D}👩\u{200D}👧\u{200D}👦 2. Stock"),
        ("Ann ❤\u{FE0F}", "Ann ❤\u{FE0F}"),
        ("1\u{FE0F}\u{20E3}", "1\u{FE0F}\u{20E3}"),
        ("🏳\u{FE0F}\u{200D}🌈", "🏳\u{FE0F}\u{200D}🌈"),
        ("\u{202A}Main St 1\u{202C}", "Main St 1"),
        ("\u{2068}Ann\u{2069}", "Ann"),
        ("An\u{200B}n\u{2060}", "Ann"),
        ("\u{FEFF}Ann\u{FEFF}", "Ann"),
        ("A\u{200D}nn\u{200C}", "Ann"),
        ("So\u{AD}fie", "Sofie"),
        ("Ann\u{FE0F}", "Ann"),
        ("a \u{200B} b", "a b"),
        ("a\0b\u{1B}\u{7F}", "ab"),
        ("a\u{B}b\u{C}c\u{3}", "a b c"),
        ("a\u{85}b\u{2028}c\u{A0}", "a b c"),
        ("\u{200D}\u{FE0F} \u{200C}", ""),
        ("क\u{200D}\u{200B}\u{200D}ष", "क\u{200D}ष"),
    ];

    #[test]
    fn nobody_has_to_remove_what_nobody_sees() {
        for (text, expected) in NASTY {
            assert_eq!(line(text), expected, "{text:?}");
            assert_eq!(line(&line(text)), expected, "{text:?}");
            let lines = lines(text);
            assert_eq!(super::lines(&lines), lines, "{text:?}");
            assert!(!lines.contains(|it: char| it.is_control() && it != '\n' && it != '\t'), "{text:?}");
            assert!(postal_code("DE", text).is_err(), "{text:?}");
        }
        assert_eq!(lines("a\u{B}b\u{C}c\u{3}\u{85}d\re"), "a\nb\nc\nd\ne");
    }

    #[test]
    fn postal_codes_are_those_of_the_country() {
        for (country, texts, stored) in [
            ("DE", &["10115", "d-10 115", "１０１１５", "١٠١١٥", "D 10115", "DE10115", "D–10115", "\u{200E}DE-10115 "][..], "10115"),
            ("FR", &["F-75001", "F 75001", "75 001"], "75001"),
            ("NL", &["1012ab", "NL-1012 AB", "NL 1012 AB", "1012–AB", "Ｎ Ｌ１０１２ａｂ"], "1012 AB"),
            ("AT", &["A-1010", "1010"], "1010"),
            ("LU", &["L-1009", "L 1009", "LU1009"], "1009"),
            ("BE", &["1000", "B 1000", "B-1000"], "1000"),
        ] {
            for text in texts {
                assert_eq!(postal_code(country, text), Ok(stored.to_owned()), "{country} {text}");
                assert_eq!(postal_code(country, stored), Ok(stored.to_owned()));
            }
        }
        for (country, texts) in [
            ("DE", &["1010", "A-10115", "F-10115", "10115 Berlin", "", "D"][..]),
            ("NL", &["1012", "12AB34", "é012AB", "1012 éb", "1012 ABC"]),
            ("AT", &["10115"]),
            ("FR", &["7500A"]),
        ] {
            for text in texts {
                assert!(postal_code(country, text).is_err(), "{country} {text}");
            }
        }
    }
}
