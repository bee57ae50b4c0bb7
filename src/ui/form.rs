//! The components that all forms use: a field with its label and error, the button that submits, and the summary of all errors above the
//! form.
//!
//! The summary takes the focus after the form is rejected, and each of its lines links to a field. The field shows its error again, so that
//! the user need not remember the summary.

use super::{components::RetryButton, document};
use leptos::{ev, html, prelude::*};
use storefront_messages::{Text, t};

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

/// A field, by the ids of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The id of the input.
    pub id: &'static str,
    /// The id of the field's error.
    pub error_id: &'static str,
}

/// The error of one form, which its summary and its fields show.
pub type FormErrorSignal = RwSignal<Option<FormError>>;

/// The attributes in which text fields differ. [`TextField::new`] sets the usual values.
#[derive(Clone, Copy)]
pub struct TextField {
    /// The field's ids.
    pub field: Field,
    /// The label.
    pub label: Text,
    /// The name of the input, and of its value in the JSON request. The input for a new password is named `new-password` instead.
    pub name: &'static str,
    /// The input's type: `text` or `password`.
    pub kind: &'static str,
    /// The kind of on-screen keyboard.
    pub inputmode: Option<&'static str>,
    /// The `autocomplete` attribute: the data that a browser may fill in.
    pub autocomplete: &'static str,
    /// An additional class of the input.
    pub class: Option<&'static str>,
    /// `aria-required`: `true`, unless the field is optional.
    pub required: Option<&'static str>,
    /// The id of an element that describes the field while it has no error.
    pub hint_id: Option<&'static str>,
}

impl TextField {
    /// A required text field with the default keyboard and the default style.
    pub const fn new(field: Field, label: Text, name: &'static str, autocomplete: &'static str) -> Self {
        Self { field, label, name, kind: "text", inputmode: None, autocomplete, class: None, required: Some("true"), hint_id: None }
    }
}

/// A label, an error if there is one, and an input. The form reads the uncontrolled input at submit, because password managers fill inputs
/// without an event.
#[component]
pub fn TextInput(
    /// The input's attributes.
    field: TextField,
    /// The form's error.
    error: FormErrorSignal,
    /// Receives the input's element.
    input: NodeRef<html::Input>,
) -> impl IntoView {
    let TextField { field, label, name, kind, inputmode, autocomplete, class, required, .. } = field;
    view! {
        <div class="field">
            <label for=field.id>{label.get()}</label>
            <FieldErrorMessage error field/>
            <input
                id=field.id
                name=name
                class=class
                type=kind
                inputmode=inputmode
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                aria-required=required
                aria-invalid=move || invalid(error, field)
                aria-describedby=move || described_by(error, field)
                node_ref=input
            />
        </div>
    }
}

/// The `autocomplete` value and the name of the input for a new password.
const NEW_PASSWORD: &str = "new-password";

/// A label, an optional error, an input for a password, and a button that shows or hides the password. Set `visibility` to
/// [`Visibility::Untouched`] when the form is sent, so that the password is hidden again.
#[component]
pub fn PasswordInput(
    /// The input's attributes.
    field: TextField,
    /// The form's error.
    error: FormErrorSignal,
    /// Receives the input's element.
    input: NodeRef<html::Input>,
    /// Whether the password is visible.
    visibility: RwSignal<Visibility>,
) -> impl IntoView {
    let TextField { field, label, name, autocomplete, hint_id, .. } = field;
    // Password managers use this name to distinguish a form for a new password from the sign-in form.
    let name = if autocomplete == NEW_PASSWORD { NEW_PASSWORD } else { name };
    // Hides the password when the browser restores the page from its back/forward cache.
    let restored = window_event_listener(ev::pageshow, move |event| {
        if event.persisted() {
            visibility.set(Visibility::Untouched);
        }
    });
    on_cleanup(move || restored.remove());
    let is_visible = move || visibility.get() == Visibility::Visible;
    let toggle =
        move |_| visibility.set(if visibility.get_untracked() == Visibility::Visible { Visibility::Hidden } else { Visibility::Visible });
    view! {
        <div class="field">
            <label for=field.id>{label.get()}</label>
            <FieldErrorMessage error field/>
            <div class="joined">
                <input
                    id=field.id
                    name=name
                    type=move || if is_visible() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-required="true"
                    aria-invalid=move || invalid(error, field)
                    aria-describedby=move || described_by(error, field).or(hint_id)
                    node_ref=input
                />
                <p class="hidden" role="status">{move || visibility.get().announcement()}</p>
                <button
                    type="button"
                    class="reveal"
                    aria-controls=field.id
                    aria-label=move || if is_visible() { t!("Hide password") } else { t!("Show password") }
                    on:click=toggle
                >
                    {move || if is_visible() { t!("Hide") } else { t!("Show") }}
                </button>
            </div>
        </div>
    }
}

