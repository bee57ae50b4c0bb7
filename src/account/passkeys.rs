//! The passkeys of the account: the list, the form that adds one, and the form that removes one. The page does not mention passkeys if
//! FusionAuth has them switched off, or if the browser does not support them and the account has none.

use super::{
    page_state::{Form, Loaded, PageState},
    section::{Fact, FormSection},
    sensitive_form::{SensitiveChange, SensitiveForm},
};
use crate::data::{call, call_with};
use crate::{
    core::storage,
    data::ApiError,
    ui::{
        PageScope,
        components::LoadFailure,
        document,
        form::{Field, FormError, TextField, TextInput},
        format, spawn_for_app,
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::{Session, json, use_session};
use leptos_fusionauth_forms::webauthn::{self, Signal, WebAuthnError};
use std::sync::Arc;
use storefront_api::{
    User,
    account::{AcceptedPasskeys, Confirmation, NewPasskey, Passkey, Passkeys, StartPasskey},
    endpoints,
};
use storefront_messages::{PasskeyError, PasskeyText, Text};

#[component]
pub(super) fn PasskeysSection(page: PageState) -> impl IntoView {
    let listed = RwSignal::new(Loaded::Loading);
    Effect::new(move |_| load(page, listed, if page.passkeys_changed.get() { "#add-passkey > button" } else { "" }));
    Effect::new(move |_| {
        let (user, Loaded::Ready(passkeys)) = (page.user.get(), listed.get()) else { return };
        page.scope.spawn(signal_names(user, passkeys));
    });
    let retry = move || {
        document::focus("#passkeys h3"); // the button that has the focus is about to be removed
        load(page, listed, "#add-passkey > button");
    };
    let content = move || match listed.get() {
        Loaded::Loading => None,
        Loaded::Failed(error) => Some(
            view! {
                <section class="about">
                    <h3 tabindex="-1">{PasskeyText::Heading.text()}</h3>
                    <LoadFailure text=error.to_string() retry/>
                </section>
            }
            .into_any(),
        ),
        Loaded::Ready(passkeys) => Some(view! { <PasskeyList page passkeys/> }.into_any()),
    };
    view! { <div class="sections" id="passkeys">{move || content()}</div> }
}

/// Loads and shows the passkeys. If this removes the element that has the focus, the element at `selector` gets the focus. Then makes
/// password managers stop offering passkeys that the user has removed, in any browser.
fn load(page: PageState, listed: RwSignal<Loaded<Passkeys>>, selector: &'static str) {
    page.scope.spawn(async move {
        let answer = call(endpoints::PASSKEYS, &[]).send(page.session).await.map(Arc::new);
        let new = answer.as_ref().ok().cloned();
        if listed.try_set(answer.map_or_else(Loaded::Failed, Loaded::Ready)).is_none() && !selector.is_empty() {
            document::restore_focus_after_render(selector.to_owned());
        }
        // Send only a new list, because the list on the page may lack a passkey that another tab has added.
        if let Some(new) = new
            && let Some(AcceptedPasskeys { rp_id, user_id, all_accepted_credential_ids }) = &new.accepted
        {
            webauthn::signal(Signal::AllAccepted { rp_id, user_id, all_accepted_credential_ids }).await;
        }
    });
}

/// Makes password managers show the user's current names.
async fn signal_names(user: User, passkeys: Arc<Passkeys>) {
    // Without an email, FusionAuth names the passkeys after the user name, which the app does not know.
    if let (Some(name), Some(AcceptedPasskeys { rp_id, user_id, .. })) = (&user.email, &passkeys.accepted) {
        webauthn::signal(Signal::CurrentUser { rp_id, user_id, name, display_name: &user.display_name }).await;
    }
}

/// The card that adds a passkey, and one card for each passkey. Empty if the page must not mention passkeys.
#[component]
fn PasskeyList(page: PageState, passkeys: Arc<Passkeys>) -> impl IntoView {
    let (is_supported, accepted) = (webauthn::is_supported(), StoredValue::new(passkeys.accepted.clone()));
    if !passkeys.are_on || (passkeys.passkeys.is_empty() && !is_supported) {
        return None;
    }
    let head = match is_supported {
        true => view! {
            <FormSection page form=Form::AddPasskey heading=PasskeyText::Heading.text() text=PasskeyText::About.text() button=PasskeyText::Add.text()>
                <AddPasskeyForm page accepted/>
            </FormSection>
        }
        .into_any(),
        false => view! {
            <section class="about">
                <h3 tabindex="-1">{PasskeyText::Heading.text()}</h3>
                <p>{PasskeyText::Unsupported.text()}</p>
            </section>
        }
        .into_any(),
    };
    let items = passkeys.passkeys.iter().cloned().map(|passkey| view! { <PasskeyCard page passkey/> }).collect::<Vec<_>>();
    Some(view! { {head}{(!items.is_empty()).then(|| view! { <ul>{items}</ul> })} })
}

/// One passkey, and the button that opens the form that removes it.
#[component]
fn PasskeyCard(page: PageState, passkey: Passkey) -> impl IntoView {
    let Passkey { id, name, made_at, last_used_at, other_site } = passkey;
    let label = format!("{}: {}", PasskeyText::Remove.text(), name);
    let id = StoredValue::new(id);
    let is_last_asked = move || page.removed_passkey.get() == id.get_value();
    let ask = move |_| {
        page.removed_passkey.set(id.get_value());
        page.open_form(Form::RemovePasskey);
    };
    view! {
        <li class="card about" id=move || is_last_asked().then(|| Form::RemovePasskey.id())>
            <h4><bdi>{name}</bdi></h4>
            <dl class="facts">
                <Fact name=PasskeyText::MadeAt.text() value=made_at.as_deref().map(format::date_time)/>
                <Fact name=PasskeyText::LastUsedAt.text() value=last_used_at.as_deref().map(format::date_time)/>
                <Fact name=PasskeyText::Site.text() value=other_site/>
            </dl>
            <Show
                when=move || is_last_asked() && page.open.get() == Some(Form::RemovePasskey)
                fallback=move || view! {
                    <button type="button" class="quiet" aria-label=label.clone() on:click=ask>{PasskeyText::Remove.text()}</button>
                }
            >
                <RemovePasskeyForm page/>
            </Show>
        </li>
    }
}

/// The form that adds a passkey. It suggests the current session's device as the name.
#[component]
fn AddPasskeyForm(page: PageState, accepted: StoredValue<Option<AcceptedPasskeys>>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let suggestion = match page.account.get_untracked() {
        Loaded::Ready(account) => account.sessions.iter().find(|it| it.is_current).and_then(|it| it.device.clone()),
        Loaded::Loading | Loaded::Failed(_) => None,
    };
    let suggestion = suggestion.unwrap_or_else(|| PasskeyText::DefaultName.text().to_owned());
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.set_value(&suggestion);
        }
    });
    let change = SensitiveChange::new(page, (Form::AddPasskey, PasskeyText::Heading.text()), NAME);
    let send = move || {
        let name = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        let body = StartPasskey { name: Some(name), current_password: change.password() };
        change.send(make(page.session, body, accepted.get_value()), |change, made| match made {
            Ok(()) => changed(change.page, PasskeyText::Made),
            Err(error) => {
                let message = error.message();
                change.refused(FormError::Form(message.what.to_owned(), message.next));
            }
        });
    };
    view! {
        <SensitiveForm change send text=PasskeyText::Make.text() busy_text=PasskeyText::Making.text()>
            <p>{PasskeyText::NameHint.text()}</p>
            <TextInput field=NAME error=change.error input/>
        </SensitiveForm>
    }
}

