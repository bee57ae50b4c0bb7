//! The forms for a new password without the old one: the page of an emailed reset link, and a sign-in for which FusionAuth requires another
//! password. Both sign the user in afterwards.
//!
//! If the account has a second factor, the page of a link first asks for a code. The application requests the code through its backend,
//! because FusionAuth starts a second factor only for callers with an API key.

use crate::{
    back::BackToSignIn,
    backend::BackendAnswer,
    code_form::CodeForm,
    error::{ErrorSummary, FormError, FormErrorSignal, show_error},
    field::{AccountName, TextField},
    focus,
    forgot_password::{ForgotPasswordForm, form_error},
    heading::Heading,
    keep_signed_in::{KeepSignedInBox, kept},
    new_password::{NewPassword, NewPasswordInput, broken_rules},
    outcome::{Next, Stage, next},
    page_scope::{ApplyToPage, Page, PageScope},
    progress::SignInProgress,
    submit::{SubmitButton, submit},
    title::open_form,
};
use fusionauth_forms::{Blocked, CodeError, Design, PasswordChangeReason, PasswordError, TwoFactorId, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{ChangePasswordIdState, ChangePasswordOutcome, CodeMethod, OneTimePassword, PasswordRule, Trust, use_session};
use serde::Deserialize;
use std::sync::Arc;

/// The result of a changed password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChanged {
    /// The user is signed in.
    SignedIn,
    /// The password has changed, but the sign-in that followed has failed.
    NotSignedIn,
}

impl PasswordChanged {
    /// The text for a notice.
    pub fn text<D: Design>(self) -> &'static str {
        match self {
            Self::SignedIn => text_of!(D, "Password changed. You're signed in."),
            Self::NotSignedIn => text_of!(D, "Password changed. Sign in with your new password."),
        }
    }
}

/// Called after the password has changed, even if the user has left the page.
pub type OnPasswordChanged = Arc<dyn Fn(PasswordChanged, Page) + Send + Sync>;

/// The functions of the backend with which the page of a reset link checks a second factor.
#[derive(Clone, Copy)]
pub struct LinkSecondFactor {
    /// Prepares the account of the link with this id, before the page asks FusionAuth about the link.
    pub open: fn(String) -> BackendAnswer<()>,
    /// Begins the second factor for the link with this id, with FusionAuth's `POST /api/two-factor/start`.
    pub start: fn(String) -> BackendAnswer<LinkCode>,
    /// Checks a code for the second factor with this id. Returns `None` if the second factor has expired.
    pub check: fn(String, String) -> BackendAnswer<Option<LinkTrust>>,
}

/// A second factor that a reset link requires. This type has no `Debug`, because it holds ids.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkCode {
    /// The id to send with the code.
    pub two_factor_id: String,
    /// The ways to get a code.
    pub methods: Vec<CodeMethod>,
    /// The challenge to send with the new password and the trust token.
    pub trust_challenge: String,
}

/// The result of the code for a [`LinkCode`]. It has exactly one of these two members.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkTrust {
    /// The token that allows the change, together with the challenge.
    pub trust_token: Option<String>,
    /// The id that replaces the link's id and allows the change without a challenge.
    pub change_password_id: Option<String>,
}

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
    Refused(PasswordError),
    /// FusionAuth or the backend gave no usable answer. The user can retry.
    Failed,
}

/// The credentials for the change of the password. All copies share them.
#[derive(Clone, Copy)]
struct Link {
    /// FusionAuth's id for the change, from the link or from the answer to a sign-in.
    id: StoredValue<String>,
    second_factor: Option<LinkSecondFactor>,
    /// The result of the second factor: the trust token and its challenge.
    trust: StoredValue<Option<(String, String)>>,
    /// The pending check of the second factor, for which the page asks for a code.
    challenge: StoredValue<Option<LinkCode>>,
    /// Whether the page started the check of the second factor again, because the earlier check had expired.
    is_late: StoredValue<bool>,
}

