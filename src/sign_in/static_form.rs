//! The state of the static sign-in form. `index.html` contains that form so that a user can type before the wasm has loaded. The app reads
//! the typed text, the focus and the selection, and puts them into its own form. If the user submitted the static form, `boot.js` held the
//! submit, and the app submits its own form.
//!
//! The app reads and removes the static form in one task, so no keystroke is lost. The app does not reuse the form's nodes, because a
//! focused element loses the focus when it moves, and because Leptos would have to build the app's form around existing nodes.

use leptos::prelude::*;
use leptos_fusionauth::KeepSignedIn;
use leptos_fusionauth_forms::{KEEP, choice};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement};

/// The id of the email field, the same in `index.html` and in the app.
pub const USERNAME: &str = "username";
/// The id of the password field, the same in `index.html` and in the app. Password managers recognise it.
pub const PASSWORD: &str = "current-password";

/// The state of the static form. This type has no `Debug`, because it holds a password.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticFormState {
    /// The text in the email field.
    pub username: String,
    /// The text in the password field.
    pub password: String,
    /// The state of the checkbox "Keep me signed in".
    pub keep: KeepSignedIn,
    /// The element that had the focus.
    pub focus: Option<Focus>,
    /// Whether the form was submitted.
    pub submit: Submit,
}

/// The element that had the focus in the static form.
#[derive(Clone, PartialEq, Eq)]
pub enum Focus {
    /// The input with this id, and its selection.
    Input(&'static str, Selection),
    /// The checkbox "Keep me signed in".
    Keep,
    /// The submit button.
    Button,
}

/// The selection in an input. A caret without selected text is an empty selection.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Selection {
    start: u32,
    end: u32,
    direction: Option<String>,
}

/// Whether the static form was submitted before the app started.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Submit {
    /// The user did not submit the form.
    #[default]
    None,
    /// The user submitted the form, `boot.js` held the submit, and the app must send it.
    Held,
}

/// Keeps the state of the static form until the app's own form takes it.
#[derive(Clone, Copy)]
pub struct StaticForm(StoredValue<Option<StaticFormState>>);

impl StaticForm {
    /// Provides an empty `StaticForm` as a context, to the caller and all components below it.
    pub fn provide() -> Self {
        let form = Self(StoredValue::new(None));
        provide_context(form);
        form
    }

    /// Keeps the state for the app's own form.
    pub fn keep(self, state: Option<StaticFormState>) {
        self.0.set_value(state);
    }

    /// Returns the state and forgets it. Call this even if no form needs the state, so that the password does not stay in memory.
    pub fn take(self) -> Option<StaticFormState> {
        self.0.try_update_value(Option::take).flatten()
    }
}

/// The context that [`StaticForm::provide`] has provided.
pub fn use_static_form() -> StaticForm {
    use_context().expect("provided by the shell")
}

/// Puts the state of the static form into the app's form, unless another form has taken it.
pub(super) fn fill(form: HtmlFormElement) {
    if let Some(state) = use_static_form().take() {
        state.put_into(&form);
    }
}

/// Reads the static form inside the element with this id, and removes the element. Returns `None` if there is no such form.
pub fn take_over(id: &str) -> Option<StaticFormState> {
    let shell = document().get_element_by_id(id)?;
    let state = read(&shell);
    shell.remove();
    state
}

fn read(shell: &Element) -> Option<StaticFormState> {
    let form: HtmlElement = shell.query_selector("form").ok().flatten()?.dyn_into().ok()?;
    let (username, password, keep) = (input(&form, USERNAME)?, input(&form, PASSWORD)?, input(&form, KEEP)?);
    let focused = document().active_element();
    let has_focus = |element: &Element| focused.as_ref().is_some_and(|focused| focused.is_same_node(Some(element)));
    let focus = if has_focus(&username) {
        Some(Focus::Input(USERNAME, selection(&username)))
    } else if has_focus(&password) {
        Some(Focus::Input(PASSWORD, selection(&password)))
    } else if has_focus(&keep) {
        Some(Focus::Keep)
    } else {
        button(&form).is_some_and(|button| has_focus(&button)).then_some(Focus::Button)
    };
    let submit = if form.has_attribute("data-held") { Submit::Held } else { Submit::None };
    Some(StaticFormState { username: username.value(), password: password.value(), keep: choice(&keep), focus, submit })
}

impl StaticFormState {
    /// Puts the state into the app's form, and performs a held submit.
    pub fn put_into(self, form: &HtmlFormElement) {
        let (Some(username), Some(password), Some(keep)) = (input(form, USERNAME), input(form, PASSWORD), input(form, KEEP)) else {
            return;
        };
        keep.set_checked(self.keep == KeepSignedIn::Yes);
        username.set_value(&self.username);
        password.set_value(&self.password);
        match self.focus {
            Some(Focus::Input(id, Selection { start, end, direction })) => {
                let input = if id == USERNAME { username } else { password };
                _ = input.focus();
                _ = input.set_selection_range_with_direction(start, end, direction.as_deref().unwrap_or("none"));
            }
            Some(Focus::Keep) => _ = keep.focus(),
            Some(Focus::Button) => _ = button(form).map(|button| button.focus()),
            None => {}
        }
        if self.submit == Submit::Held {
            _ = form.request_submit();
        }
    }
}

fn selection(input: &HtmlInputElement) -> Selection {
    let end = input.value().encode_utf16().count() as u32;
    Selection {
        start: input.selection_start().ok().flatten().unwrap_or(end),
        end: input.selection_end().ok().flatten().unwrap_or(end),
        direction: input.selection_direction().ok().flatten(),
    }
}

fn input(form: &Element, id: &str) -> Option<HtmlInputElement> {
    form.query_selector(&format!("#{id}")).ok().flatten()?.dyn_into().ok()
}

fn button(form: &Element) -> Option<HtmlElement> {
    form.query_selector("button[type=submit]").ok().flatten()?.dyn_into().ok()
}
