//! The files of the built single-page app that server-rendered pages use too: stylesheet, icon and the sprite of drawings.
//!
//! The build puts a hash into the name of each file. Only the built `index.html` contains these names, so this module reads them from that
//! file.

/// The files for a page's head, and the sprite. Without a build all are `None`, and pages have no style.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BuiltAssets {
    pub(crate) stylesheet: Option<String>,
    pub(crate) icon: Option<String>,
    /// The `<svg class="sprite">` element.
    pub(crate) sprite: Option<String>,
}

impl BuiltAssets {
    /// The assets in a built `index.html`.
    pub(crate) fn of(html: &str) -> Self {
        Self { stylesheet: whole_stylesheet(html).or_else(|| link(html, "stylesheet")), icon: link(html, "icon"), sprite: sprite(html) }
    }
}

/// The URL of the stylesheet with all rules. The built `index.html` contains only the rules of the first screen, in a `style` element. The
/// attribute `data-whole` of this element names the file with all rules.
fn whole_stylesheet(html: &str) -> Option<String> {
    let (_, rest) = html.split_once("<style ")?;
    attribute(rest.split('>').next()?, "data-whole").map(ToOwned::to_owned)
}

/// The URL in `<link rel="…">`.
fn link(html: &str, rel: &str) -> Option<String> {
    let tags = html.match_indices("<link ").filter_map(|(at, _)| html[at..].split_once('>').map(|(tag, _)| tag));
    let mut addresses = tags.filter(|tag| attribute(tag, "rel") == Some(rel)).filter_map(|tag| attribute(tag, "href"));
    addresses.next().map(ToOwned::to_owned)
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}="))?;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([' ', '/']).next(),
    }
}

fn sprite(html: &str) -> Option<String> {
    let start = html.find("<svg class=\"sprite\"").or_else(|| html.find("<svg class=sprite"))?;
    let end = start + html[start..].find("</svg>")? + "</svg>".len();
    Some(html[start..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_and_the_sprite_are_read() {
        let html = r##"<head><link rel="modulepreload" href="/a.js"><link rel="stylesheet" href="/main-89abcdef.css"/>
            <link rel="icon" href="/favicon.svg"/></head><body><svg class="sprite" aria-hidden="true"><symbol id="i"/></svg><svg></svg>"##;
        let assets = BuiltAssets::of(html);
        assert_eq!((assets.stylesheet.as_deref(), assets.icon.as_deref()), (Some("/main-89abcdef.css"), Some("/favicon.svg")));
        assert_eq!(assets.sprite.as_deref(), Some(r#"<svg class="sprite" aria-hidden="true"><symbol id="i"/></svg>"#));
        let release = html.replace("<head>", "<head><style data-hash=\"sha256-x\" data-whole=\"/style-89abcdef.css\">a > b {}</style>");
        assert_eq!(BuiltAssets::of(&release).stylesheet.as_deref(), Some("/style-89abcdef.css"));
        assert_eq!(BuiltAssets::of("<html>"), BuiltAssets::default());
    }

    #[test]
    fn the_source_of_the_app_has_all_three() {
        let source = include_str!("../../../../index.html");
        assert!(sprite(source).is_some_and(|it| it.contains("i-mark") && it.contains("i-bin")));
        assert!(link(source, "css").is_some() && link(source, "icon").is_some(), "Trunk turns these into links");
    }
}
