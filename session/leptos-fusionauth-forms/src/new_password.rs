//! The input for a new password, with the tenant's rules below it. While the user types, each rule shows whether the password meets it.

use crate::{
    error::{FieldError, FormError, FormErrorSignal},
    field::{Field, PasswordInput, TextField, Visibility},
    page_scope::PageScope,
    typed,
};
use fusionauth_forms::{Design, PasswordHint, Text, broken_rule_text, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{PasswordRule, PasswordRules, use_session};

impl<D: Design> TextField<D> {
    /// A new password.
    pub const NEW_PASSWORD: Self = Self {
        hint_id: Some("password-rules"),
        ..Self::new(Field { id: "new-password", error_id: "new-password-error" }, Text::new("New password"), "password", "new-password")
    };
}

/// The state of the input. It never holds the password: the form reads the password from the element when it sends the request.
#[derive(Clone, Copy)]
pub struct NewPassword {
    input: NodeRef<html::Input>,
    rules: RwSignal<Option<PasswordRules>>,
    /// Counts the changes of the typed text. Each change makes the view check the rules again.
    typed: RwSignal<u32>,
    visibility: RwSignal<Visibility>,
}

impl NewPassword {
    /// Makes the state of an empty input, and starts to load the rules.
    pub fn load() -> Self {
        let (rules, session) = (RwSignal::new(None), use_session());
        PageScope::current().spawn(async move {
            _ = rules.try_set(Some(session.password_rules().await));
        });
        Self { input: NodeRef::new(), rules, typed: RwSignal::new(0), visibility: RwSignal::new(Visibility::Untouched) }
    }

    /// Returns the typed password for the request, and hides it on the screen.
    pub fn take(self) -> String {
        self.visibility.set(Visibility::Untouched);
        self.value()
    }

    fn value(self) -> String {
        typed::password(self.input)
    }
}

/// The input and the rules.
#[component]
pub fn NewPasswordInput<D: Design>(
    /// The state of the input.
    password: NewPassword,
    /// The attributes of the input.
    #[prop(default = TextField::NEW_PASSWORD)]
    field: TextField<D>,
    /// The form's error.
    error: FormErrorSignal<D>,
) -> impl IntoView {
    let rules = move || {
        password.typed.track();
        let items = PasswordHint::of(&password.rules.get()?).map(|hint| {
            let (class, state) = if hint.is_met(&password.value()) { (D::CLASSES.kept, text_of!(D, " (met)")) } else { ("", "") };
            view! { <li class=class>{hint.text::<D>()}<span class=D::CLASSES.hidden>{state}</span></li> }
        });
        Some(items.collect_view())
    };
    view! {
        <div class=D::CLASSES.new_password on:input=move |_| password.typed.update(|count| *count += 1)>
            <PasswordInput field error input=password.input visibility=password.visibility/>
            <ul class=D::CLASSES.rules id="password-rules">{move || rules()}</ul>
        </div>
    }
}

/// The error that a form shows for a password that breaks these rules.
pub fn broken_rules<D: Design>(field: TextField<D>, rules: &[PasswordRule]) -> FormError {
    let message = rules.iter().map(|rule| broken_rule_text::<D>(*rule)).collect::<Vec<_>>().join(" ");
    FormError::Fields(vec![FieldError { field: field.field, message }])
}
