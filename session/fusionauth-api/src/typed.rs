//! What people type: emails, codes and passwords, in the one form in which they are sent to FusionAuth.
//!
//! Copied text brings characters that nobody sees, keyboards write digits and accents in several ways, and apps show separators in codes.
//! FusionAuth compares byte for byte (except for the case of emails), so each form reads its inputs with these functions, and a server
//! does the same with what it receives. `early.js` of `fusionauth-session-web` has [`email`] in JavaScript; a test compares both.
//!
//! # Decisions
//!
//! - **An email's domain is sent in ASCII** (`xn--…`, RFC 5891). This is the only form that every browser can compute, and mail servers
//!   without `SMTPUTF8` can deliver to it. FusionAuth therefore stores ASCII for each account that these forms create. An account that has
//!   a Unicode domain at FusionAuth needs the ASCII form there.
//! - **A password is sent in Unicode's form NFC**, at registration, at each change and at each sign-in. One password is then the same on
//!   every keyboard. NFC and not NFKC, because NFKC would turn different passwords into one. FusionAuth documents no form of its own. If
//!   another program registered the user with a password in another form, the first sign-in here is refused. No second attempt with the
//!   typed form follows, because it would count toward FusionAuth's limit for failed sign-ins. A reset link ends this for good.
//! - **An email is cleaned only where it has one meaning**: a domain neither contains a comma nor ends with a full stop. Forms refuse the rest.
//! - **A code of six letters or digits is sent without separators.** A longer one keeps its hyphens, because recovery codes have one.
//!   In a longer text, such as the line of a message, the only group of six digits is the code.

/// The email that somebody typed, or another login id. Removes every character that is invisible ([`is_ignorable`]), and trims white space.
/// From an email it also removes what people copy with it, such as `mailto:`, `Ann <…>` or a full stop at the end, and a comma becomes a full
/// stop if the domain has no other one.
///
/// A domain that is not ASCII is written in ASCII. `to_ascii` does this as the WHATWG URL standard defines it; it returns `None` for an
/// invalid domain, which then stays as it is.
///
/// ```
/// use fusionauth_api::typed::email;
///
/// let to_ascii = |domain: &str| (domain == "müller.example").then(|| "xn--mller-kva.example".to_owned());
/// assert_eq!(email(" ann\u{200B}@müller.example\u{FEFF}", to_ascii), "ann@xn--mller-kva.example");
/// ```
pub fn email(typed: &str, to_ascii: impl FnOnce(&str) -> Option<String>) -> String {
    let visible: String = typed.chars().filter(|it| !is_ignorable(*it)).collect();
    let text = visible.trim();
    let Some((name, domain)) = text.rsplit_once('@') else { return text.to_owned() };
    let mut domain = copied_domain(domain);
    // The other ASCII characters would end or split the host of a URL.
    let is_host = |it: char| !it.is_ascii() || it.is_ascii_alphanumeric() || matches!(it, '-' | '.');
    if !domain.is_ascii()
        && domain.chars().all(is_host)
        && let Some(ascii) = to_ascii(&domain)
    {
        domain = ascii;
    }
    copied_name(name).to_owned() + "@" + &domain
}

/// The part of an email before the `@`, without what people copy with it.
// These two functions use loops in place of patterns, because a browser downloads them for the first form.
fn copied_name(text: &str) -> &str {
    let mut start = 0;
    for (at, it) in text.char_indices() {
        if matches!(it, '<' | '‹') {
            start = at + it.len_utf8();
        }
    }
    let mut name = text[start..].trim_start();
    while let Some((_, rest)) = name.split_at_checked(7).filter(|it| it.0.eq_ignore_ascii_case("mailto:")) {
        name = rest.trim_start();
    }
    name
}

