//! The error of a form: the summary above the form, and the error beside each field.
//!
//! The summary takes the focus after the form is rejected, and each of its lines links to a field. The field shows its error again, so that
//! the user need not remember the summary.

use crate::{field::Field, focus, submit::RetryButton};
use fusionauth_forms::{Design, text_of};
use leptos::{ev, prelude::*};
use std::{marker::PhantomData, ops::Deref};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The reason why a form was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormError {
    /// These fields must be changed.
    Fields(Vec<FieldError>),
    /// An error of the whole form, as two texts: what happened, and what to do next.
    Form(String, &'static str),
    /// Like [`FormError::Form`], for an error after which a repeat of the same request may succeed.
    Retryable(String, &'static str),
}

impl FormError {
    /// The error without that of a field. `None` if no other field has one.
    fn without(self, field: Field) -> Option<Self> {
        let Self::Fields(mut errors) = self else { return Some(self) };
        errors.retain(|it| it.field != field);
        (!errors.is_empty()).then_some(Self::Fields(errors))
    }

    /// The whole error as one text, for a notice outside the form.
    pub fn text(&self) -> String {
        match self {
            Self::Fields(errors) => errors.iter().fold(String::new(), |text, it| text + &it.message + " "),
            Self::Form(what, next) | Self::Retryable(what, next) => what.clone() + " " + next,
        }
    }
}

/// The error of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field with the error.
    pub field: Field,
    /// The text for people: what to do.
    pub message: String,
}

/// The error of one form, which its summary and its fields show. It dereferences to the signal.
#[derive(Clone, Copy)]
pub struct FormErrorSignal<D>(RwSignal<Option<FormError>>, PhantomData<D>);

impl<D: Design> FormErrorSignal<D> {
    /// A signal with this error.
    pub fn new(error: Option<FormError>) -> Self {
        Self(RwSignal::new(error), PhantomData)
    }
}

impl<D> Deref for FormErrorSignal<D> {
    type Target = RwSignal<Option<FormError>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// The summary of all errors, above the form.
#[component]
pub fn ErrorSummary<D: Design>(
    /// The form's error.
    error: FormErrorSignal<D>,
    /// Called by the button "Try again".
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    move || {
        let error = error.get()?;
        let is_retryable = matches!(error, FormError::Retryable(..));
        let content = match error {
            FormError::Fields(fields) => {
                view! { <ul>{fields.into_iter().map(|error| view! { <FieldLink error/> }).collect_view()}</ul> }.into_any()
            }
            FormError::Form(what, next) | FormError::Retryable(what, next) => view! {
                <p><strong>{what}</strong></p>
                <p>{next}</p>
            }
            .into_any(),
        };
        // The alert is a child of the element that takes the focus. If one element were both, screen readers would ignore one of its roles.
        Some(view! {
            <div class="summary" tabindex="-1">
                <div role="alert">
                    <h2>{text_of!(D, "There is a problem")}</h2>
                    {content}
                </div>
                {is_retryable.then(|| view! { <RetryButton class=D::CLASSES.retry text=text_of!(D, "Try again") retry/> })}
            </div>
        })
    }
}

/// Shows `error` in the summary, and moves the focus there.
pub fn show_error<D: Design>(signal: FormErrorSignal<D>, error: FormError) {
    if signal.try_set(Some(error)).is_none() {
        focus::focus_after_render(".summary");
    }
}

/// The error next to a field, until the user changes the field.
#[component]
pub fn FieldErrorMessage<D: Design>(
    /// The form's error.
    error: FormErrorSignal<D>,
    /// The field.
    field: Field,
) -> impl IntoView {
    // A server has no window.
    if cfg!(target_arch = "wasm32") {
        let typed = window_event_listener(ev::input, move |event| {
            let is_it = event.target().is_some_and(|it| it.unchecked_into::<Element>().id() == field.id);
            if is_it && untrack(|| message(error, field)).is_some() {
                error.update(|error| *error = error.take().and_then(|error| error.without(field)));
            }
        });
        on_cleanup(move || typed.remove());
    }
    move || {
        let message = message(error, field)?;
        Some(
            view! { <p class=D::CLASSES.field_error id=field.error_id><span class=D::CLASSES.hidden>{text_of!(D, "Error: ")}</span>{message}</p> },
        )
    }
}

/// `aria-invalid` of a field's input. Tracked.
pub fn invalid<D: Design>(error: FormErrorSignal<D>, field: Field) -> Option<&'static str> {
    message(error, field).map(|_| "true")
}

/// `aria-describedby` of a field's input. Tracked.
pub fn described_by<D: Design>(error: FormErrorSignal<D>, field: Field) -> Option<&'static str> {
    message(error, field).map(|_| field.error_id)
}

fn message<D: Design>(error: FormErrorSignal<D>, field: Field) -> Option<String> {
    match &*error.read() {
        Some(FormError::Fields(fields)) => fields.iter().find(|it| it.field == field).map(|it| it.message.clone()),
        Some(FormError::Form(..) | FormError::Retryable(..)) | None => None,
    }
}

/// A link that shows the field's label and focuses the field's input. The browser's own jump to the input would leave the label above the
/// visible part of the page.
#[component]
fn FieldLink(error: FieldError) -> impl IntoView {
    let id = error.field.id;
    let jump = move |event: ev::MouseEvent| {
        event.prevent_default();
        focus::focus(&format!("#{id}"));
        focus::scroll_into_view(&format!("label[for={id}]"));
    };
    view! { <li><a href=format!("#{id}") on:click=jump>{error.message}</a></li> }
}
