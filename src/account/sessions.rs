//! Where the user is signed in: the list of sessions, with the buttons that end one, all others, or all.

use super::{AccountPage, AccountState, api};
use crate::{
    data::ApiError,
    ui::{ApplyToPage, ErasedSignal, Page, click, components, disabled, document, dynamic, format, none},
};
use leptos::prelude::*;
use std::{future::Future, pin::Pin};
use storefront_api::App;
use storefront_api::account::{Account, AccountSession};
use storefront_messages::{SessionMessage, t};

/// The state of the section.
#[derive(Clone, Copy)]
struct Sessions {
    page: AccountPage,
    busy: ErasedSignal<bool>,
    error: ErasedSignal<Option<ApiError>>,
}

/// The section.
pub(super) fn section(page: AccountPage) -> AnyView {
    let sessions = Sessions { page, busy: ErasedSignal::new(false), error: ErasedSignal::new(None) };
    let retry = move || {
        page.account.set(AccountState::Loading);
        document::focus("#sessions h2"); // the button that has the focus is about to be removed
        page.load();
    };
    let content = dynamic(move || match &*page.account.read() {
        // After a sign-out the guard replaces the page.
        AccountState::Loading | AccountState::Failed(ApiError::SignedOut) => components::skeleton("card", 1),
        AccountState::Failed(error) => components::failure(error.to_string(), retry),
        AccountState::Ready(account) => sessions.list(account),
    });
    let error = dynamic(move || match sessions.error.get() {
        Some(error) => components::write_failure(error.to_string(), None),
        None => none(),
    });
    view! {
        <section class="sessions" id="sessions">
            <h2 tabindex="-1">{t!("Where you are signed in")}</h2>
            <p>{t!("If you do not know one of these, end it, and change your password.")}</p>
            {error}
            {content}
        </section>
    }
    .into_any()
}

impl Sessions {
    fn list(self, account: &Account) -> AnyView {
        let items = account.sessions.iter().map(|it| self.item(it)).collect::<Vec<_>>();
        let has_others = account.sessions.iter().any(|it| !it.is_current) && account.sessions.iter().any(|it| it.is_current);
        let end_others = move || {
            self.change(
                t!("All other sessions have ended."),
                Box::pin(async move { api::end_other_sessions(self.page.session).await.map(drop) }),
            )
        };
        let others = has_others.then(|| self.button(t!("End all other sessions"), String::new(), end_others));
        view! {
            <ul>{items}</ul>
            {others}
            {self.button(t!("Sign out everywhere"), String::new(), move || self.sign_out_everywhere())}
            <p class="quiet-text">{t!("In the Store and the Forums, on every device, this one included.")}</p>
        }
        .into_any()
    }

    fn item(self, it: &AccountSession) -> AnyView {
        let device = it.device.clone().unwrap_or_else(|| t!("Unknown browser").to_owned());
        let app = it.app.map_or(t!("another application"), App::name);
        let fact =
            |name: &'static str, value: Option<String>| value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.into_any());
        let time = |time: &Option<String>| time.as_deref().map(format::date_time);
        let end = if it.is_current {
            view! { <p><strong>{t!("This device")}</strong></p> }.into_any()
        } else {
            let id = it.id.clone();
            let end = move || {
                let id = id.clone();
                let request = async move { api::end_session(self.page.session, &id).await.map(drop) };
                self.change(t!("That session has ended."), Box::pin(request));
            };
            self.button(t!("End this session"), t!("End this session: {}, {}", device, app), end)
        };
        view! {
            <li class="card about">
                <h3><bdi>{device}</bdi>", "{app}</h3>
                <dl class="facts">
                    {fact(t!("Signed in"), time(&it.signed_in_at))}
                    {fact(t!("Last used"), time(&it.last_used_at))}
                    {fact(t!("From"), it.address.clone())}
                </dl>
                {end}
            </li>
        }
        .into_any()
    }

    /// A button of the list. `label` is its name for screen readers, where its text alone says too little.
    fn button(self, text: &'static str, label: String, run: impl FnMut() + 'static) -> AnyView {
        let label = (!label.is_empty()).then_some(label);
        view! {
            <button type="button" class="quiet" aria-label=label aria-disabled=disabled(move || self.busy.get()) on:click=click(run)>{text}</button>
        }
        .into_any()
    }

    /// Sends one request at a time, and shows the list anew.
    fn change(self, done: &'static str, request: Pin<Box<dyn Future<Output = Result<(), ApiError>>>>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        self.page.scope.finish(self.page.session, async move {
            let answer = request.await;
            Box::new(move |visited| {
                self.busy.set(false);
                match answer {
                    Ok(()) if visited == Page::Open => {
                        self.page.context.announce(done);
                        document::focus("#sessions h2"); // the button that has the focus is about to be removed
                        self.page.load();
                    }
                    Ok(()) => {} // the list says so when the page is opened again
                    Err(error) => self.failed(error, visited),
                }
            }) as ApplyToPage
        });
    }

    fn sign_out_everywhere(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        let session = self.page.session;
        self.page.scope.finish(session, async move {
            let answer = api::sign_out_everywhere(session).await;
            Box::new(move |visited| {
                self.busy.set(false);
                match answer {
                    Ok(it) if it.is_confirmed => self.page.sign_out(SessionMessage::SignedOutEverywhere.text()),
                    Ok(_) => self.page.sign_out(SessionMessage::SignedOutHereOnly.text()),
                    Err(error) => self.failed(error, visited),
                }
            }) as ApplyToPage
        });
    }

    fn failed(self, error: ApiError, visited: Page) {
        match visited {
            Page::Open => self.error.set(Some(error)),
            Page::Left => self.page.tell_elsewhere(t!("Where you are signed in"), &error.to_string()),
        }
    }
}
