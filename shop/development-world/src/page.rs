//! The HTML document that the pages `index` and `flows` share (head, stylesheet, icon and the `main` element), and the files of all pages.

use axum::http::header;
use axum::response::IntoResponse;
use maud::{DOCTYPE, Markup, html};

/// A document with this title and this `main` element. `head` has the elements that the page adds to the HTML head.
pub(crate) fn document(title: &str, head: Markup, main: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href="/index.css";
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                (head)
            }
            body { (main) }
        }
    }
}

/// A file of a page. The browser asks each time whether it has changed.
pub(crate) fn file(media_type: &'static str, content: impl IntoResponse) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], content)
}
