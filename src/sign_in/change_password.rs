//! `/change-password/{id}`: the form that an emailed reset link opens. It asks for a new password but not for the old one, and then signs
//! the user in. A sign-in for which FusionAuth requires another password shows the same form.
//!
//! If the account has a second factor, the page first asks for a code. The app requests the code through the backend, because FusionAuth
//! starts a second factor only for callers with an API key.
//!
//! The id of the link is a secret. The page removes it from the address bar before anything else happens, and keeps it only in memory. A
//! reloaded page has no id, and offers to email a new link.

use super::{
    api::{self, LinkCode, LinkTrust},
    forgot_password::{self, ForgotPasswordForm, LinkToSignIn},
    link_id,
    new_password::{self, NEW_PASSWORD, NewPassword, NewPasswordInput},
    progress::SignInProgress,
};
use crate::{
    core::{Route, use_app_context},
    data::{NoticeKind, PageNotice, use_mutations},
    ui::{
        ApplyToPage, Page, PageScope,
        components::{Heading, LoadFailure, Skeleton},
        document,
        form::{self, AccountName, ErrorSummary, FormError, FormErrorSignal, SubmitButton, TextField},
        use_title,
    },
};
use fusionauth_api::password::{ChangePasswordIdState, ChangePasswordOutcome, ChangePasswordRequest, OneTimePassword, PasswordRule};
use leptos::{html, prelude::*};
use leptos_fusionauth::use_session;
use leptos_fusionauth_forms::{BackToSignIn, CodeForm, KeepSignedInBox, Next, Stage, TwoFactorId, kept, next};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use storefront_messages::{Blocked, CodeError, PasswordChangeReason, PasswordError, Storefront, Text, t};

/// The state of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// FusionAuth is checking the link.
    Loading,
    /// The form for the second factor's code, which FusionAuth requires first.
    Code,
    /// The form for the new password.
    Form,
    /// The link cannot be used.
    Expired,
    /// FusionAuth or the backend gave no usable answer. The user can retry.
    Failed,
}

/// The credentials for the change of the password. All copies share them.
#[derive(Clone, Copy)]
struct Link {
    /// FusionAuth's id for the change, from the link or from the answer to a sign-in.
    id: StoredValue<String>,
    /// The result of the second factor: the trust token and its challenge.
    trust: StoredValue<Option<(String, String)>>,
    /// The pending check of the second factor, for which the page asks for a code.
    challenge: StoredValue<Option<LinkCode>>,
    /// Whether the page started the check of the second factor again, because the earlier check had expired.
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

