//! The languages in which people can read the storefront.

use crate::fill;
use std::cell::Cell;

/// Calls the macro `$make` with a row for each language except English: its variant of [`Language`], its tag, which is also the name of the
/// module with its texts, the names of the two parts of the app that hold these texts, and its facts. A new language is a row here, the
/// module, and a design of the same name in `fusionauth-forms`.
#[macro_export]
macro_rules! translations {
    ($make:ident) => {
        $make! {
            German de "texts_de" "texts_parts_de" {
                name: "Deutsch",
                locale: "de",
                date: "{}. {} {}",
                weekday: "{}, {}. {}",
                first_day: "1",
                money: &MoneyFormat { is_sign_first: false, group: '.', point: ',' },
                zero_is_singular: false,
            }
            French fr "texts_fr" "texts_parts_fr" {
                name: "Français",
                locale: "fr",
                date: "{} {} {}",
                weekday: "{} {} {}",
                first_day: "1er",
                money: &MoneyFormat { is_sign_first: false, group: '\u{202f}', point: ',' },
                zero_is_singular: true,
            }
        }
    };
}

macro_rules! languages {
    ($($language:ident $tag:ident $first:literal $of_parts:literal $facts:tt)*) => {
        /// A language.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum Language {
            /// English, the language of the texts in the code.
            #[default]
            English,
            $(#[doc = concat!("A language with a file of texts: ", stringify!($language), ".")] $language,)*
        }

        impl Language {
            /// All languages, in the order in which people choose among them.
            pub const ALL: [Self; 1 + [$($first),*].len()] = [Self::English, $(Self::$language),*];

            /// The language's tag (BCP 47), for `lang` and `Accept-Language`.
            pub const fn tag(self) -> &'static str {
                match self {
                    Self::English => "en",
                    $(Self::$language => stringify!($tag),)*
                }
            }

            /// A CSS selector for the root element of a page in this language.
            pub const fn page_selector(self) -> &'static str {
                match self {
                    Self::English => "html:lang(en)",
                    $(Self::$language => concat!("html:lang(", stringify!($tag), ")"),)*
                }
            }

            // Inlined, so that the app contains only the facts that it uses.
            #[inline(always)]
            const fn facts(self) -> Facts {
                match self {
                    Self::English => ENGLISH,
                    $(Self::$language => Facts $facts,)*
                }
            }
        }
    };
}
translations!(languages);

/// What the program knows of a language besides its texts.
struct Facts {
    name: &'static str,
    locale: &'static str,
    /// With the day, the name of the month, and the year.
    date: &'static str,
    /// With the weekday, the day, and the name of the month.
    weekday: &'static str,
    /// The first day of a month.
    first_day: &'static str,
    money: &'static MoneyFormat,
    zero_is_singular: bool,
}

const ENGLISH: Facts = Facts {
    name: "English",
    locale: "en-GB", // the shop delivers in Europe, where the day comes before the month
    date: "{} {} {}",
    weekday: "{} {} {}",
    first_day: "1",
    money: &MoneyFormat { is_sign_first: true, group: ',', point: '.' },
    zero_is_singular: false,
};

/// How amounts of money are written: whether the currency comes first, and what stands between groups of three digits and before the cents.
pub(crate) struct MoneyFormat {
    pub(crate) is_sign_first: bool,
    pub(crate) group: char,
    pub(crate) point: char,
}

