//! The components that the sections of the account page use.

use super::page_state::{Form, PageState};
use leptos::prelude::*;

/// A section with a heading and a text, and a button that opens the form. If this form is the last that succeeded, the section shows its
/// result below the text.
#[component]
pub(super) fn FormSection(
    page: PageState,
    /// The form that the button opens.
    form: Form,
    heading: &'static str,
    text: &'static str,
    /// The button's text.
    button: &'static str,
    /// The form's view.
    children: ChildrenFn,
) -> impl IntoView {
    let done = move || page.done.get().filter(|(of, _)| *of == form).map(|(_, text)| view! { <p class="reason">{text}</p> });
    view! {
        <section class="about" id=form.id()>
            <h3 tabindex="-1">{heading}</h3>
            <p>{text}</p>
            {move || done()}
            <Show
                when=move || page.open.get() == Some(form)
                fallback=move || view! { <button type="button" class="quiet" on:click=move |_| page.open_form(form)>{button}</button> }
            >
                {children()}
            </Show>
        </section>
    }
}

/// One line of a list of facts, if its value is known.
#[component]
pub(super) fn Fact(name: &'static str, value: Option<String>) -> impl IntoView {
    value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
}
