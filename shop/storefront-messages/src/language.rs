//! The languages in which people can read the storefront.

use std::cell::Cell;

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, the language of the texts in the code.
    #[default]
    English,
    /// German; its texts are in `de.rs`.
    German,
}

impl Language {
    /// All languages, in the order in which people choose among them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language's tag (BCP 47), for `lang` and `Accept-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language's name in the language itself, by which people choose it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a tag such as `de` or `de-AT`. `None` if the storefront has no texts in that language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next()?;
        Self::ALL.into_iter().find(|it| it.tag().eq_ignore_ascii_case(primary))
    }

    /// The most preferred language of an `Accept-Language` header (RFC 9110, section 12.5.4) in which the storefront has texts; English if
    /// there is none.
    pub fn preferred(accept_language: &str) -> Self {
        let mut best = (0.0, Self::English);
        for range in accept_language.split(',') {
            let (tag, parameter) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |it| it.parse::<f32>().ok());
            if let (Some(language), Some(weight)) = (Self::from_tag(tag), weight)
                && weight > best.0
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
            ("fr, de;q=0.5, en;q=0.3", Language::German),
            ("de;q=0, en;q=0.1", Language::English),
            ("de;q=0", Language::English),
            ("den", Language::English),
            ("DE", Language::German),
            ("*", Language::English),
            ("de;q=high", Language::English),
        ];
        for (accepted, language) in table {
            assert_eq!(Language::preferred(accepted), language, "{accepted}");
        }
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
