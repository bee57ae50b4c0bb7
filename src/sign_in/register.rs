//! `/register`: the form that creates an account. The app sends it to the backend, because FusionAuth registers users only for callers
//! with an API key.
//!
//! The form does not reveal whether an email has an account. If it has one, the backend gives the usual answer and notifies the owner by
//! email. If FusionAuth then rejects the sign-in, the app shows the page for an unverified email, which also says that an email was sent.

use super::{
    api,
    flow::SignInFlow,
    progress::SignInProgress,
    redirect::{leave_when_signed_in, query, target_of_sign_in},
};
use crate::{
    core::{Route, use_app_context},
    data::{NoticeKind, PageNotice, new_key, use_mutations},
    ui::{
        ApplyToPage, Page, PageScope,
        components::Heading,
        form::{self, ErrorSummary, Field, FormErrorSignal, SubmitButton, TextField, TextInput},
        use_title,
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::{LoginFailure, use_session};
use leptos_fusionauth_forms::{KeepSignedInBox, NewPassword, NewPasswordInput, kept};
use storefront_api::Register;
use storefront_messages::{Storefront, Text, t};

const EMAIL: TextField = TextField {
    inputmode: Some("email"),
    ..TextField::new(Field { id: "email", error_id: "email-error" }, Text::new("Email"), "email", "username")
};

const PASSWORD: TextField = TextField { label: Text::new("Password"), ..TextField::NEW_PASSWORD };

/// The attributes of the input for the name that other people see.
pub const DISPLAY_NAME: TextField = TextField {
    required: None,
    ..TextField::new(
        Field { id: "display-name", error_id: "display-name-error" },
        Text::new("Display name (optional)"),
        "displayName",
        "nickname",
    )
};

/// The registration page. It redirects a user who is already signed in, and a user who signs in by registering.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let (session, context, mutations, title) = (use_session(), use_app_context(), use_mutations(), use_title());
    leave_when_signed_in(target_of_sign_in(context.app));
    // The sign-in with the new account, which follows the registration.
    let progress = SignInProgress::new();
    let is_made = RwSignal::new(false);
    let error = FormErrorSignal::new(None);
    let busy = RwSignal::new(false);
    let (email, password, display_name) = (NodeRef::new(), NewPassword::load(), NodeRef::new());
    let keep = NodeRef::<html::Input>::new();
    // The last request: a hash of its inputs, and its idempotency key. The app stores no inputs, because one of them is the password.
    let last = StoredValue::new(None::<(u64, String)>);
    let scope = PageScope::current();
    Effect::new(move |_| {
        if !is_made.get() {
            title.error(error.read().is_some());
        }
    });

    let send = move || {
        let value = |input: NodeRef<html::Input>| input.get_untracked().map(|input| input.value()).unwrap_or_default();
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        progress.keep.set_value(kept(keep));
        let session = progress.session(session);
        let name = value(display_name).trim().to_owned();
        let wanted = Register {
            email: value(email).trim().to_owned(),
            password: password.take(),
            first_name: None,
            last_name: None,
            display_name: (!name.is_empty()).then_some(name),
        };
        // A retry with the same inputs must have the same key, because the earlier request may have reached the backend.
        let inputs = hash(&[&wanted.email, &wanted.password, wanted.display_name.as_deref().unwrap_or_default()]);
        let key = last.with_value(|last| last.as_ref().filter(|(before, _)| *before == inputs).map(|(_, key)| key.clone()));
        let key = key.unwrap_or_else(new_key);
        last.set_value(Some((inputs, key.clone())));
        scope.finish(session, async move {
            let user = match api::register(&wanted, key).await {
                Ok(user) => user,
                Err(why) => {
                    return Box::new(move |_| {
                        busy.set(false);
                        form::show_error(error, why.in_form(&[EMAIL, PASSWORD, DISPLAY_NAME]));
                    }) as ApplyToPage;
                }
            };
            let answer = match session.sign_in(&wanted.email, &wanted.password).await {
                // The email already had an account, which the page must not reveal.
                Err(LoginFailure::InvalidCredentials) => Err(LoginFailure::EmailNotVerified),
                answer => answer,
            };
            if wanted.display_name.is_some_and(|name| normalized(&name) != user.display_name) {
                let text = t!("Someone else just took the display name you chose. Yours is “{}”.", user.display_name);
                mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Account, link: None });
            }
            Box::new(move |visited| {
                if visited == Page::Open && answer.is_err() {
                    progress.username.set_value(wanted.email);
                    is_made.set(true);
                    progress.answered(answer);
                }
            })
        });
    };
    let login = Route::Login.href().to_owned() + &query();
    view! {
        <div class="narrow">
            <Show when=move || !is_made.get() fallback=move || view! { <SignInFlow progress/> }>
                <section class="auth">
                    <Heading text=Route::Register.title()/>
                    <p class="lead">{t!("One account for the Store and the Forums.")}</p>
                    <form id="register" method="post" novalidate="" on:submit=form::submit(send)>
                        <ErrorSummary error retry=send/>
                        <TextInput field=EMAIL error input=email/>
                        <NewPasswordInput password field=PASSWORD error/>
                        <TextInput field=DISPLAY_NAME error input=display_name/>
                        <p class="quiet-text">{t!("Others see it next to your posts. You can change it on your account page.")}</p>
                        <KeepSignedInBox design=Storefront input=keep/>
                        <SubmitButton design=Storefront busy text=t!("Create account") busy_text=t!("Creating your account…")/>
                        <a class="button quiet wide" href=login.clone()>{t!("I already have an account")}</a>
                    </form>
                </section>
            </Show>
        </div>
    }
}

/// The FNV-1a hash of the texts. The byte 0xff separates them, because it never occurs in UTF-8.
fn hash(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// A display name as the backend stores it: in Unicode's form NFKC, with single spaces.
fn normalized(name: &str) -> String {
    let composed = String::from(js_sys::JsString::from(name).normalize("NFKC"));
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}
