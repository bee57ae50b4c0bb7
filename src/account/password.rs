//! The form on the account page that replaces the password. The change ends every session of the user, so the app signs this browser in
//! again at once, with the new password.

use super::{
    current_password::{self, CURRENT_PASSWORD, CurrentPassword, CurrentPasswordInput},
    page_state::{Form, PageState},
};
use crate::data::call_with;
use crate::{
    core::Route,
    data::ApiError,
    ui::{
        ApplyToPage, Page, PageScope, document,
        form::{self, AccountName, ErrorSummary, FieldError, FormError, FormErrorSignal, SubmitButton, TextField, TextInput, typed},
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::{LoginFailure, PasswordRule, SessionState, SignOutReason, TrustDevice};
use leptos_fusionauth_forms::{NewPassword, NewPasswordInput, broken_rules};
use storefront_api::{account::ReplacePassword, endpoints};
use storefront_messages::{SignInError, SignInField, Storefront, Text, t};

const CHANGED: Text = Text::new("Password changed. You're signed in here and signed out everywhere else.");
const ENTER_CODE: Text = Text::new("Password changed. To stay signed in, enter a code from your authenticator app or a recovery code.");
const SIGN_IN: Text = Text::new("Password changed. Sign in with your new password.");

/// The form for the passwords. If the account has a second factor, the form for its code follows.
#[component]
pub(super) fn ChangePassword(page: PageState) -> impl IntoView {
    let two_factor_id = RwSignal::new(None::<String>);
    move || match two_factor_id.get() {
        Some(id) => view! { <SecondFactorForm page two_factor_id=id/> }.into_any(),
        None => view! { <PasswordForm page two_factor_id/> }.into_any(),
    }
}

/// The form for the current and the new password.
#[component]
fn PasswordForm(
    page: PageState,
    /// Set to FusionAuth's id of the new sign-in, if that sign-in requires a second factor.
    two_factor_id: RwSignal<Option<String>>,
) -> impl IntoView {
    let error = FormErrorSignal::new(None);
    let busy = RwSignal::new(false);
    let (current, new) = (CurrentPassword::new(), NewPassword::load());
    let scope = PageScope::current();
    Effect::new(move |_| page.title.error(error.read().is_some()));
    let send = move || {
        let body = ReplacePassword { current_password: current.take(), password: new.take() };
        if busy.get_untracked() {
            return;
        }
        if let Some(missing) = missing(&body) {
            return Form::Password.show_error(error, missing);
        }
        error.set(None);
        busy.set(true);
        let session = page.session;
        let email = page.user.with_untracked(|user| user.email.clone()).unwrap_or_default();
        scope.finish(session, async move {
            if let Err(why) = call_with(endpoints::REPLACE_PASSWORD, &[], &body).send(session).await {
                return Box::new(move |_| {
                    busy.set(false);
                    page.refused((Form::Password, t!("Password")), error, form_error(&why));
                }) as ApplyToPage;
            }
            // The change may have ended the session, so sign in again, unless the user signed out while the request was in flight.
            let answer = match session.state().get_untracked() {
                SessionState::SignedOut(Some(SignOutReason::UserRequest | SignOutReason::Replaced)) => None,
                _ => Some(session.sign_in(&email, &body.password).await),
            };
            Box::new(move |visited| match answer {
                Some(Err(LoginFailure::TwoFactorRequired { two_factor_id: id, .. })) if visited == Page::Open => {
                    two_factor_id.set(Some(id));
                    page.context.announce(ENTER_CODE.get());
                    document::focus_after_render(format!("#{}", TextField::CODE.field.id));
                }
                answer => signed_in(page, matches!(answer, Some(Ok(())))),
            })
        });
    };
    view! {
        <form id="replace-password" class="write" method="post" novalidate="" on:submit=form::submit(send)>
            <ErrorSummary error retry=send/>
            <AccountName name=page.user.with_untracked(|user| user.email.clone()).unwrap_or_default()/>
            <CurrentPasswordInput current error/>
            <NewPasswordInput password=new error/>
            <SubmitButton design=Storefront busy text=t!("Change password") busy_text=t!("Changing your password…")/>
            <button type="button" class="quiet wide" on:click=move |_| page.close(Form::Password)>{t!("Cancel")}</button>
            <p><a href=Route::ForgotPassword.href()>{t!("Forgot your password?")}</a></p>
        </form>
    }
}

/// The form for the second factor of the new sign-in.
#[component]
fn SecondFactorForm(page: PageState, two_factor_id: String) -> impl IntoView {
    let error = FormErrorSignal::new(None);
    let busy = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let (id, scope) = (StoredValue::new(two_factor_id), PageScope::current());
    Effect::new(move |_| page.title.error(error.read().is_some()));
    let send = move || {
        let code = input.get_untracked().map(|input| typed::second_factor_code(&input.value())).unwrap_or_default();
        if busy.get_untracked() {
            return;
        }
        let refused = |message: &str| FormError::Fields(vec![FieldError { field: TextField::CODE.field, message: message.to_owned() }]);
        if code.is_empty() {
            return Form::Password.show_error(error, refused(SignInField::Code.missing::<Storefront>()));
        }
        error.set(None);
        busy.set(true);
        let (session, id) = (page.session, id.get_value());
        scope.finish(session, async move {
            let answer = session.complete_two_factor(&id, &code, TrustDevice::No).await;
            Box::new(move |visited| match answer {
                Err(LoginFailure::InvalidCode) if visited == Page::Open => {
                    busy.set(false);
                    Form::Password.show_error(error, refused(SignInError::InvalidCode.message::<Storefront>().what));
                }
                answer => signed_in(page, answer.is_ok()),
            }) as ApplyToPage
        });
    };
    view! {
        <form class="write" method="post" novalidate="" on:submit=form::submit(send)>
            <ErrorSummary error retry=send/>
            <p>{ENTER_CODE.get()}</p>
            <TextInput field=TextField::CODE error input/>
            <SubmitButton design=Storefront busy text=t!("Check code") busy_text=t!("Checking the code…")/>
        </form>
    }
}

/// Tells the user that the password has changed. If the new sign-in failed, also signs this browser out.
fn signed_in(page: PageState, is_signed_in: bool) {
    if is_signed_in {
        page.succeeded(Form::Password, CHANGED.get());
        page.load();
    } else {
        page.sign_out(SIGN_IN.get());
    }
}

/// The errors of the inputs that are empty, or `None` if both have text.
fn missing(body: &ReplacePassword) -> Option<FormError> {
    let mut errors = Vec::new();
    if body.current_password.is_empty() {
        errors.push(current_password::missing());
    }
    if body.password.is_empty()
        && let FormError::Fields(blank) = broken_rules(TextField::NEW_PASSWORD, &[PasswordRule::Blank])
    {
        errors.extend(blank);
    }
    (!errors.is_empty()).then_some(FormError::Fields(errors))
}

fn form_error(why: &ApiError) -> FormError {
    match why {
        // Offer no retry: if the first request took effect, FusionAuth rejects a second one, because it contains the old password.
        ApiError::NoAnswer(_) | ApiError::SignedOut => FormError::Form(
            t!("We didn't get a response.").to_owned(),
            t!("Your password may already have changed. Check your connection, then sign in with the new one."),
        ),
        _ => why.in_form(&[CURRENT_PASSWORD, TextField::NEW_PASSWORD]),
    }
}
