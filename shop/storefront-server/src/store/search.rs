//! The search for products: from a shopper's text to the databases' own queries, and the correction of one typo in a word.
//!
//! PostgreSQL's full text and SQLite's FTS5 index the column `search_words`, which has the words of a product ([`text::words`]). Queries
//! contain only such words, so no text of a shopper is ever an operator. If no product has all words, the search corrects one of them, or
//! looks for as many of them as possible.
//!
//! On PostgreSQL, the table `product_words` lists every word that a product has or had. A query contains only words from this list. It
//! seldom contains a prefix, because PostgreSQL would collect every match of the prefix before it checks the other words. Instead, the
//! query contains each word of the list that begins with the prefix.

use crate::{database, text};
use sqlx::AnyPool;
use std::collections::BTreeSet;
use storefront_api::catalogue::Category;

/// The words of a search. The last one may be the beginning of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

/// The two full-text queries of one search: for products with all words, and for products with all words in their name.
pub(super) struct MatchTexts {
    pub(super) anywhere: String,
    pub(super) in_name: String,
}

/// PostgreSQL's query for products with all words and a price in one price step (`migrations/postgres/0023_product_search_by_price.sql`),
/// derived from the query for any price (`anywhere`). The statement replaces each `#` by the number of the price step. Both queries quote
/// each word, and no word contains a quotation mark.
pub(super) fn at_price(anywhere: &str) -> String {
    let parts = anywhere.split('\'').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("'#:{part}'") } else { part.to_owned() }).collect()
}

/// Synonyms: in each line a word that shoppers type and a word of the products. `synonyms.txt` is next to the products of the
/// demonstration. A shop replaces the file with words from the failed searches of its own shoppers.
const SYNONYMS: &str = include_str!("../../synonyms.txt");

/// The words of the products for a word that no product has.
fn synonyms(word: &str) -> BTreeSet<String> {
    let pairs = SYNONYMS.lines().filter_map(|line| line.split_once(' '));
    pairs.filter(|it| it.0 == word).map(|it| it.1.to_owned()).collect()
}

/// The minimum length of a word that is corrected, in characters. Most words of four letters are one letter away from an unrelated word.
const MIN_CORRECTED_CHARS: usize = 5;

/// The maximum length of a word that is corrected, in characters. Longer words have too many [`neighbours`], and few people type such a
/// word.
const MAX_CORRECTED_CHARS: usize = 20;