impl Link {
    fn new(id: String, second_factor: Option<LinkSecondFactor>) -> Self {
        Self {
            id: StoredValue::new(id),
            second_factor,
            trust: StoredValue::new(None),
            challenge: StoredValue::new(None),
            is_late: StoredValue::new(false),
        }
    }

    /// Begins the second factor. Returns the next state of the page.
    async fn ask_for_code(self) -> Step {
        let Some(LinkSecondFactor { start, .. }) = self.second_factor else { return Step::Refused(PasswordError::SecondFactorRequired) };
        match start(self.id.get_value()).await {
            Ok(challenge) => {
                self.challenge.set_value(Some(challenge));
                Step::Code
            }
            Err(FormError::Retryable(..)) => Step::Failed,
            Err(_) => Step::Refused(PasswordError::LinkExpired),
        }
    }
}

/// The page that a reset link opens. It asks FusionAuth whether the link is valid, and then shows the form for the next step. If the link
/// cannot be used, the page offers to email a new one.
///
/// The link's id is a secret: take it from the address bar before anything else happens, and keep it only in memory.
#[component]
pub fn ResetPasswordPage<D: Design>(
    /// The design of the forms.
    design: D,
    /// The id in the link. It is empty if the address has none, for instance after a reload.
    id: String,
    /// See [`ForgotPasswordForm`].
    #[prop(optional_no_strip)]
    site: Option<&'static str>,
    /// The functions for accounts with a second factor. Without them, the page says that the link alone can't change such a password.
    #[prop(optional_no_strip)]
    second_factor: Option<LinkSecondFactor>,
    /// The placeholder until FusionAuth has checked the link.
    #[prop(into)]
    loading: ViewFn,
    /// Called after the change, for instance to open another page.
    changed: OnPasswordChanged,
    /// The link that leaves the forms.
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let link = Link::new(id, second_factor);
    let step = RwSignal::new(Step::Loading);
    let scope = PageScope::current();
    let show = move |next| {
        let (is_error, has_focus) = (matches!(next, Step::Refused(_) | Step::Failed), focus::heading_has_focus());
        step.set(next);
        if is_error {
            focus::focus_after_render(".summary");
        } else if has_focus {
            focus::focus_in_place_after_render(focus::HEADING); // the form's heading replaces the heading that had the focus
        }
    };
    let check = move || {
        if link.id.with_value(String::is_empty) {
            return show(Step::Refused(PasswordError::LinkExpired));
        }
        scope.spawn(async move {
            if let Some(LinkSecondFactor { open, .. }) = second_factor
                && open(link.id.get_value()).await.is_err()
            {
                return show(Step::Failed);
            }
            let next = match session.change_password_id_state(&link.id.get_value()).await {
                ChangePasswordIdState::Valid => Step::Form,
                ChangePasswordIdState::SecondFactorRequired => link.ask_for_code().await,
                ChangePasswordIdState::Expired => Step::Refused(PasswordError::LinkExpired),
                ChangePasswordIdState::Unavailable { .. } => Step::Failed,
            };
            show(next);
        });
    };
    check();
    let retry = move || {
        step.set(Step::Loading);
        focus::focus_after_render(focus::HEADING);
        check();
    };
    let back = StoredValue::new(children);
    let title = text_of!(D, "Choose a new password");
    move || match step.get() {
        Step::Loading => view! { <section class=D::CLASSES.section><Heading text=title/>{loading.run()}</section> }.into_any(),
        Step::Code => view! { <LinkCodeForm design link step>{back.get_value()()}</LinkCodeForm> }.into_any(),
        Step::Form => {
            let changed = changed.clone();
            view! { <LinkPasswordForm design link step changed>{back.get_value()()}</LinkPasswordForm> }.into_any()
        }
        Step::Refused(why) => {
            let heading = if why == PasswordError::LinkExpired { text_of!(D, "This link was used or has expired") } else { title };
            let error = form_error::<D>(why);
            view! { <ForgotPasswordForm design site error heading>{back.get_value()()}</ForgotPasswordForm> }.into_any()
        }
        Step::Failed => {
            let error = FormErrorSignal::<D>::new(Some(form_error::<D>(PasswordError::Unavailable)));
            view! { <section class=D::CLASSES.section><Heading text=title/><ErrorSummary error retry/></section> }.into_any()
        }
    }
}

