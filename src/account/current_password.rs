//! The input for the current password, in the account page's forms for sensitive changes.

use super::page_state::PageState;
use crate::{
    core::Route,
    data::ApiError,
    ui::{
        document,
        form::{AccountName, Field, FieldError, FormErrorSignal, PasswordInput, TextField, Visibility, typed},
    },
};
use leptos::{html, prelude::*};
use storefront_api::problems::ProblemCode;
use storefront_messages::{SignInField, Storefront, Text, t};

/// The attributes of the input.
pub(super) const CURRENT_PASSWORD: TextField = TextField::new(
    Field { id: "current-password", error_id: "current-password-error" },
    Text::new("Current password"),
    "currentPassword",
    "current-password",
);

/// The state of the input. It never holds the password: the form reads the password from the element when it sends the request.
#[derive(Clone, Copy)]
pub(super) struct CurrentPassword {
    input: NodeRef<html::Input>,
    visibility: RwSignal<Visibility>,
}

impl CurrentPassword {
    /// The state of an empty input.
    pub(super) fn new() -> Self {
        Self { input: NodeRef::new(), visibility: RwSignal::new(Visibility::Untouched) }
    }

    /// Returns the typed password for the request, and hides it on the screen.
    pub(super) fn take(self) -> String {
        self.visibility.set(Visibility::Untouched);
        typed::password(self.input)
    }
}

/// The input with its label and its error.
#[component]
pub(super) fn CurrentPasswordInput(current: CurrentPassword, error: FormErrorSignal) -> impl IntoView {
    view! { <PasswordInput field=CURRENT_PASSWORD error input=current.input visibility=current.visibility/> }
}

/// The state of the input in a form that shows the input only if the backend requires the password, because this browser has not confirmed a
/// change with it in the last minutes.
#[derive(Clone, Copy)]
pub(super) struct Confirmed {
    password: CurrentPassword,
    is_required: RwSignal<bool>,
}

impl Confirmed {
    /// The input is hidden, because the backend has not required the password yet.
    pub(super) fn new() -> Self {
        Self { password: CurrentPassword::new(), is_required: RwSignal::new(false) }
    }

    /// The typed password, if the form shows the input.
    pub(super) fn take(self) -> Option<String> {
        self.is_required.get_untracked().then(|| self.password.take())
    }

    /// If `why` says that the backend requires the password, and the form is still open, shows and focuses the input. Returns whether it is
    /// shown.
    pub(super) fn show_if_required(self, page: PageState, why: &ApiError) -> bool {
        let is_required = why.is(ProblemCode::PasswordNeeded) && self.is_required.try_set(true).is_none();
        if is_required {
            page.context.announce(why.to_string());
            document::focus_after_render(format!("#{}", CURRENT_PASSWORD.field.id));
        }
        is_required
    }
}

/// The input with its label and its error, once the backend has required the password.
#[component]
pub(super) fn ConfirmedInput(page: PageState, confirmed: Confirmed, error: FormErrorSignal) -> impl IntoView {
    view! {
        <Show when=move || confirmed.is_required.get()>
            <p>{t!("To confirm it's you, enter your current password.")}</p>
            <AccountName name=page.user.with_untracked(|user| user.email.clone()).unwrap_or_default()/>
            <CurrentPasswordInput current=confirmed.password error/>
            // A user without a password chooses one through this link.
            <p><a href=Route::ForgotPassword.href()>{t!("Forgot your password?")}</a></p>
        </Show>
    }
}

/// The error for an empty input.
pub(super) fn missing() -> FieldError {
    FieldError { field: CURRENT_PASSWORD.field, message: SignInField::Password.missing::<Storefront>().to_owned() }
}
