//! The words of texts that users search for, and a check of texts that users write: display names, posts and postal addresses.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The words of a text, without diacritics, in lower case, and split at everything that is neither a letter nor a digit.
pub fn words(text: &str) -> Vec<String> {
    let folded: String = text.nfkd().filter(|it| !is_combining_mark(*it)).collect();
    let folded = folded.to_lowercase().replace('ß', "ss");
    folded.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(ToOwned::to_owned).collect()
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

    #[test]
    fn longest_run_of_marks_is_counted() {
        for (text, most) in [("", 0), ("abc", 0), ("é", 0), ("e\u{301}", 1), ("x\u{301}\u{302}y\u{303}", 2), ("👩‍🚀", 0)] {
            assert_eq!(longest_combining_run(text), most, "{text:?}");
        }
        assert_eq!(longest_combining_run(&format!("x{}", "\u{301}".repeat(1_900))), 1_900);
    }
}
