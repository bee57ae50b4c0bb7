//! The static sign-in form of `index.html` can be typed into before the app is there. The app takes over what was typed, where
//! the caret stood, and a submit that came early (`boot.js` holds it), and puts its own form in its place.
//!
//! Copying is done in one task, so no keystroke falls in between. Adopting the nodes in place was rejected: moving a focused
//! element blurs it, and the app's form would have to be built around nodes that it did not make.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement};

/// The ids of the form's parts, the same in `index.html` and in the app.
pub const USERNAME: &str = "username";
/// See [`USERNAME`]. Password managers know this one.
pub const PASSWORD: &str = "current-password";

/// What somebody did with the static form. It has no `Debug`: it holds a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Content of the e-mail field.
    pub username: String,
    /// Content of the password field.
    pub password: String,
    /// What had the focus.
    pub focus: Option<Focus>,
    /// Whether the form was submitted.
    pub submit: Submit,
}

/// What had the focus in the static form.
#[derive(Clone, PartialEq, Eq)]
pub enum Focus {
    /// The input with this id, with its selection.
    Input(&'static str, Selection),
    /// The submit button.
    Button,
}

/// A caret is an empty selection.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Selection {
    start: u32,
    end: u32,
    direction: Option<String>,
}

/// Whether the static form was submitted before the app was there.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Submit {
    /// It was not.
    #[default]
    None,
    /// It was: the app does it.
    Held,
}

/// Reads the static form inside the element `id` and removes the element. `None` if there is no such form.
pub fn take_over(id: &str) -> Option<Typed> {
    let shell = document().get_element_by_id(id)?;
    let typed = read(&shell);
    shell.remove();
    typed
}

fn read(shell: &Element) -> Option<Typed> {
    let form: HtmlElement = shell.query_selector("form").ok().flatten()?.dyn_into().ok()?;
    let (username, password) = (input(&form, USERNAME)?, input(&form, PASSWORD)?);
    let focused = document().active_element();
    let has_focus = |element: &Element| focused.as_ref().is_some_and(|focused| focused.is_same_node(Some(element)));
    let focus = if has_focus(&username) {
        Some(Focus::Input(USERNAME, selection(&username)))
    } else if has_focus(&password) {
        Some(Focus::Input(PASSWORD, selection(&password)))
    } else {
        button(&form).is_some_and(|button| has_focus(&button)).then_some(Focus::Button)
    };
    let submit = if form.has_attribute("data-held") { Submit::Held } else { Submit::None };
    Some(Typed { username: username.value(), password: password.value(), focus, submit })
}

impl Typed {
    /// Puts everything into the app's form; performs a held submit.
    pub fn put_into(self, form: &HtmlFormElement) {
        let (Some(username), Some(password)) = (input(form, USERNAME), input(form, PASSWORD)) else { return };
        username.set_value(&self.username);
        password.set_value(&self.password);
        match self.focus {
            Some(Focus::Input(id, Selection { start, end, direction })) => {
                let input = if id == USERNAME { username } else { password };
                _ = input.focus();
                _ = input.set_selection_range_with_direction(start, end, direction.as_deref().unwrap_or("none"));
            }
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
