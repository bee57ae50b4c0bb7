//! Sign-in with a passkey. A button below the form signs in a user who has typed an email. In addition, the browser offers the last user's
//! passkeys in the form's first field. The form does neither if FusionAuth has passkeys switched off or the browser does not support them.

use crate::{
    backend::BackendAnswer,
    error::FormError,
    focus::input,
    keep_signed_in::{KEEP, choice},
    outcome::empty_fields,
    page_scope::PageScope,
    progress::SignInProgress,
    typed,
    webauthn::{self, Abort, Signal},
};
use fusionauth_forms::{Design, PasskeySignInError, SignInField, text_of};
use leptos::prelude::*;
use leptos_fusionauth::{KeepSignedIn, LoginFailure, Session, SessionState, json, use_session};
use serde::Deserialize;
use web_sys::Storage;

/// The application's part of a sign-in with a passkey. FusionAuth begins such a sign-in only for callers with an API key.
#[derive(Clone, Copy)]
pub struct PasskeySignIn {
    /// Returns whether FusionAuth lets people sign in with passkeys.
    pub are_on: fn() -> BackendAnswer<bool>,
    /// Begins a sign-in (`POST /api/webauthn/start`), and returns the options for the browser, as JSON. Returns `None` if the user has no
    /// passkey.
    pub start: fn(PasskeyUser) -> BackendAnswer<Option<String>>,
    /// The key in local storage for the id of the user who last signed in with a passkey in this browser and chose to stay signed in.
    /// FusionAuth begins a sign-in only for a given user, but the form offers passkeys before the user has typed an email.
    pub storage_key: &'static str,
}

/// The user who wants to sign in with a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasskeyUser {
    /// The typed email or user name.
    LoginId(String),
    /// The id of the user who last signed in with a passkey in this browser.
    Id(String),
}

/// The button. It appears if the device can have passkeys and FusionAuth has them switched on. The form's first field then offers the last
/// user's passkeys. The button appears late, so place it below all others.
#[component]
pub fn PasskeyButton<D: Design>(
    /// The sign-in that the button continues, with its [`PasswordForm`](crate::PasswordForm) on the same page.
    progress: SignInProgress<D>,
    /// The application's part of the sign-in.
    passkeys: PasskeySignIn,
) -> impl IntoView {
    let (scope, session, ready) = (PageScope::current(), use_session(), RwSignal::new(None));
    // In an effect, because a server that renders the page cannot ask the browser.
    Effect::new(move |_| {
        let ceremony = Ceremony { progress, session, passkeys, offer: StoredValue::new_local(None) };
        scope.spawn(async move {
            if !webauthn::is_supported() {
                return;
            }
            // Show no button if the device cannot have passkeys and nobody has used one in this browser.
            let last_user = ceremony.last_user();
            if (last_user.is_some() || webauthn::is_device_able().await) && (passkeys.are_on)().await == Ok(true) {
                _ = ready.try_set(Some(ceremony));
                if let Some(user_id) = last_user {
                    ceremony.offer_in_form(user_id).await;
                }
            }
        });
    });
    let button = move |ceremony: Ceremony<D>| {
        view! {
            <p class=D::CLASSES.aside>
                <button
                    type="button"
                    class=D::CLASSES.quiet
                    aria-disabled=move || progress.busy.get().then_some("true")
                    on:click=move |_| scope.spawn(ceremony.by_button())
                >
                    {text_of!(D, "Sign in with a passkey")}
                </button>
            </p>
        }
    };
    move || ready.get().map(button)
}

/// A sign-in with a passkey, by the button or in the form. All copies share the offer.
#[derive(Clone, Copy)]
struct Ceremony<D> {
    progress: SignInProgress<D>,
    session: Session,
    passkeys: PasskeySignIn,
    /// The browser's current offer in the form. Dropping the [`Abort`] withdraws the offer.
    offer: StoredValue<Option<Abort>, LocalStorage>,
}

/// How long the form offers a passkey for one challenge, in milliseconds. FusionAuth accepts the answer to a challenge for three minutes.
const CHALLENGE_LIFE_MS: u64 = 150_000;

/// The members of FusionAuth's options that this module reads.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    /// The relying party's id. FusionAuth needs it again with the browser's answer.
    rp_id: Option<String>,
    /// The user's passkeys.
    allow_credentials: Vec<Credential>,
}

/// A passkey in FusionAuth's options or in the browser's answer.
#[derive(Deserialize)]
struct Credential {
    id: String,
}

