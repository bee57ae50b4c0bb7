//! The authenticator app as a second factor: the forms that add and remove one, and the form for new recovery codes.

use super::{AccountPage, AccountState, Form, api, qr_code, recovery_codes, sensitive_form::SensitiveForm};
use crate::{
    core::Route,
    data::{ApiError, NoticeKind, PageNotice},
    sign_in::outcome::CODE,
    ui::{
        ErasedSignal, components, document, dynamic,
        form::{self, FieldError, FormError},
        none,
    },
};
use leptos::{html, prelude::*};
use std::sync::Arc;
use storefront_api::account::{AddAuthenticator, AuthenticatorSecret, Confirmation, RecoveryCodes, RemoveAuthenticator};
use storefront_messages::{SignInField, t};

/// The section. It is empty until it is known whether there is an app.
pub(super) fn section(page: AccountPage) -> AnyView {
    let content = dynamic(move || {
        if let Some(codes) = &*page.recovery_codes.read() {
            return recovery_codes::view(page, codes);
        }
        match &*page.account.read() {
            AccountState::Ready(account) if account.authenticators.is_empty() => {
                page.card(Form::AddAuthenticator, about_none(), t!("Set up an app"), add_form)
            }
            AccountState::Ready(_) => view! {
                {page.card(Form::RemoveAuthenticator, about_app(), t!("Remove the app"), remove_form)}
                {page.card(Form::RecoveryCodes, about_codes(), t!("Make new codes"), codes_form)}
            }
            .into_any(),
            AccountState::Loading | AccountState::Failed(_) => none(),
        }
    });
    view! { <div class="sections" id="second-factor">{content}</div> }.into_any()
}

type Heading = (&'static str, &'static str);

fn about_none() -> Heading {
    (t!("Authenticator app"), t!("With an app on your phone, nobody gets in with your password alone: a sign-in asks for a code as well."))
}

fn about_app() -> Heading {
    (t!("Authenticator app"), t!("A sign-in asks for a code of your app."))
}

fn about_codes() -> Heading {
    (t!("Recovery codes"), t!("Without your phone, a recovery code gets you in. If yours are lost, make new ones."))
}

/// The form, and the input for the code.
#[derive(Clone, Copy)]
struct CodeForm {
    form: SensitiveForm,
    code: NodeRef<html::Input>,
}

impl CodeForm {
    fn new(page: AccountPage, form: Form) -> Self {
        Self { form: SensitiveForm::new(page, (form, t!("Authenticator app")), CODE), code: NodeRef::new() }
    }

    /// The code that is typed. `None`, and the error is shown, if there is none.
    fn code(self) -> Option<String> {
        let code = self.code.get_untracked().map(|input| input.value()).unwrap_or_default();
        if code.trim().is_empty() {
            let missing = FieldError { field: CODE.field, message: SignInField::Code.missing().to_owned() };
            self.form.show_error(FormError::Fields(vec![missing]));
            return None;
        }
        Some(code)
    }

    fn field(self) -> AnyView {
        form::text_field(CODE, self.form.error, self.code)
    }
}

/// Shows recovery codes in place of the form that asked for them.
fn show_codes(SensitiveForm { page, .. }: SensitiveForm, codes: RecoveryCodes) {
    if page.recovery_codes.try_set(Some(codes.recovery_codes)) {
        page.open.set(None);
        page.title.error(false);
        document::focus_after_render(".recovery-codes h2");
    } else {
        let text = t!("Your recovery codes were made and not shown, because you have left the page. Make new ones.").to_owned();
        page.mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Account });
    }
}

/// The secret for a new app.
#[derive(Clone)]
enum Secret {
    Loading,
    Ready(Arc<AuthenticatorSecret>),
    Failed(ApiError),
}

fn add_form(page: AccountPage) -> AnyView {
    let state = ErasedSignal::new(Secret::Loading);
    let load = move || {
        page.scope.spawn(async move {
            _ = state.try_set(match api::authenticator_secret(page.session).await {
                Ok(secret) => Secret::Ready(Arc::new(secret)),
                Err(error) => Secret::Failed(error),
            });
        });
    };
    load();
    let retry = move || {
        state.set(Secret::Loading);
        document::focus("#second-factor h2"); // the button that has the focus is about to be removed
        load();
    };
    let code = CodeForm::new(page, Form::AddAuthenticator);
    let send = move || {
        let (Secret::Ready(secret), Some(typed)) = (state.get_untracked(), code.code()) else { return };
        let body = AddAuthenticator { secret: secret.secret.clone(), code: typed, current_password: code.form.password() };
        code.form.send(Box::pin(async move { api::add_authenticator(page.session, &body).await }), show_codes);
    };
    dynamic(move || match state.get() {
        Secret::Loading => components::skeleton("card", 1),
        Secret::Failed(error) => components::failure(error.to_string(), retry),
        Secret::Ready(secret) => {
            let steps = view! {
                <ol>
                    <li>
                        {t!("Scan this with the app, or open it on this device.")}
                        {qr_code::view(&secret.uri, t!("QR code for your authenticator app"))}
                        <p><a href=secret.uri.clone()>{t!("Open in an app on this device")}</a></p>
                    </li>
                    <li>{t!("No camera? Type this key into the app: ")}<code class="secret">{grouped(&secret.secret)}</code></li>
                    <li>{t!("Enter the six digits that the app shows.")}</li>
                </ol>
                {code.field()}
            };
            code.form.view(steps.into_any(), send, (t!("Turn on"), t!("Checking the code…")))
        }
    })
}

/// A secret in groups of four, as people copy it.
fn grouped(secret: &str) -> String {
    let mut text = String::new();
    for (at, letter) in secret.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

fn remove_form(page: AccountPage) -> AnyView {
    let code = CodeForm::new(page, Form::RemoveAuthenticator);
    let send = move || {
        let Some(typed) = code.code() else { return };
        let body = RemoveAuthenticator { code: typed, current_password: code.form.password() };
        let id = match &*page.account.read_untracked() {
            AccountState::Ready(account) => account.authenticators.first().map(|it| it.id.clone()),
            AccountState::Loading | AccountState::Failed(_) => None,
        };
        let request = async move { api::remove_authenticator(page.session, &id.unwrap_or_default(), &body).await };
        code.form.send(Box::pin(request), |SensitiveForm { page, .. }, _| {
            page.succeeded(Form::AddAuthenticator, t!("The app is removed. A sign-in asks for your password alone."));
            page.reload("#add-authenticator > button");
        });
    };
    let content = view! {
        <p>{t!("Enter a code of the app, or one of your recovery codes.")}</p>
        {code.field()}
    };
    code.form.view(content.into_any(), send, (t!("Remove the app"), t!("Removing the app…")))
}

fn codes_form(page: AccountPage) -> AnyView {
    let form = SensitiveForm::new(page, (Form::RecoveryCodes, t!("Recovery codes")), CODE);
    let send = move || {
        let body = Confirmation { current_password: form.password() };
        form.send(Box::pin(async move { api::new_recovery_codes(page.session, &body).await }), show_codes);
    };
    let content = view! { <p>{t!("The codes that you have now stop working.")}</p> };
    form.view(content.into_any(), send, (t!("Make new codes"), t!("Making new codes…")))
}
