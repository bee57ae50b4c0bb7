//! The input for a new password, with the tenant's rules above it. While the user types, each rule shows whether the password meets it. The
//! pages of a mailed link, of a sign-in that requires another password, and of the registration use it.

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

/// The input.
pub const NEW_PASSWORD: TextField = TextField {
    hint_id: Some("password-rules"),
    ..TextField::new(Field { id: "new-password", error_id: "new-password-error" }, Text::new("New password"), "password", "new-password")
};

/// The state of the input. It never holds the password, which is read from the element when it is sent.
#[derive(Clone, Copy)]
pub struct NewPassword {
    input: NodeRef<html::Input>,
    rules: RwSignal<Option<PasswordRules>>,
    /// Counts the changes of the typed text, so that the rules are checked again.
    typed: RwSignal<u32>,
    visibility: RwSignal<Visibility>,
}

impl NewPassword {
    /// An empty input, for which the rules are being loaded.
    pub fn load() -> Self {
        let rules = RwSignal::new(None);
        let config = use_app_context().config;
        PageScope::current().spawn(async move {
            _ = rules.try_set(Some(api::password_rules(config).await));
        });
        Self { input: NodeRef::new(), rules, typed: RwSignal::new(0), visibility: RwSignal::new(Visibility::Untouched) }
    }

    /// The typed password, for the request. From now on the screen hides it.
    pub fn take(self) -> String {
        self.visibility.set(Visibility::Untouched);
        self.value()
    }

    fn value(self) -> String {
        self.input.get_untracked().map(|input| input.value()).unwrap_or_default()
    }
}

/// The rules and the input.
#[component]
pub fn NewPasswordInput(
    /// Its state.
    password: NewPassword,
    /// Its attributes.
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

/// The error of a form with a password that breaks these rules.
pub fn broken(field: TextField, rules: &[PasswordRule]) -> FormError {
    let message = rules.iter().map(|rule| password_rules::message(*rule)).collect::<Vec<_>>().join(" ");
    FormError::Fields(vec![FieldError { field: field.field, message }])
}
