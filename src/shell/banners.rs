//! Messages above every page: no connection, a session that cannot be renewed or kept, a sign-out that waits, or what became of a write after
//! its page was left.

use super::sign_out::SignOut;
use crate::{
    core::{Route, use_app_context, use_location},
    data::{NoticeKind, use_mutations},
    ui::{ErasedMemo, click, components, document, dynamic, effect, none},
};
use leptos::prelude::*;
use leptos_fusionauth::{Connection, Notice, SessionState, use_session};
use storefront_api::App;
use storefront_messages::t;

/// The banners. Each is in a live region that exists before its text does, because screen readers announce only changes of a region.
pub(super) fn banners(sign_out: SignOut) -> AnyView {
    dismiss_what_its_page_shows();
    view! {
        <div role="status">{connection()}{notice(NoticeKind::Success, "banner done")}</div>
        <div role="alert">{sign_out.question()}</div>
        <div role="alert">{notice(NoticeKind::Failure, "banner")}</div>
    }
    .into_any()
}

fn connection() -> AnyView {
    let (context, mutations) = (use_app_context(), use_mutations());
    let (session, notice) = (use_session().state(), use_session().notice());
    let text = ErasedMemo::new(move || match (context.is_online(), session.get()) {
        (false, _) => Some(match mutations.pending() {
            0 => t!("You are offline. What is on this page stays, and changes wait until you are back."),
            // A reload keeps what waits in the Store, and loses what waits in the Forums.
            _ if context.app == App::Store => t!("You are offline: your changes wait, and are sent when you are back."),
            _ => t!("You are offline. Keep this page open: your changes wait, and are sent when you are back."),
        }),
        (true, SessionState::SignedIn { connection: Connection::Reconnecting, .. }) => {
            Some(t!("Reconnecting: your sign-in can't be renewed at the moment. It is tried again by itself."))
        }
        (true, SessionState::SignedIn { .. }) => notice
            .get()
            .filter(|it| *it == Notice::StorageUnavailable)
            .map(|_| t!("This browser keeps nothing for this site, so you stay signed in until you close or reload the page.")),
        (true, SessionState::SignedOut(_) | SessionState::Loading) => None,
    });
    dynamic(move || match text.get() {
        Some(text) => view! { <p class="banner">{components::icon("cloud")}{text}</p> }.into_any(),
        None => none(),
    })
}

/// The page of a notice shows itself what the notice says, so arriving there removes it. One that comes while the page is open stays: it may be
/// about to make room for another, as at the end of a session.
fn dismiss_what_its_page_shows() {
    let (app, mutations, location) = (use_app_context().app, use_mutations(), use_location());
    effect(move || {
        let route = Route::at(app, &location.path());
        if untrack(|| mutations.notice()).is_some_and(|notice| notice.page == route) {
            mutations.dismiss_notice();
        }
    });
}

/// The notice of a write whose page is not shown, if it is of this kind.
fn notice(kind: NoticeKind, class: &'static str) -> AnyView {
    let mutations = use_mutations();
    let dismiss = move || {
        mutations.dismiss_notice();
        document::focus_heading();
    };
    dynamic(move || match mutations.notice().filter(|it| it.kind == kind) {
        Some(notice) => view! {
            <div class=class>
                <p>{notice.text}" "<a href=notice.page.href()>{t!("Go to “{}”", notice.page.title())}</a></p>
                <button type="button" class="quiet" on:click=click(dismiss)>{t!("Dismiss")}</button>
            </div>
        }
        .into_any(),
        None => none(),
    })
}
