//! The form on the account page that changes the name that other people see.

use crate::{
    core::Route,
    data::{ApiError, Mutation, call_with, use_answers, use_mutations},
    sign_in::register,
    ui::{
        document,
        form::{self, ErrorSummary, FormErrorSignal, TextField, TextInput},
        use_title,
    },
};
use leptos::{html, prelude::*};
use storefront_api::{UpdateUser, User, endpoints};
use storefront_messages::{Text, t};

const DISPLAY_NAME: TextField = TextField { label: Text::new("Display name"), required: Some("true"), ..register::DISPLAY_NAME };

/// The form. It shows and changes the display name of `user`.
#[component]
pub(super) fn DisplayNameForm(user: RwSignal<User>) -> impl IntoView {
    let (mutations, answers, title) = (use_mutations(), use_answers(), use_title());
    let error = FormErrorSignal::new(None);
    let busy = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    let mut shown = String::new();
    Effect::new(move |_| {
        let (Some(input), name) = (input.get(), &user.read().display_name) else { return };
        // Keep text that the user has typed.
        if input.value() == shown {
            input.set_value(name);
        }
        shown.clone_from(name);
    });
    Effect::new(move |_| title.error(error.read().is_some()));

    let send = move || {
        let Some(input) = input.get_untracked() else { return };
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        let typed = input.value();
        let request = call_with(endpoints::UPDATE_USER, &[], &UpdateUser { display_name: typed.trim().to_owned() });
        mutations.enqueue(Mutation {
            page: Route::Account,
            also_at: None,
            failure: t!("We couldn't change your display name.").to_owned(),
            send: move |session| request.clone().send(session),
            done: move |answer: Result<User, ApiError>| match answer {
                Ok(changed) => {
                    answers.keep(Route::Account, changed.clone());
                    mutations.context.announce(t!("Display name changed."));
                    // Keep text that the user typed while the request was in flight.
                    if input.value() == typed {
                        input.set_value(&changed.display_name);
                    }
                    user.set(changed);
                    busy.set(false);
                }
                Err(why) => {
                    if busy.try_set(false).is_none() && why != ApiError::SignedOut {
                        form::show_error(error, why.in_form(&[DISPLAY_NAME]));
                    }
                }
            },
        });
    };
    let retry = move || {
        send();
        document::focus("#change-name [type=submit]");
    };
    view! {
        <form id="change-name" class="about write" method="post" novalidate="" on:submit=form::submit(send)>
            <ErrorSummary error retry/>
            <TextInput field=DISPLAY_NAME error input/>
            <p class="quiet-text">{t!("Others see it next to your posts.")}</p>
            <div class="write-end">
                <button type="submit" class="quiet" aria-disabled=move || busy.get().then_some("true")>{t!("Change display name")}</button>
            </div>
        </form>
    }
}