impl Words {
    pub(super) fn of(text: &str) -> Self {
        Self(text::words(text))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The searches for some of the words.
    pub(super) fn parts(&self) -> Vec<Self> {
        text::some_of(&self.0).into_iter().map(Self).collect()
    }

    /// The words as one text, for people.
    pub(super) fn text(&self) -> String {
        self.0.join(" ")
    }

    /// How many of the words `text` contains.
    pub(super) fn number_in(&self, text: &str) -> usize {
        let (last, words) = (self.0.len().saturating_sub(1), text::indexed(text));
        let is_in = |(at, word): (usize, &String)| words.split(' ').any(|it| it == word || (at == last && it.starts_with(word)));
        self.0.iter().enumerate().filter(|it| is_in(*it)).count()
    }

    /// The database's queries for these words. `None` if PostgreSQL's list lacks one of the words, because then no product has all of them.
    pub(super) async fn match_texts(&self, db: &AnyPool, category: Option<Category>) -> sqlx::Result<Option<MatchTexts>> {
        if !database::is_shared(db) {
            let last = self.0.len().saturating_sub(1);
            let words = self.0.iter().enumerate();
            let text = words.map(|(at, word)| format!("\"{word}\"{}", if at == last { "*" } else { "" })).collect::<Vec<_>>().join(" ");
            return Ok(Some(MatchTexts { in_name: format!("{{name}} : ({text})"), anywhere: text }));
        }
        let Some(terms) = self.known_terms(db).await?.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
        let in_name = terms.join(" & ");
        let category = category.map(|it| format!(" & '@{}'", it.id())).unwrap_or_default();
        Ok(Some(MatchTexts { anywhere: format!("{in_name}{category}"), in_name }))
    }

    /// PostgreSQL's term for each word. A term is `None` if the list lacks the word, because then no product ever had it. The words contain
    /// no quotation mark.
    async fn known_terms(&self, db: &AnyPool) -> sqlx::Result<Vec<Option<String>>> {
        let Some((last, whole)) = self.0.split_last() else { return Ok(Vec::new()) };
        let query = format!(
            "SELECT word, CAST(0 AS BIGINT) FROM product_words WHERE word = ANY(string_to_array($1, ' ')) UNION ALL
             (SELECT word, CAST(1 AS BIGINT) FROM product_words WHERE word >= $2 AND word < $3 ORDER BY word LIMIT {})",
            MAX_BEGINNING_WITH + 1
        );
        let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(whole.join(" ")).bind(last).bind(format!("{last}{}", char::MAX));
        let known: Vec<(String, i64)> = query.fetch_all(db).await?;
        let (beginning, whole_words): (Vec<_>, Vec<_>) = known.iter().partition(|it| it.1 == 1);
        let quoted = |word: &String| whole_words.iter().any(|it| it.0 == *word).then(|| format!("'{word}'"));
        let mut terms: Vec<Option<String>> = whole.iter().map(quoted).collect();
        terms.push(match beginning.len() {
            0 => None,
            1..=MAX_BEGINNING_WITH => {
                Some(format!("({})", beginning.iter().map(|it| format!("'{}'", it.0)).collect::<Vec<_>>().join(" | ")))
            }
            _ => Some(format!("'{last}':*")),
        });
        Ok(terms)
    }

    /// The same search with its one unknown word replaced by its synonym, or by the most frequent word that is one typo away. `None` if
    /// every word is known, or if several words are unknown.
    pub(super) async fn corrected(&self, db: &AnyPool) -> sqlx::Result<Option<Self>> {
        let unknown = if database::is_shared(db) { self.unknown_to_postgresql(db).await? } else { self.unknown_to_sqlite(db).await? };
        let &[at] = &*unknown else { return Ok(None) };
        let meant = match most_frequent(db, &synonyms(&self.0[at])).await? {
            None => most_frequent(db, &neighbours(&self.0[at])).await?,
            synonym => synonym,
        };
        let Some(meant) = meant else { return Ok(None) };
        let mut words = self.0.clone();
        words[at] = meant;
        Ok(Some(Self(words)))
    }

    /// The positions of the words that no product has.
    async fn unknown_to_sqlite(&self, db: &AnyPool) -> sqlx::Result<Vec<usize>> {
        let (last, mut unknown) = (self.0.len().saturating_sub(1), Vec::new());
        for (at, word) in self.0.iter().enumerate() {
            let is_known = match at == last {
                true => is_beginning(db, word).await?,
                false => most_frequent(db, &BTreeSet::from([word.clone()])).await?.is_some(),
            };
            if !is_known {
                unknown.push(at);
            }
        }
        Ok(unknown)
    }

    /// The positions of the words that no product has: those that the list of words lacks, and those that only removed products had.
    async fn unknown_to_postgresql(&self, db: &AnyPool) -> sqlx::Result<Vec<usize>> {
        let terms = self.known_terms(db).await?;
        let missing: Vec<usize> = (0..terms.len()).filter(|at| terms[*at].is_none()).collect();
        if !missing.is_empty() {
            return Ok(missing);
        }
        // No term contains a comma, so a comma can separate them.
        let terms = terms.into_iter().flatten().collect::<Vec<_>>().join(",");
        let query =
            format!("SELECT {FREQUENCY} FROM unnest(string_to_array($1, ',')) WITH ORDINALITY AS terms (term, place) ORDER BY place");
        let frequencies: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(terms).fetch_all(db).await?;
        Ok((0..frequencies.len()).filter(|at| frequencies[*at] == 0).collect())
    }
}

/// The maximum number of words that replace a prefix. If there are more, the prefix itself is faster.
const MAX_BEGINNING_WITH: usize = 64;

/// The condition for the products in PostgreSQL's sample, one in 16. It must be the condition of the index in
/// `migrations/postgres/0020_product_search.sql`.
pub(super) const IN_SAMPLE: &str = "hashtext(id) & 15 = 0";

/// How many products match the PostgreSQL query in the column `term`, counted up to 100, because all words that are more frequent are
/// equally good corrections. For a frequent word, the statement counts only the sample. Each list is materialized, because PostgreSQL would
/// read the whole table if it expected to find the first few soon.
const FREQUENCY: &str = "CASE WHEN (
        WITH found AS MATERIALIZED (SELECT 1 FROM products WHERE hashtext(id) & 15 = 0 AND words @@ CAST(term AS tsquery))
        SELECT COUNT(*) FROM (SELECT 1 FROM found LIMIT 25) AS few
    ) = 25 THEN 100 ELSE (
        WITH found AS MATERIALIZED (SELECT 1 FROM products WHERE words @@ CAST(term AS tsquery))
        SELECT COUNT(*) FROM (SELECT 1 FROM found LIMIT 100) AS few
    ) END";

/// The condition that a row of `products` matches the text in the parameter `$n`.
pub(super) fn matches(db: &AnyPool, n: usize) -> String {
    if database::is_shared(db) {
        format!("words @@ CAST(${n} AS tsquery)")
    } else {
        format!(
            "id IN (SELECT product FROM product_numbers WHERE number IN (SELECT rowid FROM product_search WHERE product_search MATCH ${n}))"
        )
    }
}

/// The condition that a row of `products` has all words of the text in the parameter `$n` in its name.
pub(super) fn matches_in_name(db: &AnyPool, n: usize) -> String {
    if database::is_shared(db) { format!("name_words @@ CAST(${n} AS tsquery)") } else { matches(db, n) }
}

