//! Who is signed in, and where the sign-in is kept.

use crate::{api, load::Load, page, parts};
use leptos::prelude::*;
use storefront_api::User;

/// The page.
pub fn page() -> AnyView {
    let user = Load::new(|session| Box::pin(api::user(session)));
    frame(user.view(skeleton, ready))
}

/// The page while it is not known who is signed in.
pub fn waiting() -> AnyView {
    frame(skeleton())
}

fn frame(content: AnyView) -> AnyView {
    view! {
        <div class="narrow">
            {page::heading("Your account")}
            {content}
            <section class="card about">
                <h2>"How you are signed in"</h2>
                <p>
                    "Your password goes straight to FusionAuth and nowhere else. FusionAuth gives this page an access token that is good \
                    for a few minutes; it is kept in this browser's local storage, under one key. The refresh token that renews it is in \
                    a cookie of FusionAuth's host that no script can read."
                </p>
                <p>"Signing out wipes the key, in every tab of this site, and revokes the refresh token."</p>
            </section>
        </div>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    parts::skeleton("card", 2)
}

fn ready(user: User) -> AnyView {
    view! {
        <dl class="card facts">
            <div>
                <dt>"Email"</dt>
                <dd>{user.email.unwrap_or_else(|| "Not given".to_owned())}</dd>
            </div>
            <div>
                <dt>"Account number"</dt>
                <dd class="code">{user.id}</dd>
            </div>
        </dl>
    }
    .into_any()
}