impl Language {
    /// The language's name in the language itself, by which people choose it.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The locale in which browsers write dates.
    pub const fn locale(self) -> &'static str {
        self.facts().locale
    }

    /// A date of this day, this month in words, and this year.
    pub fn date(self, day: u8, month: &str, year: i32) -> String {
        fill(self.facts().date, &[&self.day(day), &month, &year])
    }

    /// A date of this weekday, this day, and this month in words.
    pub fn weekday(self, weekday: &str, day: u8, month: &str) -> String {
        fill(self.facts().weekday, &[&weekday, &self.day(day), &month])
    }

    fn day(self, day: u8) -> String {
        if day == 1 { self.facts().first_day.to_owned() } else { day.to_string() }
    }

    /// A date as a browser writes it, with this language's form of the first day. Browsers write "1 décembre" in French, too.
    pub fn with_first_day(self, date: String) -> String {
        match date.strip_prefix("1 ") {
            Some(rest) => [self.facts().first_day, " ", rest].concat(),
            None => date,
        }
    }

    pub(crate) const fn money(self) -> &'static MoneyFormat {
        self.facts().money
    }

    /// Whether a noun after this number is in the singular.
    pub(crate) const fn is_singular(self, count: i64) -> bool {
        count == 1 || (count == 0 && self.facts().zero_is_singular)
    }

    /// The language of a tag such as `de` or `de-AT`. `None` if the storefront has no texts in that language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next()?;
        Self::ALL.into_iter().find(|it| it.tag().eq_ignore_ascii_case(primary))
    }

    /// The most preferred one of these languages, by an `Accept-Language` header (RFC 9110, section 12.5.4); English if there is none.
    pub fn preferred(accept_language: &str, offered: &[Self]) -> Self {
        let mut best = (0.0, Self::English);
        for range in accept_language.split(',') {
            let (tag, parameter) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |it| it.parse::<f32>().ok());
            if let (Some(language), Some(weight)) = (Self::from_tag(tag), weight)
                && weight > best.0
                && offered.contains(&language)
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The current language for texts. In a browser it is the page's language. On a server it is the language of
    /// the innermost [`scope`](Self::scope), or English outside a scope.
    pub fn current() -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        USE.set(LanguageUse::Asked);
        CURRENT.get()
    }

    /// Calls `make` with this language for its texts. Also returns whether `make` used the language. If it did not, its result is the same
    /// in all languages.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn observed_scope<T>(self, make: impl FnOnce() -> T) -> (T, LanguageUse) {
        let before = USE.replace(LanguageUse::None);
        let made = self.scope(make);
        (made, USE.replace(before))
    }

    /// Calls `make` with this language for its texts. A server calls this function for each request.
    pub fn scope<T>(self, make: impl FnOnce() -> T) -> T {
        /// Restores the previous language, even after a panic, because the server continues to run after a handler's panic.
        struct Former(Language);
        impl Drop for Former {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _former = Former(CURRENT.replace(self));
        make()
    }
}

/// Whether code used the current language, for example to create a text.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanguageUse {
    /// The code did not use the language.
    None,
    /// The code used the language at least once.
    Asked,
}

thread_local! {
    pub(crate) static CURRENT: Cell<Language> = const { Cell::new(Language::English) };
    #[cfg(not(target_arch = "wasm32"))]
    static USE: Cell<LanguageUse> = const { Cell::new(LanguageUse::None) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_preferred_language_is_chosen() {
        let table = [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en-GB,en;q=0.9,de;q=0.8", Language::English),
            ("it, de;q=0.5, en;q=0.3", Language::German),
            ("fr-CA, de;q=0.5", Language::French),
            ("de;q=0, en;q=0.1", Language::English),
            ("de;q=0", Language::English),
            ("den", Language::English),
            ("DE", Language::German),
            ("*", Language::English),
            ("de;q=high", Language::English),
        ];
        for (accepted, language) in table {
            assert_eq!(Language::preferred(accepted, &Language::ALL), language, "{accepted}");
        }
        assert_eq!(Language::preferred("fr-CA, de;q=0.5", &[Language::English, Language::German]), Language::German);
    }

    #[test]
    fn a_scope_knows_whether_it_made_a_text() {
        assert_eq!(Language::German.observed_scope(|| 1), (1, LanguageUse::None));
        assert_eq!(Language::German.observed_scope(Language::current), (Language::German, LanguageUse::Asked));
        let inner = Language::English.observed_scope(|| Language::German.observed_scope(Language::current).1);
        assert_eq!(inner, (LanguageUse::Asked, LanguageUse::None), "the outer scope must ignore texts of the inner scope");
    }

    #[test]
    fn a_scope_ends_also_by_a_panic() {
        assert_eq!(Language::German.scope(Language::current), Language::German);
        _ = std::panic::catch_unwind(|| Language::German.scope(|| panic!("as a handler might")));
        assert_eq!(Language::current(), Language::English);
    }
}
