//! Collects in one folder the files that the app's page loads: the program with its glue, and the files that index.html names in links with
//! the attribute `data-trunk`. `dist` turns them into the folder that the server serves.
//!
//! Trunk does the same for the development build. Trunk and this module both read index.html and the patterns in Trunk.toml, so that each
//! file is named once. Releases do not use Trunk, because the first `cargo xtask serve` would wait minutes until Trunk is built.

use crate::console::Progress;
use crate::{dist, files, parts, project, setup};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Puts the files into `folder`, and writes the page with ordinary links there.
pub fn collect(wasm: &Path, folder: &Path, progress: &Progress) -> anyhow::Result<()> {
    let root = project::root();
    files::empty(folder)?;
    parts::divide(wasm, folder, progress)?;
    let page =
        Page::read(&project::read("index.html")?, &program_tags(&project::read("Trunk.toml")?, &dist::name(&wasm.with_extension("")))?)?;
    for (from, to) in page.files {
        let to = folder.join(to);
        fs_err::create_dir_all(to.parent().unwrap_or(folder))?;
        fs_err::copy(root.join(&from), &to)?;
    }
    let mut html = page.html;
    if setup::FRAUNCES.is_installed() {
        fs_err::copy(setup::FRAUNCES.path(), folder.join(dist::FONT))?;
        fs_err::copy(root.join("style").join(FONT_STYLES), folder.join(FONT_STYLES))?;
        html = with_font(&html)?;
    }
    Ok(fs_err::write(folder.join("index.html"), html)?)
}

/// The stylesheet that names the font. Development builds do not use the font, so index.html does not link it.
const FONT_STYLES: &str = "fonts.css";

/// Adds a link to the font's stylesheet. It stands before preferences.css, which must come last.
fn with_font(html: &str) -> anyhow::Result<String> {
    let last = html.find("<link rel=\"stylesheet\" href=\"/preferences.css\">").context("index.html does not link preferences.css")?;
    Ok(format!("{}<link rel=\"stylesheet\" href=\"/{FONT_STYLES}\">{}", &html[..last], &html[last..]))
}

/// index.html with ordinary links, and the files that they name.
struct Page {
    html: String,
    /// The path of each file in the workspace, and in the folder.
    files: Vec<(String, PathBuf)>,
}

impl Page {
    fn read(source: &str, program_tags: &str) -> anyhow::Result<Self> {
        let mut parts = source.split("<link data-trunk ");
        let mut page = Self { html: parts.next().unwrap_or_default().to_owned(), files: Vec::new() };
        for part in parts {
            let (attributes, rest) = part.split_once('>').context("a link in index.html has no end")?;
            let rel = attribute(attributes, "rel").context("a link with data-trunk has no rel")?;
            if rel == "rust" {
                page.html.push_str(program_tags);
            } else {
                let file = attribute(attributes, "href").with_context(|| format!("the {rel} link has no href"))?;
                let name = dist::name(Path::new(file)).into_owned();
                match rel {
                    "css" => page.html.push_str(&format!("<link rel=\"stylesheet\" href=\"/{name}\">")),
                    "icon" => page.html.push_str(&format!("<link rel=\"icon\" href=\"/{name}\">")),
                    "copy-file" => {}
                    _ => bail!("releases know no link with data-trunk rel=\"{rel}\""),
                }
                let folder = attribute(attributes, "data-target-path").unwrap_or_default();
                page.files.push((file.to_owned(), Path::new(folder).join(name)));
            }
            page.html.push_str(rest);
        }
        Ok(page)
    }
}

/// The value of `NAME="VALUE"`.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    attributes.split_once(&format!("{name}=\""))?.1.split('"').next()
}

/// The tags that load the program. `stem` is the name that wasm-bindgen's files begin with.
fn program_tags(trunk_toml: &str, stem: &str) -> anyhow::Result<String> {
    let pattern = |name: &str| {
        let value = trunk_toml.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = '")?.strip_suffix('\''));
        value.with_context(|| format!("Trunk.toml has no line {name} = '…'"))
    };
    let tags = format!("{}{}", pattern("pattern_preload")?, pattern("pattern_script")?);
    Ok(tags.replace("{base}", "/").replace("{js}", &format!("{stem}.js")).replace("{wasm}", &format!("{stem}_bg.wasm")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_ordinary_ones_and_their_files_are_listed() -> anyhow::Result<()> {
        let source = r#"<head>
<link data-trunk rel="css" href="style/base.css">
<link data-trunk rel="icon" href="assets/icon.svg" type="image/svg+xml">
<link data-trunk rel="copy-file" href="assets/a.svg" data-target-path="assets">
<link data-trunk rel="rust" data-bin="shop">
</head>"#;
        let page = Page::read(source, "PROGRAM")?;
        let html = "<head>\n<link rel=\"stylesheet\" href=\"/base.css\">\n<link rel=\"icon\" href=\"/icon.svg\">\n\nPROGRAM\n</head>";
        assert_eq!(page.html, html);
        let files = [("style/base.css", "base.css"), ("assets/icon.svg", "icon.svg"), ("assets/a.svg", "assets/a.svg")];
        assert_eq!(page.files, files.map(|(from, to)| (from.to_owned(), PathBuf::from(to))));
        for wrong in
            [r#"<link data-trunk rel="scss" href="a.scss">"#, r#"<link data-trunk href="a.css">"#, r#"<link data-trunk rel="css">"#]
        {
            assert!(Page::read(wrong, "").is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn the_font_comes_before_the_preferences() -> anyhow::Result<()> {
        let page = r#"<link rel="stylesheet" href="/base.css"><link rel="stylesheet" href="/preferences.css"></head>"#;
        let expected = r#"<link rel="stylesheet" href="/base.css"><link rel="stylesheet" href="/fonts.css"><link rel="stylesheet" href="/preferences.css"></head>"#;
        assert_eq!(with_font(page)?, expected);
        assert!(with_font("<head></head>").is_err());
        Ok(())
    }

    #[test]
    fn the_program_is_loaded_as_trunk_would_load_it() -> anyhow::Result<()> {
        let toml = "pattern_script = '<script src=\"{base}boot.js\" data-js=\"{base}{js}\"></script>'\npattern_preload = '<link href=\"{base}{wasm}\">'\n";
        assert_eq!(program_tags(toml, "shop")?, "<link href=\"/shop_bg.wasm\"><script src=\"/boot.js\" data-js=\"/shop.js\"></script>");
        assert!(program_tags("pattern_preload = ''\n", "shop").is_err());
        Ok(())
    }
}
