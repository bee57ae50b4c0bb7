//! `/account`: the signed-in user, the times of the session, and all forms with which users change their account.
//!
//! This file has the page's groups of sections and its state. Each of the other files has one section or one form. One form is open at a
//! time, so that its inputs can have the ids that password managers know.

pub mod api;
mod authenticator;
mod current_password;
mod display_name;
mod email_change;
mod own_data;
mod passkeys;
mod password;
mod qr_code;
mod recovery_codes;
mod sensitive_form;
mod sessions;

use self::{
    authenticator::AuthenticatorSection, display_name::DisplayNameForm, email_change::EmailSection, own_data::OwnData,
    passkeys::PasskeysSection, password::ChangePassword, sessions::SessionsSection,
};
use crate::{
    core::{AppContext, Part, Route, use_app_context},
    data::{ApiError, Mutations, NoticeKind, PageNotice, Query, use_mutations},
    ui::{
        PageScope, after_render,
        components::{Heading, Skeleton},
        document::{self, Title},
        form::{FormError, FormErrorSignal},
        format,
        part::Lazy,
        use_title,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, use_session};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_url},
};
use std::sync::Arc;
use storefront_api::{App, User, Workflow, account::Account};
use storefront_messages::t;

/// The page as a plain function, which a separately loaded part of the app exports.
pub fn page() -> AnyView {
    view! { <AccountPage/> }.into_any()
}

/// The page of the user's own account.
#[component]
fn AccountPage() -> impl IntoView {
    let user = Query::new(Route::Account, |session| Box::pin(api::user(session)));
    view! {
        <div class="narrow account">
            <Heading text=Route::Account.title()/>
            {user.view(|| view! { <Skeleton class="card" count=2/> }.into_any(), |user| view! { <AccountSections user/> }.into_any())}
        </div>
    }
}

/// The text that says where the password is sent, and what the two applications share.
fn explain(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaBackend => {
            t!(
                "When you sign in, your password goes to this site's own server, which checks it with the sign-in service and never stores it."
            )
        }
        Workflow::SpaSharedDomain | Workflow::SpaLocalStorage | Workflow::WebappJwt | Workflow::WebappSession => {
            t!("When you sign in, your password goes straight to the sign-in service. In this browser, signing in to the Store signs you \
                 out of the Forums, and vice versa.")
        }
    }
}

/// A form that a button opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Change the email.
    Email,
    /// Change the password.
    Password,
    /// Add an authenticator app.
    AddAuthenticator,
    /// Remove the authenticator app.
    RemoveAuthenticator,
    /// Create new recovery codes.
    RecoveryCodes,
    /// Add a passkey.
    AddPasskey,
    /// Remove a passkey.
    RemovePasskey,
    /// Delete the account.
    Delete,
}

