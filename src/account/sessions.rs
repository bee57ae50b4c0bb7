//! The user's sessions, with buttons that end one session, all sessions except this browser's, or all sessions.

use super::{
    page_state::{Loaded, PageState},
    section::Fact,
};
use crate::{
    data::{ApiError, Call, call},
    ui::{
        ApplyToPage, Page,
        components::{InlineFailure, LoadFailure, Skeleton},
        document, format,
    },
};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use storefront_api::account::{Account, AccountSession};
use storefront_api::{Done, endpoints};
use storefront_messages::{SessionMessage, app_name, t};

/// The state of the section.
#[derive(Clone, Copy)]
struct Sessions {
    page: PageState,
    busy: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
}

#[component]
pub(super) fn SessionsSection(page: PageState) -> impl IntoView {
    let sessions = Sessions { page, busy: RwSignal::new(false), error: RwSignal::new(None) };
    let retry = move || {
        page.account.set(Loaded::Loading);
        document::focus("#sessions h2"); // the button that has the focus is about to be removed
        page.load();
    };
    let content = move || match page.account.get() {
        // After a sign-out, the guard shows the sign-in form in place of this page.
        Loaded::Loading | Loaded::Failed(ApiError::SignedOut) => view! { <Skeleton class="card" count=1/> }.into_any(),
        Loaded::Failed(error) => view! { <LoadFailure text=error.to_string() retry/> }.into_any(),
        Loaded::Ready(account) => view! { <SessionList sessions account/> }.into_any(),
    };
    view! {
        <p>{t!("If you don't recognise one of these, end it and change your password.")}</p>
        {move || sessions.error.get().map(|error| view! { <InlineFailure text=error.to_string()/> })}
        {move || content()}
    }
}

/// The list, and the buttons that end several sessions at once.
#[component]
fn SessionList(sessions: Sessions, account: Arc<Account>) -> impl IntoView {
    let items = account.sessions.iter().cloned().map(|session| view! { <SessionCard sessions session/> }).collect_view();
    let has_others = account.sessions.iter().any(|it| !it.is_current) && account.sessions.iter().any(|it| it.is_current);
    let end_others = move || sessions.end(t!("All other sessions have ended."), call(endpoints::END_OTHER_SESSIONS, &[]));
    view! {
        <ul>{items}</ul>
        {has_others.then(|| view! { <SessionButton sessions text=t!("End all other sessions") run=end_others/> })}
        <SessionButton sessions text=t!("Sign out everywhere") run=move || sessions.request_sign_out_everywhere()/>
        <p class="quiet-text">{t!("This signs you out of the Store and the Forums on every device, including this one.")}</p>
    }
}

/// One session, with a button that ends it. This browser's session has no such button.
#[component]
fn SessionCard(sessions: Sessions, session: AccountSession) -> impl IntoView {
    let AccountSession { id, device, app, signed_in_at, last_used_at, client_address, is_current, is_bound_to_device } = session;
    let device = device.unwrap_or_else(|| t!("Unknown browser").to_owned());
    let app = app.map_or(t!("another application"), app_name);
    let label = t!("End this session: {}, {}", device, app);
    let end = move || sessions.end(t!("That session has ended."), call(endpoints::END_SESSION, &[&id]));
    view! {
        <li class="card about">
            <h3><bdi>{device}</bdi>", "{app}</h3>
            {is_bound_to_device.then(|| view! { <p>{t!("Tied to its device: copied cookies don't work anywhere else.")}</p> })}
            <dl class="facts">
                <Fact name=t!("Signed in") value=signed_in_at.as_deref().map(format::date_time)/>
                <Fact name=t!("Last used") value=last_used_at.as_deref().map(format::date_time)/>
                <Fact name=t!("IP address") value=client_address/>
            </dl>
            {match is_current {
                true => view! { <p><strong>{t!("This device")}</strong></p> }.into_any(),
                false => view! { <SessionButton sessions text=t!("End this session") label run=end/> }.into_any(),
            }}
        </li>
    }
}

/// A button that ends sessions.
#[component]
fn SessionButton(
    sessions: Sessions,
    text: &'static str,
    /// The button's name for screen readers, if its text alone is ambiguous.
    #[prop(optional)]
    label: Option<String>,
    /// The action of a click.
    #[prop(into)]
    run: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="quiet"
            aria-label=label
            aria-disabled=move || sessions.busy.get().then_some("true")
            on:click=move |_| run.run(())
        >
            {text}
        </button>
    }
}

impl Sessions {
    /// Sends `request`, unless another one is in flight. If it succeeds, announces `done` and loads the list again.
    fn end(self, done: &'static str, request: Call<Done>) {
        if self.busy.get_untracked() {
            return;
        }
        self.send(request, move |_, visited| {
            // If the user has left the page, the list shows the change when the user opens the page again.
            if visited == Page::Open {
                self.page.context.announce(done);
                document::focus("#sessions h2"); // the button that has the focus is about to be removed
                self.page.load();
            }
        });
    }

    /// Signs out everywhere, once the writes are done and the typed text is saved, as "Sign out" in the header does.
    fn request_sign_out_everywhere(self) {
        if !self.busy.get_untracked() {
            let sign_out = move || {
                self.send(call(endpoints::SIGN_OUT_EVERYWHERE, &[]), move |answer, _| {
                    let message = if answer.is_confirmed { SessionMessage::SignedOutEverywhere } else { SessionMessage::SignedOutHereOnly };
                    self.page.sign_out(message.text());
                });
            };
            self.page.mutations.request_sign_out(Box::new(sign_out));
        }
    }

    fn send<T: DeserializeOwned + 'static>(self, request: Call<T>, done: impl FnOnce(T, Page) + 'static) {
        self.busy.set(true);
        self.error.set(None);
        self.page.scope.finish(self.page.session, async move {
            let answer = request.send(self.page.session).await;
            Box::new(move |visited| {
                self.busy.set(false);
                match (answer, visited) {
                    (Ok(answer), _) => done(answer, visited),
                    (Err(error), Page::Open) => self.error.set(Some(error)),
                    (Err(error), Page::Left) => self.page.notify_failure(t!("Where you are signed in"), &error.to_string()),
                }
            }) as ApplyToPage
        });
    }
}