/// The part of an email after the `@`, without what people copy with it.
fn copied_domain(text: &str) -> String {
    let is_after = |it: char| it.is_whitespace() || matches!(it, ',' | ';' | '.' | '>' | '›' | '．' | '。' | '｡' | '，' | '；');
    let mut domain = String::new();
    let (mut length, mut commas) = (0, 0);
    for it in text.chars() {
        domain.push(it);
        if !is_after(it) {
            length = domain.len();
        }
    }
    domain.truncate(length);
    for it in domain.bytes() {
        match it {
            b',' => commas += 1,
            b'.' => return domain,
            _ => {}
        }
    }
    if commas == 1 { domain.chars().map(|it| if it == ',' { '.' } else { it }).collect() } else { domain }
}

/// A code from a message, such as the one that verifies an email. Its letters keep their case, because FusionAuth can create codes in which
/// it matters.
///
/// ```
/// use fusionauth_api::typed::message_code;
///
/// assert_eq!(message_code("１２３–４５６"), "123456");
/// assert_eq!(message_code("AbC 7d2"), "AbC7d2");
/// ```
pub fn message_code(typed: &str) -> String {
    code(typed, |text| text)
}

/// A code for the second factor: from an authenticator app or a message, or a recovery code, which FusionAuth writes in capitals.
///
/// ```
/// use fusionauth_api::typed::second_factor_code;
///
/// assert_eq!(second_factor_code("۱۲۳ ۴۵۶"), "123456");
/// assert_eq!(second_factor_code("k7qx2–9mbtr "), "K7QX2-9MBTR");
/// ```
pub fn second_factor_code(typed: &str) -> String {
    code(typed, |text| text.to_ascii_uppercase())
}

/// The number of characters in codes from apps and messages.
const CODE_LENGTH: usize = 6;

fn code(typed: &str, longer: impl FnOnce(String) -> String) -> String {
    let line: String = typed.chars().filter(|it| !is_ignorable(*it)).map(plain).collect();
    let mut groups = line.split(|it: char| !it.is_ascii_alphanumeric());
    let is_code = |group: &&str| group.len() == CODE_LENGTH && group.bytes().all(|it| it.is_ascii_digit());
    if let (Some(group), None) = (groups.find(is_code), groups.find(is_code)) {
        return group.to_owned();
    }
    let text: String = line.split_whitespace().collect();
    let short: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    // Without a letter or a digit, nothing was typed.
    if short.is_empty() || short.len() == CODE_LENGTH { short } else { longer(text) }
}

/// The ASCII character for a digit of any script, a full-width letter, or a dash. Another character stays as it is.
pub fn plain(typed: char) -> char {
    match typed {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => '-',
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(typed as u32 - 'Ａ' as u32 + 'A' as u32).unwrap_or(typed),
        _ => digit(typed).unwrap_or(typed),
    }
}

/// The ASCII digit for a decimal digit of any script.
fn digit(typed: char) -> Option<char> {
    let zero = *ZEROS.get(ZEROS.partition_point(|zero| *zero <= typed as u32).checked_sub(1)?)?;
    char::from_digit(typed as u32 - zero, 10)
}

/// The zeros of all scripts with decimal digits (Unicode 16, general category Nd). The other nine digits follow each of them.
const ZEROS: [u32; 76] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090,
    0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA,
    0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE,
    0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// Whether a character is invisible: Unicode's property `Default_Ignorable_Code_Point`, which includes byte order marks, zero-width
