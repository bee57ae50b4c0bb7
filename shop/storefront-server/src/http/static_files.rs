//! The files of the built single-page app: which paths are files, how long browsers may cache them, and the pages that this server derives
//! from `index.html`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{body::Body, extract::Request};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{collections::HashMap, hash::Hash, io, time::SystemTime};
use tokio::sync::Mutex;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// The files of one folder. A client that accepts brotli or gzip gets the `.br` or `.gz` file of the same name. [`ServeDir`] implements
/// ranges and conditional requests.
#[derive(Clone)]
pub struct Files(ServeDir);

impl Files {
    /// The files of `folder`, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self(ServeDir::new(folder).append_index_html_on_directories(false).precompressed_br().precompressed_gzip())
    }

    /// The file, or a 404 in plain text. If the response were a page instead of the 404, a tab with an older build would get HTML in place
    /// of a missing script.
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
            // These headers serve conditional and range requests, which browsers do not send for immutable files.
            for name in [header::ETAG, header::LAST_MODIFIED, header::ACCEPT_RANGES] {
                headers.remove(name);
            }
        }
        response
    }
}

/// Values derived from the built app's `index.html`, by key. A new build invalidates them.
pub struct IndexCache<K, V> {
    index: PathBuf,
    /// When the file was written, and the values derived from it. A request that derives a value holds the lock, and other requests wait
    /// for the lock.
    made: Mutex<(SystemTime, HashMap<K, Arc<V>>)>,
}

/// The maximum number of values from one build.
const MAX_VALUES: usize = 8;

impl<K: Eq + Hash, V: Send + Sync + 'static> IndexCache<K, V> {
    /// Values of the `index.html` in `folder`, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self { index: folder.join("index.html"), made: Mutex::new((SystemTime::UNIX_EPOCH, HashMap::new())) }
    }

    /// The value for `key`. If the cache lacks it, `make` creates it from the text of the file.
    ///
    /// # Errors
    /// The file cannot be read, or `make` fails. `QuotaExceeded` if the cache is full, because a client can invent keys.
    pub async fn get(&self, key: K, make: impl FnOnce(&str) -> io::Result<V> + Send + 'static) -> io::Result<Arc<V>> {
        let written = tokio::fs::metadata(&self.index).await?.modified()?;
        let mut made = self.made.lock().await;
        if made.0 != written {
            *made = (written, HashMap::new());
        }
        if let Some(value) = made.1.get(&key) {
            return Ok(Arc::clone(value));
        }
        if made.1.len() >= MAX_VALUES {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let html = tokio::fs::read_to_string(&self.index).await?;
        let value = Arc::new(tokio::task::spawn_blocking(move || make(&html)).await??);
        made.1.insert(key, Arc::clone(&value));
        Ok(value)
    }
}

/// What the server sends for a path.
#[derive(Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A file, with its `Cache-Control`.
    File(&'static str),
    /// A route of the app, which is answered with a page.
    Page,
}

/// The `Cache-Control` of a file with a hash of its content in the name.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Every path in these folders is a file, even without a dot in its name.
const FILE_FOLDERS: [&str; 3] = ["/assets/", "/snippets/", "/.well-known/"];

impl PathKind {
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

/// Whether a name contains a hash of the content: `-` and at least eight hex digits before `.` or, as Trunk writes it, `_bg.`.
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_value_is_made_once_and_invented_keys_have_few_made() {
        let folder = tempfile::tempdir().unwrap();
        let index = folder.path().join("index.html");
        std::fs::write(&index, "page").unwrap();
        let (cache, made) = (IndexCache::new(folder.path()), Arc::new(AtomicUsize::new(0)));
        let get = |key: usize| {
            let made = Arc::clone(&made);
            cache.get(key, move |html| {
                made.fetch_add(1, Ordering::Relaxed);
                Ok(format!("{html} {key}"))
            })
        };
        for key in 0..100 {
            assert_eq!(get(key).await.is_ok(), key < MAX_VALUES);
            let (first, second) = tokio::join!(get(0), get(0));
            assert_eq!((first.unwrap().as_str(), second.unwrap().as_str()), ("page 0", "page 0"));
        }
        assert_eq!(made.load(Ordering::Relaxed), MAX_VALUES);
        let later = std::fs::File::options().write(true).open(&index).unwrap();
        later.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(get(99).await.is_ok(), "a new build begins again");
    }

    #[test]
    fn addresses() {
        for (path, expected) in [
            ("/", PathKind::Page),
            ("/index.html", PathKind::Page),
            ("/cart", PathKind::Page),
            ("/a/b-c", PathKind::Page),
            ("/storefront-0123456789abcdef.js", PathKind::File(IMMUTABLE)),
            ("/storefront-0123456789abcdef_bg.wasm", PathKind::File(IMMUTABLE)),
            ("/assets/style-89abcdef.css", PathKind::File(IMMUTABLE)),
            ("/assets/missing", PathKind::File("no-cache")),
            ("/boot.js", PathKind::File("no-cache")),
            ("/apple-touch-icon.png", PathKind::File("no-cache")),
            ("/cart-abc.js", PathKind::File("no-cache")),
        ] {
            assert_eq!(PathKind::of(path), expected, "{path}");
        }
    }
}