    /// Begins the second factor. Returns the next state of the page.
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

/// The page as a plain function, which a separately loaded part of the app exports.
pub fn page() -> AnyView {
    view! { <ChangePasswordPage/> }.into_any()
}

/// The page. It asks FusionAuth whether the link is valid, and then shows the form for the next step.
#[component]
fn ChangePasswordPage() -> impl IntoView {
    let context = use_app_context();
    let link = Link::new(link_id::take(Route::ChangePassword));
    let step = RwSignal::new(Step::Loading);
    let scope = PageScope::current();
    let check = move || {
        if link.id.with_value(String::is_empty) {
            return step.set(Step::Expired);
        }
        scope.spawn(async move {
            let next = match api::change_password_id_state(context.config, &link.id.get_value()).await {
                ChangePasswordIdState::Valid => Step::Form,
                ChangePasswordIdState::SecondFactorRequired => link.ask_for_code().await,
                ChangePasswordIdState::Expired => Step::Expired,
                ChangePasswordIdState::Unavailable { .. } => Step::Failed,
            };
            let has_focus = document::heading_has_focus();
            step.set(next);
            if has_focus {
                document::focus_after_render("main h1"); // the form's heading replaces the heading that had the focus
            }
        });
    };
    check();
    let retry = move || {
        step.set(Step::Loading);
        document::focus_after_render("main h1");
        check();
    };
    let content = move || match step.get() {
        Step::Loading => view! {
            <section class="auth"><Heading text=Route::ChangePassword.title()/><Skeleton class="card" count=1/></section>
        }
        .into_any(),
        Step::Code => view! { <LinkCodeForm link step/> }.into_any(),
        Step::Form => view! { <LinkPasswordForm link step/> }.into_any(),
        Step::Expired => view! {
            <ForgotPasswordForm error=forgot_password::form_error(PasswordError::LinkExpired)><LinkToSignIn/></ForgotPasswordForm>
        }
        .into_any(),
        Step::Failed => view! {
            <section class="auth">
                <Heading text=Route::ChangePassword.title()/>
                <LoadFailure text=PasswordError::Unavailable.message().to_string() retry/>
            </section>
        }
        .into_any(),
    };
    view! { <div class="narrow">{move || content()}</div> }
}

/// The form for the second factor's code, on the page of a reset link.
#[component]
fn LinkCodeForm(link: Link, step: RwSignal<Step>) -> impl IntoView {
    let LinkCode { two_factor_id, methods, trust_challenge } = link.challenge.get_value()?;
    let late = CodeError::StartedOver.message::<Storefront>();
    let error = FormErrorSignal::new(link.is_late.get_value().then(|| FormError::Form(late.what.to_owned(), late.next)));
    let busy = RwSignal::new(false);
    let scope = PageScope::current();
    let title = use_title();
    Effect::new(move |_| {
        title.name(t!("Enter your code"));
        title.error(error.read().is_some());
    });
    let start_over = move || {
        scope.spawn(async move {
            link.is_late.set_value(true);
            step.set(link.ask_for_code().await);
            document::focus_after_render(".summary");
        });
    };
    let (waiting, challenge) = (StoredValue::new(two_factor_id.clone()), StoredValue::new(trust_challenge));
    let check = move |(typed, input): (String, web_sys::HtmlInputElement)| {
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
                Err(why) if why.is_not_found() => return start_over(),
                Err(why) => {
                    input.set_value("");
                    return form::show_error(error, why.in_form(&[TextField::CODE]));
                }
            }
            step.set(Step::Form);
            document::focus_after_render("main h1");
        });
    };
    let purpose = t!("Two-factor authentication protects this account. Enter a code, then choose a new password.");
    Some(view! {
        <CodeForm id=TwoFactorId(two_factor_id) methods error busy purpose check expired=start_over><LinkToSignIn/></CodeForm>
    })
}

/// The form for the new password, on the page of a reset link.
#[component]
fn LinkPasswordForm(link: Link, step: RwSignal<Step>) -> impl IntoView {
    let (context, session, mutations, navigate) = (use_app_context(), use_session(), use_mutations(), use_navigate());
    let error = FormErrorSignal::new(None);
    let scope = PageScope::current();
    let keep = NodeRef::<html::Input>::new();
    let changed = move |one_time_password: OneTimePassword| {
        let (session, navigate) = (session.keep_signed_in(kept(keep)), navigate.clone());
        link.id.set_value(String::new());
        scope.finish(session, async move {
            let answer = session.sign_in_once(one_time_password).await;
            Box::new(move |visited| {
                let (text, page) = match answer {
                    Ok(()) => (SIGNED_IN, Route::after_sign_in(context.app)),
                    Err(_) => (SIGN_IN, Route::Login),
                };
                mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.get().to_owned(), page: Route::Account, link: None });
                if visited == Page::Open {
                    navigate(page.href(), NavigateOptions { replace: true, ..Default::default() });
                }
            }) as ApplyToPage
        });
    };
    let expired = move || {
        step.set(Step::Expired);
        document::focus_after_render(".summary");
    };
    let needs_code = move || {
        scope.spawn(async move {
            step.set(link.ask_for_code().await);
            document::focus_after_render("main h1");
        });
    };
    view! { <NewPasswordForm link error keep changed expired needs_code><LinkToSignIn/></NewPasswordForm> }
}

