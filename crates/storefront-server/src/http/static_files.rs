//! The files of the built single-page app: which addresses are files, how long browsers may keep them, and what this server makes of
//! `index.html`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{body::Body, extract::Request};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{collections::HashMap, hash::Hash, io, time::SystemTime};
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// The files of one folder. A client that accepts brotli or gzip gets the `.br` or `.gz` file of the same name. Ranges and entity tags
/// are [`ServeDir`]'s.
#[derive(Clone)]
pub struct Files(ServeDir);

impl Files {
    /// The files of `folder`, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self(ServeDir::new(folder).append_index_html_on_directories(false).precompressed_br().precompressed_gzip())
    }

    /// The file, or a 404 in plain text. A page in its place would reach tabs of an older build as a script.
    pub async fn answer(&self, request: Request, cache: &'static str) -> Response {
        let Ok(response) = self.0.clone().oneshot(request).await;
        let status = response.status();
        if !(status.is_success() || status == StatusCode::NOT_MODIFIED || status == StatusCode::RANGE_NOT_SATISFIABLE) {
            return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], "There is no such file.\n").into_response();
        }
        let mut response = response.map(Body::new);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        if cache == IMMUTABLE {
            // They say how to ask for a change or a piece of the file, and nobody will.
            for name in [header::ETAG, header::LAST_MODIFIED, header::ACCEPT_RANGES] {
                headers.remove(name);
            }
        }
        response
    }
}

/// What this server makes of the built app's `index.html`, by key. A value is made again after a new build.
pub struct IndexCache<K, V> {
    index: PathBuf,
    values: Mutex<HashMap<K, (SystemTime, Arc<V>)>>,
}

/// How many values an [`IndexCache`] holds. A client that invents keys costs time, never memory.
const MAX_VALUES: usize = 8;

impl<K: Eq + Hash, V> IndexCache<K, V> {
    /// Values of the `index.html` in `folder`, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self { index: folder.join("index.html"), values: Mutex::default() }
    }

    /// The value for `key`, made by `make` from the text of the file unless the cache has it.
    ///
    /// # Errors
    /// The file cannot be read, or `make` fails.
    pub async fn get(&self, key: K, make: impl FnOnce(&str) -> io::Result<V>) -> io::Result<Arc<V>> {
        let written = tokio::fs::metadata(&self.index).await?.modified()?;
        let cached = self.values.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((_, value)) = cached.filter(|(at, _)| *at == written) {
            return Ok(value);
        }
        let value = Arc::new(make(&tokio::fs::read_to_string(&self.index).await?)?);
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= MAX_VALUES {
            values.clear();
        }
        values.insert(key, (written, Arc::clone(&value)));
        Ok(value)
    }
}

/// What a path addresses.
#[derive(Debug, PartialEq, Eq)]
pub enum Address {
    /// A file, with its `Cache-Control`.
    File(&'static str),
    /// A route of the app, which is answered with a page.
    Page,
}

/// The `Cache-Control` of a file whose name has a hash of its content.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Every address in these folders is a file, also without a dot in its name.
const FILE_FOLDERS: [&str; 3] = ["/assets/", "/snippets/", "/.well-known/"];

impl Address {
    /// Decides by the path alone, so that it does not matter whether the file exists.
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        if path == "/index.html" || !(name.contains('.') || FILE_FOLDERS.iter().any(|it| path.starts_with(it))) {
            Self::Page
        } else if is_hashed(name) {
            Self::File(IMMUTABLE)
        } else {
            Self::File("no-cache")
        }
    }
}

/// Whether a name has a hash of the content in it: `-` and at least eight hex digits before `.` or, as Trunk writes it, `_bg.`.
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
        for (path, expected) in [
            ("/", Address::Page),
            ("/index.html", Address::Page),
            ("/cart", Address::Page),
            ("/a/b-c", Address::Page),
            ("/storefront-0123456789abcdef.js", Address::File(IMMUTABLE)),
            ("/storefront-0123456789abcdef_bg.wasm", Address::File(IMMUTABLE)),
            ("/assets/style-89abcdef.css", Address::File(IMMUTABLE)),
            ("/assets/missing", Address::File("no-cache")),
            ("/boot.js", Address::File("no-cache")),
            ("/apple-touch-icon.png", Address::File("no-cache")),
            ("/cart-abc.js", Address::File("no-cache")),
        ] {
            assert_eq!(Address::of(path), expected, "{path}");
        }
    }
}
