//! The form for the second factor's code: a code from an authenticator app, from an email or an SMS, or a recovery code. If the account has
//! a second factor, a sign-in shows this form, and so does the page of an emailed reset link.

use crate::{
    back::BackToSignIn,
    cool_down::CoolDown,
    error::{ErrorSummary, FieldError, FormError, FormErrorSignal, show_error},
    field::{TextField, TextInput},
    focus,
    heading::Heading,
    outcome::Stage,
    page_scope::PageScope,
    progress::SignInProgress,
    submit::{SubmitButton, submit},
    typed,
};
use fusionauth_forms::{CodeChoice, CodeError, CodePlace, Design, SignInError, SignInField, TwoFactorId, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{CodeMethod, SendCodeOutcome, TrustDevice, use_session};
use web_sys::HtmlInputElement;

/// The form during a sign-in. After a wrong code the user can retry. If the sign-in has expired, the user starts again with the password.
#[component]
pub fn SignInCodeForm<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// FusionAuth's id of the sign-in.
    id: TwoFactorId,
) -> impl IntoView {
    let session = use_session();
    let scope = PageScope::current();
    let trust = NodeRef::<html::Input>::new();
    let two_factor_id = StoredValue::new(id.0.clone());
    let check = move |(code, input): (String, HtmlInputElement)| {
        if !progress.begin() {
            return;
        }
        let is_trusted = trust.get_untracked().is_some_and(|it| it.checked());
        let trust = if is_trusted { TrustDevice::Yes } else { TrustDevice::No };
        scope.spawn(async move {
            let error = progress.answered(progress.session(session).complete_two_factor(&two_factor_id.get_value(), &code, trust).await);
            if error == Some(SignInError::InvalidCode) {
                input.set_value("");
            }
        });
    };
    let expired = move || progress.go(Stage::Password, Some(SignInError::CodeExpired));
    view! {
        <CodeForm id methods=session.next_step().methods error=progress.error busy=progress.busy trust check expired>
            <BackToSignIn progress/>
        </CodeForm>
    }
}

/// A method that sends a code: its id, and the email or phone number.
#[derive(Clone)]
struct CodeDestination {
    id: String,
    to: String,
}

/// The form. If one email or SMS is the only way to get a code, the form requests that message at once.
#[component]
pub fn CodeForm<D: Design>(
    /// FusionAuth's id of the sign-in or of the reset link that requires the code.
    id: TwoFactorId,
    /// The ways to get a code.
    methods: Vec<CodeMethod>,
    /// Why the last attempt failed.
    error: FormErrorSignal<D>,
    /// Whether a code is being checked.
    busy: RwSignal<bool>,
    /// The purpose of the code.
    #[prop(optional)]
    purpose: Option<&'static str>,
    /// The checkbox with which the user trusts this device, if the form has one.
    #[prop(optional)]
    trust: Option<NodeRef<html::Input>>,
    /// Checks the typed code, which is never empty. The second argument is the input, so that the callback can clear it.
    #[prop(into)]
    check: Callback<(String, HtmlInputElement)>,
    /// Called if the sign-in or the reset link that requires the code has expired.
    #[prop(into)]
    expired: Callback<()>,
    /// The link or button that leaves the form.
    children: Children,
) -> impl IntoView {
    let destinations: Vec<CodeDestination> =
        methods.iter().filter_map(|it| Some(CodeDestination { id: it.id.clone(), to: it.destination()? })).collect();
    // If FusionAuth lists no methods, assume an authenticator app, because it is the most likely method.
    let has_app = methods.is_empty() || destinations.len() < methods.len();
    let is_only_destination = destinations.len() == 1 && !has_app;
    let sent = RwSignal::new(None::<usize>);
    let (id, destinations) = (StoredValue::new(id.0), StoredValue::new(destinations));
    let (session, scope, wait) = (use_session(), PageScope::current(), CoolDown::over());
    let code = NodeRef::<html::Input>::new();

    let send_code = move |at: usize| {
        let is_too_early = sent.get_untracked() == Some(at) && wait.is_running_untracked();
        let Some(destination) = destinations.with_value(|it| it.get(at).cloned()).filter(|_| !is_too_early && !busy.get_untracked()) else {
            return;
        };
        error.set(None);
        busy.set(true);
        scope.spawn(async move {
            let outcome = session.send_two_factor_code(&id.get_value(), &destination.id).await;
            busy.set(false);
            let failure = match outcome {
                SendCodeOutcome::Sent => {
                    sent.set(Some(at));
                    wait.start();
                    return focus::focus_after_render(format!("#{}", TextField::<D>::CODE.field.id));
                }
                SendCodeOutcome::TwoFactorExpired => return expired.run(()),
                SendCodeOutcome::Unavailable { status: 429 } => CodeError::SentAMomentAgo,
                _ => CodeError::NotSent,
            };
            let message = failure.message::<D>();
            show_error(error, FormError::Form(message.what.to_owned(), message.next));
        });
    };
    if is_only_destination {
        send_code(0);
    }
    let send = move || {
        let Some(input) = code.get_untracked() else { return };
        let typed = typed::second_factor_code(&input.value());
        if typed.is_empty() {
            let missing = FieldError { field: TextField::<D>::CODE.field, message: SignInField::Code.missing::<D>().to_owned() };
            return show_error(error, FormError::Fields(vec![missing]));
        }
        check.run((typed, input));
    };
    let place = move || {
        let to = sent.get().and_then(|at| destinations.with_value(|it| it.get(at).map(|destination| destination.to.clone())));
        match &to {
            Some(to) => CodePlace::Sent(to),
            None if has_app => CodePlace::App,
            None => CodePlace::NotSent,
        }
        .hint::<D>()
    };
    let is_waiting = move |at| busy.get() || (sent.get() == Some(at) && wait.is_running());
    let label = move |at, to: &str| match sent.get() {
        Some(last) if last == at => wait.label(&CodeChoice::SendAnother.label::<D>()),
        _ => CodeChoice::SendTo(to).label::<D>(),
    };
    let button = move |(at, destination): (usize, CodeDestination)| {
        view! {
            <button
                type="button"
                class=D::CLASSES.quiet
                aria-disabled=move || is_waiting(at).then_some("true")
                on:click=move |_| send_code(at)
            >
                {move || label(at, &destination.to)}
            </button>
        }
    };
    let buttons = destinations.get_value().into_iter().enumerate().map(button).collect_view();
    view! {
        <section class=D::CLASSES.section>
            <Heading text=text_of!(D, "Enter your code")/>
            {purpose.map(|text| view! { <p>{text}</p> })}
            <p class=D::CLASSES.lead role="status">{move || place()}</p>
            <form id="second-factor" method="post" novalidate="" on:submit=submit(send)>
                <ErrorSummary error retry=send/>
                <TextInput field=TextField::CODE error input=code/>
                {trust.map(|trust| view! {
                    <label class=D::CLASSES.check><input type="checkbox" name="trust" node_ref=trust />{CodeChoice::TrustDevice.label::<D>()}</label>
                })}
                <SubmitButton design=D::default() busy text=text_of!(D, "Check code") busy_text=text_of!(D, "Checking…")/>
                {buttons}
                {children()}
            </form>
        </section>
    }
}
