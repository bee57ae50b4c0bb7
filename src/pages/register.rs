//! Making an account: the Store's `/register`. The backend asks FusionAuth, because that needs an API key.

use crate::{
    api::{self, NotRegistered},
    erased::{Attribute, Place, disabled, dynamic, effect, none, when},
    memory::use_memory,
    page::{self, use_title},
    route::after_sign_in,
    sign_in::leave_when_signed_in,
};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::{SignIn, use_session};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use storefront_api::FieldError;

/// What is wrong with the form, or why it could not be sent.
type Faults = RwSignal<Option<NotRegistered>>;

/// The page. Somebody who is signed in, or is now, is sent on.
pub fn page() -> AnyView {
    let (session, memory, title) = (use_session(), use_memory(), use_title());
    let navigate = use_navigate();
    leave_when_signed_in(after_sign_in(memory.app).to_owned());
    let faults: Faults = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let place = Place::here();
    effect(move || title.error(faults.with(Option::is_some)));

    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (Some(email), Some(password)) = (email.get_untracked(), password.get_untracked()) else { return };
        if busy.get_untracked() {
            return;
        }
        faults.set(None);
        busy.set(true);
        let (email, password) = (email.value().trim().to_owned(), password.value());
        let navigate = navigate.clone();
        place.spawn(async move {
            let made = api::register(&email, &password).await;
            if let Err(why) = made {
                _ = busy.try_set(false);
                _ = faults.try_set(Some(why));
                leptos::task::tick().await;
                return page::focus(".summary");
            }
            memory.say("Your account is made.");
            // Whoever has to do something else first, such as to confirm the address, is told by the sign-in form.
            if session.sign_in(&email, &password).await != SignIn::SignedIn {
                navigate("/login", NavigateOptions::default());
            }
        });
    };
    let busy = move || busy.get();
    view! {
        <div class="narrow">
            <section class="auth">
                {page::heading("Create your account")}
                <p class="lead">"One account for the Store and the Forums."</p>
                <form id="register" method="post" novalidate="" on:submit=submit>
                    {summary(faults)}
                    <div class="field">
                        <label for="email">"Email"</label>
                        {beside(faults, "email", "email-error")}
                        <input
                            id="email"
                            name="email"
                            type="text"
                            inputmode="email"
                            autocomplete="username"
                            autocapitalize="none"
                            spellcheck="false"
                            aria-required="true"
                            aria-invalid=wrong(faults, "email", "true")
                            aria-describedby=wrong(faults, "email", "email-error")
                            node_ref=email
                        />
                    </div>
                    <div class="field">
                        <label for="new-password">"Password"</label>
                        {beside(faults, "password", "new-password-error")}
                        <input
                            id="new-password"
                            name="password"
                            type="password"
                            autocomplete="new-password"
                            autocapitalize="none"
                            spellcheck="false"
                            aria-required="true"
                            aria-invalid=wrong(faults, "password", "true")
                            aria-describedby=wrong(faults, "password", "new-password-error")
                            node_ref=password
                        />
                    </div>
                    <button type="submit" class="primary wide" aria-disabled=disabled(busy)>
                        {move || if busy() { "Creating your account…" } else { "Create account" }}
                    </button>
                    <p class="hidden" role="status">{move || if busy() { "Creating your account…" } else { "" }}</p>
                    <a class="button quiet wide" href="/login">"I have an account"</a>
                </form>
            </section>
        </div>
    }
    .into_any()
}

/// On top of the form, where the focus goes. The alert is a child of what takes the focus: on one element, screen readers
/// lose one of the two.
fn summary(faults: Faults) -> AnyView {
    dynamic(move || {
        let Some(why) = faults.get() else { return none() };
        let content = match why {
            NotRegistered::Faults(faults) => {
                let line = |fault: FieldError| view! { <li>{fault.message}</li> }.into_any();
                view! { <ul>{faults.into_iter().map(line).collect::<Vec<_>>()}</ul> }.into_any()
            }
            NotRegistered::Other(error) => view! { <p>{error.to_string()}</p> }.into_any(),
        };
        view! {
            <div class="summary" tabindex="-1">
                <div role="alert">
                    <h2>"There is a problem"</h2>
                    {content}
                </div>
            </div>
        }
        .into_any()
    })
}

fn beside(faults: Faults, field: &'static str, id: &'static str) -> AnyView {
    dynamic(move || match fault(faults, field) {
        Some(fault) => view! { <p class="beside" id=id><span class="hidden">"Error: "</span>{fault.message}</p> }.into_any(),
        None => none(),
    })
}

fn wrong(faults: Faults, field: &'static str, value: &'static str) -> Attribute {
    when(move || fault(faults, field).is_some(), value)
}

fn fault(faults: Faults, field: &str) -> Option<FieldError> {
    faults.with(|why| match why {
        Some(NotRegistered::Faults(faults)) => faults.iter().find(|it| it.field == field).cloned(),
        Some(NotRegistered::Other(_)) | None => None,
    })
}
