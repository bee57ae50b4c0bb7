//! The components of forms, with the storefront's texts.

pub use leptos_fusionauth_forms::{
    AccountName, ErrorSummary, Field, FieldError, FieldErrorMessage, FormError, PasswordInput, SubmitButton, TextInput, Visibility,
    described_by, invalid, show_error, submit, typed,
};

use storefront_messages::Storefront;

/// The attributes of a text field.
pub type TextField = leptos_fusionauth_forms::TextField<Storefront>;

/// The error of one form.
pub type FormErrorSignal = leptos_fusionauth_forms::FormErrorSignal<Storefront>;
