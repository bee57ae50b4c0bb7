//! Inputs with their label and their error.

use crate::error::{FieldErrorMessage, FormErrorSignal, described_by, invalid};
use fusionauth_forms::{Design, SignInField, Text, text_of};
use leptos::{ev, html, prelude::*};

/// A field, by the ids of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The id of the input.
    pub id: &'static str,
    /// The id of the field's error.
    pub error_id: &'static str,
}

impl Field {
    /// The ids of a field of the sign-in forms.
    pub const fn of(field: SignInField) -> Self {
        Self { id: field.id(), error_id: field.error_id() }
    }
}

/// The attributes in which text fields differ. [`TextField::new`] sets the usual values.
#[derive(Clone, Copy)]
pub struct TextField<D> {
    /// The field's ids.
    pub field: Field,
    /// The label.
    pub label: Text<D>,
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

impl<D: Design> TextField<D> {
    /// A required text field with the default keyboard and the default style.
    pub const fn new(field: Field, label: Text<D>, name: &'static str, autocomplete: &'static str) -> Self {
        Self { field, label, name, kind: "text", inputmode: None, autocomplete, class: None, required: Some("true"), hint_id: None }
    }

    /// The email or user name of an account.
    pub const USERNAME: Self =
        Self { inputmode: Some("email"), ..Self::new(Field::of(SignInField::Username), Text::new("Email"), "username", "username") };

    /// The password of an account.
    pub const PASSWORD: Self = Self::new(Field::of(SignInField::Password), Text::new("Password"), "password", "current-password");

    /// A code of any kind.
    // Not `inputmode="numeric"`, because recovery codes have letters, which a numeric keyboard lacks.
    pub const CODE: Self =
        Self { class: Some("code"), ..Self::new(Field::of(SignInField::Code), Text::new("Code"), "code", "one-time-code") };
}

/// A label, an error if there is one, and an input. The form reads the uncontrolled input at submit, because password managers fill inputs
/// without an event.
#[component]
pub fn TextInput<D: Design>(
    /// The input's attributes.
    field: TextField<D>,
    /// The form's error.
    error: FormErrorSignal<D>,
    /// Receives the input's element.
    input: NodeRef<html::Input>,
) -> impl IntoView {
    let TextField { field, label, name, kind, inputmode, autocomplete, class, required, .. } = field;
    view! {
        <div class=D::CLASSES.field>
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
pub fn PasswordInput<D: Design>(
    /// The input's attributes.
    field: TextField<D>,
    /// The form's error.
    error: FormErrorSignal<D>,
    /// Receives the input's element.
    input: NodeRef<html::Input>,
    /// Whether the password is visible.
    visibility: RwSignal<Visibility>,
) -> impl IntoView {
    let TextField { field, label, name, autocomplete, hint_id, .. } = field;
    // Password managers use this name to distinguish a form for a new password from the sign-in form.
    let name = if autocomplete == NEW_PASSWORD { NEW_PASSWORD } else { name };
    // Hides the password when the browser restores the page from its back/forward cache. A server has no window.
    if cfg!(target_arch = "wasm32") {
        let restored = window_event_listener(ev::pageshow, move |event| {
            if event.persisted() {
                visibility.set(Visibility::Untouched);
            }
        });
        on_cleanup(move || restored.remove());
    }
    let is_visible = move || visibility.get() == Visibility::Visible;
    let toggle =
        move |_| visibility.set(if visibility.get_untracked() == Visibility::Visible { Visibility::Hidden } else { Visibility::Visible });
    view! {
        <div class=D::CLASSES.field>
            <label for=field.id>{label.get()}</label>
            <FieldErrorMessage error field/>
            <div class=D::CLASSES.joined>
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
                <p class=D::CLASSES.hidden role="status">{move || visibility.get().announcement::<D>()}</p>
                <button
                    type="button"
                    class=D::CLASSES.reveal
                    aria-controls=field.id
                    aria-label=move || if is_visible() { text_of!(D, "Hide password") } else { text_of!(D, "Show password") }
                    on:click=toggle
                >
                    {move || if is_visible() { text_of!(D, "Hide") } else { text_of!(D, "Show") }}
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
    fn announcement<D: Design>(self) -> &'static str {
        match self {
            Self::Untouched => "",
            Self::Visible => text_of!(D, "Your password is visible."),
            Self::Hidden => text_of!(D, "Your password is hidden."),
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
