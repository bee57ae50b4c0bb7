//! The header: where one can go, and who is signed in.

use crate::{
    erased::{Attribute, click, dynamic, none, when},
    memory::use_memory,
    parts::icon,
    route::{Route, app_name},
};
use leptos::prelude::*;
use leptos_fusionauth::{View, login_path, use_session};
use leptos_router::hooks::use_location;
use storefront_api::App;

/// The header. `sibling_url` is the other application's origin.
pub fn header(sibling_url: String) -> AnyView {
    let app = use_memory().app;
    let (sibling, links) = match app {
        App::Store => (App::Forums, vec![link("/", "Products"), cart_link(), link("/account", "Account")]),
        App::Forums => (App::Store, vec![link("/", "Posts"), link("/account", "Account")]),
    };
    view! {
        <header class="site">
            <div class="bar">
                <a class="brand" href="/">{icon("mark")}{app_name(app)}</a>
                <nav aria-label="Main">
                    {links}
                    <a href=format!("{sibling_url}/") class="sibling">{app_name(sibling)}{icon("out")}</a>
                </nav>
                <div class="who">{who()}</div>
            </div>
        </header>
    }
    .into_any()
}

fn link(href: &'static str, text: &'static str) -> AnyView {
    view! { <a href=href aria-current=current(href)>{text}</a> }.into_any()
}

fn cart_link() -> AnyView {
    let count = use_memory().cart_count;
    let badge = dynamic(move || match count.get() {
        Some(count) if count > 0 => view! { <span class="badge">{count.to_string()}<span class="hidden">" items"</span></span> }.into_any(),
        _ => none(),
    });
    view! { <a href="/cart" aria-current=current("/cart")>"Cart"{badge}</a> }.into_any()
}

fn current(href: &'static str) -> Attribute {
    let path = use_location().pathname;
    when(move || path.with(|path| path == href), "page")
}

/// Who is signed in, with a button to sign out that is always there (ASVS 7.4.4); or the way to sign in.
fn who() -> AnyView {
    let session = use_session();
    let app = use_memory().app;
    let path = use_location().pathname;
    let out = move || session.sign_out();
    dynamic(move || match session.view().get() {
        View::SignedIn { user, .. } => view! {
            <span class="me" title="Signed in">{user.email.unwrap_or_default()}</span>
            <button type="button" class="quiet" on:click=click(out)>"Sign out"</button>
        }
        .into_any(),
        View::SignedOut(_) => {
            let on_login = Route::of(app, &path.get()) == Route::Login;
            if on_login {
                return none();
            }
            view! { <a class="button quiet" href=login_path("/login", &path.get())>"Sign in"</a> }.into_any()
        }
        View::Loading => none(),
    })
}
