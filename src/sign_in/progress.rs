//! The state that all forms of one sign-in share.

use storefront_messages::Storefront;

/// A sign-in in progress, with the storefront's texts.
pub type SignInProgress = leptos_fusionauth_forms::SignInProgress<Storefront>;
