//! The authenticator app as a second factor: the forms that add and remove one, and the form for new recovery codes.

use super::{
    page_state::{Form, Loaded, PageState},
    recovery_codes::RecoveryCodesCard,
    section::FormSection,
    sensitive_form::{SensitiveChange, SensitiveForm},
};
use crate::{
    core::Route,
    data::{NoticeKind, PageNotice, call, call_with},
    ui::{
        components::{LoadFailure, Skeleton},
        document,
        form::{FieldError, FormError, TextField, TextInput, typed},
    },
};
use leptos::{html, prelude::*};
use std::sync::Arc;
use storefront_api::account::{AddAuthenticator, AuthenticatorSecret, Confirmation, RecoveryCodes, RemoveAuthenticator};
use storefront_api::{endpoints, qr_code::QrCodeImage};
use storefront_messages::{SignInField, Storefront, t};

/// The section. It is empty until the account has loaded, because it shows different forms for an account with and without an app.
#[component]
pub(super) fn AuthenticatorSection(page: PageState) -> impl IntoView {
    let content = move || {
        if let Some(codes) = page.recovery_codes.get() {
            return Some(view! { <RecoveryCodesCard page codes/> }.into_any());
        }
        let Loaded::Ready(account) = page.account.get() else { return None };
        Some(if account.authenticators.is_empty() {
            view! {
                <FormSection
                    page
                    form=Form::AddAuthenticator
                    heading=t!("Authenticator app")
                    text=t!("With an authenticator app on your phone, nobody can sign in with your password alone. Signing in also takes a \
                             code.")
                    button=t!("Set up an app")
                >
                    <AddAuthenticatorForm page/>
                </FormSection>
            }
            .into_any()
        } else {
            view! {
                <FormSection
                    page
                    form=Form::RemoveAuthenticator
                    heading=t!("Authenticator app")
                    text=t!("You need a code from your app to sign in.")
                    button=t!("Remove the app")
                >
                    <RemoveAuthenticatorForm page/>
                </FormSection>
                <FormSection
                    page
                    form=Form::RecoveryCodes
                    heading=t!("Recovery codes")
                    text=t!("If you don't have your phone, sign in with a recovery code. If you've lost your codes, create new ones.")
                    button=t!("Create new codes")
                >
                    <NewRecoveryCodesForm page/>
                </FormSection>
            }
            .into_any()
        })
    };
    view! { <div class="sections" id="second-factor">{move || content()}</div> }
}

/// A change that needs a code from the app or a recovery code, and the input for that code.
#[derive(Clone, Copy)]
struct CodeForm {
    change: SensitiveChange,
    input: NodeRef<html::Input>,
}

impl CodeForm {
    fn new(page: PageState, form: Form) -> Self {
        Self { change: SensitiveChange::new(page, (form, t!("Authenticator app")), TextField::CODE), input: NodeRef::new() }
    }

    /// The typed code. If the input is empty, shows the error and returns `None`.
    fn code(self) -> Option<String> {
        let code = self.input.get_untracked().map(|input| typed::second_factor_code(&input.value())).unwrap_or_default();
        if code.is_empty() {
            let missing = FieldError { field: TextField::CODE.field, message: SignInField::Code.missing::<Storefront>().to_owned() };
            self.change.show_error(FormError::Fields(vec![missing]));
            return None;
        }
        Some(code)
    }
}

/// Shows recovery codes in place of the form. If the user has left the page, a notice asks them to create new codes.
fn show_codes(SensitiveChange { page, .. }: SensitiveChange, codes: RecoveryCodes) {
    if page.recovery_codes.try_set(Some(codes.recovery_codes)).is_none() {
        page.open.set(None);
        page.title.error(false);
        document::focus_after_render(".recovery-codes h3");
    } else {
        let text = t!("You left the page before we could show your recovery codes. Create new ones.").to_owned();
        page.mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Account, link: None });
    }
}

