//! The form for email and password, with which a sign-in begins.

use crate::{
    error::ErrorSummary,
    field::{PasswordInput, TextField, TextInput, Visibility},
    heading::Heading,
    keep_signed_in::{KeepSignedInBox, kept},
    outcome::{Stage, empty_fields},
    page_scope::{PageScope, read_until_cleanup},
    progress::SignInProgress,
    sign_out_reason::explain,
    submit::{SubmitButton, submit},
    typed,
};
use fusionauth_forms::{Design, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{KeepSignedIn, SessionState, use_session};
use web_sys::HtmlFormElement;

/// The form for email and password. It reads its inputs at submit, because password managers fill them in without an event.
#[component]
pub fn PasswordForm<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// Called when the form is in the document, for instance to fill in what a user typed into a static form with the same inputs.
    #[prop(optional)]
    mounted: Option<fn(HtmlFormElement)>,
    /// The content between the heading and the form.
    #[prop(optional)]
    children: Option<Children>,
    /// The content below the form, in the same section: other ways to sign in, for instance.
    #[prop(optional_no_strip)]
    below: Option<AnyView>,
) -> impl IntoView {
    let session = use_session();
    let (username, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let keep = NodeRef::<html::Input>::new();
    let visibility = RwSignal::new(Visibility::Untouched);
    let scope = PageScope::current();

    Effect::new(move |_| {
        let (Some(input), Some(keep)) = (username.get(), keep.get()) else { return };
        input.set_value(&progress.username.get_value());
        keep.set_checked(progress.keep.get_value() == KeepSignedIn::Yes);
        if let (Some(mounted), Some(form)) = (mounted, input.form()) {
            mounted(form);
        }
    });

    let send = move || {
        let (Some(username), Some(password)) = (username.get_untracked(), password.get_untracked()) else { return };
        let (name, secret) = (typed::email_in(&username), typed::password_in(&password));
        visibility.set(Visibility::Untouched);
        if progress.show_missing(empty_fields(&name, &secret)) || !progress.begin() {
            return;
        }
        progress.username.set_value(name.clone());
        progress.keep.set_value(kept(keep));
        scope.spawn(async move {
            let error = progress.answered(progress.session(session).sign_in(&name, &secret).await);
            // Keep the password only for a retry. If another form follows, clear both inputs, because that form may reuse these elements.
            if error.is_none_or(|error| !error.is_retryable()) {
                password.set_value("");
            }
            if progress.stage.get_untracked() != Stage::Password {
                username.set_value("");
            }
        });
    };

    let end_cause = move || match read_until_cleanup(session.state()) {
        SessionState::SignedOut(Some(cause)) => Some(view! { <p class=D::CLASSES.reason>{explain::<D>(cause)}</p> }),
        _ => None,
    };
    view! {
        <section class=D::CLASSES.section>
            <Heading text=text_of!(D, "Sign in")/>
            {children.map(|children| children())}
            {move || end_cause()}
            <form id="login" method="post" novalidate="" on:submit=submit(send)>
                <ErrorSummary error=progress.error retry=send/>
                <TextInput field=TextField::USERNAME error=progress.error input=username/>
                <PasswordInput field=TextField::PASSWORD error=progress.error input=password visibility/>
                <KeepSignedInBox design=D::default() input=keep/>
                <SubmitButton design=D::default() busy=progress.busy text=text_of!(D, "Sign in") busy_text=text_of!(D, "Signing in…")/>
            </form>
            {below}
        </section>
    }
}
