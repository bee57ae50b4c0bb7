//! `/account`, the page that shows who is signed in and where the sign-in is kept, with a form for the display name.

pub mod api;
mod display_name;

use crate::{
    core::{Route, use_app_context},
    data::Query,
    ui::{ErasedSignal, components, document},
};
use leptos::prelude::*;
use storefront_api::{User, Workflow};

/// The page.
pub fn page() -> AnyView {
    let user = Query::new(Route::Account, |session| Box::pin(api::user(session)));
    layout(user.view(skeleton, ready))
}

fn layout(content: AnyView) -> AnyView {
    let (how, out) = explain(use_app_context().workflow);
    view! {
        <div class="narrow">
            {document::heading(Route::Account.title())}
            {content}
            <section class="card about">
                <h2>"How you are signed in"</h2>
                <p>{how}</p>
                <p>"Signing out "{out}", in every tab of this site, and revokes the refresh token."</p>
            </section>
        </div>
    }
    .into_any()
}

/// Where the sign-in is kept, and what signing out does to it.
fn explain(workflow: Workflow) -> (&'static str, &'static str) {
    match workflow {
        Workflow::SpaBackend => (
            "Your password goes to this site's own server, which hands it on to FusionAuth and keeps it nowhere. The access token, \
             good for a few minutes, and the refresh token that renews it are in cookies of this site that no script can read.",
            "deletes the cookies",
        ),
        Workflow::SpaSharedDomain => (
            "Your password goes straight to FusionAuth and nowhere else. The access token, good for a few minutes, and the refresh \
             token that renews it are in cookies that no script can read. The Store and the Forums share them, so a sign-in to one \
             ends the other's.",
            "deletes the cookies",
        ),
        Workflow::SpaLocalStorage | Workflow::WebappJwt | Workflow::WebappSession => (
            "Your password goes straight to FusionAuth and nowhere else. FusionAuth gives this page an access token that is good for \
             a few minutes; it is kept in this browser's local storage, under one key. The refresh token that renews it is in a \
             cookie of FusionAuth's host that no script can read.",
            "wipes the key",
        ),
    }
}

fn skeleton() -> AnyView {
    components::skeleton("card", 2)
}

fn ready(user: ErasedSignal<User>) -> AnyView {
    let email = move || user.read().email.clone().unwrap_or_else(|| "Not given".to_owned());
    view! {
        <dl class="card facts">
            <div>
                <dt>"Email"</dt>
                <dd>{email}</dd>
            </div>
            <div>
                <dt>"Display name"</dt>
                <dd dir="auto">{move || user.read().display_name.clone()}</dd>
            </div>
            <div>
                <dt>"Account number"</dt>
                <dd class="code">{move || user.read().id.clone()}</dd>
            </div>
        </dl>
        {display_name::form(user)}
    }
    .into_any()
}
