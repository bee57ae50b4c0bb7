//! The titles of the pages. The table of the pages has them in English.

use crate::t;
use crate::text::{Text, translated};
use storefront_api::pages::{Route, TITLES};

/// The page's name, for the document's title and the page's heading.
pub fn page_title(route: Route) -> &'static str {
    static TEXTS: [Text; TITLES.len()] = translated(TITLES);
    route.row().and_then(|row| TEXTS.get(row)).map_or_else(|| t!("Page not found"), Text::get)
}