/// The form that adds an app. It shows the secret, and asks for the code that the app then shows.
#[component]
fn AddAuthenticatorForm(page: PageState) -> impl IntoView {
    let state = RwSignal::new(Loaded::<AuthenticatorSecret>::Loading);
    let load = move || {
        page.scope.spawn(async move {
            _ = state.try_set(match call(endpoints::AUTHENTICATOR_SECRET, &[]).send(page.session).await {
                Ok(secret) => Loaded::Ready(Arc::new(secret)),
                Err(error) => Loaded::Failed(error),
            });
        });
    };
    load();
    let retry = move || {
        state.set(Loaded::Loading);
        document::focus("#second-factor h3"); // the button that has the focus is about to be removed
        load();
    };
    let form = CodeForm::new(page, Form::AddAuthenticator);
    let send = move || {
        let (Loaded::Ready(secret), Some(typed)) = (state.get_untracked(), form.code()) else { return };
        let body = AddAuthenticator { secret: secret.secret.clone(), code: typed, current_password: form.change.password() };
        form.change.send(call_with(endpoints::ADD_AUTHENTICATOR, &[], &body).send(page.session), show_codes);
    };
    move || match state.get() {
        Loaded::Loading => view! { <Skeleton class="card" count=1/> }.into_any(),
        Loaded::Failed(error) => view! { <LoadFailure text=error.to_string() retry/> }.into_any(),
        Loaded::Ready(secret) => view! {
            <SensitiveForm change=form.change send text=t!("Turn on") busy_text=t!("Checking the code…")>
                <ol>
                    <li>
                        {t!("Scan this code with your app, or open it on this device.")}
                        {qr_code(&secret.uri)}
                        <p><a href=secret.uri.clone()>{t!("Open in an app on this device")}</a></p>
                    </li>
                    <li>{t!("No camera? Type this key into the app: ")}<code class="secret">{grouped(&secret.secret)}</code></li>
                    <li>{t!("Enter the six-digit code from the app.")}</li>
                </ol>
                <TextInput field=TextField::CODE error=form.change.error input=form.input/>
            </SensitiveForm>
        }
        .into_any(),
    }
}

/// The QR code for `uri`. Shows nothing if the text is too long for a QR code.
fn qr_code(uri: &str) -> impl IntoView + use<> {
    QrCodeImage::of(uri).map(|QrCodeImage { view_box, path }| {
        let name = t!("QR code for your authenticator app");
        view! { <svg class="qr-code" role="img" aria-label=name viewBox=view_box><path d=path/></svg> }
    })
}

/// A secret in groups of four characters, for users who type it into the app.
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

/// The form that removes the app.
#[component]
fn RemoveAuthenticatorForm(page: PageState) -> impl IntoView {
    let form = CodeForm::new(page, Form::RemoveAuthenticator);
    let send = move || {
        let Some(typed) = form.code() else { return };
        let body = RemoveAuthenticator { code: typed, current_password: form.change.password() };
        let id = match &*page.account.read_untracked() {
            Loaded::Ready(account) => account.authenticators.first().map(|it| it.id.clone()),
            Loaded::Loading | Loaded::Failed(_) => None,
        };
        let request = call_with(endpoints::REMOVE_AUTHENTICATOR, &[&id.unwrap_or_default()], &body).send(page.session);
        form.change.send(request, |SensitiveChange { page, .. }, _| {
            page.succeeded(Form::AddAuthenticator, t!("App removed. You now sign in with just your password."));
            page.reload("#add-authenticator > button");
        });
    };
    view! {
        <SensitiveForm change=form.change send text=t!("Remove the app") busy_text=t!("Removing the app…")>
            <p>{t!("Enter a code from the app or one of your recovery codes.")}</p>
            <TextInput field=TextField::CODE error=form.change.error input=form.input/>
        </SensitiveForm>
    }
}

/// The form that creates new recovery codes.
#[component]
fn NewRecoveryCodesForm(page: PageState) -> impl IntoView {
    let change = SensitiveChange::new(page, (Form::RecoveryCodes, t!("Recovery codes")), TextField::CODE);
    let send = move || {
        let body = Confirmation { current_password: change.password() };
        change.send(call_with(endpoints::NEW_RECOVERY_CODES, &[], &body).send(page.session), show_codes);
    };
    view! {
        <SensitiveForm change send text=t!("Create new codes") busy_text=t!("Creating new codes…")>
            <p>{t!("Your current codes will stop working.")}</p>
        </SensitiveForm>
    }
}
