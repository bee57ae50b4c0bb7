//! Fills in the text that `boot.js` has kept while the page reloaded in another language: of all fields, except those for passwords and
//! codes. The tab's session storage holds the text only during the reload. The app fills the fields as soon as they exist.
//!
//! Everything except `is_kept` is in a part of the program that loads later.

use crate::core::storage;
use js_sys::{Function, Object, Reflect};
use leptos::prelude::*;
use leptos_fusionauth::json;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

const STORAGE_KEY: &str = "storefront.typed";

#[derive(Deserialize)]
struct Typed {
    path: String,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    id: String,
    value: String,
    /// Only checkboxes and radio buttons have it.
    #[serde(default)]
    checked: bool,
}

#[wasm_bindgen]
extern "C" {
    type MutationObserver;
    #[wasm_bindgen(constructor)]
    fn new(changed: &JsValue) -> MutationObserver;

    #[wasm_bindgen(js_name = Event)]
    type BubblingEvent;
    #[wasm_bindgen(constructor, js_class = "Event")]
    fn new(kind: &str, options: &JsValue) -> BubblingEvent;
}

/// Whether session storage holds typed text.
pub(super) fn is_kept() -> bool {
    storage::session().is_some_and(|storage| storage.get_item(STORAGE_KEY).is_ok_and(|it| it.is_some()))
}

/// Fills in the stored text.
pub(super) fn restore_kept() {
    if let Some(typed) = take() {
        restore(typed);
    }
}

fn take() -> Option<Typed> {
    let storage = storage::session()?;
    let text = storage.get_item(STORAGE_KEY).ok()??;
    _ = storage.remove_item(STORAGE_KEY);
    json::decode(&text).ok()
}

/// Fills the existing fields, and later fields when they appear, until the page is left.
fn restore(Typed { path, fields }: Typed) {
    let waiting = StoredValue::new(fields);
    let fill = move || {
        let fields = waiting.try_update_value(std::mem::take).unwrap_or_default();
        // The user has opened another page. Drop the text, so that the form is empty if the user comes back.
        if self::path() != path {
            return;
        }
        let (there, missing) = fields.into_iter().partition::<Vec<_>, _>(|it| document().get_element_by_id(&it.id).is_some());
        _ = waiting.try_set_value(missing);
        for Field { id, value, checked } in there {
            let Some(field) = document().get_element_by_id(&id) else { continue };
            _ = Reflect::set(&field, &"value".into(), &value.into());
            _ = Reflect::set(&field, &"checked".into(), &checked.into());
            // The form reacts to this event as if the user had typed the text.
            _ = field.dispatch_event(BubblingEvent::new("input", &options(&["bubbles"])).unchecked_ref());
        }
    };
    fill();
    let changed = Closure::<dyn FnMut(JsValue)>::new(move |_: JsValue| fill());
    let observer = MutationObserver::new(&changed.into_js_value());
    if let Ok(observe) = member(&observer, "observe").dyn_into::<Function>() {
        _ = observe.call2(&observer, &document(), &options(&["childList", "subtree"]));
    }
}

/// A JavaScript object in which these members are `true`.
fn options(names: &[&str]) -> JsValue {
    let options = Object::new();
    for name in names {
        _ = Reflect::set(&options, &(*name).into(), &true.into());
    }
    options.into()
}

fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn path() -> String {
    window().location().pathname().unwrap_or_default()
}
