//! The form that changes the name that other people see.

use super::api;
use crate::{
    core::{app_context::use_app_context, route::Route},
    data::{
        client::ApiError,
        mutation::{Applied, Mutation, current_user, use_mutations},
    },
    ui::{
        document::{self, use_title},
        erased_signal::ErasedSignal,
        erased_view::{disabled, effect},
        form::{self, Field, FieldError, FormError, FormErrorSignal, TextField},
    },
};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::use_session;
use storefront_api::UpdateUser;

const FIELD: Field = Field { id: "display-name", error_id: "display-name-error" };

/// The form. It shows and changes `name`.
pub(super) fn form(name: ErasedSignal<String>) -> AnyView {
    let (session, mutations, context, title) = (use_session(), use_mutations(), use_app_context(), use_title());
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    effect(move || _ = input.get().map(|input| input.set_value(&name.get())));
    effect(move || title.error(error.with(Option::is_some)));

    let send = move || {
        let (Some(owner), Some(input)) = (current_user(session), input.get_untracked()) else { return };
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        let display_name = input.value().trim().to_owned();
        mutations.enqueue(Mutation {
            owner,
            page: Route::Account,
            failure: "Your display name was not changed.".to_owned(),
            send: Box::new(move |session| {
                let body = UpdateUser { display_name: display_name.clone() };
                Box::pin(async move {
                    let user = api::update_user(session, &body).await?;
                    Ok(Box::new(move || {
                        context.announce("Your display name is changed.");
                        _ = name.try_set(user.display_name);
                        _ = busy.try_set(false);
                    }) as Applied)
                })
            }),
            failed: Box::new(move |why| {
                if busy.try_set(false) && why != ApiError::SignedOut {
                    form::show_error(error, message(&why));
                }
            }),
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let retry = move || {
        send();
        document::focus("#change-name [type=submit]");
    };
    let field = TextField {
        field: FIELD,
        label: "Display name",
        name: "displayName",
        kind: "text",
        inputmode: None,
        autocomplete: "nickname",
        class: None,
    };
    view! {
        <form id="change-name" class="card write" method="post" novalidate="" on:submit=submit>
            {form::summary(error, retry)}
            {form::text_field(field, error, input)}
            <p class="quiet-text">"Others see it beside your posts."</p>
            <div class="write-end">
                <button type="submit" class="primary" aria-disabled=disabled(move || busy.get())>"Change display name"</button>
            </div>
        </form>
    }
    .into_any()
}

fn message(error: &ApiError) -> FormError {
    match error {
        ApiError::Problem(problem) if problem.status == 422 => {
            FormError::Fields(vec![FieldError { field: FIELD, message: error.to_string() }])
        }
        _ if error.is_retryable() => FormError::Retryable(error.to_string(), ""),
        _ => FormError::Form(error.to_string(), ""),
    }
}
