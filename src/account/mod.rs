//! `/account`: who is signed in, since and until when, and everything that people do for their own account.
//!
//! This file has the page's order and its state. Each of the other files has one section or one form. One form is open at a time, so that
//! its inputs can have the ids that password managers know.

mod address;
pub mod api;
mod authenticator;
mod current_password;
mod display_name;
mod own_data;
mod passkeys;
mod password;
mod qr_code;
mod recovery_codes;
mod sensitive_form;
mod sessions;

use crate::{
    core::{AppContext, Part, Route, use_app_context},
    data::{ApiError, Mutations, NoticeKind, PageNotice, Query, use_mutations},
    ui::{
        ErasedSignal, PageScope, click, components,
        document::{self, Title},
        dynamic,
        form::{FormError, FormErrorSignal},
        format, none, part, use_title,
    },
};
use leptos::{prelude::*, wasm_bindgen::JsValue};
use leptos_fusionauth::{Session, use_session};
use std::sync::Arc;
use storefront_api::{App, User, Workflow, account::Account};
use storefront_messages::t;

/// The page.
pub fn page() -> AnyView {
    let user = Query::new(Route::Account, |session| Box::pin(api::user(session)));
    view! {
        <div class="narrow">
            {document::heading(Route::Account.title())}
            {user.view(|| components::skeleton("card", 2), ready)}
            <section class="card about">
                <h2>{t!("How you are signed in")}</h2>
                <p>{explain(use_app_context().workflow)}</p>
            </section>
        </div>
    }
    .into_any()
}

/// Where a password goes, and what the two applications share.
fn explain(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaBackend => {
            t!(
                "When you sign in, your password goes to this site's own server, which checks it with the sign-in service and keeps it nowhere."
            )
        }
        Workflow::SpaSharedDomain | Workflow::SpaLocalStorage | Workflow::WebappJwt | Workflow::WebappSession => {
            t!(
                "When you sign in, your password goes straight to the sign-in service. In this browser the Store and the Forums take turns: \
             signing in to one signs you out of the other."
            )
        }
    }
}

/// A form that a button opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Another e-mail address.
    Address,
    /// A new password.
    Password,
    /// Another authenticator app.
    AddAuthenticator,
    /// The end of the authenticator app.
    RemoveAuthenticator,
    /// New recovery codes.
    RecoveryCodes,
    /// Another passkey.
    AddPasskey,
    /// The end of a passkey.
    RemovePasskey,
    /// The deletion of the account.
    Delete,
}

impl Form {
    /// The id of the section around the form.
    const fn id(self) -> &'static str {
        match self {
            Self::Address => "own-email",
            Self::Password => "own-password",
            Self::AddAuthenticator => "add-authenticator",
            Self::RemoveAuthenticator => "remove-authenticator",
            Self::RecoveryCodes => "recovery-codes",
            Self::AddPasskey => "add-passkey",
            Self::RemovePasskey => "remove-passkey",
            Self::Delete => "delete-account",
        }
    }

    /// Shows the error in the summary of the form, and moves the focus there.
    fn show_error(self, signal: FormErrorSignal, error: FormError) {
        _ = self.try_show_error(signal, error);
    }

    /// As [`show_error`](Self::show_error). Returns whether the form is still there.
    fn try_show_error(self, signal: FormErrorSignal, error: FormError) -> bool {
        let is_there = signal.try_set(Some(error));
        if is_there {
            document::focus_after_render(format!("#{} .summary", self.id()));
        }
        is_there
    }
}

/// What FusionAuth knows about the account.
#[derive(Clone)]
enum AccountState {
    Loading,
    Ready(Arc<Account>),
    Failed(ApiError),
}

/// The state of the page. A handle: copy it into whatever needs it.
#[derive(Clone, Copy)]
struct AccountPage {
    user: ErasedSignal<User>,
    account: ErasedSignal<AccountState>,
    open: ErasedSignal<Option<Form>>,
    /// What was done last, for the section of its form.
    done: ErasedSignal<Option<(Form, &'static str)>>,
    /// The e-mail address that waits for its code.
    pending_email: ErasedSignal<Option<String>>,
    /// Recovery codes that have just been made.
    recovery_codes: ErasedSignal<Option<Vec<String>>>,
    passkeys: passkeys::State,
    session: Session,
    context: AppContext,
    mutations: Mutations,
    title: Title,
    scope: PageScope,
}

fn ready(user: ErasedSignal<User>) -> AnyView {
    let page = AccountPage {
        user,
        account: ErasedSignal::new(AccountState::Loading),
        open: ErasedSignal::new(None),
        done: ErasedSignal::new(None),
        pending_email: ErasedSignal::new(None),
        recovery_codes: ErasedSignal::new(None),
        passkeys: passkeys::State::new(),
        session: use_session(),
        context: use_app_context(),
        mutations: use_mutations(),
        title: use_title(),
        scope: PageScope::current(),
    };
    page.load();
    if is_change_wanted() {
        page.open_form(Form::Password);
    }
    view! {
        {page.facts()}
        {(page.context.app == App::Store).then(orders)}
        {display_name::form(user)}
        {address::section(page)}
        {page.card(Form::Password, about_password(), t!("Change password"), password::form)}
        {part::view_when_loaded(Part::Authenticator, move || authenticator_section(page))}
        {part::view_when_loaded(Part::Passkeys, move || passkeys_section(page))}
        {sessions::section(page)}
        {own_data::section(page)}
    }
    .into_any()
}

fn orders() -> AnyView {
    view! {
        <section class="card about">
            <h2>{Route::Orders.title()}</h2>
            <p><a href=Route::Orders.href()>{t!("All your orders")}</a></p>
        </section>
    }
    .into_any()
}

wasm_part::part_function! { "authenticator", fn authenticator_section(page: AccountPage) -> AnyView { authenticator::section(page) } }

wasm_part::part_function! { "passkeys", fn passkeys_section(page: AccountPage) -> AnyView { passkeys::section(page) } }

fn about_password() -> (&'static str, &'static str) {
    (t!("Password"), t!("After a change you stay signed in here, and are signed out everywhere else."))
}

/// Whether the address asks for the form for a new password, as that does which password managers know. What asked is removed from it.
fn is_change_wanted() -> bool {
    let is_wanted = window().location().search().is_ok_and(|search| search == "?change=password");
    if is_wanted && let Ok(history) = window().history() {
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(Route::Account.href()));
    }
    is_wanted
}

