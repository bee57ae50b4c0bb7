//! The parts of all forms: a field with its label and error, the button that submits, and the summary of all errors above the form.
//!
//! The summary takes the focus after a refusal, and each of its lines links to a field. The same text is next to the field, so that a
//! reader does not have to remember it.

use super::{components::RetryButton, document};
use leptos::{ev, html, prelude::*};
use storefront_messages::{Text, t};

/// Why a form was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormError {
    /// These fields must be changed.
    Fields(Vec<FieldError>),
    /// The form as a whole: what happened, and what to do next.
    Form(String, &'static str),
    /// As [`FormError::Form`], if sending the same again may help.
    Retryable(String, &'static str),
}

impl FormError {
    /// The whole error as one text, if its form is not shown.
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
    /// The field.
    pub field: Field,
    /// What to do, for people.
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

/// The error of one form, as its summary and its fields show it.
pub type FormErrorSignal = RwSignal<Option<FormError>>;

/// The attributes by which text fields differ. [`TextField::new`] has the usual ones.
#[derive(Clone, Copy)]
pub struct TextField {
    /// The ids.
    pub field: Field,
    /// The label.
    pub label: Text,
    /// The name, which is that of the request's member too. A new password's input has the name `new-password` instead.
    pub name: &'static str,
    /// `text` or `password`.
    pub kind: &'static str,
    /// The kind of on-screen keyboard.
    pub inputmode: Option<&'static str>,
    /// What a browser may fill in.
    pub autocomplete: &'static str,
    /// An additional class.
    pub class: Option<&'static str>,
    /// `aria-required`: `true`, unless the field is optional.
    pub required: Option<&'static str>,
    /// The id of an element that describes the field while it has no error.
    pub hint_id: Option<&'static str>,
}

impl TextField {
    /// A field for text that has no keyboard and no style of its own.
    pub const fn new(field: Field, label: Text, name: &'static str, autocomplete: &'static str) -> Self {
        Self { field, label, name, kind: "text", inputmode: None, autocomplete, class: None, required: Some("true"), hint_id: None }
    }
}

/// A label, an error if there is one, and an input. The input is uncontrolled and read at submit, because password managers fill
/// inputs without an event.
#[component]
pub fn TextInput(
    /// Its attributes.
    field: TextField,
    /// The form's error.
    error: FormErrorSignal,
    /// Where its element is put.
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

/// What a browser may fill in, and the name, of an input for a password that the user chooses.
const NEW_PASSWORD: &str = "new-password";

/// A label, an optional error, and an input for a password with a button that shows what is typed. Set `visibility` to
/// [`Visibility::Untouched`] when the form is sent, so that the password is hidden again.
#[component]
pub fn PasswordInput(
    /// Its attributes.
    field: TextField,
    /// The form's error.
    error: FormErrorSignal,
    /// Where its element is put.
    input: NodeRef<html::Input>,
    /// Whether the password can be read.
    visibility: RwSignal<Visibility>,
) -> impl IntoView {
    let TextField { field, label, name, autocomplete, hint_id, .. } = field;
    // Password managers distinguish a form for a new password from the sign-in form by it.
    let name = if autocomplete == NEW_PASSWORD { NEW_PASSWORD } else { name };
    // A page that is restored from the back/forward cache shows no password.
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

/// Whether the password can be read on the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It cannot be read. The button was not used, so there is no change to announce.
    Untouched,
    /// It can be read.
    Visible,
    /// The password is hidden after it was visible, which must be announced.
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

/// The name of the account, for password managers, in a form with only a password.
#[component]
pub fn AccountName(
    /// The name.
    name: String,
) -> impl IntoView {
    view! { <input hidden="" type="text" name="username" autocomplete="username" readonly="" value=name /> }
}

/// A handler for `on:submit`. It keeps the browser from sending the form itself.
pub fn submit(send: impl FnMut() + 'static) -> Box<dyn FnMut(ev::SubmitEvent)> {
    let mut send: Box<dyn FnMut()> = Box::new(send);
    Box::new(move |event| {
        event.prevent_default();
        send();
    })
}

/// The button that submits a form, with a live region. Both show `busy_text` while `busy` holds.
#[component]
pub fn SubmitButton(
    /// Whether the form was sent.
    busy: RwSignal<bool>,
    /// The button's text.
    text: &'static str,
    /// Its text while the form was sent.
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
    /// What "Try again" does.
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
        // The alert is a child of the element that takes the focus: if one element is both, screen readers ignore one of the two.
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

/// A link that scrolls to the field's label and focuses its input. The browser's own jump would leave the label above the screen.
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