impl Form {
    /// The id of the section around the form.
    const fn id(self) -> &'static str {
        match self {
            Self::Email => "own-email",
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

    /// Does the same as [`show_error`](Self::show_error). Returns whether the form is still on the page.
    fn try_show_error(self, signal: FormErrorSignal, error: FormError) -> bool {
        let is_there = signal.try_set(Some(error)).is_none();
        if is_there {
            document::focus_after_render(format!("#{} .summary", self.id()));
        }
        is_there
    }
}

/// The state of FusionAuth's data about the account.
#[derive(Clone)]
enum AccountState {
    Loading,
    Ready(Arc<Account>),
    Failed(ApiError),
}

/// The state of the page. All copies share it.
#[derive(Clone, Copy)]
struct PageState {
    user: RwSignal<User>,
    account: RwSignal<AccountState>,
    open: RwSignal<Option<Form>>,
    /// The form that succeeded last, and the result that its section shows.
    done: RwSignal<Option<(Form, &'static str)>>,
    /// The new email, until the user has entered its code.
    pending_email: RwSignal<Option<String>>,
    /// New recovery codes, which the page shows once.
    recovery_codes: RwSignal<Option<Vec<String>>>,
    passkeys: passkeys::State,
    session: Session,
    context: AppContext,
    mutations: Mutations,
    title: Title,
    scope: PageScope,
}

/// All groups of the page, and the links to them.
#[component]
fn AccountSections(user: RwSignal<User>) -> impl IntoView {
    let page = PageState {
        user,
        account: RwSignal::new(AccountState::Loading),
        open: RwSignal::new(None),
        done: RwSignal::new(None),
        pending_email: RwSignal::new(None),
        recovery_codes: RwSignal::new(None),
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
    page.show_wanted_group();
    let link = |group: Group| view! { <a href=Route::Account.href().to_owned() + group.fragment()>{group.heading()}</a> };
    view! {
        <nav aria-label=t!("On this page")>{Group::ALL.map(link).collect_view()}</nav>
        <div class="columns">
            <div>
                <AccountGroup group=Group::Profile>
                    <AccountFacts page/>
                    {(page.context.app == App::Store).then(|| view! {
                        <p><a href=Route::Orders.href()>{t!("All your orders")}</a></p>
                    })}
                    <DisplayNameForm user/>
                    <EmailSection page/>
                </AccountGroup>
                <AccountGroup group=Group::Security>
                    <FormSection
                        page
                        form=Form::Password
                        heading=t!("Password")
                        text=t!("When you change it, you stay signed in here and we sign you out everywhere else.")
                        button=t!("Change password")
                    >
                        <ChangePassword page/>
                    </FormSection>
                    <Lazy part=Part::Authenticator>{authenticator_section(page)}</Lazy>
                    <Lazy part=Part::Passkeys>{passkeys_section(page)}</Lazy>
                </AccountGroup>
            </div>
            <div>
                <AccountGroup group=Group::Sessions>
                    <SessionsSection page/>
                    <section class="about">
                        <h3>{t!("How you are signed in")}</h3>
                        <p>{explain(page.context.workflow)}</p>
                    </section>
                </AccountGroup>
                <AccountGroup group=Group::Data><OwnData page/></AccountGroup>
            </div>
        </div>
    }
}

/// A group of the page's sections.
#[derive(Clone, Copy)]
enum Group {
    Profile,
    Security,
    Sessions,
    Data,
}

impl Group {
    const ALL: [Self; 4] = [Self::Profile, Self::Security, Self::Sessions, Self::Data];

    /// The fragment of the group's URL: `#` and the id of its element. The server-rendered page has the same fragments.
    const fn fragment(self) -> &'static str {
        match self {
            Self::Profile => "#profile",
            Self::Security => "#security",
            Self::Sessions => "#sessions",
            Self::Data => "#data",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Profile => t!("Profile"),
            Self::Security => t!("Security"),
            Self::Sessions => t!("Where you are signed in"),
            Self::Data => t!("Your data"),
        }
    }
}

/// A group with its heading. The heading takes the focus when the URL's fragment names the group.
#[component]
fn AccountGroup(group: Group, children: Children) -> impl IntoView {
    view! {
        <section class="card group" id=&group.fragment()[1..]>
            <h2 tabindex="-1">{group.heading()}</h2>
            {children()}
        </section>
    }
}

wasm_part::part_function! { "authenticator", fn authenticator_section(page: PageState) -> AnyView {
    view! { <AuthenticatorSection page/> }.into_any()
} }

wasm_part::part_function! { "passkeys", fn passkeys_section(page: PageState) -> AnyView {
    view! { <PasskeysSection page/> }.into_any()
} }

/// The list of facts about the account.
#[component]
fn AccountFacts(page: PageState) -> impl IntoView {
    let times = move || match page.account.get() {
        AccountState::Ready(account) => {
            let signed_in_at = account.sessions.iter().find(|it| it.is_current).and_then(|it| it.signed_in_at.as_deref());
            Some(view! {
                <Fact name=t!("Account created") value=account.made_at.as_deref().map(format::date_time)/>
                <Fact name=t!("Signed in here since") value=signed_in_at.map(format::date_time)/>
                <Fact name=t!("Signed in here until") value=account.signed_in_until.as_deref().map(format::date_time)/>
            })
        }
        AccountState::Loading | AccountState::Failed(_) => None,
    };
    view! {
        <dl class="facts">
            <div>
                <dt>{t!("Email")}</dt>
                <dd>{move || page.user.with(|user| user.email.clone()).unwrap_or_else(|| t!("Not provided").to_owned())}</dd>
            </div>
            <div>
                <dt>{t!("Display name")}</dt>
                <dd dir="auto">{move || page.user.with(|user| user.display_name.clone())}</dd>
            </div>
            {move || times()}
            <div>
                <dt>{t!("Account number")}</dt>
                <dd class="code">{move || page.user.with(|user| user.id.clone())}</dd>
            </div>
        </dl>
    }
}

/// One line of a list of facts, if its value is known.
#[component]
fn Fact(name: &'static str, value: Option<String>) -> impl IntoView {
    value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
}

/// A section with a heading and a text, and a form that the button opens. The result of the last form is below the text.
#[component]
fn FormSection(
    page: PageState,
    /// The form that the button opens.
    form: Form,
    heading: &'static str,
    text: &'static str,
    /// The button's text.
    button: &'static str,
    /// The form's view.
    children: ChildrenFn,
) -> impl IntoView {
    let done = move || page.done.get().filter(|(of, _)| *of == form).map(|(_, text)| view! { <p class="reason">{text}</p> });
    view! {
        <section class="about" id=form.id()>
            <h3 tabindex="-1">{heading}</h3>
            <p>{text}</p>
            {move || done()}
            <Show
                when=move || page.open.get() == Some(form)
                fallback=move || view! { <button type="button" class="quiet" on:click=move |_| page.open_form(form)>{button}</button> }
            >
                {children()}
            </Show>
        </section>
    }
}

/// Whether the URL asks for the form for a new password. `/.well-known/change-password`, which password managers open, redirects to such
/// a URL. Removes the query from the URL.
fn is_change_wanted() -> bool {
    let is_wanted = use_url().with_untracked(|url| url.search() == "change=password");
    if is_wanted {
        use_navigate()(Route::Account.href(), NavigateOptions { replace: true, ..Default::default() });
    }
    is_wanted
}

impl PageState {
    /// Scrolls to the group that the URL's fragment names, and moves the focus to its heading. This happens when the account has loaded,
    /// because the sections then have their height, and whenever the fragment changes.
    fn show_wanted_group(self) {
        let hash = use_location().hash;
        let is_loaded = Memo::new(move |_| !matches!(*self.account.read(), AccountState::Loading));
        Effect::new(move |shown: Option<String>| {
            let (wanted, shown) = (hash.get(), shown.unwrap_or_default());
            if !is_loaded.get() || wanted == shown {
                return shown;
            }
            if let Some(group) = Group::ALL.into_iter().find(|group| group.fragment() == wanted) {
                after_render(move || {
                    _ = document::element(group.fragment()).map(|it| it.scroll_into_view());
                    document::focus(&format!("{} > h2", group.fragment()));
                });
            }
            wanted
        });
    }