impl AccountPage {
    /// Asks the backend about the account, and shows the answer in place of what is shown.
    fn load(self) {
        self.scope.spawn(async move {
            self.account.set(match api::account(self.session).await {
                Ok(account) => AccountState::Ready(Arc::new(account)),
                Err(error) => AccountState::Failed(error),
            });
        });
    }

    /// As [`load`](Self::load). The element that has the focus may be replaced; then the one that `selector` finds takes it.
    fn reload(self, selector: &'static str) {
        self.scope.spawn(async move {
            if let Ok(account) = api::account(self.session).await {
                self.account.set(AccountState::Ready(Arc::new(account)));
                document::restore_focus_after_render(selector.to_owned());
            }
        });
    }

    fn facts(self) -> AnyView {
        let email = move || self.user.read().email.clone().unwrap_or_else(|| t!("Not given").to_owned());
        let fact = |name: &'static str, time: Option<String>| {
            time.map(|time| view! { <div><dt>{name}</dt><dd>{format::date_time(&time)}</dd></div> }.into_any())
        };
        let times = dynamic(move || match &*self.account.read() {
            AccountState::Ready(account) => {
                let signed_in_at = account.sessions.iter().find(|it| it.is_current).and_then(|it| it.signed_in_at.clone());
                let facts = [
                    fact(t!("Account made"), account.made_at.clone()),
                    fact(t!("Signed in here since"), signed_in_at),
                    fact(t!("Signed in here until"), account.signed_in_until.clone()),
                ];
                facts.into_iter().flatten().collect::<Vec<_>>().into_any()
            }
            AccountState::Loading | AccountState::Failed(_) => none(),
        });
        view! {
            <dl class="card facts">
                <div>
                    <dt>{t!("Email")}</dt>
                    <dd>{email}</dd>
                </div>
                <div>
                    <dt>{t!("Display name")}</dt>
                    <dd dir="auto">{dynamic(move || self.user.read().display_name.clone().into_any())}</dd>
                </div>
                {times}
                <div>
                    <dt>{t!("Account number")}</dt>
                    <dd class="code">{dynamic(move || self.user.read().id.clone().into_any())}</dd>
                </div>
            </dl>
        }
        .into_any()
    }

    /// A section with a heading and a text, and a form that the button opens. Below the text stands what was done last.
    fn card(self, form: Form, (heading, text): (&'static str, &'static str), button: &'static str, view: fn(Self) -> AnyView) -> AnyView {
        let done = dynamic(move || match self.done.get() {
            Some((of, text)) if of == form => view! { <p class="reason">{text}</p> }.into_any(),
            _ => none(),
        });
        let content = dynamic(move || {
            if self.open.get() == Some(form) {
                return view(self);
            }
            view! { <button type="button" class="quiet" on:click=click(move || self.open_form(form))>{button}</button> }.into_any()
        });
        view! {
            <section class="card about" id=form.id()>
                <h2 tabindex="-1">{heading}</h2>
                <p>{text}</p>
                {done}
                {content}
            </section>
        }
        .into_any()
    }

    /// Opens a form, in place of another one that is open.
    fn open_form(self, form: Form) {
        self.done.set(None);
        self.title.error(false);
        self.open.set(Some(form));
        let first = if form == Form::AddAuthenticator { "h2" } else { "input:not([hidden]), [type=submit]" };
        document::focus_after_render(format!("#{} :is({first})", form.id()));
    }

    fn close(self, form: Form) {
        self.open.set(None);
        self.title.error(false);
        document::focus_after_render(format!("#{} > button", form.id()));
    }

    /// Closes the form, and says what it has done. Somebody who has left the page reads it above the other one.
    fn succeeded(self, form: Form, text: &'static str) {
        if self.done.try_set(Some((form, text))) {
            self.context.announce(text);
            self.close(form);
        } else {
            self.mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.to_owned(), page: Route::Account });
        }
    }

    /// Shows why the form has changed nothing. A user who has left the form reads it above the page, after the heading of the form's section.
    fn refused(self, (form, heading): (Form, &str), error: FormErrorSignal, why: FormError) {
        let text = why.text();
        if !form.try_show_error(error, why) {
            self.tell_elsewhere(heading, &text);
        }
    }

    /// Shows a failure above the page that has taken the place of this one.
    fn tell_elsewhere(self, heading: &str, why: &str) {
        let text = heading.to_owned() + ": " + why;
        self.mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Account });
    }

    /// Signs this browser out, and says why above the page that follows.
    fn sign_out(self, text: &str) {
        let page = match self.context.app {
            App::Store => Route::Products,
            App::Forums => Route::Posts,
        };
        self.session.sign_out();
        self.mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.to_owned(), page });
    }
}
