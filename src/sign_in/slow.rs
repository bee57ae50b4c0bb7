//! Shows a note in the sign-in form when a sign-in takes long. A sign-in waits until the previous sign-out is complete, because script
//! cannot undo a cookie that the sign-out's answer sets late. FusionAuth may take up to a minute to complete the sign-out.

use crate::ui::{document, set_timeout};
use leptos::{ev, prelude::*};
use std::{cell::Cell, time::Duration};
use storefront_messages::t;

/// The time that a sign-in may take before the note appears.
const USUAL: Duration = Duration::from_secs(5);

thread_local! {
    /// The number of times that the form was submitted.
    static SUBMITS: Cell<u32> = const { Cell::new(0) };
}

/// Watches the sign-in form, until the app ends.
pub fn watch() {
    _ = window_event_listener(ev::submit, |_| begin());
    begin(); // the user may have submitted the form before this code was loaded
}

fn begin() {
    let Some(form) = document::element("#login") else { return };
    // Screen readers announce only changes of live regions that already exist.
    match form.query_selector(".slow") {
        Ok(Some(note)) => note.set_text_content(None),
        _ => _ = form.insert_adjacent_html("beforeend", "<p class=slow role=status></p>"),
    }
    let submits = SUBMITS.get() + 1;
    SUBMITS.set(submits);
    let show = move || {
        // `style/account.css` hides the note again when the submit button is no longer `aria-disabled`.
        if SUBMITS.get() == submits
            && let Some(note) = document::element("#login [aria-disabled] ~ .slow")
        {
            note.set_text_content(Some(t!(
                "This is taking longer than usual. If you have just signed out, we finish the sign-out first. That can take up to a minute."
            )));
        }
    };
    set_timeout(show, USUAL);
}
