//! Sign-in with a passkey. A button below the form signs in a user who has typed an email. In addition, the browser offers the last user's
//! passkeys in the form's first field. The app does neither if FusionAuth has passkeys switched off or the browser does not support them.

use super::{api, progress::SignInProgress};
use crate::{
    core::webauthn::{self, Abort},
    ui::{
        PageScope, document,
        form::{FormError, TextField},
    },
};
use leptos::prelude::*;
use leptos_fusionauth::{KeepSignedIn, LoginFailure, Session, SessionState, json, use_session};
use leptos_fusionauth_forms::{Field, choice};
use serde::Deserialize;
use storefront_api::account::StartPasskeySignIn;
use storefront_messages::{PasskeyError, PasskeyText, SignInField, Text};
use wasm_bindgen::JsCast;

/// The button. It appears if the backend answers that passkeys are on. The form's first field then offers the last user's passkeys.
#[component]
pub fn PasskeyButton(
    /// The sign-in that the button continues.
    progress: SignInProgress,
) -> impl IntoView {
    if !webauthn::is_supported() {
        return None;
    }
    let sign_in = PasskeySignIn { progress, session: use_session(), offer: StoredValue::new_local(None) };
    let (scope, is_on) = (PageScope::current(), RwSignal::new(false));
    scope.spawn(async move {
        // Show no button if the device cannot have passkeys and nobody has used one in this browser.
        let last_user = webauthn::last_user();
        if (last_user.is_some() || webauthn::is_device_able().await) && api::are_passkeys_on().await == Ok(true) {
            _ = is_on.try_set(true);
            if let Some(user_id) = last_user {
                sign_in.offer_in_form(user_id).await;
            }
        }
    });
    let run = move |_| scope.spawn(sign_in.by_button());
    let button = move || {
        view! {
            <p class="aside">
                <button type="button" class="quiet wide" aria-disabled=move || progress.busy.get().then_some("true") on:click=run>
                    {PasskeyText::SignIn.text()}
                </button>
            </p>
        }
    };
    Some(move || is_on.get().then(button))
}

/// The state of a sign-in with a passkey, by the button or in the form. All copies share it.
#[derive(Clone, Copy)]
struct PasskeySignIn {
    progress: SignInProgress,
    session: Session,
    /// The browser's current offer in the form. Dropping the [`Abort`] withdraws the offer.
    offer: StoredValue<Option<Abort>, LocalStorage>,
}

/// How long the form offers a passkey for one challenge, in milliseconds. FusionAuth accepts the answer to a challenge for three minutes.
const CHALLENGE_LIFE_MS: u64 = 150_000;

/// The member of FusionAuth's options that the app reads. The app must send the relying party's id back with the browser's answer.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    rp_id: Option<String>,
}

impl PasskeySignIn {
    /// Signs in with the typed email, after a click on the button.
    async fn by_button(self) {
        let progress = self.progress;
        let name = document::element("#username").and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
        let name = name.map(|input| input.value().trim().to_owned()).unwrap_or_default();
        let missing = if name.is_empty() { vec![SignInField::Username] } else { Vec::new() };
        if progress.show_missing(missing) || !progress.begin() {
            return;
        }
        progress.username.set_value(name.clone());
        self.offer.set_value(None);
        let options = match api::start_passkey_sign_in(&StartPasskeySignIn { login_id: Some(name), user_id: None }).await {
            Ok(options) => options,
            Err(error) => return progress.failed(error.in_form(&[USERNAME])),
        };
        match webauthn::get(&options).await {
            Ok(assertion) => self.send(&options, &assertion).await,
            Err(_) => progress.failed(form_error(PasskeyError::NotUsed)),
        }
    }

    /// Makes the browser offer the passkeys of this user in the form, until the user chooses one, presses the button or leaves the page.
    async fn offer_in_form(self, user_id: String) {
        if !webauthn::is_offered_in_forms().await {
            return;
        }
        // Add `webauthn` only when the form offers passkeys, because password managers recognise the email field by its `autocomplete`.
        if let Some(input) = document::element(&format!("#{}", SignInField::Username.id())) {
            _ = input.set_attribute("autocomplete", "username webauthn");
        }
        loop {
            let body = StartPasskeySignIn { login_id: None, user_id: Some(user_id.clone()) };
            let options = match api::start_passkey_sign_in(&body).await {
                Ok(options) => options,
                Err(error) => {
                    if error.is_not_found() {
                        webauthn::forget_last_user();
                    }
                    return;
                }
            };
            let Some(abort) = Abort::after(CHALLENGE_LIFE_MS) else { return };
            let signal = abort.signal();
            if self.offer.try_set_value(Some(abort)).is_some() {
                return; // the user left the page
            }
            match webauthn::get_in_form(&options, &signal).await {
                Ok(assertion) => {
                    if self.progress.begin() {
                        self.send(&options, &assertion).await;
                    }
                    return;
                }
                // The challenge is too old, so request a new one. Stop if the user has pressed the button instead.
                Err(_) if signal.aborted() && !self.progress.busy.get_untracked() => {}
                Err(_) => return,
            }
        }
    }

    async fn send(self, options: &str, assertion: &str) {
        let Options { rp_id } = json::decode(options).unwrap_or_default();
        let keep = document::element("#keep").and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
        let keep = keep.map_or(KeepSignedIn::Yes, |input| choice(&input));
        self.progress.keep.set_value(keep);
        match self.progress.session(self.session).sign_in_with_passkey(assertion, rp_id.as_deref()).await {
            Err(LoginFailure::InvalidCredentials) => self.progress.failed(form_error(PasskeyError::NotAccepted)),
            answer => {
                // Do not store the id of a user who unticked "Keep me signed in", because the browser may belong to somebody else.
                if answer.is_ok()
                    && keep == KeepSignedIn::Yes
                    && let SessionState::SignedIn { user, .. } = self.session.state().get_untracked()
                {
                    webauthn::set_last_user(&user.id);
                }
                self.progress.answered(answer);
            }
        }
    }
}

const USERNAME: TextField = TextField::new(Field::of(SignInField::Username), Text::new("Email"), "loginId", "");

fn form_error(error: PasskeyError) -> FormError {
    let message = error.message();
    FormError::Form(message.what.to_owned(), message.next)
}
