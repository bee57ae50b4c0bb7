//! The words of texts that users search for, and a check of texts that users write: display names, posts and postal addresses.
//!
//! [`words`] alone decides what a word is, for texts and for searches. The server stores the words of a text in the column `search_words`
//! of its row ([`indexed`]), and neither database has rules of its own: their indexes split this column at spaces. A change of the rules
//! needs a migration that empties these columns.

use fusionauth_api::typed::{is_ignorable, plain};
use std::collections::BTreeSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The maximum length of a word, in characters. The rest of a longer word is ignored, because PostgreSQL's index takes no very long words.
const MAX_WORD_CHARS: usize = 64;

/// The words of a search, in their order: in Unicode's form NFKC, in lower case, without the marks that readers leave out (`is_optional`),
/// with ASCII digits, and split at everything that is neither a letter, a mark nor a digit.
///
/// A text in a script without spaces (`is_unspaced`) becomes pairs of neighbouring characters, so that a search finds a word inside it.
pub fn words(text: &str) -> Vec<String> {
    runs(text).into_iter().flat_map(|run| if run.len() > 1 && is_unspaced(run[0]) { pairs(&run) } else { vec![word(&run)] }).collect()
}

/// The words of a text for the column `search_words`: each word once, sorted, with a space between two. Of a text in a script without
/// spaces, each single character is a word, too.
pub fn indexed(text: &str) -> String {
    let single = runs(text).into_iter().filter(|run| is_unspaced(run[0])).flatten().filter(|it| it.is_alphanumeric());
    let words: BTreeSet<String> = words(text).into_iter().chain(single.map(String::from)).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// The searches with some of these words: those with the most words first, and of these the ones with the most letters. Of a long search,
/// only the first words count, because each search takes several queries.
pub fn some_of(words: &[String]) -> Vec<Vec<String>> {
    const MAX_WORDS: usize = 4;
    let counted = &words[..words.len().min(MAX_WORDS)];
    let subset = |set: usize| counted.iter().enumerate().filter(move |(at, _)| set & (1 << at) != 0).map(|it| it.1.clone());
    let mut searches: Vec<Vec<String>> = (1..1 << counted.len()).map(|set| subset(set).collect()).collect();
    // A short word alone, such as an article, finds too much.
    searches.retain(|it| it.len() < words.len() && it.iter().any(|word| word.len() > 2));
    searches.sort_by_key(|it| std::cmp::Reverse((it.len(), it.iter().map(|word| word.chars().count()).sum::<usize>())));
    searches
}

/// The text in characters that can be compared, cut into words, and cut again between scripts with and without spaces.
fn runs(text: &str) -> Vec<Vec<char>> {
    let folded = folded(text);
    let words = folded.split(|it: char| !(it.is_alphanumeric() || is_combining_mark(it)) || it == APOSTROPHE);
    let runs = words.flat_map(|word| {
        let characters: Vec<char> = word.chars().collect();
        characters.chunk_by(|one, next| is_unspaced(*one) == is_unspaced(*next)).map(<[char]>::to_vec).collect::<Vec<_>>()
    });
    runs.filter(|run| run.iter().any(|it| it.is_alphanumeric())).collect()
}

fn word(run: &[char]) -> String {
    run.iter().take(MAX_WORD_CHARS).collect()
}

fn pairs(run: &[char]) -> Vec<String> {
    run.windows(2).map(String::from_iter).collect()
}

/// The letter that some keyboards have as apostrophe, for example in Ukrainian.
const APOSTROPHE: char = '\u{2BC}';

/// Joins the spellings of a word. Upper case goes through both cases, because `to_lowercase` alone keeps apart `ß` and `ss`, or `ς` and `σ`.
fn folded(text: &str) -> String {
    let mut base = '\0';
    let visible = text.nfkd().filter(|it| !is_ignorable(*it) && (!it.is_control() || it.is_whitespace()));
    let spelled = visible.filter(|it| {
        let is_mark = is_combining_mark(*it);
        if !is_mark {
            base = *it;
        }
        *it != TATWEEL && !(is_mark && is_optional(base, *it))
    });
    let cased = spelled.flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    cased.map(plain).nfkc().collect()
}

/// The line that stretches Arabic words.
const TATWEEL: char = '\u{640}';

/// Whether readers leave out this mark of `base`: accents in Latin, Greek and Cyrillic, the points of Hebrew, Arabic and Syriac. The marks of
/// other scripts, such as the vowels of Devanagari and Thai, are part of the word, and so are those of the Cyrillic letters й, ў and ї.
fn is_optional(base: char, mark: char) -> bool {
    match (base, mark) {
        ('И' | 'и' | 'У' | 'у', '\u{306}') | ('І' | 'і', '\u{308}') => false,
        (_, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{74A}' | '\u{8CA}'..='\u{8FF}') => true,
        (_, '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}') => true,
        _ => false,
    }
}

/// Whether a script has no spaces between words, or joins particles to them: Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean.
fn is_unspaced(it: char) -> bool {
    matches!(it,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The length of the longest run of combining marks. A browser stacks them over or under one character, so a long run covers the lines
/// around it.
pub fn longest_combining_run(text: &str) -> usize {
    let (mut most, mut run) = (0, 0);
    for character in text.chars() {
        run = if is_combining_mark(character) { run + 1 } else { 0 };
        most = most.max(run);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_word_has_one_spelling() {
        for (text, expected) in [
            ("Чайник, ёлка · ЕЛКА", "чайник елка елка"),
            ("їжа й о\u{301}зеро", "їжа й озеро"),
            ("Τηγάνι ΤΗΓΆΝΙΑΣ τηγανιας", "τηγανι τηγανιασ τηγανιασ"),
            ("GROẞ groß GROSS", "gross gross gross"),
            ("m² ＡＢＣ oﬃce №5", "m2 abc office no5"),
            ("किताब हिन्दी", "किताब हिन्दी"),
            ("أَحْمَد احمد كـتاب", "احمد احمد كتاب"),
            ("שָׁלוֹם", "שלום"),
            ("علی\u{200C}رضا ١٢", "علیرضا 12"),
            ("п\u{2BC}ять Nguyễn İstanbul", "п ять nguyen istanbul"),
            ("手入れ 鍋", "手入 入れ 鍋"),
            ("ｶﾞｲﾄﾞ10個", "ガイ イド 10 個"),
            ("무쇠팬", "무쇠 쇠팬"),
            ("a\0b\u{B}c \u{301} 1\u{FE0F}\u{20E3} 👩\u{200D}🚀 --", "ab c 1"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
        assert_eq!(
            indexed("鉄鍋の手入れ B a b"),
            "a b の の手 入 入れ 手 手入 鉄 鉄鍋 鍋 鍋の れ".split(' ').collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
        );
        assert_eq!(words(&"x".repeat(1_000)), ["x".repeat(MAX_WORD_CHARS)]);
    }

    #[test]
    fn a_search_for_some_words_has_as_many_as_possible() {
        let some = |text: &str| some_of(&words(text)).into_iter().map(|it| it.join(" ")).collect::<Vec<_>>();
        assert_eq!(
            some("a thing for tea"),
            [
                "thing for tea",
                "a thing for",
                "a thing tea",
                "a for tea",
                "thing for",
                "thing tea",
                "a thing",
                "for tea",
                "a for",
                "a tea",
                "thing",
                "for",
                "tea"
            ]
        );
        assert_eq!((some(""), some("mug"), some("one two three four five")[0].clone()), (vec![], vec![], "one two three four".to_owned()));
    }

    proptest! {
        #[test]
        fn words_of_words_are_the_same_and_no_word_can_be_an_operator(text in any::<String>()) {
            let words = words(&text);
            prop_assert_eq!(super::words(&words.join(" ")), &*words);
            let indexed = indexed(&text);
            prop_assert!(words.iter().all(|it| indexed.split(' ').any(|word| word == it)));
            let is_plain = |it: char| !it.is_ascii() || it.is_ascii_lowercase() || it.is_ascii_digit();
            prop_assert!(words.iter().all(|it| !it.is_empty() && it.chars().all(is_plain)), "{:?}", words);
        }
    }

    #[test]
    fn longest_run_of_marks_is_counted() {
        for (text, most) in [("", 0), ("abc", 0), ("é", 0), ("e\u{301}", 1), ("x\u{301}\u{302}y\u{303}", 2), ("👩‍🚀", 0)] {
            assert_eq!(longest_combining_run(text), most, "{text:?}");
        }
        assert_eq!(longest_combining_run(&format!("x{}", "\u{301}".repeat(1_900))), 1_900);
    }
}
