//! Puts the styles and scripts of the first screen into index.html, because each file would cost a request before the first paint.
//!
//! The page's content security policy allows inline code only by hash. This module computes each hash from the text that it writes, and
//! puts it into the element's attribute `data-hash` for the server. The server never computes a hash itself, so text that somebody injects
//! into a page has none.

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The stylesheets of the first screen (the sign-in form and the placeholders), by the names of their sources.
const FIRST_SCREEN: [&str; 5] = ["base", "ui", "shell", "sign_in", PREFERENCES];
/// The media queries for preferences, which override all other rules and so must come last in every stylesheet.
const PREFERENCES: &str = "preferences";

/// The stylesheets that pages need before a part of the program is loaded, besides those of the first screen. All others, except
/// [`SERVER_PAGES`], belong to the parts.
const BEFORE_PARTS: [&str; 7] = ["landscape", "frame", "footer", "content", "cart", "fonts", PREFERENCES];
/// The stylesheet that only server-rendered pages use.
const SERVER_PAGES: &str = "server_pages";

/// All rules in one file, for the server-rendered pages.
const WHOLE: &str = "style.css";
/// The rules of [`BEFORE_PARTS`]. The cart needs them, and the first screen does not.
const LATER: &str = "later.css";
/// The rules for the parts of the program.
const OF_PARTS: &str = "parts.css";

/// The scripts that run before the page is painted, in their order. Trunk.toml gives each element its script's name as the id.
pub const SCRIPTS: [&str; 3] = ["early.js", "early_cart.js", BOOT];
/// The script that caches the app for visits without a network. Its name has no hash, because browsers look for a new version under the
/// same name.
pub const SERVICE_WORKER: &str = "service_worker.js";
/// The script that loads everything that the page itself does not contain.
const BOOT: &str = "boot.js";

/// The beginning of every link of a stylesheet, as `staging` writes it.
const LINK: &str = "<link rel=\"stylesheet\" href=\"/";

/// The page's stylesheets, joined.
pub struct Stylesheets {
    /// The names of the files that were joined.
    names: Vec<String>,
    first: String,
    later: String,
    of_parts: String,
    whole: String,
}

impl Stylesheets {
    /// Reads the stylesheets that the page links, in their order. `text` returns the text of a file.
    pub fn of(page: &str, text: impl Fn(&str) -> anyhow::Result<String>) -> anyhow::Result<Self> {
        let names: Vec<String> = page.split(LINK).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
        let mut styles =
            Self { names: Vec::new(), first: String::new(), later: String::new(), of_parts: String::new(), whole: String::new() };
        for name in &names {
            let source = name.trim_end_matches(".css");
            let css = without_blanks(&text(name)?);
            if FIRST_SCREEN.contains(&source) {
                styles.first.push_str(&css);
            }
            if BEFORE_PARTS.contains(&source) {
                styles.later.push_str(&css);
            }
            if source == PREFERENCES || ![&FIRST_SCREEN[..], &BEFORE_PARTS, &[SERVER_PAGES]].concat().contains(&source) {
                styles.of_parts.push_str(&css);
            }
            styles.whole.push_str(&css);
        }
        Ok(Self { names, ..styles })
    }

