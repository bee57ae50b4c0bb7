//! The input for a new password, with the tenant's rules below it. While the user types, each rule shows whether the password meets it. The
//! forms for registration, for the change of a password on the account page, for an emailed reset link, and for a sign-in that requires
//! another password use this input.

use super::{api, password_rules};
use crate::{
    core::use_app_context,
    ui::{
        PageScope,
        components::Icon,
        form::{Field, FieldError, FormError, FormErrorSignal, PasswordInput, TextField, Visibility},
    },
};
use fusionauth_api::password::{PasswordRule, PasswordRules};
use leptos::{html, prelude::*};
use storefront_messages::{Text, t};

/// The usual attributes of the input.
pub const NEW_PASSWORD: TextField = TextField {
    hint_id: Some("password-rules"),
    ..TextField::new(Field { id: "new-password", error_id: "new-password-error" }, Text::new("New password"), "password", "new-password")
};

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
        let rules = RwSignal::new(None);
        let config = use_app_context().config;
        PageScope::current().spawn(async move {
            _ = rules.try_set(Some(api::password_rules(config).await));
        });
        Self { input: NodeRef::new(), rules, typed: RwSignal::new(0), visibility: RwSignal::new(Visibility::Untouched) }
    }

    /// Returns the typed password for the request, and hides it on the screen.
    pub fn take(self) -> String {
        self.visibility.set(Visibility::Untouched);
        self.value()
    }

    fn value(self) -> String {
        self.input.get_untracked().map(|input| input.value()).unwrap_or_default()
    }
}

/// The input and the rules.
#[component]
pub fn NewPasswordInput(
    /// The state of the input.
    password: NewPassword,
    /// The attributes of the input.
    #[prop(default = NEW_PASSWORD)]
    field: TextField,
    /// The form's error.
    error: FormErrorSignal,
) -> impl IntoView {
    let rules = move || {
        password.typed.track();
        let items = password_rules::checked(&password.rules.get()?, &password.value()).into_iter().map(|(hint, is_kept)| {
            let (class, state) = if is_kept { ("kept", t!(" (met)")) } else { ("", "") };
            view! { <li class=class><Icon name="tick"/>{hint.text()}<span class="hidden">{state}</span></li> }
        });
        Some(items.collect_view())
    };
    view! {
        <div class="new-password" on:input=move |_| password.typed.update(|count| *count += 1)>
            <PasswordInput field error input=password.input visibility=password.visibility/>
            <ul class="rules" id="password-rules">{move || rules()}</ul>
        </div>
    }
}

/// The error that a form shows for a password that breaks these rules.
pub fn broken(field: TextField, rules: &[PasswordRule]) -> FormError {
    let message = rules.iter().map(|rule| password_rules::message(*rule)).collect::<Vec<_>>().join(" ");
    FormError::Fields(vec![FieldError { field: field.field, message }])
}
