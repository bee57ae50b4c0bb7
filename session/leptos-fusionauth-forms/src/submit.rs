//! The submit handler, the button that submits a form, and the button that repeats a request.

use fusionauth_forms::Design;
use leptos::{ev, prelude::*};

/// A handler for `on:submit`. It calls `send`, and keeps the browser from sending the form itself.
pub fn submit(send: impl FnMut() + 'static) -> Box<dyn FnMut(ev::SubmitEvent)> {
    let mut send: Box<dyn FnMut()> = Box::new(send);
    Box::new(move |event| {
        event.prevent_default();
        send();
    })
}

/// The button that submits a form, and a live region. Both show `busy_text` while `busy` is true.
#[component]
pub fn SubmitButton<D: Design>(
    /// The design of the form.
    design: D,
    /// Whether the form's request is in flight.
    busy: RwSignal<bool>,
    /// The button's text.
    text: &'static str,
    /// The button's text while the request is in flight.
    busy_text: &'static str,
) -> impl IntoView {
    _ = design;
    view! {
        <button type="submit" class=D::CLASSES.primary aria-disabled=move || busy.get().then_some("true")>
            {move || if busy.get() { busy_text } else { text }}
        </button>
        <p class=D::CLASSES.hidden role="status">{move || if busy.get() { busy_text } else { "" }}</p>
    }
}

/// A button that repeats a request.
#[component]
pub fn RetryButton(
    /// The button's classes.
    class: &'static str,
    /// The button's text.
    text: &'static str,
    /// Repeats the request. A successful attempt removes the button, so `retry` must move the focus.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    view! { <button type="button" class=class on:click=move |_| retry.run(())>{text}</button> }
}
