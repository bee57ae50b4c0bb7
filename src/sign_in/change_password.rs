//! `/change-password/{id}`: the form for a new password, without the old one, to which a mailed link leads. Whoever has chosen one is
//! signed in.
//!
//! A sign-in for which FusionAuth wants another password shows the same form.
//!
//! The id of the link opens the account. It leaves the address bar before anything else happens, and is kept in memory alone, so a page
//! that is loaded anew has none and offers a new link.

use super::{
    Attempt, api, blocked,
    forgot_password::{self, Request},
    link_id,
    new_password::{self, NEW_PASSWORD, NewPassword},
    outcome::{self, Next, Stage},
    step::ChangePasswordId,
};
use crate::{
    core::{AppContext, Departure, Route, use_app_context, use_location},
    data::{PageNotice, use_mutations},
    ui::{
        ErasedSignal, PageScope, components, document, dynamic, effect,
        form::{self, FormError, FormErrorSignal},
        use_title,
    },
};
use fusionauth_api::password::{ChangePasswordIdState, ChangePasswordOutcome, ChangePasswordRequest, OneTimePassword, PasswordRule};
use leptos::prelude::*;
use leptos_fusionauth::use_session;
use storefront_messages::{Blocked, PasswordChangeReason, PasswordError};

/// What the page shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// FusionAuth is asked about the link.
    Loading,
    /// The form.
    Form,
    /// The link cannot be used.
    Expired,
    /// Nothing is known about the link.
    Failed,
}

/// The page.
pub(super) fn page() -> AnyView {
    let context = use_app_context();
    let id = StoredValue::new(link_id::take(Route::ChangePassword));
    let step = ErasedSignal::new(Step::Loading);
    let scope = PageScope::current();
    let check = move || {
        if id.with_value(String::is_empty) {
            return step.set(Step::Expired);
        }
        scope.spawn(async move {
            step.set(match api::change_password_id_state(context.config, &id.get_value()).await {
                ChangePasswordIdState::Valid | ChangePasswordIdState::SecondFactorRequired => Step::Form,
                ChangePasswordIdState::Expired => Step::Expired,
                ChangePasswordIdState::Unavailable { .. } => Step::Failed,
            });
        });
    };
    check();
    let retry = move || {
        step.set(Step::Loading);
        document::focus_after_render("main h1");
        check();
    };
    let content = dynamic(move || match step.get() {
        Step::Loading => view! {
            <section class="auth">{document::heading(Route::ChangePassword.title())}{components::skeleton("card", 1)}</section>
        }
        .into_any(),
        Step::Form => link_form(context, id, step),
        Step::Expired => forgot_password::form(
            Request { error: Some(forgot_password::form_error(PasswordError::LinkExpired)), ..Request::default() },
            forgot_password::link_back(),
        ),
        Step::Failed => view! {
            <section class="auth">
                {document::heading(Route::ChangePassword.title())}
                {components::failure(PasswordError::Unavailable.message().to_string(), retry)}
            </section>
        }
        .into_any(),
    });
    view! { <div class="narrow">{content}</div> }.into_any()
}

fn link_form(context: AppContext, id: StoredValue<String>, step: ErasedSignal<Step>) -> AnyView {
    let (session, mutations, location) = (use_session(), use_mutations(), use_location());
    let changed = move |one_time_password| {
        id.set_value(String::new());
        // Not scoped to the page: the password is changed, so what follows must not be left out.
        leptos::task::spawn_local(async move {
            let (text, page) = match session.sign_in_once(one_time_password).await {
                Ok(()) => (SIGNED_IN, Route::after_sign_in(context.app)),
                Err(_) => (SIGN_IN, Route::Login),
            };
            mutations.notify(PageNotice { text: text.to_owned(), page: Route::Account });
            location.open(page.href(), Departure::Replaced);
        });
    };
    let expired = move |_| {
        step.set(Step::Expired);
        document::focus_after_render(".summary");
    };
    form(id, "", forgot_password::link_back()(), Box::new(changed), Box::new(expired))
}

