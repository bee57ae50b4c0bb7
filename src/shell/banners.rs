//! Messages above every page: no connection, a session that cannot be renewed or stored, a sign-out that waits, or the outcome of a write
//! after its page was left.

use super::{header::sign_in_link, sign_out::SignOutQuestion};
use crate::{
    core::{Route, page_title, storage, use_app_context},
    data::{NoticeKind, PageNotice, ended_without_request, use_mutations},
    ui::{components::Icon, document},
};
use leptos::prelude::*;
use leptos_fusionauth::{Connection, Notice, SessionState, use_session};
use leptos_fusionauth_forms::explain;
use leptos_router::hooks::use_location;
use storefront_api::App;
use storefront_messages::{Storefront, t};

/// The banners. Each is in a live region that exists before its text does, because screen readers announce only changes of a region.
#[component]
pub(super) fn Banners() -> impl IntoView {
    dismiss_when_read();
    view! {
        <EndBanner/>
        <div role="status"><ConnectionBanner/><NoticeBanner kind=NoticeKind::Success class="banner done"/></div>
        <div role="alert"><SignOutQuestion/></div>
        <div role="alert"><NoticeBanner kind=NoticeKind::Failure class="banner"/></div>
    }
}

#[component]
fn ConnectionBanner() -> impl IntoView {
    let (context, mutations) = (use_app_context(), use_mutations());
    let (session, notice) = (use_session().state(), use_session().notice());
    let text = Memo::new(move |_| match (context.is_online(), session.get()) {
        (false, _) => Some(match mutations.pending() {
            0 => t!("You're offline. We'll send any changes when you're back online."),
            // A reload keeps the Store's waiting writes, but loses those of the Forums.
            _ if context.app == App::Store => t!("You're offline. We'll send your changes when you're back online."),
            _ => t!("You're offline. Keep this page open. We'll send your changes when you're back online."),
        }),
        (true, SessionState::SignedIn { connection: Connection::Reconnecting, .. }) => {
            Some(t!("Reconnecting: we can't renew your sign-in right now. We'll keep trying."))
        }
        (true, SessionState::SignedIn { .. }) => notice
            .get()
            .filter(|it| *it == Notice::StorageUnavailable)
            .map(|_| t!("This browser doesn't save data for this site, so you'll be signed out when you close or reload the page.")),
        (true, SessionState::SignedOut(_) | SessionState::Loading) => None,
    });
    move || text.get().map(|text| view! { <p class="banner"><Icon name="cloud"/>{text}</p> })
}

/// The key in the tab's session storage under which the app remembers that the user has dismissed [`EndBanner`].
const END_DISMISSED: &str = "storefront.end-dismissed";

/// Says that the session has ended without the user's request, and that the cart is kept, until the user dismisses the message or signs in.
/// It is in no live region, because the shell announces the end of a session.
#[component]
fn EndBanner() -> impl IntoView {
    let (app, session, location) = (use_app_context().app, use_session().state(), use_location());
    let email = StoredValue::new(None);
    let is_dismissed = RwSignal::new(storage::session().is_some_and(|it| matches!(it.get_item(END_DISMISSED), Ok(Some(_)))));
    Effect::new(move |_| {
        if let SessionState::SignedIn { user, .. } = session.get() {
            email.set_value(user.email);
            is_dismissed.set(false);
            _ = storage::session().map(|it| it.remove_item(END_DISMISSED));
        }
    });
    let dismiss = move |_| {
        is_dismissed.set(true);
        _ = storage::session().map(|it| it.set_item(END_DISMISSED, "1"));
        document::focus_heading();
    };
    let cause = Memo::new(move |_| match session.get() {
        SessionState::SignedOut(cause) if ended_without_request(cause) => cause,
        SessionState::SignedOut(_) | SessionState::SignedIn { .. } | SessionState::Loading => None,
    });
    move || {
        let cause = cause.get().filter(|_| !is_dismissed.get())?;
        let (route, href) = sign_in_link(app, &location);
        // The forms of a sign-in say it themselves.
        if matches!(route, Route::Login | Route::Register | Route::ForgotPassword) || route.is_mailed() {
            return None;
        }
        let cart = match (app, email.get_value()) {
            (App::Forums, _) => String::new(),
            (App::Store, Some(email)) => t!("The cart of {} is saved, and anything you add now will join it.", email),
            (App::Store, None) => t!("Your cart is saved, and anything you add now will join it.").to_owned(),
        };
        Some(view! {
            <div class="banner">
                <p>{explain::<Storefront>(cause)}" "{cart}</p>
                <a class="button quiet" href=href>{t!("Sign in again")}</a>
                <button type="button" class="quiet" on:click=dismiss>{t!("Dismiss")}</button>
            </div>
        })
    }
}

/// Removes a failure when its page is opened, because the page shows the same message itself. A failure that arrives while its page is open
/// stays, because another page may be about to replace that page, for example when a session ends. A success is shown on two pages at most:
/// the first may be the form that the sign-in is about to leave, and the second is often its page, which does not repeat it.
fn dismiss_when_read() {
    let (app, mutations, path) = (use_app_context().app, use_mutations(), use_location().pathname);
    Effect::new(move |had_success: Option<bool>| {
        let route = Route::at(app, &path.read());
        let is_success = |notice: &PageNotice| notice.kind == NoticeKind::Success;
        let is_read = |notice: &PageNotice| match notice.kind {
            NoticeKind::Success => had_success == Some(true),
            NoticeKind::Failure => notice.page == route || notice.link.as_ref().is_some_and(|link| link.path == *path.read_untracked()),
        };
        let notice = untrack(|| mutations.notice());
        if notice.as_ref().is_some_and(is_read) {
            mutations.dismiss_notice();
            return false;
        }
        notice.as_ref().is_some_and(is_success)
    });
}

/// The current notice, if it is of this kind.
#[component]
fn NoticeBanner(kind: NoticeKind, class: &'static str) -> impl IntoView {
    let mutations = use_mutations();
    let dismiss = move |_| {
        mutations.dismiss_notice();
        document::focus_heading();
    };
    move || {
        mutations.notice().filter(|it| it.kind == kind).map(|notice| {
            let (href, title) = match notice.link {
                Some(link) => (link.path, link.title),
                None => (notice.page.href().to_owned(), page_title(notice.page).to_owned()),
            };
            // The page that a deleted account leaves is the start page, to which its notice belongs.
            let link = (!mutations.context.is_at(&href)).then(|| view! { <a href=href>{t!("Go to “{}”", title)}</a> });
            view! {
                <div class=class>
                    <p>{notice.text}" "{link}</p>
                    <button type="button" class="quiet" on:click=dismiss>{t!("Dismiss")}</button>
                </div>
            }
        })
    }
}
