//! The look of the single-page app, read from its built `index.html`: the hashed stylesheet and icon, and the sprite.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

/// What a page's head and sprite are made of. Before the build there is nothing, and pages are plain.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) stylesheet: Option<String>,
    pub(crate) icon: Option<String>,
    /// The `<svg class="sprite">` element.
    pub(crate) sprite: Option<String>,
}

/// The look of the latest build.
pub(crate) struct Looks {
    index: PathBuf,
    kept: Mutex<Option<(SystemTime, Arc<Look>)>>,
}

impl Looks {
    pub(crate) fn new(dist: &Path) -> Self {
        Self { index: dist.join("index.html"), kept: Mutex::default() }
    }

    /// The kept look unless the app has been built anew since.
    pub(crate) async fn look(&self) -> Arc<Look> {
        let Ok(written) = tokio::fs::metadata(&self.index).await.and_then(|it| it.modified()) else { return Arc::default() };
        if let Some((_, look)) = self.kept().filter(|(at, _)| *at == written) {
            return look;
        }
        let look = Arc::new(tokio::fs::read_to_string(&self.index).await.map(|it| Look::of(&it)).unwrap_or_default());
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((written, Arc::clone(&look)));
        look
    }

    fn kept(&self) -> Option<(SystemTime, Arc<Look>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Look {
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
        let look = Look::of(html);
        assert_eq!((look.stylesheet.as_deref(), look.icon.as_deref()), (Some("/main-89abcdef.css"), Some("/favicon.svg")));
        assert_eq!(look.sprite.as_deref(), Some(r#"<svg class="sprite" aria-hidden="true"><symbol id="i"/></svg>"#));
        assert_eq!(Look::of("<html>"), Look::default());
    }

    #[test]
    fn the_source_of_the_app_has_all_three() {
        let source = include_str!("../../../../index.html");
        assert!(sprite(source).is_some_and(|it| it.contains("i-mark") && it.contains("i-bin")));
        assert!(link(source, "css").is_some() && link(source, "icon").is_some(), "what Trunk makes links of");
    }
}
