//! `/register`: the page that creates an account.

use super::{
    flow::SignInFlow,
    forgot_password::provide_form_title,
    progress::SignInProgress,
    redirect::{leave_when_signed_in, query, target_of_sign_in},
    typed_email::use_typed_email,
};
use crate::{
    core::{Route, use_app_context},
    data::{NoticeKind, PageNotice, call_with, new_key, use_mutations},
    ui::form::{Field, FormErrorSignal, TextField, TextInput},
};
use leptos::{html, prelude::*};
use leptos_fusionauth_forms::{NewAccount, Register, RegistrationForm};
use std::sync::Arc;
use storefront_api::Register as Body;
use storefront_api::endpoints;
use storefront_messages::{Text, t};

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
    provide_form_title();
    let mutations = use_mutations();
    leave_when_signed_in(target_of_sign_in(use_app_context().app));
    // The sign-in with the new account, which follows the registration.
    let progress = SignInProgress::new();
    let is_made = RwSignal::new(false);
    let error = FormErrorSignal::new(None);
    let display_name = NodeRef::<html::Input>::new();
    // The last request: a hash of its inputs, and its idempotency key. The app stores no inputs, because one of them is the password.
    let last = StoredValue::new(None::<(u64, String)>);
    let register: Register = Arc::new(move |NewAccount { email, password }| {
        let name = display_name.get_untracked().map(|input| input.value().trim().to_owned()).unwrap_or_default();
        // A retry with the same inputs must have the same key, because the earlier request may have reached the backend.
        let inputs = hash(&[&email, &password, &name]);
        let key = last.with_value(|last| last.as_ref().filter(|(before, _)| *before == inputs).map(|(_, key)| key.clone()));
        let key = key.unwrap_or_else(new_key);
        last.set_value(Some((inputs, key.clone())));
        let display_name = (!name.is_empty()).then_some(name);
        let wanted = Body { email, password, first_name: None, last_name: None, display_name };
        Box::pin(async move {
            let fields = [TextField::EMAIL, TextField::PASSWORD_OF_NEW_ACCOUNT, DISPLAY_NAME];
            let user = call_with(endpoints::REGISTER, &[], &wanted).key(key).send(None).await.map_err(|why| why.in_form(&fields))?;
            Ok(Box::new(move || {
                let (kind, text) = match wanted.display_name {
                    Some(name) if normalized(&name) != user.display_name => {
                        let text = t!("Someone else just took the display name you chose. Yours is “{}”.", user.display_name);
                        (NoticeKind::Failure, text)
                    }
                    // Without a sign-in, the form for its next step follows.
                    _ if mutations.current_user().is_none() => return,
                    _ => (NoticeKind::Success, t!("Your account is ready.").to_owned()),
                };
                mutations.notify(PageNotice { kind, text, page: Route::Account, link: None });
            }) as Box<dyn FnOnce()>)
        })
    });
    let made = move || is_made.set(true);
    let fields = move || {
        view! {
            <TextInput field=DISPLAY_NAME error input=display_name/>
            <p class="quiet-text">{t!("Others see it next to your posts. You can change it on your account page.")}</p>
        }
    };
    let login = StoredValue::new(Route::Login.href().to_owned() + &query());
    view! {
        <div class="narrow">
            <Show when=move || !is_made.get() fallback=move || view! { <SignInFlow progress/> }>
                <RegistrationForm
                    progress
                    error
                    register=register.clone()
                    made
                    lead=t!("One account for the Store and the Forums.")
                    email=use_typed_email().get()
                    fields
                >
                    <a class="button quiet wide" href=login.get_value()>{t!("I already have an account")}</a>
                </RegistrationForm>
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
