//! The user's own data: a file with all of it, and the form that deletes the account.

use super::{
    AccountPage, Form, api,
    current_password::{self, CURRENT_PASSWORD, CurrentPassword},
};
use crate::{
    data::ApiError,
    ui::{
        ApplyToPage, ErasedSignal, PageScope, click, components, disabled, document, dynamic, effect,
        form::{self, FormError, FormErrorSignal},
        none, reactive_text,
    },
};
use leptos::prelude::*;
use storefront_api::account::Confirmation;
use storefront_messages::t;

#[derive(Clone)]
enum Export {
    NotAsked,
    Loading,
    /// The file's content, as an address. A request of the browser's own would come without a token.
    Ready(String),
    Failed(ApiError),
}

/// The section.
pub(super) fn section(page: AccountPage) -> AnyView {
    view! { {export(page)}{page.card(Form::Delete, about_deletion(), t!("Delete my account…"), delete_form)} }.into_any()
}

fn export(page: AccountPage) -> AnyView {
    let state = ErasedSignal::new(Export::NotAsked);
    let load = move || {
        if matches!(state.get_untracked(), Export::Loading) {
            return;
        }
        state.set(Export::Loading);
        page.scope.spawn(async move {
            match api::export(page.session).await {
                Ok(text) => {
                    let encoded = String::from(js_sys::encode_uri_component(&text));
                    state.set(Export::Ready(format!("data:application/json,{encoded}")));
                    page.context.announce(t!("Your file is ready."));
                    document::focus_after_render("#export a");
                }
                Err(error) => state.set(Export::Failed(error)),
            }
        });
    };
    let is_loading = move || matches!(&*state.read(), Export::Loading);
    let outcome = dynamic(move || match state.get() {
        Export::Ready(address) => {
            view! { <p><a href=address download="account.json">{t!("Save the file account.json")}</a></p> }.into_any()
        }
        Export::Failed(error) => components::write_failure(error.to_string(), None),
        Export::NotAsked | Export::Loading => none(),
    });
    view! {
        <section class="card about" id="export">
            <h2>{t!("Your data")}</h2>
            <p>{t!("Everything that we keep about you, in one file.")}</p>
            {outcome}
            <button type="button" class="quiet" aria-disabled=disabled(is_loading) on:click=click(load)>
                {reactive_text(move || if is_loading() { t!("Getting your data…") } else { t!("Get your data") })}
            </button>
        </section>
    }
    .into_any()
}

fn about_deletion() -> (&'static str, &'static str) {
    (
        t!("Delete your account"),
        t!("Your account for the Store and the Forums, your display name, your cart and your drafts are deleted, and you are \
                               signed out everywhere. Your posts stay, without your name. This cannot be undone."),
    )
}

fn delete_form(page: AccountPage) -> AnyView {
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let (current, scope) = (CurrentPassword::new(), PageScope::current());
    effect(move || page.title.error(error.read().is_some()));
    let send = move || {
        let password = current.take();
        if busy.get_untracked() {
            return;
        }
        if password.is_empty() {
            return Form::Delete.show_error(error, FormError::Fields(vec![current_password::missing()]));
        }
        error.set(None);
        busy.set(true);
        let session = page.session;
        scope.finish(session, async move {
            let answer = api::delete(session, &Confirmation { current_password: Some(password) }).await;
            Box::new(move |_| match answer {
                Ok(_) => page.sign_out(t!("Your account is deleted.")),
                Err(why) => {
                    busy.set(false);
                    page.refused((Form::Delete, t!("Delete your account")), error, why.in_form(&[CURRENT_PASSWORD]));
                }
            }) as ApplyToPage
        });
    };
    view! {
        <p>{t!("Orders that have not been sent yet are cancelled. Of the others we keep what was sold, without your name and address.")}</p>
        <form class="write" method="post" novalidate="" on:submit=form::submit(send)>
            {form::summary(error, send)}
            {form::account_name(page.user.read_untracked().email.clone().unwrap_or_default())}
            {current.view(error)}
            {form::submit_button(busy, t!("Delete my account"), t!("Deleting your account…"))}
            <button type="button" class="quiet wide" on:click=click(move || page.close(Form::Delete))>{t!("Keep my account")}</button>
        </form>
    }
    .into_any()
}
