//! `/account`: the signed-in user, the times of the session, and all forms with which users change their account.
//!
//! This file has the page's groups of sections, and `page_state` has the page's state. Most of the other files have one section or one
//! form. Only one form is open at a time, so that the inputs of each form can have the ids that password managers know.

mod authenticator;
mod current_password;
mod display_name;
mod email_change;
mod own_data;
mod page_state;
mod passkeys;
mod password;
mod recovery_codes;
mod section;
mod sensitive_form;
mod sessions;

use self::{
    authenticator::AuthenticatorSection,
    display_name::DisplayNameForm,
    email_change::EmailSection,
    own_data::OwnData,
    page_state::{Form, Loaded, PageState},
    passkeys::PasskeysSection,
    password::ChangePassword,
    section::{Fact, FormSection},
    sessions::SessionsSection,
};
use crate::data::call;
use crate::{
    core::{PageFunction, Route, page_title},
    data::Query,
    ui::{
        after_render,
        components::{Heading, Skeleton, breakable},
        document, format,
    },
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_url},
};
use storefront_api::{App, User, Workflow, endpoints};
use storefront_messages::t;

pub use passkeys::create_after_sign_in;

/// The page of the account.
pub fn page(route: Route) -> Option<PageFunction> {
    (route == Route::Account).then_some(|| view! { <AccountPage/> }.into_any())
}

/// The page of the user's own account.
#[component]
fn AccountPage() -> impl IntoView {
    let user = Query::new(Route::Account, |session| Box::pin(call(endpoints::USER, &[]).send(session)));
    view! {
        <div class="narrow account">
            <Heading text=page_title(Route::Account)/>
            {user.view(|| view! { <Skeleton class="card" count=2/> }.into_any(), |user| view! { <AccountSections user/> }.into_any())}
        </div>
    }
}

/// The text that says where the password is sent, and what the two applications share.
fn explain(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::SpaBackend => {
            t!("You are signed in to the Store and the Forums separately. We never store your password.")
        }
        Workflow::SpaSharedDomain | Workflow::SpaLocalStorage | Workflow::WebappJwt | Workflow::WebappSession => {
            t!("In this browser, signing in to the Store signs you out of the Forums, and vice versa.")
        }
    }
}

/// All groups of the page, and the links to them.
#[component]
fn AccountSections(user: RwSignal<User>) -> impl IntoView {
    let page = PageState::new(user);
    page.load();
    if is_change_wanted() {
        page.open_form(Form::Password);
    }
    show_wanted_group(page);
    let is_store = page.context.app == App::Store;
    let link = |group: &Group| view! { <a href=Route::Account.href().to_owned() + group.fragment()>{group.heading()}</a> };
    view! {
        <nav aria-label=t!("On this page")>{Group::ALL[usize::from(!is_store)..].iter().map(link).collect_view()}</nav>
        <div class="columns">
            <div>
                {is_store.then(|| view! { <AccountGroup group=Group::Orders><OrdersOfAccount page/></AccountGroup> })}
                <AccountGroup group=Group::Profile>
                    <AccountFacts page/>
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
                    <AuthenticatorSection page/>
                    <PasskeysSection page/>
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
    /// Only in the Store.
    Orders,
    Profile,
    Security,
    Sessions,
    Data,
}

impl Group {
    const ALL: [Self; 5] = [Self::Orders, Self::Profile, Self::Security, Self::Sessions, Self::Data];

    /// The fragment of the group's URL: `#` and the id of its element. The server-rendered page has the same fragments.
    const fn fragment(self) -> &'static str {
        match self {
            Self::Orders => "#orders",
            Self::Profile => "#profile",
            Self::Security => "#security",
            Self::Sessions => "#sessions",
            Self::Data => "#data",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Orders => t!("Your orders"),
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

/// The link to the orders, and the postal address for the next one.
#[component]
fn OrdersOfAccount(page: PageState) -> impl IntoView {
    let lines = move || match page.account.get() {
        Loaded::Ready(account) => account.delivery_address.clone(),
        Loaded::Loading | Loaded::Failed(_) => Vec::new(),
    };
    let address = move || {
        let lines = lines();
        (!lines.is_empty()).then(|| {
            view! {
                <section class="about">
                    <h3>{t!("Delivery address")}</h3>
                    <address>{lines.into_iter().map(|line| view! { <span dir="auto">{line}</span> }).collect_view()}</address>
                    <p class="quiet-text">{t!("From your latest order. You can change it at the next checkout.")}</p>
                </section>
            }
        })
    };
    view! {
        <p><a class="button quiet" href=Route::Orders.href()>{t!("All your orders")}</a></p>
        {move || address()}
    }
}

/// The list of facts about the account.
#[component]
fn AccountFacts(page: PageState) -> impl IntoView {
    let times = move || match page.account.get() {
        Loaded::Ready(account) => {
            let signed_in_at = account.sessions.iter().find(|it| it.is_current).and_then(|it| it.signed_in_at.as_deref());
            Some(view! {
                <Fact name=t!("Account created") value=account.made_at.as_deref().map(format::date_time)/>
                <Fact name=t!("Signed in here since") value=signed_in_at.map(format::date_time)/>
                <Fact name=t!("Signed in here until") value=account.signed_in_until.as_deref().map(format::date_time)/>
            })
        }
        Loaded::Loading | Loaded::Failed(_) => None,
    };
    view! {
        <dl class="facts">
            <div>
                <dt>{t!("Email")}</dt>
                <dd translate="no">{move || page.user.with(|user| user.email.as_deref().map_or_else(|| t!("Not provided").into_any(), breakable))}</dd>
            </div>
            <div>
                <dt>{t!("Display name")}</dt>
                <dd dir="auto">{move || page.user.with(|user| user.display_name.clone())}</dd>
            </div>
            {move || times()}
        </dl>
    }
}

/// Whether the URL requests the form for a new password with the query `change=password`, which this function removes from the URL. The
/// server redirects `/.well-known/change-password`, which password managers open, to this URL.
fn is_change_wanted() -> bool {
    let is_wanted = use_url().with_untracked(|url| url.search() == "change=password");
    if is_wanted {
        use_navigate()(Route::Account.href(), NavigateOptions { replace: true, ..Default::default() });
    }
    is_wanted
}

/// Scrolls to the group that the URL's fragment names, and moves the focus to its heading. This happens when the account has loaded,
/// because the sections then have their height, and whenever the fragment changes.
fn show_wanted_group(page: PageState) {
    let hash = use_location().hash;
    let is_loaded = Memo::new(move |_| !matches!(*page.account.read(), Loaded::Loading));
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
