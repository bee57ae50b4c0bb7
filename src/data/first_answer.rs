//! The data that the server puts into a page: its content, which is shown until the app has rendered its own (`style/store.css`), and the
//! answer to the app's first request, so that the app shows the same at once. The app still reads it again.

use super::use_answers;
use crate::{core::Route, ui::document};
use leptos_fusionauth::json;
use serde::de::DeserializeOwned;
use storefront_api::{FIRST_ANSWER_ID, FIRST_CONTENT_ID};

/// Removes the content, and stores the answer as the data of `page`. The first page that reads it gets it. An answer to another page is
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
