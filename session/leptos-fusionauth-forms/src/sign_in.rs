//! A whole sign-in.

use crate::{
    change_password::OnPasswordChanged,
    focus,
    forgot_password::ForgotPasswordForm,
    join::Join,
    outcome::Stage,
    passkey::{PasskeyButton, PasskeySignIn},
    password_form::PasswordForm,
    passwordless::{PasswordlessButton, PasswordlessSignIn, StartPasswordless},
    progress::SignInProgress,
    sign_in_link::SignInLink,
    steps::SignInStep,
    verification::{SendVerification, SignInVerification},
};
use fusionauth_forms::{Design, text_of};
use leptos::prelude::*;

/// The form for email and password, the form for a forgotten password, and the form or page that follows each of FusionAuth's answers. When
/// the user is signed in, the session's state changes, so the application shows another page.
///
/// An application that loads parts of its program later composes its own from [`PasswordForm`] and [`SignInStep`].
#[component]
pub fn SignIn<D: Design>(
    /// The design of the forms.
    design: D,
    /// See [`ForgotPasswordForm`].
    #[prop(optional)]
    site: Option<&'static str>,
    /// See [`SignInStep`].
    #[prop(optional)]
    contact: Option<&'static str>,
    /// See [`SignInStep`].
    #[prop(optional)]
    join: Option<Join>,
    /// See [`SignInStep`].
    #[prop(optional)]
    changed: Option<OnPasswordChanged>,
    /// See [`SignInVerification`].
    #[prop(optional)]
    send_message: Option<SendVerification>,
    /// See [`PasskeyButton`].
    #[prop(optional)]
    passkeys: Option<PasskeySignIn>,
    /// See [`PasswordlessSignIn`]. Without it, the form has no button for a sign-in without a password.
    #[prop(optional)]
    passwordless: Option<StartPasswordless>,
    /// See [`PasswordlessSignIn`]. With a link, the sign-in begins with the link's form.
    #[prop(optional_no_strip)]
    link: Option<SignInLink>,
) -> impl IntoView {
    let progress = SignInProgress::<D>::new();
    if link.is_some() {
        progress.stage.set(Stage::Passwordless);
    }
    let link = StoredValue::new(link);
    let is_forgotten = RwSignal::new(false);
    let show_forgotten = move |is_shown| {
        progress.keep_typed();
        is_forgotten.set(is_shown);
        progress.error.set(None);
        focus::focus_after_render(focus::HEADING);
    };
    move || {
        match progress.stage.get() {
        Stage::Password if is_forgotten.get() => view! {
            <ForgotPasswordForm design site email=progress.username.get_value()>
                <button type="button" class=D::CLASSES.quiet on:click=move |_| show_forgotten(false)>{text_of!(D, "Back to sign in")}</button>
            </ForgotPasswordForm>
        }
        .into_any(),
        Stage::Password => view! {
            <PasswordForm progress/>
            <button type="button" class=D::CLASSES.quiet on:click=move |_| show_forgotten(true)>{text_of!(D, "Forgot your password?")}</button>
            {passwordless.map(|_| view! { <PasswordlessButton progress/> })}
            {passkeys.map(|passkeys| view! { <PasskeyButton progress passkeys/> })}
        }
        .into_any(),
        Stage::Passwordless => {
            let link = link.try_update_value(Option::take).flatten();
            passwordless.map(|start| view! { <PasswordlessSignIn progress start link/> }).into_any()
        }
        Stage::Refused(step) => {
            let changed = changed.clone();
            let verification = move |what| view! { <SignInVerification progress what send_message/> }.into_any();
            view! { <SignInStep progress step site contact join changed verification/> }.into_any()
        }
    }
    }
}