    /// Loads the account, and shows the answer.
    fn load(self) {
        self.scope.spawn(async move {
            self.account.set(match api::account(self.session).await {
                Ok(account) => AccountState::Ready(Arc::new(account)),
                Err(error) => AccountState::Failed(error),
            });
        });
    }

    /// Loads the account, and keeps the shown data if that fails. If new data replaces the focused element, `selector` gets the focus.
    fn reload(self, selector: &'static str) {
        self.scope.spawn(async move {
            if let Ok(account) = api::account(self.session).await {
                self.account.set(AccountState::Ready(Arc::new(account)));
                document::restore_focus_after_render(selector.to_owned());
            }
        });
    }

    /// Opens a form. If another one is open, closes it.
    fn open_form(self, form: Form) {
        self.done.set(None);
        self.title.error(false);
        self.open.set(Some(form));
        let first = if form == Form::AddAuthenticator { "h3" } else { "input:not([hidden]), [type=submit]" };
        document::focus_after_render(format!("#{} :is({first})", form.id()));
    }

    fn close(self, form: Form) {
        self.open.set(None);
        self.title.error(false);
        document::focus_after_render(format!("#{} > button", form.id()));
    }

    /// Closes the form, and shows its result. If the user has left the page, shows the result in a notice above the next page.
    fn succeeded(self, form: Form, text: &'static str) {
        if self.done.try_set(Some((form, text))).is_none() {
            self.context.announce(text);
            self.close(form);
        } else {
            self.mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.to_owned(), page: Route::Account, link: None });
        }
    }

    /// Shows in the form why the change failed. If the form is closed, shows the reason in a notice above the current page, after the
    /// heading of the form's section.
    fn refused(self, (form, heading): (Form, &str), error: FormErrorSignal, why: FormError) {
        let text = why.text();
        if !form.try_show_error(error, why) {
            self.notify_failure(heading, &text);
        }
    }

    /// Shows a failure in a notice above the current page, because its own place is gone.
    fn notify_failure(self, heading: &str, why: &str) {
        let text = heading.to_owned() + ": " + why;
        self.mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Account, link: None });
    }

    /// Signs this browser out, and shows `text` in a notice above the next page.
    fn sign_out(self, text: &str) {
        let page = match self.context.app {
            App::Store => Route::Products,
            App::Forums => Route::Posts,
        };
        self.session.sign_out();
        self.mutations.notify(PageNotice { kind: NoticeKind::Success, text: text.to_owned(), page, link: None });
    }
}
