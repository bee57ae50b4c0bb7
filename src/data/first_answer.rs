//! The data that the server puts into a page: content, and the answer to the app's first request. `style/store.css` shows the content until
//! the app has rendered its own. The app shows the answer's data at once, and still sends the request.

use super::use_answers;
use crate::{core::Route, ui::document};
use leptos_fusionauth::json;
use serde::de::DeserializeOwned;
use storefront_api::{FIRST_ANSWER_ID, FIRST_CONTENT_ID};

/// Removes the server's content and answer from the document, and stores the answer as the data of `page`. Later calls find neither. An
/// answer that is not a `T` is dropped, because the server meant it for another page.
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