/// The form of a sign-in for which FusionAuth wants another password first, because of `reason`. `id` came with that answer.
pub(super) fn required_form(attempt: Attempt, ChangePasswordId(id): ChangePasswordId, reason: PasswordChangeReason) -> AnyView {
    let (session, mutations) = (use_session(), use_mutations());
    let changed = move |one_time_password| {
        leptos::task::spawn_local(async move {
            let next = outcome::next(session.sign_in_once(one_time_password).await);
            let text = if next == Next::Done { SIGNED_IN } else { SIGN_IN };
            mutations.notify(PageNotice { text: text.to_owned(), page: Route::Account });
            // The new password holds, whatever became of the sign-in.
            attempt.follow(if let Next::Stay(_) = next { Next::Go(Stage::Password, None) } else { next });
        });
    };
    let expired = |error| {
        let next = "Go back, and sign in with your old password once more.";
        form::show_error(error, FormError::Form("This took too long.".to_owned(), next));
    };
    let back = view! {
        {form::account_name(attempt.username.get_value())}
        {blocked::back(attempt)}
    };
    let why = Blocked::PasswordChangeRequired(reason).message().what;
    form(StoredValue::new(id), why, back.into_any(), Box::new(changed), Box::new(expired))
}

const SIGNED_IN: &str = "Your password is changed, and you are signed in.";
const SIGN_IN: &str = "Your password is changed. Sign in with it.";

/// The form. `changed` goes on with the one-time password, `expired` shows that the id cannot be used any more.
fn form(
    id: StoredValue<String>,
    why: &'static str,
    back: AnyView,
    changed: Box<dyn Fn(OneTimePassword) + Send + Sync>,
    expired: Box<dyn Fn(FormErrorSignal) + Send + Sync>,
) -> AnyView {
    let (context, title) = (use_app_context(), use_title());
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let password = NewPassword::load();
    let scope = PageScope::current();
    let (changed, expired) = (StoredValue::new(changed), StoredValue::new(expired));
    effect(move || {
        title.name(Route::ChangePassword.title());
        title.error(error.read().is_some());
    });
    let send = move || {
        let typed = password.take();
        if typed.is_empty() {
            return form::show_error(error, new_password::broken(NEW_PASSWORD, &[PasswordRule::Blank]));
        }
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        scope.spawn(async move {
            let change_password_id = &*id.get_value();
            let body = ChangePasswordRequest { change_password_id, password: &typed, trust_token: None, trust_challenge: None };
            let outcome = api::change_password(context.config, &body).await;
            let message = match outcome {
                ChangePasswordOutcome::Changed(one_time_password) => return changed.with_value(|go_on| go_on(one_time_password)),
                ChangePasswordOutcome::Expired => {
                    busy.set(false);
                    return expired.with_value(|show| show(error));
                }
                ChangePasswordOutcome::Refused(rules) => {
                    busy.set(false);
                    return form::show_error(error, new_password::broken(NEW_PASSWORD, &rules));
                }
                ChangePasswordOutcome::SecondFactorRequired => PasswordError::SecondFactorRequired,
                ChangePasswordOutcome::Unavailable { .. } => PasswordError::Unavailable,
            };
            busy.set(false);
            form::show_error(error, forgot_password::form_error(message));
        });
    };
    view! {
        <section class="auth">
            {document::heading(Route::ChangePassword.title())}
            {(!why.is_empty()).then(|| view! { <p role="alert">{why}</p> }.into_any())}
            <p class="lead">"You are signed in with it here, and signed out everywhere else."</p>
            <form id="change-password" method="post" novalidate="" on:submit=form::submit(send)>
                {form::summary(error, send)}
                {password.view(NEW_PASSWORD, error)}
                {form::submit_button(busy, "Change password", "Changing your password…")}
                {back}
            </form>
        </section>
    }
    .into_any()
}
