//! `/change-password/{id}`: the form for a new password, without the old one, to which a mailed link leads. Whoever has chosen one is
//! signed in.
//!
//! A sign-in for which FusionAuth wants another password shows the same form. If the account has a second factor, the link alone does not
//! change its password: the code is asked for first, through the backend, because FusionAuth begins that with an API key alone.
//!
//! The id of the link opens the account. It leaves the address bar before anything else happens, and is kept in memory alone, so a page
//! that is loaded anew has none and offers a new link.

use super::{
    Attempt,
    api::{self, LinkCode, LinkTrust},
    blocked,
    code::{self, CodeForm},
    forgot_password::{self, Request},
    keep_box, kept, link_id,
    new_password::{self, NEW_PASSWORD, NewPassword},
    outcome::{self, Next, Stage},
    step::{ChangePasswordId, TwoFactorId},
};
use crate::{
    core::{AppContext, Departure, Route, use_app_context, use_location},
    data::{NoticeKind, PageNotice, use_mutations},
    ui::{
        ApplyToPage, ErasedSignal, Page, PageScope, components, document, dynamic, effect,
        form::{self, FormError, FormErrorSignal},
        none, use_title,
    },
};
use fusionauth_api::password::{ChangePasswordIdState, ChangePasswordOutcome, ChangePasswordRequest, OneTimePassword, PasswordRule};
use leptos::{html, prelude::*};
use leptos_fusionauth::use_session;
use storefront_messages::{Blocked, CodeError, PasswordChangeReason, PasswordError, Text, t};

/// What the page shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// FusionAuth is asked about the link.
    Loading,
    /// FusionAuth wants the second factor first.
    Code,
    /// The form.
    Form,
    /// The link cannot be used.
    Expired,
    /// Nothing is known about the link.
    Failed,
}

/// What changes the password. A handle: copy it into whatever needs it.
#[derive(Clone, Copy)]
struct Link {
    /// The id of the link or of the sign-in.
    id: StoredValue<String>,
    /// What the second factor has given: the trust token and its challenge.
    trust: StoredValue<Option<(String, String)>>,
    /// The second factor that was begun.
    challenge: StoredValue<Option<LinkCode>>,
    /// Whether the second factor was begun anew, because the code came too late.
    is_late: StoredValue<bool>,
}

impl Link {
    fn new(id: String) -> Self {
        Self {
            id: StoredValue::new(id),
            trust: StoredValue::new(None),
            challenge: StoredValue::new(None),
            is_late: StoredValue::new(false),
        }
    }

    /// Begins the second factor. Returns what the page shows next.
    async fn ask_for_code(self) -> Step {
        match api::start_link_code(&self.id.get_value()).await {
            Ok(challenge) => {
                self.challenge.set_value(Some(challenge));
                Step::Code
            }
            Err(why) if why.is_retryable() => Step::Failed,
            Err(_) => Step::Expired,
        }
    }
}

