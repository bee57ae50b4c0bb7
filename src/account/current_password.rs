//! The input for the present password, in the forms on the account page that change something sensitive.

use super::AccountPage;
use crate::{
    data::ApiError,
    ui::{
        ErasedSignal, document, dynamic,
        form::{self, Field, FieldError, FormErrorSignal, TextField, Visibility},
        none,
    },
};
use leptos::{html, prelude::*};
use storefront_api::account::PASSWORD_NEEDED;
use storefront_messages::{SignInField, Text, t};

/// The input.
pub(super) const CURRENT_PASSWORD: TextField = TextField::new(
    Field { id: "current-password", error_id: "current-password-error" },
    Text::new("Current password"),
    "currentPassword",
    "current-password",
);

/// The state of the input. It never holds the password, which is read from the element when it is sent.
#[derive(Clone, Copy)]
pub(super) struct CurrentPassword {
    input: NodeRef<html::Input>,
    visibility: ErasedSignal<Visibility>,
}

impl CurrentPassword {
    /// An empty input.
    pub(super) fn new() -> Self {
        Self { input: NodeRef::new(), visibility: ErasedSignal::new(Visibility::Untouched) }
    }

    /// What is typed, to be sent: from now on it cannot be read on the screen.
    pub(super) fn take(self) -> String {
        self.visibility.set(Visibility::Untouched);
        self.input.get_untracked().map(|input| input.value()).unwrap_or_default()
    }

    /// The input with its label and its error.
    pub(super) fn view(self, error: FormErrorSignal) -> AnyView {
        form::password_field(CURRENT_PASSWORD, error, self.input, self.visibility)
    }
}

/// The input in a form that asks for the password only if the backend does, because the sign-in is not recent.
#[derive(Clone, Copy)]
pub(super) struct Confirmed {
    password: CurrentPassword,
    is_wanted: ErasedSignal<bool>,
}

impl Confirmed {
    /// Not asked for yet.
    pub(super) fn new() -> Self {
        Self { password: CurrentPassword::new(), is_wanted: ErasedSignal::new(false) }
    }

    /// What is typed, if it is asked for.
    pub(super) fn take(self) -> Option<String> {
        self.is_wanted.get_untracked().then(|| self.password.take())
    }

    /// Shows the input, and moves the focus there, if the backend wants the password first and the form is still there.
    pub(super) fn is_wanted(self, page: AccountPage, why: &ApiError) -> bool {
        let is_wanted = why.code() == Some(PASSWORD_NEEDED) && self.is_wanted.try_set(true);
        if is_wanted {
            page.context.announce(why.to_string());
            document::focus_after_render(format!("#{}", CURRENT_PASSWORD.field.id));
        }
        is_wanted
    }

    /// The input with its label and its error, once it is asked for.
    pub(super) fn view(self, page: AccountPage, error: FormErrorSignal) -> AnyView {
        dynamic(move || {
            if !self.is_wanted.get() {
                return none();
            }
            view! {
                <p>{t!("To be sure that it is you, enter your current password.")}</p>
                {form::account_name(page.user.read_untracked().email.clone().unwrap_or_default())}
                {self.password.view(error)}
            }
            .into_any()
        })
    }
}

/// The error of an empty input.
pub(super) fn missing() -> FieldError {
    FieldError { field: CURRENT_PASSWORD.field, message: SignInField::Password.missing().to_owned() }
}