    pub fn files(&self) -> [(&'static str, &str); 3] {
        [(WHOLE, &self.whole), (LATER, &self.later), (OF_PARTS, &self.of_parts)]
    }

    /// Whether a file is a part of the joined stylesheets.
    pub fn includes(&self, relative: &Path) -> bool {
        self.names.iter().any(|name| relative == Path::new(name))
    }
}

/// index.html while the names of its files still change. The inline texts are inserted at the end, because their hashes depend on the final
/// text.
pub struct InlinePage {
    html: String,
    style: String,
    scripts: [String; SCRIPTS.len()],
}

impl InlinePage {
    /// `scripts` are the texts of [`SCRIPTS`].
    pub fn of(page: &str, styles: &Stylesheets, scripts: [String; SCRIPTS.len()]) -> anyhow::Result<Self> {
        let mut parts = page.split(LINK);
        let mut html = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            html.push_str(part.split_once('>').map_or("", |(_, rest)| rest.trim_start()));
        }
        // The styles come after the scripts, which request the page's data and should not wait for the styles' bytes. The whole stylesheet
        // is for the server-rendered pages. In this page only browsers without scripts load it; for all others boot.js links the rules that
        // the page itself does not contain.
        let position = html.find("<!--slot head-->").context("index.html has no slot at the end of its head")?;
        let without_script = format!("<noscript>{LINK}{WHOLE}\"></noscript>");
        html.insert_str(position, &format!("<style data-whole=\"/{WHOLE}\"></style>{without_script}\n  "));
        for name in SCRIPTS {
            let source = format!("<script src=\"/{name}\" {}", element(name));
            if html.matches(&source).count() != 1 {
                bail!("index.html must have {source}…> once: Trunk.toml's pattern_script names it");
            }
            html = html.replace(&source, &format!("<script {}", element(name)));
        }
        // boot.js loads the files in these attributes, except the rules of the parts, which src/ui/part.js loads.
        let boot = format!("<script {}", element(BOOT));
        html = html.replace(
            &boot,
            &format!("{boot} data-styles=\"/{LATER}\" data-part-styles=\"/{OF_PARTS}\" data-service-worker=\"/{SERVICE_WORKER}\""),
        );
        let style = styles.first.clone();
        for (text, end) in [(&style, "</style")].into_iter().chain(scripts.iter().map(|script| (script, "</script"))) {
            if text.contains(end) {
                bail!("an inline text must not contain {end}, which would end its element");
            }
        }
        Ok(Self { html, style, scripts })
    }

    /// Renames a file in the page. Returns whether the page names the file.
    pub fn rename(&mut self, old: &str, new: &str) -> bool {
        let is_named = self.html.contains(old);
        self.html = self.html.replace(old, new);
        is_named
    }

    pub fn html(&self) -> String {
        let style = (format!("<style data-hash=\"{}\" ", hash(&self.style)), format!("\">{}</style>", self.style));
        let mut html = self.html.replacen("<style ", &style.0, 1).replacen("\"></style>", &style.1, 1);
        for (name, script) in SCRIPTS.iter().zip(&self.scripts) {
            let start = format!("<script {}", element(name));
            let (before, rest) = html.split_once(&start).unwrap_or((&html, ""));
            let (attributes, after) = rest.split_once("></script>").unwrap_or((rest, ""));
            html = format!("{before}{start} data-hash=\"{}\"{attributes}>{script}</script>{after}", hash(script));
        }
        html
    }
}

/// The texts of the scripts in a finished page, joined.
pub fn scripts_in(html: &str) -> String {
    let elements = SCRIPTS.iter().filter_map(|name| html.split_once(&format!("<script {}", element(name))));
    elements.filter_map(|(_, rest)| rest.split_once('>')?.1.split("</script>").next()).collect()
}

/// The attribute by which the element of one of [`SCRIPTS`] is found.
fn element(script: &str) -> String {
    format!("id=\"{}\"", script.trim_end_matches(".js"))
}

/// A hash as content security policies and subresource integrity write it: <https://www.w3.org/TR/CSP3/#grammardef-hash-source>.
pub fn hash(content: impl AsRef<[u8]>) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(content)))
}

