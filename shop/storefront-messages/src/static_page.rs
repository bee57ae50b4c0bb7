//! Compares the texts of `index.html`, and the rule that hides those in other languages, with the lists of texts.
//! `UPDATE_PAGE=1 cargo test -p storefront-messages` writes them. For a new text, write the first language's attribute without a value:
//! `data-de=""` for the text of an element, `data-de-label=""` for its `aria-label`. A text for a script is in `data-en-…="…"`.

use crate::{Language, item_count, money, text::lists};
use std::{fs, path::Path};

#[test]
fn the_static_page_has_the_texts_of_each_language() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for file in ["index.html", "style/footer.css"] {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let updated = if file == "index.html" { with_texts(&text) } else { with_rule(&text) };
        if std::env::var_os("UPDATE_PAGE").is_some() {
            fs::write(root.join(file), updated).unwrap();
        } else {
            let changed = text.lines().zip(updated.lines()).find(|(line, updated)| line != updated);
            assert!(text == updated, "{file} needs UPDATE_PAGE=1 cargo test -p storefront-messages: {changed:?}");
        }
    }
}

fn others() -> impl Iterator<Item = Language> {
    Language::ALL.into_iter().skip(1)
}

/// The text of a list in a language.
fn translated(english: &str, language: Language) -> &'static str {
    let text = lists(language).iter().copied().flatten().find(|(it, _)| *it == english);
    text.unwrap_or_else(|| panic!("no list has {english:?}, a text of index.html")).1
}

fn with_texts(page: &str) -> String {
    let (first_line, rest) = page.split_once("<html ").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let tags = others().map(Language::tag).collect::<Vec<_>>().join(" ");
    let page = format!("{first_line}<html lang=\"en\" data-languages=\"{tags}\">{rest}");
    let page = with_elements(&with_elements(&with_attributes(&page), "span"), "p");
    with_buttons(&page)
}

/// Writes the attributes of all languages in place of those of the first one.
fn with_attributes(page: &str) -> String {
    let (mut updated, mut rest) = (String::new(), page);
    while let Some((before, after)) = rest.split_once(" data-") {
        updated += before;
        let attribute = after.split_once("=\"").and_then(|(name, rest)| Some((name, rest.split_once('"')?)));
        let of_language = attribute.and_then(|(name, (value, following))| {
            let (tag, kind) = name.split_once('-').unwrap_or((name, ""));
            Some((Language::ALL.into_iter().find(|it| it.tag() == tag)?, kind, value, following))
        });
        let Some((language, kind, value, following)) = of_language else {
            updated += " data-";
            rest = after;
            continue;
        };
        rest = following;
        // English has no attribute for what the element itself shows.
        let (english, shown_in) = match kind {
            "" => (text_after(following), 1),
            "label" => (updated.rsplit("aria-label=\"").next().and_then(|it| it.split('"').next()).unwrap_or_default().to_owned(), 1),
            _ => (value.to_owned(), 0),
        };
        if language == Language::ALL[shown_in] {
            for it in Language::ALL.into_iter().skip(shown_in) {
                let hyphen = if kind.is_empty() { "" } else { "-" };
                updated += &format!(" data-{}{hyphen}{kind}=\"{}\"", it.tag(), it.scope(|| value_of(kind, &english)));
            }
        }
    }
    updated + rest
}

/// The value of an attribute in the current language.
fn value_of(kind: &str, english: &str) -> String {
    match (kind, Language::current()) {
        ("counts", _) => [0, 1].map(item_count).join("|"),
        ("money", _) => money(123_456, "EUR"),
        (_, Language::English) => english.to_owned(),
        (_, language) => translated(english, language).to_owned(),
    }
}

/// The text of the element whose tag ends in `rest`. The text of a label comes after its checkbox.
fn text_after(rest: &str) -> String {
    let mut texts = rest.split('>').skip(1).map(|it| it.split('<').next().unwrap_or_default().trim());
    texts.find(|it| !it.is_empty()).unwrap_or_default().to_owned()
}

/// Writes an element of this name for each language after each one in English.
fn with_elements(page: &str, name: &str) -> String {
    let (start, end) = (format!("<{name} lang=\""), format!("</{name}>"));
    let (mut updated, mut rest) = (String::new(), page);
    while let Some((before, after)) = rest.split_once(&format!("{start}en\">")) {
        let (english, following) = after.split_once(&end).unwrap();
        updated += &format!("{before}{start}en\">{english}{end}");
        let (mut gap, mut left) = ("", following);
        while let Some((space, (_, following))) = left.split_once(&start).and_then(|(space, it)| Some((space, it.split_once(&end)?)))
            && space.trim().is_empty()
        {
            (gap, left) = (space, following);
        }
        updated.extend(others().map(|it| format!("{gap}{start}{}\">{}{end}", it.tag(), translated(english, it))));
        rest = left;
    }
    updated + rest
}

/// Writes a button for each language in place of the buttons.
fn with_buttons(page: &str) -> String {
    let is_button = |line: &&str| line.contains("name=\"language\"");
    let button = |it: Language| {
        let (tag, name) = (it.tag(), it.name());
        let button = format!("<button type=\"button\" class=\"quiet\" name=\"language\" value=\"{tag}\" lang=\"{tag}\">{name}</button>");
        format!("        <!--slot language-->{button}<!--/slot language-->\n")
    };
    let lines: Vec<&str> = page.split_inclusive('\n').collect();
    let at = lines.iter().position(is_button).unwrap();
    let after: String = lines[at..].iter().copied().filter(|line| !is_button(line)).collect();
    lines[..at].concat() + &Language::ALL.map(button).concat() + &after
}

fn with_rule(css: &str) -> String {
    let (before, rest) = css.split_once("writes this rule. */\n").unwrap();
    let (_, after) = rest.split_once(" {\n").unwrap();
    let selectors = Language::ALL.map(|it| {
        let tag = it.tag();
        let button = format!(":lang({tag}) > body > footer button[lang='{tag}']");
        format!(":lang({tag}) > body :is(nav, footer span)[lang]:not([lang='{tag}']),\n{button}")
    });
    format!("{before}writes this rule. */\n{} {{\n{after}", selectors.join(",\n"))
}
