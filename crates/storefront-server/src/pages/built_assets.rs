//! The assets of the built single-page app that server-rendered pages use, read from its built `index.html`: the hashed stylesheet and icon, and the sprite.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

/// What a page's head and sprite are made of. Before the build there is nothing, and pages are plain.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BuiltAssets {
    pub(crate) stylesheet: Option<String>,
    pub(crate) icon: Option<String>,
    /// The `<svg class="sprite">` element.
    pub(crate) sprite: Option<String>,
}

/// The assets of the latest build, read again when the build has changed.
pub(crate) struct BuiltAssetsCache {
    index: PathBuf,
    kept: Mutex<Option<(SystemTime, Arc<BuiltAssets>)>>,
}

impl BuiltAssetsCache {
    pub(crate) fn new(dist: &Path) -> Self {
        Self { index: dist.join("index.html"), kept: Mutex::default() }
    }

    /// The assets of the build that is there now.
    pub(crate) async fn current(&self) -> Arc<BuiltAssets> {
        let Ok(written) = tokio::fs::metadata(&self.index).await.and_then(|it| it.modified()) else { return Arc::default() };
        if let Some((_, assets)) = self.kept().filter(|(at, _)| *at == written) {
            return assets;
        }
        let assets = Arc::new(tokio::fs::read_to_string(&self.index).await.map(|it| BuiltAssets::of(&it)).unwrap_or_default());
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((written, Arc::clone(&assets)));
        assets
    }

    fn kept(&self) -> Option<(SystemTime, Arc<BuiltAssets>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl BuiltAssets {
    fn of(html: &str) -> Self {
        Self { stylesheet: link(html, "stylesheet"), icon: link(html, "icon"), sprite: sprite(html) }
    }
}

/// The address that `<link rel="…">` names.
fn link(html: &str, rel: &str) -> Option<String> {
    let tags = html.match_indices("<link ").filter_map(|(at, _)| html[at..].split_once('>').map(|(tag, _)| tag));
    let mut found = tags.filter(|tag| attribute(tag, "rel") == Some(rel)).filter_map(|tag| attribute(tag, "href"));
    found.next().map(ToOwned::to_owned)
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
    fn the_head_and_the_sprite_are_found() {
        let html = r##"<head><link rel="modulepreload" href="/a.js"><link rel="stylesheet" href="/main-89abcdef.css"/>
            <link rel="icon" href="/favicon.svg"/></head><body><svg class="sprite" aria-hidden="true"><symbol id="i"/></svg><svg></svg>"##;
        let assets = BuiltAssets::of(html);
        assert_eq!((assets.stylesheet.as_deref(), assets.icon.as_deref()), (Some("/main-89abcdef.css"), Some("/favicon.svg")));
        assert_eq!(assets.sprite.as_deref(), Some(r#"<svg class="sprite" aria-hidden="true"><symbol id="i"/></svg>"#));
        assert_eq!(BuiltAssets::of("<html>"), BuiltAssets::default());
    }

    #[test]
    fn the_source_of_the_app_has_all_three() {
        let source = include_str!("../../../../index.html");
        assert!(sprite(source).is_some_and(|it| it.contains("i-mark") && it.contains("i-bin")));
        assert!(link(source, "css").is_some() && link(source, "icon").is_some(), "what Trunk makes links of");
    }
}