/// Whether a word in SQLite's index begins with `word`.
async fn is_beginning(db: &AnyPool, word: &str) -> sqlx::Result<bool> {
    let query = format!("SELECT id FROM products WHERE {} LIMIT 1", matches(db, 1));
    let found: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(format!("\"{word}\"*")).fetch_optional(db).await?;
    Ok(found.is_some())
}

/// The word of `words` that the most products have, if any product has one of them.
async fn most_frequent(db: &AnyPool, words: &BTreeSet<String>) -> sqlx::Result<Option<String>> {
    let words = words.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let query = if database::is_shared(db) {
        format!(
            "WITH known AS MATERIALIZED (
                      SELECT word, quote_literal(word) AS term FROM unnest(string_to_array($1, ' ')) AS near (word) JOIN product_words USING (word)),
                  counted AS MATERIALIZED (SELECT word, {FREQUENCY} AS products FROM known)
             SELECT word FROM counted WHERE products > 0 ORDER BY products DESC, word LIMIT 1"
        )
    } else {
        "SELECT term FROM product_words WHERE term IN (SELECT value FROM json_each('[\"' || replace($1, ' ', '\",\"') || '\"]'))
         ORDER BY doc DESC, term LIMIT 1"
            .to_owned()
    };
    sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(words).fetch_optional(db).await
}

/// Every word that is one typo away from `word`: a letter too few or too many, another letter, or two letters swapped.
fn neighbours(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    if !(MIN_CORRECTED_CHARS..=MAX_CORRECTED_CHARS).contains(&letters.len()) {
        return BTreeSet::new();
    }
    // The word's own letters are included, so that a doubled or missing letter is found in other scripts, too.
    let alphabet: BTreeSet<char> = ('a'..='z').chain('0'..='9').chain(letters.iter().copied()).collect();
    let mut neighbours = BTreeSet::new();
    for at in 0..=letters.len() {
        let (before, after) = letters.split_at(at);
        let mut add = |middle: &[char], after: &[char]| neighbours.insert([before, middle, after].concat().into_iter().collect::<String>());
        if let [first, rest @ ..] = after {
            add(&[], rest);
            if let [second, rest @ ..] = rest {
                add(&[*second, *first], rest);
            }
        }
        for letter in &alphabet {
            add(&[*letter], after);
            if let [_, rest @ ..] = after {
                add(&[*letter], rest);
            }
        }
    }
    neighbours.remove(word);
    neighbours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Words::of(text).0
    }

    #[test]
    fn words_are_letters_and_digits_in_lower_case_without_diacritics() {
        assert_eq!(words("  Enamel-MUG, 26cm "), ["enamel", "mug", "26cm"]);
        assert_eq!(words("Kännchen für Straße"), ["kannchen", "fur", "strasse"]);
        assert_eq!(words("a' OR 1=1 -- NEAR(\"x\"*) \0 {name}:"), ["a", "or", "1", "1", "near", "x", "name"]);
        assert_eq!(words("\"*'\0 "), Vec::<String>::new());
    }

    #[test]
    fn each_word_of_a_search_at_a_price_has_its_step() {
        assert_eq!(at_price("'copper' & ('lan' | 'lantern') & '@road'"), "'#:copper' & ('#:lan' | '#:lantern') & '#:@road'");
        assert_eq!(at_price("'l':*"), "'#:l':*");
    }

    #[test]
    fn each_synonym_is_a_folded_word_and_stands_for_a_word_of_the_demonstration() {
        let data: serde_json::Value = serde_json::from_str(include_str!("../../demo_data.json")).unwrap();
        let translated: serde_json::Value = serde_json::from_str(include_str!("../../demo_data_translations.json")).unwrap();
        let products = [&data["products"], &translated["de"], &translated["fr"]].into_iter().flat_map(|it| it.as_array().unwrap());
        let names = products.map(|it| it["name"].as_str().unwrap());
        let products: Vec<String> = names.chain(["On the road"]).flat_map(words).collect();
        assert!(SYNONYMS.lines().is_sorted());
        for line in SYNONYMS.lines() {
            let [typed, meant] = &*words(line) else { panic!("{line} is not two words") };
            assert_eq!(line, format!("{typed} {meant}"), "a search looks up folded words");
            assert!(products.contains(meant) && !products.contains(typed), "{line}");
        }
    }

    #[test]
    fn one_slip_of_each_kind_is_a_neighbour_and_two_are_none() {
        for slip in ["enamal", "enmael", "enaml", "ennamel", "enamelx", "namel"] {
            assert!(neighbours(slip).contains("enamel"), "{slip}");
        }
        for slip in ["enimal", "amel", "enamel"] {
            assert!(!neighbours(slip).contains("enamel"), "{slip}");
        }
        assert!(neighbours("чайик").is_empty() || !neighbours("чайик").contains("чай"));
        assert!(neighbours("lamp").is_empty() && neighbours(&"x".repeat(500)).is_empty());
    }
}
