//! The button that leaves a step of a sign-in.

use crate::{outcome::Stage, progress::SignInProgress};
use fusionauth_forms::{Design, text_of};
use leptos::prelude::*;

/// The button that shows the first form again.
#[component]
pub fn BackToSignIn<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// The button's text, if it is not "Back to sign in".
    #[prop(optional)]
    text: Option<&'static str>,
) -> impl IntoView {
    let text = text.unwrap_or_else(|| text_of!(D, "Back to sign in"));
    view! { <button type="button" class=D::CLASSES.quiet on:click=move |_| progress.go(Stage::Password, None)>{text}</button> }
}
