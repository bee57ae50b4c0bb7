//! The text of a post: quotes and links in it. The text itself is plain; the pages of the Forums show its parts as elements.

/// Consecutive lines of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Whether the lines are a quotation.
    pub kind: BlockKind,
    /// The lines, without the `>` of a quotation and without empty lines around them.
    pub text: String,
}

/// The kind of a [`Block`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// The author's own words.
    Text,
    /// Lines that begin with `>`.
    Quote,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// Words.
    Text(&'a str),
    /// A URL that begins with `http://` or `https://`.
    Link(&'a str),
}

/// The blocks of a post.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.lines() {
        let (kind, line) = match line.strip_prefix('>') {
            Some(quoted) => (BlockKind::Quote, quoted.strip_prefix(' ').unwrap_or(quoted)),
            None => (BlockKind::Text, line),
        };
        match blocks.last_mut() {
            Some(last) if last.kind == kind => last.text.extend(["\n", line]),
            _ => blocks.push(Block { kind, text: line.to_owned() }),
        }
    }
    for block in &mut blocks {
        block.text = block.text.trim().to_owned();
    }
    blocks.retain(|block| !block.text.is_empty());
    blocks
}

/// The text of a post for a list: the author's own words, or the quoted ones if there are no others.
pub fn excerpt(text: &str) -> String {
    own_words(text).or_else(|| of_kind(text, BlockKind::Quote)).unwrap_or_else(|| text.to_owned())
}

/// The text of a post without its quotations. `None` if it has no other text.
pub fn own_words(text: &str) -> Option<String> {
    of_kind(text, BlockKind::Text)
}

fn of_kind(text: &str, kind: BlockKind) -> Option<String> {
    let shown: Vec<_> = blocks(text).into_iter().filter(|it| it.kind == kind).map(|it| it.text).collect();
    (!shown.is_empty()).then(|| shown.join("\n\n"))
}

/// The words and the links of a text.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let (mut spans, mut rest, mut searched) = (Vec::new(), text, 0);
    while let Some(start) = rest.get(searched..).and_then(|unsearched| unsearched.find("http")).map(|at| searched + at) {
        let is_in_word = rest.get(..start).is_some_and(|before| before.ends_with(char::is_alphanumeric));
        let link = rest.get(start..).map(link_at).unwrap_or_default();
        if link.is_empty() || is_in_word {
            searched = start + "http".len();
            continue;
        }
        spans.extend(rest.get(..start).filter(|text| !text.is_empty()).map(Span::Text));
        spans.push(Span::Link(link));
        (rest, searched) = (rest.get(start + link.len()..).unwrap_or_default(), 0);
    }
    spans.extend(Some(rest).filter(|text| !text.is_empty()).map(Span::Text));
    spans
}

/// The URL at the beginning of the text, without the punctuation of the sentence around it. Empty if there is none.
fn link_at(text: &str) -> &str {
    let Some(host) = ["https://", "http://"].into_iter().find(|it| text.starts_with(it)).map(str::len) else { return "" };
    let is_end = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`');
    let end = text.find(is_end).unwrap_or(text.len());
    let mut link = text.get(..end).unwrap_or_default();
    while let Some(last) = link.chars().next_back() {
        let is_open = match last {
            ')' => link.matches('(').count() >= link.matches(')').count(),
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']' | '}' | '*' | '_' | '”' | '“' | '…' => false,
            _ => true,
        };
        if is_open {
            break;
        }
        link = link.get(..link.len() - last.len_utf8()).unwrap_or_default();
    }
    if link.len() > host { link } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_apart_from_the_authors_words() {
        let text = "Hello\n\n> first\n>second\n\nMy answer,\n\nin two parts.\n> end > of quote\n\n";
        let found: Vec<_> = blocks(text).into_iter().map(|it| (it.kind, it.text.replace('\n', "|"))).collect();
        let expected = [
            (BlockKind::Text, "Hello"),
            (BlockKind::Quote, "first|second"),
            (BlockKind::Text, "My answer,||in two parts."),
            (BlockKind::Quote, "end > of quote"),
        ];
        assert_eq!(found, expected.map(|(kind, text)| (kind, text.to_owned())));
        assert_eq!(blocks(""), []);
        assert_eq!(blocks(">"), []);
        for (text, shown) in [(text, "Hello||My answer,||in two parts."), ("One\n\ntwo", "One||two"), (">a\n> b", "a|b"), (">", ">")] {
            assert_eq!(excerpt(text).replace('\n', "|"), shown, "{text}");
        }
    }

    #[test]
    fn links_are_found_without_the_punctuation_around_them() {
        for (line, links) in [
            ("No link at all, http: or https", &[][..]),
            ("http:// and https://", &[]),
            ("See https://a.example/x?y=1#z.", &["https://a.example/x?y=1#z"]),
            ("(see http://a.example/b_(c)), or \"https://d.example\"!", &["http://a.example/b_(c)", "https://d.example"]),
            ("<https://a.example> **https://b.example**", &["https://a.example", "https://b.example"]),
            ("xhttps://a.example javascript:alert(1) ftp://a.example", &[]),
            ("Größe: https://straße.example/ü… ok", &["https://straße.example/ü"]),
            ("httphttps https://a.examplehttp://b.example", &["https://a.examplehttp://b.example"]),
        ] {
            let found = spans(line);
            let text: String = found.iter().map(|(Span::Text(text) | Span::Link(text))| *text).collect();
            assert_eq!(text, line, "no character gets lost");
            let found: Vec<_> = found.into_iter().filter_map(|it| if let Span::Link(link) = it { Some(link) } else { None }).collect();
            assert_eq!(found, links, "{line}");
        }
    }
}
