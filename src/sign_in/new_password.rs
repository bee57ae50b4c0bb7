//! The input for a new password, with the tenant's rules above it, which show while one types whether they are kept. A mailed link, a
//! sign-in that asks for another password, and the registration have it.

use super::{api, password_rules};
use crate::{
    core::use_app_context,
    ui::{
        ErasedSignal, PageScope,
        components::icon,
        dynamic,
        form::{self, Field, FieldError, FormError, FormErrorSignal, TextField, Visibility},
        none,
    },
};
use fusionauth_api::password::{PasswordRule, PasswordRules};
use leptos::{ev, html, prelude::*};
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
    rules: ErasedSignal<Option<PasswordRules>>,
    /// Counts the changes of what is typed, so that the rules are checked anew.
    typed: ErasedSignal<u32>,
    visibility: ErasedSignal<Visibility>,
}

impl NewPassword {
    /// An empty input, for which the rules are being loaded.
    pub fn load() -> Self {
        let rules = ErasedSignal::new(None);
        let config = use_app_context().config;
        PageScope::current().spawn(async move {
            _ = rules.try_set(Some(api::password_rules(config).await));
        });
        Self { input: NodeRef::new(), rules, typed: ErasedSignal::new(0), visibility: ErasedSignal::new(Visibility::Untouched) }
    }

    /// What is typed, to be sent: from now on it cannot be read on the screen.
    pub fn take(self) -> String {
        self.visibility.set(Visibility::Untouched);
        self.value()
    }

    fn value(self) -> String {
        self.input.get_untracked().map(|input| input.value()).unwrap_or_default()
    }

    /// The rules and the input, as `field` says.
    pub fn view(self, field: TextField, error: FormErrorSignal) -> AnyView {
        let input: Box<dyn FnMut(ev::Event)> = Box::new(move |_| self.typed.update(|count| *count += 1));
        view! {
            <div class="new-password" on:input=input>
                {form::password_field(field, error, self.input, self.visibility)}
                <ul class="rules" id="password-rules">{dynamic(move || self.list())}</ul>
            </div>
        }
        .into_any()
    }

    fn list(self) -> AnyView {
        self.typed.read();
        let Some(rules) = self.rules.get() else { return none() };
        let items = password_rules::checked(&rules, &self.value()).into_iter().map(|(hint, is_kept)| {
            let (class, state) = if is_kept { ("kept", t!(" (kept)")) } else { ("", "") };
            view! { <li class=class>{icon("tick")}{hint.text()}<span class="hidden">{state}</span></li> }.into_any()
        });
        items.collect::<Vec<_>>().into_any()
    }
}

/// The error of a form whose password breaks these rules.
pub fn broken(field: TextField, rules: &[PasswordRule]) -> FormError {
    let message = rules.iter().map(|rule| password_rules::message(*rule)).collect::<Vec<_>>().join(" ");
    FormError::Fields(vec![FieldError { field: field.field, message }])
}