/// The page.
pub fn page() -> AnyView {
    let context = use_app_context();
    let link = Link::new(link_id::take(Route::ChangePassword));
    let step = ErasedSignal::new(Step::Loading);
    let scope = PageScope::current();
    let check = move || {
        if link.id.with_value(String::is_empty) {
            return step.set(Step::Expired);
        }
        scope.spawn(async move {
            step.set(match api::change_password_id_state(context.config, &link.id.get_value()).await {
                ChangePasswordIdState::Valid => Step::Form,
                ChangePasswordIdState::SecondFactorRequired => link.ask_for_code().await,
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
        Step::Code => code_form(link, step),
        Step::Form => link_form(context, link, step),
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

/// The form for the second factor's code.
fn code_form(link: Link, step: ErasedSignal<Step>) -> AnyView {
    let Some(LinkCode { two_factor_id, methods, trust_challenge }) = link.challenge.get_value() else { return none() };
    let late = CodeError::BegunAnew.message();
    let error: FormErrorSignal = ErasedSignal::new(link.is_late.get_value().then(|| FormError::Form(late.what.to_owned(), late.next)));
    let busy = ErasedSignal::new(false);
    let scope = PageScope::current();
    let title = use_title();
    effect(move || {
        title.name(code::HEADING.get());
        title.error(error.read().is_some());
    });
    let begin_anew = move || {
        scope.spawn(async move {
            link.is_late.set_value(true);
            step.set(link.ask_for_code().await);
            document::focus_after_render(".summary");
        });
    };
    let (waiting, challenge) = (StoredValue::new(two_factor_id.clone()), StoredValue::new(trust_challenge));
    let check = move |typed: String, input: web_sys::HtmlInputElement| {
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        scope.spawn(async move {
            let checked = api::check_link_code(&waiting.get_value(), &typed).await;
            busy.set(false);
            match checked {
                Ok(LinkTrust { change_password_id: Some(id), .. }) => link.id.set_value(id),
                Ok(LinkTrust { trust_token, .. }) => link.trust.set_value(trust_token.map(|it| (it, challenge.get_value()))),
                Err(why) if why.is_not_found() => return begin_anew(),
                Err(why) => {
                    input.set_value("");
                    return form::show_error(error, why.in_form(&[outcome::CODE]));
                }
            }
            step.set(Step::Form);
            document::focus_after_render("main h1");
        });
    };
    let purpose = view! { <p>{t!("This account is protected by a second factor. Enter a code, then choose a new password.")}</p> };
    code::form(CodeForm {
        id: TwoFactorId(two_factor_id),
        methods,
        error,
        busy,
        purpose: purpose.into_any(),
        more: none(),
        back: forgot_password::link_back()(),
        check: Box::new(check),
        expired: Box::new(begin_anew),
    })
}

fn link_form(context: AppContext, link: Link, step: ErasedSignal<Step>) -> AnyView {
    let (session, mutations, location) = (use_session(), use_mutations(), use_location());
    let scope = PageScope::current();
    let keep = NodeRef::<html::Input>::new();
    let changed = move |one_time_password| {
        let session = session.keep_signed_in(kept(keep));
        link.id.set_value(String::new());
        scope.finish(session, async move {
            let answer = session.sign_in_once(one_time_password).await;
            Box::new(move |visited| {
                let (text, page) = match answer {
                    Ok(()) => (SIGNED_IN, Route::after_sign_in(context.app)),
                    Err(_) => (SIGN_IN, Route::Login),
                };
                mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.get().to_owned(), page: Route::Account });
                if visited == Page::Open {
                    location.open(page.href(), Departure::Replaced);
                }
            }) as ApplyToPage
        });
    };
    let expired = move |_| {
        step.set(Step::Expired);
        document::focus_after_render(".summary");
    };
    let needs_code = move |_| {
        scope.spawn(async move {
            step.set(link.ask_for_code().await);
            document::focus_after_render("main h1");
        });
    };
    form(link, "", keep_box(keep), forgot_password::link_back()(), Box::new(changed), Box::new(expired), Box::new(needs_code))
}

/// The form of a sign-in for which FusionAuth wants another password first, because of `reason`. `id` came with that answer.
pub(super) fn required_form(attempt: Attempt, ChangePasswordId(id): ChangePasswordId, reason: PasswordChangeReason) -> AnyView {
    let (session, mutations, scope) = (use_session(), use_mutations(), PageScope::current());
    let changed = move |one_time_password| {
        let session = attempt.session(session);
        scope.finish(session, async move {
            let answer = session.sign_in_once(one_time_password).await;
            Box::new(move |visited| {
                let next = outcome::next(answer);
                let text = if next == Next::Done { SIGNED_IN } else { SIGN_IN };
                mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.get().to_owned(), page: Route::Account });
                // The new password holds, whatever became of the sign-in.
                if visited == Page::Open {
                    attempt.follow(if let Next::Stay(_) = next { Next::Go(Stage::Password, None) } else { next });
                }
            }) as ApplyToPage
        });
    };
    let expired = |error| {
        let next = t!("Go back, and sign in with your old password once more.");
        form::show_error(error, FormError::Form(t!("This took too long.").to_owned(), next));
    };
    let back = view! {
        {form::account_name(attempt.username.get_value())}
        {blocked::back(attempt)}
    };
    let why = Blocked::PasswordChangeRequired(reason).message().what;
    let needs_code = |error| form::show_error(error, forgot_password::form_error(PasswordError::SecondFactorRequired));
    form(Link::new(id), why, none(), back.into_any(), Box::new(changed), Box::new(expired), Box::new(needs_code))
}

type ShowError = Box<dyn Fn(FormErrorSignal) + Send + Sync>;

const SIGNED_IN: Text = Text::new("Your password is changed, and you are signed in.");
const SIGN_IN: Text = Text::new("Your password is changed. Sign in with it.");

/// The form; `more` stands above its button. `changed` goes on with the one-time password, `expired` shows that the id cannot be used any
/// more, and `needs_code` that a second factor has to be shown.
fn form(
    link: Link,
    why: &'static str,
    more: AnyView,
    back: AnyView,
    changed: Box<dyn Fn(OneTimePassword) + Send + Sync>,
    expired: ShowError,
    needs_code: ShowError,
) -> AnyView {
    let (context, title) = (use_app_context(), use_title());
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let password = NewPassword::load();
    let scope = PageScope::current();
    let (changed, expired, needs_code) = (StoredValue::new(changed), StoredValue::new(expired), StoredValue::new(needs_code));
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
            let (change_password_id, trust) = (&*link.id.get_value(), link.trust.get_value());
            let (trust_token, trust_challenge) = trust.as_ref().map(|(token, challenge)| (&**token, &**challenge)).unzip();
            let body = ChangePasswordRequest { change_password_id, password: &typed, trust_token, trust_challenge };
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
                ChangePasswordOutcome::SecondFactorRequired => {
                    busy.set(false);
                    return needs_code.with_value(|show| show(error));
                }
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
            <p class="lead">{t!("You are signed in with it here, and signed out everywhere else.")}</p>
            <form id="change-password" method="post" novalidate="" on:submit=form::submit(send)>
                {form::summary(error, send)}
                {password.view(NEW_PASSWORD, error)}
                {more}
                {form::submit_button(busy, t!("Change password"), t!("Changing your password…"))}
                {back}
            </form>
        </section>
    }
    .into_any()
}
