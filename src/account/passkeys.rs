//! The passkeys of the account: the list, the form that adds one, and the question before one is removed. Where FusionAuth has passkeys
//! switched off, or the browser has none, nothing is said of them.

use super::{AccountPage, AccountState, Form, api, sensitive_form::SensitiveForm};
use crate::{
    core::webauthn::{self, WebAuthnError},
    data::ApiError,
    ui::{
        ErasedSignal, click, components, document, dynamic, effect,
        form::{self, Field, FormError, TextField},
        format, none,
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::{Session, json};
use std::sync::Arc;
use storefront_api::account::{Confirmation, NewPasskey, Passkey, Passkeys, StartPasskey};
use storefront_messages::{PasskeyError, PasskeyText, Text};

/// The section.
pub(super) fn section(page: AccountPage) -> AnyView {
    let section = Section(page);
    section.load("");
    let retry = move || {
        document::focus("#passkeys h2"); // the button that has the focus is about to be removed
        section.load("#add-passkey > button");
    };
    let content = dynamic(move || match page.passkeys.list.get() {
        List::Loading => none(),
        List::Failed(error) => view! {
            <section class="card about">
                <h2 tabindex="-1">{PasskeyText::Heading.text()}</h2>
                {components::failure(error.to_string(), retry)}
            </section>
        }
        .into_any(),
        List::Ready(passkeys) => section.list(&passkeys),
    });
    view! { <div class="sections" id="passkeys">{content}</div> }.into_any()
}

/// What the backend says of the passkeys.
#[derive(Clone)]
enum List {
    Loading,
    Ready(Arc<Passkeys>),
    Failed(ApiError),
}

/// The state of the section, as a part of that of the page.
#[derive(Clone, Copy)]
pub(super) struct State {
    list: ErasedSignal<List>,
    /// The id of the passkey whose removal was asked for last.
    removed: ErasedSignal<String>,
}

impl State {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        Self { list: ErasedSignal::new(List::Loading), removed: ErasedSignal::new(String::new()) }
    }
}

/// The section of this page. A handle: copy it into whatever needs it.
#[derive(Clone, Copy)]
struct Section(AccountPage);

impl Section {
    /// Asks the backend, and shows the answer. The element that has the focus may be replaced; then the one that `selector` finds takes it.
    fn load(self, selector: &'static str) {
        let Self(page) = self;
        page.scope.spawn(async move {
            let answer = match api::passkeys(page.session).await {
                Ok(passkeys) => List::Ready(Arc::new(passkeys)),
                Err(error) => List::Failed(error),
            };
            if page.passkeys.list.try_set(answer) && !selector.is_empty() {
                document::restore_focus_after_render(selector.to_owned());
            }
        });
    }

    fn list(self, Passkeys { are_on, passkeys }: &Passkeys) -> AnyView {
        let is_supported = webauthn::is_supported();
        if !are_on || (passkeys.is_empty() && !is_supported) {
            return none();
        }
        let about = (PasskeyText::Heading.text(), PasskeyText::About.text());
        let head = if is_supported {
            self.0.card(Form::AddPasskey, about, PasskeyText::Add.text(), |page| Self(page).add_form())
        } else {
            view! {
                <section class="card about">
                    <h2 tabindex="-1">{about.0}</h2>
                    <p>{PasskeyText::Unsupported.text()}</p>
                </section>
            }
            .into_any()
        };
        let items = passkeys.iter().map(|it| self.item(it)).collect::<Vec<_>>();
        let list = (!items.is_empty()).then(|| view! { <ul>{items}</ul> }.into_any());
        view! {
            {head}
            {list}
        }
        .into_any()
    }

    fn item(self, it: &Passkey) -> AnyView {
        let Self(page) = self;
        let fact = |name: PasskeyText, value: Option<String>| {
            value.map(|value| view! { <div><dt>{name.text()}</dt><dd>{value}</dd></div> }.into_any())
        };
        let time = |time: &Option<String>| time.as_deref().map(format::date_time);
        let label = format!("{}: {}", PasskeyText::Remove.text(), it.name);
        let id = it.id.clone();
        let is_asked = move |id: &str| *page.passkeys.removed.read() == id && page.open.get() == Some(Form::RemovePasskey);
        let last_asked = {
            let id = id.clone();
            move || (*page.passkeys.removed.read() == id).then(|| Form::RemovePasskey.id())
        };
        let content = dynamic(move || {
            if is_asked(&id) {
                return self.remove_form();
            }
            let ask = {
                let id = id.clone();
                move || {
                    page.passkeys.removed.set(id.clone());
                    page.open_form(Form::RemovePasskey);
                }
            };
            let label = label.clone();
            view! { <button type="button" class="quiet" aria-label=label on:click=click(ask)>{PasskeyText::Remove.text()}</button> }
                .into_any()
        });
        view! {
            <li class="card about" id=last_asked>
                <h3><bdi>{it.name.clone()}</bdi></h3>
                <dl class="facts">
                    {fact(PasskeyText::MadeAt, time(&it.made_at))}
                    {fact(PasskeyText::LastUsedAt, time(&it.last_used_at))}
                    {fact(PasskeyText::Site, it.other_site.clone())}
                </dl>
                {content}
            </li>
        }
        .into_any()
    }

    fn add_form(self) -> AnyView {
        let Self(page) = self;
        let name = NodeRef::<html::Input>::new();
        let suggestion = match &*page.account.read_untracked() {
            AccountState::Ready(account) => account.sessions.iter().find(|it| it.is_current).and_then(|it| it.device.clone()),
            AccountState::Loading | AccountState::Failed(_) => None,
        };
        let suggestion = suggestion.unwrap_or_else(|| PasskeyText::DefaultName.text().to_owned());
        effect(move || {
            if let Some(input) = name.get() {
                input.set_value(&suggestion);
            }
        });
        let form = SensitiveForm::new(page, (Form::AddPasskey, PasskeyText::Heading.text()), NAME);
        let send = move || {
            let name = name.get_untracked().map(|input| input.value()).unwrap_or_default();
            let body = StartPasskey { name, current_password: form.password() };
            let request = async move { Ok((self, make(page.session, body).await?)) };
            form.send(Box::pin(request), |form, (section, made)| match made {
                Ok(()) => section.changed(PasskeyText::Made),
                Err(error) => {
                    let message = error.message();
                    form.refused(FormError::Form(message.what.to_owned(), message.next));
                }
            });
        };
        let content = view! {
            <p>{PasskeyText::NameHint.text()}</p>
            {form::text_field(NAME, form.error, name)}
        };
        form.view(content.into_any(), send, (PasskeyText::Make.text(), PasskeyText::Making.text()))
    }

    fn remove_form(self) -> AnyView {
        let form = SensitiveForm::new(self.0, (Form::RemovePasskey, PasskeyText::Heading.text()), NAME);
        let send = move || {
            let body = Confirmation { current_password: form.password() };
            let id = self.0.passkeys.removed.get_untracked();
            let request = async move { api::remove_passkey(self.0.session, &id, &body).await.map(|_| self) };
            form.send(Box::pin(request), |_, section| section.changed(PasskeyText::Removed));
        };
        let content = view! { <p>{PasskeyText::AboutRemoval.text()}</p> };
        form.view(content.into_any(), send, (PasskeyText::ConfirmRemoval.text(), PasskeyText::Removing.text()))
    }

    /// Says what was done, and shows the list anew.
    fn changed(self, text: PasskeyText) {
        self.0.succeeded(Form::AddPasskey, text.text());
        self.load("#add-passkey > button");
    }
}

/// Has the browser make a passkey and the backend keep it.
async fn make(session: Session, body: StartPasskey) -> Result<Result<(), PasskeyError>, ApiError> {
    let options = api::start_passkey(session, &body).await?;
    let made = match webauthn::create(&options).await {
        Ok(made) => made,
        Err(WebAuthnError::AlreadyThere) => return Ok(Err(PasskeyError::AlreadyThere)),
        Err(WebAuthnError::Refused) => return Ok(Err(PasskeyError::NotMade)),
    };
    let Ok(passkey) = json::decode::<NewPasskey>(&made) else { return Ok(Err(PasskeyError::NotMade)) };
    api::add_passkey(session, &passkey).await?;
    Ok(Ok(()))
}

/// The input for a passkey's name.
const NAME: TextField =
    TextField::new(Field { id: "passkey-name", error_id: "passkey-name-error" }, Text::new("Name of the passkey"), "name", "off");