/// The form that removes a passkey: the passkey whose button "Remove" the user pressed last.
#[component]
fn RemovePasskeyForm(page: PageState) -> impl IntoView {
    let change = SensitiveChange::new(page, (Form::RemovePasskey, PasskeyText::Heading.text()), NAME);
    let send = move || {
        let body = Confirmation { current_password: change.password() };
        let id = page.removed_passkey.get_untracked();
        let request = call_with(endpoints::REMOVE_PASSKEY, &[&id], &body).send(page.session);
        change.send(request, |change, _| changed(change.page, PasskeyText::Removed));
    };
    view! {
        <SensitiveForm change send text=PasskeyText::ConfirmRemoval.text() busy_text=PasskeyText::Removing.text()>
            <p>{PasskeyText::AboutRemoval.text()}</p>
        </SensitiveForm>
    }
}

/// Shows the result, and loads the list again.
fn changed(page: PageState, text: PasskeyText) {
    page.succeeded(Form::AddPasskey, text.text());
    _ = page.passkeys_changed.try_set(true);
}

/// After a sign-in, lets the password manager that has filled in the password create a passkey. Shows nothing, because the password manager
/// itself tells its user. A sign-out ends the creation, but not the storing of what the password manager has created.
/// It does nothing where the backend would require the password, as after a sign-in at FusionAuth, which the backend has not seen.
pub fn create_after_sign_in() -> AnyView {
    let session = use_session();
    if storage::local().and_then(|it| it.get_item(REFUSED).ok()?).is_some() {
        return ().into_any();
    }
    PageScope::current().spawn(async move {
        let unnamed = StartPasskey { name: None, current_password: None };
        if webauthn::is_conditional_create_available().await
            && let Ok(Passkeys { are_on: true, is_confirmed: true, accepted, .. }) = call(endpoints::PASSKEYS, &[]).send(session).await
            && let Ok(options) = call_with(endpoints::START_PASSKEY, &[], &unnamed).send_for_text(session).await
            && let Ok(created) = webauthn::create_conditionally(&options).await
        {
            spawn_for_app(async move { _ = store(session, &created, accepted).await });
        }
    });
    ().into_any()
}