/// characters, soft hyphens and all marks of the bidirectional algorithm.
pub fn is_ignorable(it: char) -> bool {
    matches!(
        it,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    fn to_ascii(domain: &str) -> Option<String> {
        url::Url::parse(&format!("http://{domain}")).ok()?.host_str().map(ToOwned::to_owned)
    }

    #[test]
    fn the_tables_are_those_of_unicode() {
        let ignorable = Regex::new(r"^\p{Default_Ignorable_Code_Point}$").unwrap();
        let decimal = Regex::new(r"^\p{Nd}$").unwrap();
        let mut buffer = [0; 4];
        for it in '\0'..=char::MAX {
            let text: &str = it.encode_utf8(&mut buffer);
            assert_eq!(is_ignorable(it), ignorable.is_match(text), "{:x}", it as u32);
            assert_eq!(digit(it).is_some(), decimal.is_match(text), "{:x}", it as u32);
        }
        assert!(ZEROS.is_sorted());
    }

    /// An email as people copy it.
    const COPIED: [&str; 10] = [
        "ann@example.com,",
        "ann@example.com;",
        "ann@example.com. ",
        "<ann@example.com>",
        "‹ann@example.com›.",
        "Ann <ann@example.com>,",
        "mailto:ann@example.com",
        "MAILTO: mailto:ann@example.com",
        "ann@example,com",
        "< ann@ｅｘａｍｐｌｅ,ｃｏｍ >",
    ];

    #[test]
    fn an_email_has_one_form() {
        let forms = [
            "ann@example.com",
            " ann@example.com\t",
            "\u{FEFF}ann@example.com\u{FEFF}",
            "ann@exa\u{AD}mple.com",
            "\u{202C}ann@example.com\u{200E}",
            "ann\u{200B}@\u{2060}example.com \u{FEFF} ",
            "ann@ｅｘａｍｐｌｅ．com",
        ];
        for typed in forms.into_iter().chain(COPIED) {
            assert_eq!(email(typed, to_ascii), "ann@example.com", "{typed:?}");
        }
        for typed in ["ann@müller.example", "ann@MÜLLER.example", "ann@mu\u{308}ller.example", "ann@xn--mller-kva.example"] {
            assert_eq!(email(typed, to_ascii), "ann@xn--mller-kva.example", "{typed:?}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for typed in [
            "",
            "ann",
            "Ann@Example.com",
            "ünal@example.com",
            "ann@ü/x",
            "ann@ü:8",
            "ann@",
            "@",
            "a b@c",
            "ann@ü\u{378}",
            "ann.",
            "mailto:ann",
            "a@b.c,d@e.f",
            "a@b.c,d",
            "\"a,b\"@c.d",
        ] {
            assert_eq!(email(typed, to_ascii), typed);
        }
    }

    #[test]
    fn a_code_has_one_form() {
        let six = [
            "123456",
            "123-456",
            "123–456",
            "123·456",
            " 12 34 56 ",
            "１２３４５６",
            "١٢٣٤٥٦",
            "१२३४५६",
            "123\u{2060}456\u{200E}",
            "123.456,",
        ];
        for typed in six {
            assert_eq!((message_code(typed), second_factor_code(typed)), ("123456".to_owned(), "123456".to_owned()), "{typed:?}");
        }
        for typed in ["k7qx2-9mbtr", "K7QX2-9MBTR", "k7qx2 - 9mbtr", "Ｋ7ｑx2－9mbtr\u{200B}"] {
            assert_eq!(second_factor_code(typed), "K7QX2-9MBTR", "{typed:?}");
        }
        for typed in ["Your code is 123456.", "ABC-123456", "G-１２３４５６ ist dein Code", "Code (2 of 3): 123456\n"] {
            assert_eq!((message_code(typed), second_factor_code(typed)), ("123456".to_owned(), "123456".to_owned()), "{typed:?}");
        }
        assert_eq!(message_code("123456 or 654321"), "123456or654321", "neither is certain");
        assert_eq!(message_code("aBcdEfg8"), "aBcdEfg8", "the case of a longer code may matter");
        assert_eq!(second_factor_code("aBcdE1"), "aBcdE1", "the case of a mailed code may matter");
        for typed in ["", " ", "-", "\u{200B}·"] {
            assert_eq!((message_code(typed), second_factor_code(typed)), (String::new(), String::new()), "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing(typed in any::<String>()) {
            let once = email(&typed, to_ascii);
            prop_assert_eq!(email(&once, to_ascii), &*once);
            for code in [message_code, second_factor_code] {
                prop_assert_eq!(code(&code(&typed)), code(&typed));
            }
        }
    }
}