/// The form for the second factor's code, on the page of a reset link.
#[component]
fn LinkCodeForm<D: Design>(design: D, link: Link, step: RwSignal<Step>, children: Children) -> impl IntoView {
    _ = design;
    let LinkCode { two_factor_id, methods, trust_challenge } = link.challenge.get_value()?;
    let check_code = link.second_factor?.check;
    let late = CodeError::StartedOver.message::<D>();
    let error = FormErrorSignal::<D>::new(link.is_late.get_value().then(|| FormError::Form(late.what.to_owned(), late.next)));
    let busy = RwSignal::new(false);
    let scope = PageScope::current();
    open_form(error, || text_of!(D, "Enter your code"));
    let start_over = move || {
        scope.spawn(async move {
            link.is_late.set_value(true);
            step.set(link.ask_for_code().await);
            focus::focus_after_render(".summary");
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
            let checked = check_code(waiting.get_value(), typed).await;
            busy.set(false);
            match checked {
                Ok(Some(LinkTrust { change_password_id: Some(id), .. })) => link.id.set_value(id),
                Ok(Some(LinkTrust { trust_token, .. })) => link.trust.set_value(trust_token.map(|it| (it, challenge.get_value()))),
                Ok(None) => return start_over(),
                Err(why) => {
                    input.set_value("");
                    return show_error(error, why);
                }
            }
            step.set(Step::Form);
            focus::focus_after_render(focus::HEADING);
        });
    };
    let purpose = text_of!(D, "Two-factor authentication protects this account. Enter a code, then choose a new password.");
    Some(view! {
        <CodeForm id=TwoFactorId(two_factor_id) methods error busy purpose check expired=start_over>{children()}</CodeForm>
    })
}

/// The form for the new password, on the page of a reset link.
#[component]
fn LinkPasswordForm<D: Design>(
    design: D,
    link: Link,
    step: RwSignal<Step>,
    changed: OnPasswordChanged,
    children: Children,
) -> impl IntoView {
    _ = design;
    let session = use_session();
    let error = FormErrorSignal::<D>::new(None);
    let scope = PageScope::current();
    let keep = NodeRef::<html::Input>::new();
    let changed = move |one_time_password: OneTimePassword| {
        let (session, changed) = (session.keep_signed_in(kept(keep)), changed.clone());
        link.id.set_value(String::new());
        scope.finish(session, async move {
            let answer = session.sign_in_once(one_time_password).await;
            let result = if answer.is_ok() { PasswordChanged::SignedIn } else { PasswordChanged::NotSignedIn };
            Box::new(move |visited| changed(result, visited)) as ApplyToPage
        });
    };
    let expired = move || {
        step.set(Step::Refused(PasswordError::LinkExpired));
        focus::focus_after_render(".summary");
    };
    let needs_code = move || {
        scope.spawn(async move {
            step.set(link.ask_for_code().await);
            focus::focus_after_render(focus::HEADING);
        });
    };
    view! { <NewPasswordForm link error keep changed expired needs_code>{children()}</NewPasswordForm> }
}

