//! `/sitemap.xml` and `/robots.txt` of every Store, for search engines.
//!
//! The first file of a sitemap needs a read of all products, so the server keeps it for a while.

use crate::http::{client_address::ClientAddress, host::port, percent::encoded, problem::ApiResult};
use crate::state::Backend;
use crate::store::{product_page::url, products};
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use maud::{Markup, html};
use serde::Deserialize;
use sqlx::AnyPool;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// How long the server keeps the first file. Search engines read a sitemap about once a day.
const LIFETIME: Duration = Duration::from_secs(600);

/// The maximum number of URLs in one sitemap file.
const MAX_URLS: i64 = 50_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The files for search engines.
pub(crate) fn router(backend: Backend) -> Router {
    let files = Arc::new(Files { backend, first: Mutex::default() });
    Router::new().route("/sitemap.xml", get(sitemap)).route("/robots.txt", get(robots)).with_state(files)
}

struct Files {
    backend: Backend,
    first: Mutex<Option<FirstFile>>,
}

/// The file that `robots.txt` names. The others are parts that this one names, if there are too many URLs for one file.
struct FirstFile {
    origin: String,
    expires_at: Instant,
    xml: Bytes,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    /// The id after which the part begins. `None` for the first file.
    after: Option<String>,
}

async fn sitemap(
    State(files): State<Arc<Files>>,
    client: ClientAddress,
    headers: HeaderMap,
    Query(Part { after }): Query<Part>,
) -> ApiResult<Response> {
    files.backend.attempts.sitemaps.take_from(client).await?;
    let origin = files.backend.site.origin(port(&headers));
    let xml = match after {
        Some(after) => part(&files.backend.db, &origin, &after).await?,
        None => files.first(&origin).await?,
    };
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

impl Files {
    /// The first file. Concurrent requests wait at the lock, so that only one of them reads the products.
    async fn first(&self, origin: &str) -> sqlx::Result<Bytes> {
        let mut kept = self.first.lock().await;
        if let Some(file) = kept.as_ref().filter(|it| it.is_valid(origin, Instant::now())) {
            return Ok(file.xml.clone());
        }
        let db = &self.backend.db;
        // The first part also contains the URL of the start page, so each part has one product less than the maximum.
        let last_of_parts = products::every_nth(db, MAX_URLS - 1).await?;
        let xml = if last_of_parts.is_empty() { part(db, origin, "").await? } else { index(origin, &last_of_parts) };
        *kept = Some(FirstFile { origin: origin.to_owned(), expires_at: Instant::now() + LIFETIME, xml: xml.clone() });
        Ok(xml)
    }
}

impl FirstFile {
    fn is_valid(&self, origin: &str, now: Instant) -> bool {
        self.origin == origin && now < self.expires_at
    }
}

/// The URLs of the parts.
fn index(origin: &str, last_of_parts: &[String]) -> Bytes {
    document(&html! {
        sitemapindex xmlns=(NAMESPACE) {
            @for after in std::iter::once("").chain(last_of_parts.iter().map(String::as_str)) {
                sitemap { loc { (origin) "/sitemap.xml?after=" (encoded(after)) } }
            }
        }
    })
}

/// The URLs of the products after the id `after`.
async fn part(db: &AnyPool, origin: &str, after: &str) -> sqlx::Result<Bytes> {
    // PostgreSQL fails on a NUL in a text. No id contains one.
    let after = after.replace('\0', "");
    let ids = products::ids_after(db, &after, MAX_URLS - 1).await?;
    Ok(document(&html! {
        urlset xmlns=(NAMESPACE) {
            @if after.is_empty() { url { loc { (origin) "/" } } }
            @for id in &ids { url { loc { (url(origin, id)) } } }
        }
    }))
}

fn document(content: &Markup) -> Bytes {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", content.0).into()
}

/// Keeps the API and the account pages out of search results. The cart and the sign-in page need no rule, because search engines see them
/// as a guest does.
async fn robots(State(files): State<Arc<Files>>, headers: HeaderMap) -> String {
    let origin = files.backend.site.origin(port(&headers));
    let hidden = ["/api/", "/account"].map(|path| format!("Disallow: {path}\n")).concat();
    format!("User-agent: *\n{hidden}\nSitemap: {origin}/sitemap.xml\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_is_kept_for_ten_minutes_and_for_one_origin() {
        let now = Instant::now();
        let file = FirstFile { origin: "https://shop.example".to_owned(), expires_at: now + LIFETIME, xml: Bytes::new() };
        assert!(file.is_valid("https://shop.example", now + Duration::from_secs(599)));
        assert!(!file.is_valid("https://shop.example", now + Duration::from_secs(600)));
        assert!(!file.is_valid("https://other.example", now));
    }
}