impl<D: Design> Ceremony<D> {
    /// Signs in with the typed email, after a click on the button.
    async fn by_button(self) {
        let progress = self.progress;
        let name = input(SignInField::Username.id()).map(|input| typed::email_in(&input)).unwrap_or_default();
        if progress.show_missing(empty_fields(&name, "-")) || !progress.begin() {
            return;
        }
        progress.username.set_value(name.clone());
        self.offer.set_value(None);
        let user = PasskeyUser::LoginId(name);
        let options = match (self.passkeys.start)(user.clone()).await {
            Ok(Some(options)) => options,
            Ok(None) => return progress.failed(form_error::<D>(PasskeySignInError::NotUsed)),
            Err(why) => return progress.failed(why),
        };
        match webauthn::get(&options).await {
            Ok(assertion) => self.send(user, &options, &assertion).await,
            Err(_) => progress.failed(form_error::<D>(PasskeySignInError::NotUsed)),
        }
    }

    /// Makes the browser offer the passkeys of this user in the form, until the user chooses one, presses the button or leaves the page.
    async fn offer_in_form(self, user_id: String) {
        if !webauthn::is_offered_in_forms().await {
            return;
        }
        // Add `webauthn` only when the form offers passkeys, because password managers recognise the email field by its `autocomplete`.
        if let Some(input) = input(SignInField::Username.id()) {
            _ = input.set_attribute("autocomplete", "username webauthn");
        }
        let user = PasskeyUser::Id(user_id);
        loop {
            let options = match (self.passkeys.start)(user.clone()).await {
                Ok(Some(options)) => options,
                Ok(None) => {
                    _ = storage().map(|storage| storage.remove_item(self.passkeys.storage_key));
                    return;
                }
                Err(_) => return,
            };
            let Some(abort) = Abort::after(CHALLENGE_LIFE_MS) else { return };
            let signal = abort.signal();
            if self.offer.try_set_value(Some(abort)).is_some() {
                return; // the user left the page
            }
            match webauthn::get_in_form(&options, &signal).await {
                Ok(assertion) => {
                    if self.progress.begin() {
                        self.send(user, &options, &assertion).await;
                    }
                    return;
                }
                // The challenge is too old, so request a new one. Stop if the user has pressed the button instead.
                Err(_) if signal.aborted() && !self.progress.busy.get_untracked() => {}
                Err(_) => return,
            }
        }
    }

    async fn send(self, user: PasskeyUser, options: &str, assertion: &str) {
        let Options { rp_id, .. } = json::decode(options).unwrap_or_default();
        let keep = input(KEEP).map_or(KeepSignedIn::Yes, |input| choice(&input));
        self.progress.keep.set_value(keep);
        match self.progress.session(self.session).sign_in_with_passkey(assertion, rp_id.as_deref()).await {
            Err(LoginFailure::InvalidCredentials) => {
                self.progress.failed(form_error::<D>(PasskeySignInError::NotAccepted));
                self.signal_if_unknown(user, assertion).await;
            }
            answer => {
                // Do not store the id of a user who unticked "Keep me signed in", because the browser may belong to somebody else.
                if answer.is_ok()
                    && keep == KeepSignedIn::Yes
                    && let SessionState::SignedIn { user, .. } = self.session.state().get_untracked()
                {
                    _ = storage().map(|storage| storage.set_item(self.passkeys.storage_key, &user.id));
                }
                self.progress.answered(answer);
            }
        }
    }

    /// Makes password managers stop offering the passkey of this assertion, if it is no longer one of the user's. A refused sign-in does not
    /// prove that, because FusionAuth also refuses a late answer. So this function asks for the user's passkeys again.
    async fn signal_if_unknown(self, user: PasskeyUser, assertion: &str) {
        let Ok(Some(options)) = (self.passkeys.start)(user).await else { return };
        let (Ok(Options { rp_id, allow_credentials }), Ok(used)) = (json::decode(&options), json::decode::<Credential>(assertion)) else {
            return;
        };
        let is_used = |it: &Credential| it.id.trim_end_matches('=') == used.id;
        if !allow_credentials.is_empty() && !allow_credentials.iter().any(is_used) {
            let rp_id = rp_id.unwrap_or_else(webauthn::host);
            webauthn::signal(Signal::Unknown { rp_id: &rp_id, credential_id: &used.id }).await;
        }
    }

    /// The id of the user who last signed in with a passkey in this browser.
    fn last_user(self) -> Option<String> {
        storage()?.get_item(self.passkeys.storage_key).ok().flatten()
    }
}

/// Local storage, or `None` if the browser blocks it.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// The error as the form shows it.
fn form_error<D: Design>(error: PasskeySignInError) -> FormError {
    let message = error.message::<D>();
    FormError::Form(message.what.to_owned(), message.next)
}
