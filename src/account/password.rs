//! The form on the account page that replaces the password. The change ends every session of the user, so this browser is signed in anew
//! with the new password, at once.

use super::{
    AccountPage, Form, api,
    current_password::{self, CURRENT_PASSWORD, CurrentPassword},
};
use crate::{
    core::Route,
    data::ApiError,
    sign_in::{
        new_password::{self, NEW_PASSWORD, NewPassword},
        outcome::CODE,
    },
    ui::{
        ErasedSignal, click, document, dynamic, effect,
        form::{self, FieldError, FormError, FormErrorSignal},
    },
};
use fusionauth_api::password::PasswordRule;
use leptos::{html, prelude::*};
use leptos_fusionauth::{LoginFailure, TrustDevice};
use storefront_api::account::ReplacePassword;
use storefront_messages::{SignInError, SignInField, Text, t};

const CHANGED: Text = Text::new("Your password is changed. You are signed in here, and signed out everywhere else.");
const ENTER_CODE: Text =
    Text::new("Your password is changed. To stay signed in, enter a code of your authenticator app, or a recovery code.");
const SIGN_IN: Text = Text::new("Your password is changed. Sign in with the new one.");

/// The form. Where the account has a second factor, the one for its code follows.
pub(super) fn form(page: AccountPage) -> AnyView {
    let two_factor_id = ErasedSignal::new(None::<String>);
    dynamic(move || match two_factor_id.get() {
        Some(id) => code_form(page, id),
        None => password_form(page, two_factor_id),
    })
}

fn password_form(page: AccountPage, two_factor_id: ErasedSignal<Option<String>>) -> AnyView {
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let (current, new) = (CurrentPassword::new(), NewPassword::load());
    effect(move || page.title.error(error.read().is_some()));
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
        // Not scoped to the page: once the password is changed, the sign-in must follow.
        leptos::task::spawn_local(async move {
            let answer = api::replace_password(page.session, &body).await;
            let email = page.user.read_untracked().email.clone().unwrap_or_default();
            match answer {
                Ok(_) => match page.session.sign_in(&email, &body.password).await {
                    Err(LoginFailure::TwoFactorRequired { two_factor_id: id, .. }) => {
                        if two_factor_id.try_set(Some(id)) {
                            page.context.announce(ENTER_CODE.get());
                            document::focus_after_render(format!("#{}", CODE.field.id));
                        } else {
                            signed_in(page, false); // the page was left, so nobody can enter the code
                        }
                    }
                    outcome => signed_in(page, outcome.is_ok()),
                },
                Err(why) => {
                    _ = busy.try_set(false);
                    Form::Password.show_error(error, form_error(&why));
                }
            }
        });
    };
    view! {
        <form id="replace-password" class="write" method="post" novalidate="" on:submit=form::submit(send)>
            {form::summary(error, send)}
            {form::account_name(page.user.read_untracked().email.clone().unwrap_or_default())}
            {current.view(error)}
            {new.view(NEW_PASSWORD, error)}
            {form::submit_button(busy, t!("Change password"), t!("Changing your password…"))}
            <button type="button" class="quiet wide" on:click=click(move || page.close(Form::Password))>{t!("Cancel")}</button>
            <p><a href=Route::ForgotPassword.href()>{t!("Forgot your password?")}</a></p>
        </form>
    }
    .into_any()
}

/// The form for the second factor of the sign-in that follows.
fn code_form(page: AccountPage, two_factor_id: String) -> AnyView {
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let id = StoredValue::new(two_factor_id);
    effect(move || page.title.error(error.read().is_some()));
    let send = move || {
        let code: String = input.get_untracked().map(|input| input.value()).unwrap_or_default().split_whitespace().collect();
        if busy.get_untracked() {
            return;
        }
        let refused = |message: &str| FormError::Fields(vec![FieldError { field: CODE.field, message: message.to_owned() }]);
        if code.is_empty() {
            return Form::Password.show_error(error, refused(SignInField::Code.missing()));
        }
        error.set(None);
        busy.set(true);
        leptos::task::spawn_local(async move {
            match page.session.complete_two_factor(&id.get_value(), &code, TrustDevice::No).await {
                Err(LoginFailure::InvalidCode) => {
                    _ = busy.try_set(false);
                    Form::Password.show_error(error, refused(SignInError::InvalidCode.message().what));
                }
                outcome => signed_in(page, outcome.is_ok()),
            }
        });
    };
    view! {
        <form class="write" method="post" novalidate="" on:submit=form::submit(send)>
            {form::summary(error, send)}
            <p>{ENTER_CODE.get()}</p>
            {form::text_field(CODE, error, input)}
            {form::submit_button(busy, t!("Check code"), t!("Checking the code…"))}
        </form>
    }
    .into_any()
}

/// Says that the password is changed. Without a sign-in after that, this browser's session is one of those that have ended.
fn signed_in(page: AccountPage, is_signed_in: bool) {
    if is_signed_in {
        page.succeeded(Form::Password, CHANGED.get());
        page.load();
    } else {
        page.sign_out(SIGN_IN.get());
    }
}

/// The errors of the inputs that are empty.
fn missing(body: &ReplacePassword) -> Option<FormError> {
    let mut errors = Vec::new();
    if body.current_password.is_empty() {
        errors.push(current_password::missing());
    }
    if body.password.is_empty()
        && let FormError::Fields(blank) = new_password::broken(NEW_PASSWORD, &[PasswordRule::Blank])
    {
        errors.extend(blank);
    }
    (!errors.is_empty()).then_some(FormError::Fields(errors))
}

fn form_error(why: &ApiError) -> FormError {
    match why {
        // To send the same once more would be refused, if the first try got through.
        ApiError::NoAnswer(_) => FormError::Form(
            t!("The answer got lost.").to_owned(),
            t!("Your password may be changed already. Check your connection, then sign in with the new one."),
        ),
        _ => why.in_form(&[CURRENT_PASSWORD, NEW_PASSWORD]),
    }
}