/// Whether the password is visible on the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// The password is hidden, and the button was not used. The live region has no change to announce.
    Untouched,
    /// The password is visible.
    Visible,
    /// The password is hidden after it was visible. The live region announces the change.
    Hidden,
}

impl Visibility {
    fn announcement(self) -> &'static str {
        match self {
            Self::Untouched => "",
            Self::Visible => t!("Your password is visible."),
            Self::Hidden => t!("Your password is hidden."),
        }
    }
}

/// A hidden field with the account's name, which password managers need in a form that asks only for a password.
#[component]
pub fn AccountName(
    /// The account's name: the user's email.
    name: String,
) -> impl IntoView {
    view! { <input hidden="" type="text" name="username" autocomplete="username" readonly="" value=name /> }
}

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
pub fn SubmitButton(
    /// Whether the form's request is in flight.
    busy: RwSignal<bool>,
    /// The button's text.
    text: &'static str,
    /// The button's text while the request is in flight.
    busy_text: &'static str,
) -> impl IntoView {
    view! {
        <button type="submit" class="primary wide" aria-disabled=move || busy.get().then_some("true")>
            {move || if busy.get() { busy_text } else { text }}
        </button>
        <p class="hidden" role="status">{move || if busy.get() { busy_text } else { "" }}</p>
    }
}

/// The summary of all errors, above the form.
#[component]
pub fn ErrorSummary(
    /// The form's error.
    error: FormErrorSignal,
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
                    <h2>{t!("There is a problem")}</h2>
                    {content}
                </div>
                {is_retryable.then(|| view! { <RetryButton retry/> })}
            </div>
        })
    }
}

/// Shows `error` in the summary, and moves the focus there.
pub fn show_error(signal: FormErrorSignal, error: FormError) {
    if signal.try_set(Some(error)).is_none() {
        document::focus_after_render(".summary");
    }
}

/// The error next to a field.
#[component]
pub fn FieldErrorMessage(
    /// The form's error.
    error: FormErrorSignal,
    /// The field.
    field: Field,
) -> impl IntoView {
    move || {
        let message = message(error, field)?;
        Some(view! { <p class="field-error" id=field.error_id><span class="hidden">{t!("Error: ")}</span>{message}</p> })
    }
}

/// `aria-invalid` of a field's input. Tracked.
pub fn invalid(error: FormErrorSignal, field: Field) -> Option<&'static str> {
    message(error, field).map(|_| "true")
}

/// `aria-describedby` of a field's input. Tracked.
pub fn described_by(error: FormErrorSignal, field: Field) -> Option<&'static str> {
    message(error, field).map(|_| field.error_id)
}

fn message(error: FormErrorSignal, field: Field) -> Option<String> {
    match &*error.read() {
        Some(FormError::Fields(fields)) => fields.iter().find(|it| it.field == field).map(|it| it.message.clone()),
        Some(FormError::Form(..) | FormError::Retryable(..)) | None => None,
    }
}

/// A link that scrolls to the field's label and focuses the field's input. The browser's own jump to the input would leave the label above
/// the visible part of the page.
#[component]
fn FieldLink(error: FieldError) -> impl IntoView {
    let id = error.field.id;
    let jump = move |event: ev::MouseEvent| {
        event.prevent_default();
        _ = document::element(&format!("label[for={id}]")).map(|label| label.scroll_into_view());
        document::focus(&format!("#{id}"));
    };
    view! { <li><a href=format!("#{id}") on:click=jump>{error.message}</a></li> }
}
