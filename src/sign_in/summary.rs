//! What is wrong with a form: the summary on top, which takes the focus, and the same text beside the input.

use super::{
    Attempt,
    flow::{Input, Refusal},
};
use crate::erased::{Attribute, click, dynamic, none, when};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The summary. `again` is what "Try again" does, where that may help.
pub(super) fn summary(attempt: Attempt, again: impl Fn() + Copy + Send + 'static) -> AnyView {
    dynamic(move || {
        let Some(refusal) = attempt.refusal.get() else { return none() };
        let (what, next) = refusal.text();
        let content = match &refusal {
            Refusal::Missing(inputs) => view! { <ul>{inputs.iter().map(|input| to_input(*input)).collect::<Vec<_>>()}</ul> }.into_any(),
            _ => view! {
                <p><strong>{what}</strong></p>
                <p>{next}</p>
            }
            .into_any(),
        };
        let retry = refusal
            .is_retryable()
            .then(|| view! { <button type="button" class="quiet" on:click=click(again)>"Try again"</button> }.into_any());
        // The alert is a child of what takes the focus: on one element, screen readers lose one of the two.
        view! {
            <div class="summary" tabindex="-1">
                <div role="alert">
                    <h2>"There is a problem"</h2>
                    {content}
                </div>
                {retry}
            </div>
        }
        .into_any()
    })
}

/// The text beside an input, if it is empty and should not be.
pub(super) fn beside(attempt: Attempt, input: Input) -> AnyView {
    dynamic(move || {
        if !is_missing(attempt, input) {
            return none();
        }
        view! { <p class="beside" id=error_id(input)><span class="hidden">"Error: "</span>{input.missing()}</p> }.into_any()
    })
}

/// `aria-invalid` of an input.
pub(super) fn invalid(attempt: Attempt, input: Input) -> Attribute {
    when(move || is_missing(attempt, input), "true")
}

/// `aria-describedby` of an input.
pub(super) fn described(attempt: Attempt, input: Input) -> Attribute {
    when(move || is_missing(attempt, input), error_id(input))
}

fn is_missing(attempt: Attempt, input: Input) -> bool {
    attempt.refusal.with(|refusal| matches!(refusal, Some(Refusal::Missing(inputs)) if inputs.contains(&input)))
}

fn error_id(input: Input) -> &'static str {
    match input {
        Input::Username => "username-error",
        Input::Password => "password-error",
        Input::Code => "code-error",
    }
}

/// A link that brings the input's label into view and focuses the input. The browser's own jump hides the label.
fn to_input(input: Input) -> AnyView {
    let jump = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let label = document().query_selector(&format!("label[for={}]", input.id())).ok().flatten();
        _ = label.map(|label| label.scroll_into_view());
        let element = document().get_element_by_id(input.id()).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        _ = element.map(|element| element.focus_with_options(&options));
    };
    view! { <li><a href=format!("#{}", input.id()) on:click=jump>{input.missing()}</a></li> }.into_any()
}
