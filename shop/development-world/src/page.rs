//! The HTML document that the pages `index` and `flows` share: head, stylesheet, icon and the `main` element.

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