/// Removes indentation, empty lines, and comments that fill their lines, in a stylesheet. Assumes that no string spans several lines.
fn without_blanks(text: &str) -> String {
    let mut out = String::new();
    let mut is_comment = false;
    for line in text.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        let code = match line.split_once("*/") {
            Some((_, rest)) if is_comment => {
                is_comment = false;
                rest.trim_start()
            }
            _ if is_comment => "",
            _ => line,
        };
        if !code.is_empty() {
            out.push_str(code);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<head><link rel="stylesheet" href="/base.css">
    <link rel="stylesheet" href="/cart.css">
    <link rel="stylesheet" href="/store.css">
    <link rel="stylesheet" href="/server_pages.css">
    <link rel="stylesheet" href="/preferences.css"><link rel="icon" href="/icon.svg"/>
    <script src="/early.js" id="early"></script><script src="/early_cart.js" id="early_cart"></script><script src="/boot.js" id="boot" data-js="/app-1.js"></script><!--slot head--></head><body>form<div id="app"></div></body>"#;

    fn page() -> anyhow::Result<InlinePage> {
        let styles =
            Stylesheets::of(PAGE, |name| Ok(format!("/* {name}\n   style.css */\n  .{} {{}}\n\n", name.trim_end_matches(".css"))))?;
        assert_eq!(
            styles.files(),
            [
                ("style.css", ".base {}\n.cart {}\n.store {}\n.server_pages {}\n.preferences {}\n"),
                ("later.css", ".cart {}\n.preferences {}\n"),
                ("parts.css", ".store {}\n.preferences {}\n")
            ]
        );
        assert!(styles.includes(Path::new("store.css")) && !styles.includes(Path::new("icon.svg")));
        InlinePage::of(PAGE, &styles, ["early();\n", "cart('/assets');\n", "import('style.css');\n"].map(str::to_owned))
    }

    #[test]
    fn the_page_contains_what_the_first_screen_needs_with_its_hashes() -> anyhow::Result<()> {
        let mut page = page()?;
        assert!(
            page.rename("style.css", "style-9.css")
                && page.rename("later.css", "later-8.css")
                && page.rename("parts.css", "parts-7.css")
                && !page.rename("other.css", "")
        );
        // The hashes were computed by `openssl dgst -sha256 -binary | base64`.
        let expected = "<head><link rel=\"icon\" href=\"/icon.svg\"/>\n    \
            <script id=\"early\" data-hash=\"EARLY\">early();\n</script>\
            <script id=\"early_cart\" data-hash=\"CART\">cart('/assets');\n</script>\
            <script id=\"boot\" data-hash=\"SCRIPT\" data-styles=\"/later-8.css\" data-part-styles=\"/parts-7.css\" data-service-worker=\"/service_worker.js\" data-js=\"/app-1.js\">import('style.css');\n</script>\
            <style data-hash=\"STYLE\" data-whole=\"/style-9.css\">.base {}\n.preferences {}\n</style><noscript><link rel=\"stylesheet\" href=\"/style-9.css\"></noscript>\n  <!--slot head--></head><body>form<div id=\"app\"></div></body>";
        let expected = expected.replace("STYLE", STYLE).replace("SCRIPT", SCRIPT).replace("EARLY", EARLY).replace("CART", CART);
        assert_eq!(page.html(), expected);
        assert_eq!(scripts_in(&expected), "early();\ncart('/assets');\nimport('style.css');\n");
        Ok(())
    }

    const STYLE: &str = "sha256-V6ScRuAcmS/U4xIQuO4YMf59jrNfCq7RQygLP+6g7VQ=";
    const EARLY: &str = "sha256-saeHiDWWRYPRceGx8BQM1K0kAsCKC7OCQtAhlNQVArc=";
    const CART: &str = "sha256-Fi9aSOWsaaOEIvz27ycAk7YSvAUiQvcGQGIscPoFmmE=";
    const SCRIPT: &str = "sha256-CeamaMWdlK88erFORX3LcBgFDt11U/opa6u/dZHisSE=";

    #[test]
    fn comments_and_indentation_are_removed_and_code_is_not() {
        let text = "/* one */ a {\n  b: url('x/*y*/'); /* kept */\n/*\n two\n*/\n  }\n\n  c {}\n";
        assert_eq!(without_blanks(text), "a {\nb: url('x/*y*/'); /* kept */\n}\nc {}\n");
    }

    #[test]
    fn a_text_that_would_end_its_element_is_an_error() -> anyhow::Result<()> {
        let styles = Stylesheets::of(PAGE, |_| Ok(String::new()))?;
        assert!(InlinePage::of(PAGE, &styles, ["", "", "'</script>'"].map(str::to_owned)).is_err());
        Ok(())
    }
}
