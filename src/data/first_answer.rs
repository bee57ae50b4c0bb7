//! The data that the server puts into a page: its content, which shows until the app has rendered its own (`style/store.css`), and the
//! answer to the app's first request, so that the app shows the same at once. The app rereads it all the same.

use super::use_answers;
use crate::{core::Route, ui::document};
use leptos_fusionauth::json;
use serde::de::DeserializeOwned;
use storefront_api::{FIRST_ANSWER_ID, FIRST_CONTENT_ID};

/// Removes the content, and keeps the answer as what `page` has read. The first page that asks gets it. An answer to another page is
/// dropped.
pub fn take_over<T: DeserializeOwned + Send + Sync + 'static>(page: Route) {
    if let Some(content) = element(FIRST_CONTENT_ID) {
        content.remove();
    }
    let Some(answer) = element(FIRST_ANSWER_ID) else { return };
    answer.remove();
    if let Ok(answer) = json::decode::<T>(&answer.text_content().unwrap_or_default()) {
        use_answers().keep(page, answer);
    }
}

fn element(id: &str) -> Option<web_sys::HtmlElement> {
    document::element(&["#", id].concat())
}