/// The key in local storage that says that FusionAuth has refused a passkey of this browser. FusionAuth may refuse each passkey that a
/// password manager creates without verifying its user. Its user would read after each sign-in of a passkey that is removed at once.
const REFUSED: &str = "storefront.passkey-refused";

/// Makes the browser create a passkey, and sends the passkey to the backend.
async fn make(session: Session, body: StartPasskey, accepted: Option<AcceptedPasskeys>) -> Result<Result<(), PasskeyError>, ApiError> {
    let options = call_with(endpoints::START_PASSKEY, &[], &body).send_for_text(session).await?;
    match webauthn::create(&options).await {
        Ok(created) => store(session, &created, accepted).await,
        Err(WebAuthnError::AlreadyThere) => Ok(Err(PasskeyError::AlreadyThere)),
        Err(WebAuthnError::Refused) => Ok(Err(PasskeyError::NotMade)),
    }
}

/// Sends a new passkey to the backend. Makes password managers forget it if the backend refuses it.
async fn store(session: Session, created: &str, accepted: Option<AcceptedPasskeys>) -> Result<Result<(), PasskeyError>, ApiError> {
    let Ok(passkey) = json::decode::<NewPasskey>(created) else { return Ok(Err(PasskeyError::NotMade)) };
    let added = call_with(endpoints::ADD_PASSKEY, &[], &passkey).send(session).await;
    if let (Err(why), Some(AcceptedPasskeys { rp_id, .. })) = (&added, &accepted)
        && !why.may_be_done()
    {
        _ = storage::local().map(|storage| storage.set_item(REFUSED, "1"));
        webauthn::signal(Signal::Unknown { rp_id, credential_id: &passkey.id }).await;
    }
    added.map(|_| Ok(()))
}

/// The attributes of the input for a passkey's name.
const NAME: TextField =
    TextField::new(Field { id: "passkey-name", error_id: "passkey-name-error" }, Text::new("Passkey name"), "name", "off");
