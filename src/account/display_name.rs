//! The form on the account page that changes the name that other people see.

use super::api;
use crate::{
    core::Route,
    data::{ApiError, ApplyAnswer, Mutation, use_mutations},
    sign_in::register,
    ui::{
        ErasedSignal, disabled, document, effect,
        form::{self, FormErrorSignal, TextField},
        use_title,
    },
};
use leptos::{html, prelude::*};
use storefront_api::UpdateUser;

const DISPLAY_NAME: TextField = TextField { label: "Display name", ..register::DISPLAY_NAME };

/// The form. It shows and changes `name`.
pub(super) fn form(name: ErasedSignal<String>) -> AnyView {
    let (mutations, title) = (use_mutations(), use_title());
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    effect(move || _ = input.get().map(|input| input.set_value(&name.get_untracked())));
    effect(move || title.error(error.read().is_some()));

    let send = move || {
        let Some(input) = input.get_untracked() else { return };
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        let typed = input.value();
        mutations.enqueue(Mutation {
            page: Route::Account,
            failure: "Your display name was not changed.".to_owned(),
            send: Box::new(move |session| {
                let (input, typed) = (input.clone(), typed.clone());
                Box::pin(async move {
                    let body = UpdateUser { display_name: typed.trim().to_owned() };
                    let user = api::update_user(session, &body).await?;
                    Ok(Box::new(move || {
                        mutations.context.announce("Your display name is changed.");
                        // What the user has typed while the answer was under way stays.
                        if input.value() == typed {
                            input.set_value(&user.display_name);
                        }
                        name.set(user.display_name);
                        busy.set(false);
                    }) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |why| {
                if busy.try_set(false) && why != ApiError::SignedOut {
                    form::show_error(error, why.in_form(&[DISPLAY_NAME]));
                }
            }),
        });
    };
    let retry = move || {
        send();
        document::focus("#change-name [type=submit]");
    };
    view! {
        <form id="change-name" class="card write" method="post" novalidate="" on:submit=form::submit(send)>
            {form::summary(error, retry)}
            {form::text_field(DISPLAY_NAME, error, input)}
            <p class="quiet-text">"Others see it beside your posts."</p>
            <div class="write-end">
                <button type="submit" class="primary" aria-disabled=disabled(move || busy.get())>"Change display name"</button>
            </div>
        </form>
    }
    .into_any()
}
