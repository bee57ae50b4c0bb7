//! Shows a hint below a password input while Caps Lock is on. This code is in a separately loaded part of the app, because users need the
//! hint only when they type.

use crate::ui::set_timeout;
use leptos::{ev, prelude::*};
use std::time::Duration;
use storefront_messages::t;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// The time between adding the live region and setting its text. Screen readers announce only changes of regions that already exist.
const REGION_SETTLES_IN: Duration = Duration::from_millis(100);

/// Watches the keys in all password inputs, until the app ends.
pub fn watch() {
    _ = window_event_listener(ev::keydown, |event| look_at(&event));
    _ = window_event_listener(ev::keyup, |event| look_at(&event));
}

fn look_at(event: &KeyboardEvent) {
    let Some(input) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else { return };
    if !input.get_attribute("autocomplete").is_some_and(|it| it.ends_with("-password")) {
        return;
    }
    let Ok(Some(field)) = input.closest(".field") else { return };
    let text = if event.get_modifier_state("CapsLock") { t!("Caps Lock is on.") } else { "" };
    match field.query_selector(".caps-lock") {
        Ok(Some(hint)) => say(&hint, text),
        _ if text.is_empty() => {}
        _ => {
            _ = field.insert_adjacent_html("beforeend", "<p class=caps-lock role=status></p>");
            let show = move || {
                if let Ok(Some(hint)) = field.query_selector(".caps-lock") {
                    say(&hint, text);
                }
            };
            set_timeout(show, REGION_SETTLES_IN);
        }
    }
}

fn say(hint: &Element, text: &str) {
    // Setting the same text again could announce it again.
    if hint.text_content().as_deref() != Some(text) {
        hint.set_text_content(Some(text));
    }
}
