//! The files of the built app: which addresses they have, and how long browsers may keep them.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::path::Path;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// The files of one folder, with their `.br` siblings for those who can read them.
#[derive(Clone)]
pub struct Files(ServeDir);

impl Files {
    /// Files of `folder`, which may not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self(ServeDir::new(folder).append_index_html_on_directories(false).precompressed_br())
    }

    /// The file, or a 404 that is no page: a page of an older build would run HTML as script.
    pub async fn answer(&self, request: Request, cache: &'static str) -> Response {
        let Ok(response) = self.0.clone().oneshot(request).await;
        let status = response.status();
        if !(status.is_success() || status == StatusCode::NOT_MODIFIED || status == StatusCode::RANGE_NOT_SATISFIABLE) {
            return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], "There is no such file.\n").into_response();
        }
        let mut response = response.map(Body::new);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        response
    }
}

/// What a path asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Address {
    /// A file, and how long browsers may keep it.
    File(&'static str),
    /// A route of the app: index.html.
    Page,
}

/// Folders whose addresses are files, whatever their name.
const FILE_FOLDERS: [&str; 3] = ["/assets/", "/snippets/", "/.well-known/"];

impl Address {
    /// What `path` asks for.
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        if path == "/index.html" || !(name.contains('.') || FILE_FOLDERS.iter().any(|it| path.starts_with(it))) {
            Self::Page
        } else if is_hashed(name) {
            Self::File("public, max-age=31536000, immutable")
        } else {
            Self::File("no-cache")
        }
    }
}

/// Whether a name carries a hash of its content: `-` and at least eight hex digits before `.` or, as Trunk writes it, `_bg.`.
fn is_hashed(name: &str) -> bool {
    name.match_indices('-').any(|(at, _)| {
        let rest = &name[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits >= 8 && (rest[digits..].starts_with('.') || rest[digits..].starts_with("_bg."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let immutable = "public, max-age=31536000, immutable";
        for (path, expected) in [
            ("/", Address::Page),
            ("/index.html", Address::Page),
            ("/cart", Address::Page),
            ("/a/b-c", Address::Page),
            ("/storefront-0123456789abcdef.js", Address::File(immutable)),
            ("/storefront-0123456789abcdef_bg.wasm", Address::File(immutable)),
            ("/assets/style-89abcdef.css", Address::File(immutable)),
            ("/assets/missing", Address::File("no-cache")),
            ("/boot.js", Address::File("no-cache")),
            ("/apple-touch-icon.png", Address::File("no-cache")),
            ("/cart-abc.js", Address::File("no-cache")),
        ] {
            assert_eq!(Address::of(path), expected, "{path}");
        }
    }
}