/// The form for the new password, in a sign-in for which FusionAuth requires another password first.
#[component]
pub fn RequiredPasswordForm<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// The id in FusionAuth's answer, which allows the change.
    id: String,
    /// Why FusionAuth requires another password.
    reason: PasswordChangeReason,
    /// Called after the change, for instance to show a notice.
    #[prop(optional_no_strip)]
    changed: Option<OnPasswordChanged>,
) -> impl IntoView {
    let (session, scope) = (use_session(), PageScope::current());
    let error = FormErrorSignal::<D>::new(None);
    let changed = move |one_time_password: OneTimePassword| {
        let (session, changed) = (progress.session(session), changed.clone());
        scope.finish(session, async move {
            let answer = session.sign_in_once(one_time_password).await;
            Box::new(move |visited| {
                let next = next(answer);
                let result = if next == Next::Done { PasswordChanged::SignedIn } else { PasswordChanged::NotSignedIn };
                if let Some(changed) = changed {
                    changed(result, visited);
                }
                // The password has changed even if the sign-in failed. In that case the user continues with the first form.
                if visited == Page::Open {
                    progress.follow(if let Next::Stay(_) = next { Next::Go(Stage::Password, None) } else { next });
                }
            }) as ApplyToPage
        });
    };
    let expired = move || {
        let next = text_of!(D, "Go back and sign in with your old password again.");
        show_error(error, FormError::Form(text_of!(D, "This took too long.").to_owned(), next));
    };
    let why = Blocked::PasswordChangeRequired(reason).message::<D>().what;
    let needs_code = move || show_error(error, form_error::<D>(PasswordError::SecondFactorRequired));
    view! {
        <NewPasswordForm link=Link::new(id, None) error why changed expired needs_code>
            <AccountName name=progress.username.get_value()/>
            <BackToSignIn progress/>
        </NewPasswordForm>
    }
}

#[component]
fn NewPasswordForm<D: Design>(
    link: Link,
    error: FormErrorSignal<D>,
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
    let session = use_session();
    let busy = RwSignal::new(false);
    let password = NewPassword::load();
    let scope = PageScope::current();
    let title = text_of!(D, "Choose a new password");
    open_form(error, move || title);
    let send = move || {
        let typed = password.take();
        if typed.is_empty() {
            return show_error(error, broken_rules(TextField::<D>::NEW_PASSWORD, &[PasswordRule::Blank]));
        }
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        scope.spawn(async move {
            let trust = link.trust.get_value();
            let (trust_token, trust_challenge) = trust.as_ref().map(|(token, challenge)| (&**token, &**challenge)).unzip();
            let outcome = session.change_password(&link.id.get_value(), &typed, Trust { trust_token, trust_challenge }).await;
            let message = match outcome {
                ChangePasswordOutcome::Changed(one_time_password) => return changed.run(one_time_password),
                ChangePasswordOutcome::Expired => {
                    busy.set(false);
                    return expired.run(());
                }
                ChangePasswordOutcome::Refused(rules) => {
                    busy.set(false);
                    return show_error(error, broken_rules(TextField::<D>::NEW_PASSWORD, &rules));
                }
                ChangePasswordOutcome::SecondFactorRequired => {
                    busy.set(false);
                    return needs_code.run(());
                }
                ChangePasswordOutcome::Unavailable { status: 400..500 } => PasswordError::Unavailable,
                ChangePasswordOutcome::Unavailable { .. } => PasswordError::MayHaveChanged,
            };
            busy.set(false);
            show_error(error, form_error::<D>(message));
        });
    };
    view! {
        <section class=D::CLASSES.section>
            <Heading text=title/>
            {why.map(|why| view! { <p role="alert">{why}</p> })}
            <p class=D::CLASSES.lead>{text_of!(D, "We'll sign you in here and sign you out everywhere else.")}</p>
            <form id="change-password" method="post" novalidate="" on:submit=submit(send)>
                <ErrorSummary error retry=send/>
                <NewPasswordInput password error/>
                {keep.map(|input| view! { <KeepSignedInBox design=D::default() input/> })}
                <SubmitButton
                    design=D::default()
                    busy
                    text=text_of!(D, "Change password")
                    busy_text=text_of!(D, "Changing your password…")
                />
                {children()}
            </form>
        </section>
    }
}
