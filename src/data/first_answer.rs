//! The data that the server puts into a page: content, and the answer to the app's first request. `style/store.css` shows the content until
//! the app has rendered its own. The app shows the answer's data at once, and still sends the request.

use super::use_answers;
use crate::{core::Route, ui::document};
use leptos::prelude::*;
use leptos_fusionauth::json;
use serde::de::DeserializeOwned;
use storefront_api::{FIRST_ANSWER_ID, FIRST_CONTENT_ID};
use wasm_bindgen::JsCast;

/// What the shopper has clicked in the server's content: the ids of the products whose button "Add to cart" `boot.js` has marked, and the
/// element id of the chosen picture.
#[derive(Clone, Copy)]
pub struct HeldClicks(StoredValue<Vec<String>>);

impl HeldClicks {
    /// Whether the shopper has clicked the product's button, or the picture. Later calls return `false`.
    pub fn take(self, id: &str) -> bool {
        self.0.try_update_value(|held| held.extract_if(.., |it| it == id).count() > 0).unwrap_or_default()
    }
}

/// Removes the server's content and answer from the document, and stores the answer as the data of `page`. Later calls find neither. An
/// answer that is not a `T` is dropped, because the server meant it for another page. Provides the [`HeldClicks`] to the page. If the
/// content had the focus, the app's same element gets it.
pub fn take_over<T: DeserializeOwned + Send + Sync + 'static>(page: Route) {
    if let Some(content) = element(FIRST_CONTENT_ID) {
        provide_context(HeldClicks(StoredValue::new(held_in(&content))));
        let focused = document().active_element().filter(|it| content.contains(Some(it)));
        if let Some(same) = focused.and_then(|it| same_element(&it)) {
            document::restore_focus_after_render(same);
        }
        content.remove();
    }
    let Some(answer) = element(FIRST_ANSWER_ID) else { return };
    answer.remove();
    if let Ok(answer) = json::decode::<T>(&answer.text_content().unwrap_or_default()) {
        use_answers().keep(page, answer);
    }
}

fn held_in(content: &web_sys::Element) -> Vec<String> {
    let Ok(clicked) = content.query_selector_all("[data-held], [type=radio]:checked") else { return Vec::new() };
    let id = |clicked: web_sys::Node| {
        let clicked = clicked.dyn_into::<web_sys::Element>().ok()?;
        Some(clicked.get_attribute("data-product").unwrap_or_else(|| clicked.id()))
    };
    (0..clicked.length()).filter_map(|at| id(clicked.get(at)?)).collect()
}

/// A selector of the element in the app's content that corresponds to an element in the server's content.
fn same_element(element: &web_sys::Element) -> Option<String> {
    match (element.id(), element.get_attribute("href")) {
        (id, _) if !id.is_empty() => Some(["#", &id].concat()),
        (_, Some(href)) => Some(["main a[href='", &href.replace('\'', "\\'"), "']"].concat()),
        _ => None,
    }
}

fn element(id: &str) -> Option<web_sys::HtmlElement> {
    document::element(&["#", id].concat())
}
