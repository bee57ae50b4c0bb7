//! The note in the sign-in form that the sign-in takes long. A sign-in begins only when a previous sign-out is complete, because script
//! cannot undo a cookie that arrives late, and FusionAuth may take a minute to complete it. The note is in a part of the program.

use crate::ui::document;
use leptos::{ev, prelude::*};
use std::{cell::Cell, time::Duration};
use storefront_messages::t;

/// How long a sign-in may take without a note.
const USUAL: Duration = Duration::from_secs(5);

thread_local! {
    /// The number of submits of the form.
    static SUBMITS: Cell<u32> = const { Cell::new(0) };
}

/// Watches the sign-in form, until the app ends.
pub fn watch() {
    _ = window_event_listener(ev::submit, |_| begin());
    begin(); // the form may have been submitted before this part was there
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
        // The note is hidden while the button does not wait (`style/account.css`).
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
