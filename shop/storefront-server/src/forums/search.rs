//! Searches titles and bodies with the database's index of the words ([`text::words`]): FTS5 of SQLite, or `tsvector` of PostgreSQL.
//!
//! The search text has no syntax. It is split into words, and each word finds all words that begin with it. If no thread has all words, the
//! search looks for as many of them as possible.

use crate::text;

/// The maximum number of words. The search ignores further ones.
const MAX_WORDS: usize = 8;

/// The words that are searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SearchTerms(Vec<String>);

impl From<Vec<String>> for SearchTerms {
    /// `words` must come from [`SearchTerms::words`].
    fn from(words: Vec<String>) -> Self {
        Self(words)
    }
}

impl SearchTerms {
    /// The words of a text. `None` if the text is empty, which means that the user does not search.
    pub(super) fn of(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self(text::words(text).into_iter().take(MAX_WORDS).collect()))
    }

    /// Whether the text has no word. The search then finds nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn words(&self) -> &[String] {
        &self.0
    }

    /// The searches for some of the words.
    pub(super) fn parts(&self) -> Vec<Self> {
        text::some_of(&self.0).into_iter().map(Self).collect()
    }

    /// The part of SQLite's condition that keeps only threads with a post that has all the words. `$5` is [`SearchTerms::query`].
    pub(super) fn condition_of_sqlite() -> &'static str {
        "AND posts.id IN (SELECT COALESCE(found.thread, found.id) FROM posts AS found WHERE found.deleted_by = '' AND found.id IN
         (SELECT post FROM post_numbers WHERE number IN (SELECT rowid FROM post_search WHERE post_search MATCH $5)))"
    }

    /// The words in PostgreSQL's syntax, each with the prefix `#:`. The caller replaces `#` by the number of a slice.
    pub(super) fn query_in_slice(&self) -> String {
        format!("({})", self.0.iter().map(|it| format!("'#:{it}':*")).collect::<Vec<_>>().join(" & "))
    }

    /// The words in the database's own syntax. They consist of letters, marks and digits. Quotation marks keep a word such as `or` from being read
    /// as an operator.
    pub(super) fn query(&self, is_postgresql: bool) -> String {
        let (between, quoted): (&str, fn(&String) -> String) =
            if is_postgresql { (" & ", |it| format!("'{it}':*")) } else { (" ", |it| format!("\"{it}\"*")) };
        self.0.iter().map(quoted).collect::<Vec<_>>().join(between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_are_searched_for() {
        let query = |text: &str| SearchTerms::of(text).map(|it| (it.query(false), it.query(true)));
        let both = |sqlite: &str, postgresql: &str| Some((sqlite.to_owned(), postgresql.to_owned()));
        for (text, expected) in [
            ("  ", None),
            ("cast-iron pan", both("\"cast\"* \"iron\"* \"pan\"*", "'cast':* & 'iron':* & 'pan':*")),
            ("NEAR(a) OR \"b\" NOT *", both("\"near\"* \"a\"* \"or\"* \"b\"* \"not\"*", "'near':* & 'a':* & 'or':* & 'b':* & 'not':*")),
            ("'); DROP TABLE posts;--", both("\"drop\"* \"table\"* \"posts\"*", "'drop':* & 'table':* & 'posts':*")),
            ("Stra\u{df}e e\u{301}é", both("\"strasse\"* \"ee\"*", "'strasse':* & 'ee':*")),
            ("!!!", both("", "")),
        ] {
            assert_eq!(query(text), expected, "{text}");
        }
        assert_eq!(SearchTerms::of(&"word ".repeat(20)).unwrap().0.len(), MAX_WORDS);
        assert!(SearchTerms::of("!!!").unwrap().is_empty());
        assert_eq!(SearchTerms::of("iron pan").unwrap().query_in_slice(), "('#:iron':* & '#:pan':*)");
    }
}