/// The form for the new password, in a sign-in for which FusionAuth requires another password first.
#[component]
pub(super) fn RequiredPasswordForm(
    progress: SignInProgress,
    /// The id in FusionAuth's answer, which allows the change.
    id: String,
    /// Why FusionAuth requires another password.
    reason: PasswordChangeReason,
) -> impl IntoView {
    let (session, mutations, scope) = (use_session(), use_mutations(), PageScope::current());
    let error = FormErrorSignal::new(None);
    let changed = move |one_time_password: OneTimePassword| {
        let session = progress.session(session);
        scope.finish(session, async move {
            let answer = session.sign_in_once(one_time_password).await;
            Box::new(move |visited| {
                let next = next(answer);
                let text = if next == Next::Done { SIGNED_IN } else { SIGN_IN };
                mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.get().to_owned(), page: Route::Account, link: None });
                // The password has changed even if the sign-in failed. In that case the user continues with the first form.
                if visited == Page::Open {
                    progress.follow(if let Next::Stay(_) = next { Next::Go(Stage::Password, None) } else { next });
                }
            }) as ApplyToPage
        });
    };
    let expired = move || {
        let next = t!("Go back and sign in with your old password again.");
        form::show_error(error, FormError::Form(t!("This took too long.").to_owned(), next));
    };
    let why = Blocked::PasswordChangeRequired(reason).message::<Storefront>().what;
    let needs_code = move || form::show_error(error, forgot_password::form_error(PasswordError::SecondFactorRequired));
    view! {
        <NewPasswordForm link=Link::new(id) error why changed expired needs_code>
            <AccountName name=progress.username.get_value()/>
            <BackToSignIn progress/>
        </NewPasswordForm>
    }
}

const SIGNED_IN: Text = Text::new("Password changed. You're signed in.");
const SIGN_IN: Text = Text::new("Password changed. Sign in with your new password.");

/// The form for the new password.
#[component]
fn NewPasswordForm(
    link: Link,
    error: FormErrorSignal,
    /// Why FusionAuth requires another password.
    #[prop(optional)]
    why: Option<&'static str>,
    /// The checkbox "Keep me signed in", if the form has one.
    #[prop(optional)]
    keep: Option<NodeRef<html::Input>>,
    /// Called after the change. The callback signs the user in with the one-time password.
    #[prop(into)]
    changed: Callback<OneTimePassword>,
    /// Called if the id has expired.
    #[prop(into)]
    expired: Callback<()>,
    /// Called if FusionAuth requires a second factor first.
    #[prop(into)]
    needs_code: Callback<()>,
    /// The link or button that leaves the form, and hidden inputs.
    children: Children,
) -> impl IntoView {
    let (context, title) = (use_app_context(), use_title());
    let busy = RwSignal::new(false);
    let password = NewPassword::load();
    let scope = PageScope::current();
    Effect::new(move |_| {
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
                ChangePasswordOutcome::Changed(one_time_password) => return changed.run(one_time_password),
                ChangePasswordOutcome::Expired => {
                    busy.set(false);
                    return expired.run(());
                }
                ChangePasswordOutcome::Refused(rules) => {
                    busy.set(false);
                    return form::show_error(error, new_password::broken(NEW_PASSWORD, &rules));
                }
                ChangePasswordOutcome::SecondFactorRequired => {
                    busy.set(false);
                    return needs_code.run(());
                }
                ChangePasswordOutcome::Unavailable { status: 400..500 } => PasswordError::Unavailable,
                ChangePasswordOutcome::Unavailable { .. } => PasswordError::MayHaveChanged,
            };
            busy.set(false);
            form::show_error(error, forgot_password::form_error(message));
        });
    };
    view! {
        <section class="auth">
            <Heading text=Route::ChangePassword.title()/>
            {why.map(|why| view! { <p role="alert">{why}</p> })}
            <p class="lead">{t!("We'll sign you in here and sign you out everywhere else.")}</p>
            <form id="change-password" method="post" novalidate="" on:submit=form::submit(send)>
                <ErrorSummary error retry=send/>
                <NewPasswordInput password error/>
                {keep.map(|input| view! { <KeepSignedInBox design=Storefront input/> })}
                <SubmitButton design=Storefront busy text=t!("Change password") busy_text=t!("Changing your password…")/>
                {children()}
            </form>
        </section>
    }
}
