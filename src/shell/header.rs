//! The header of every page: the main links, the number of items in the cart, and who is signed in.

use super::sign_out::SignOut;
use crate::{
    core::{Route, route::SEARCH, use_app_context, use_location},
    store::cart::use_cart_context,
    ui::{Attribute, click, components::icon, dynamic, none, when},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, login_path, use_session};
use storefront_api::App;
use storefront_messages::t;

/// The header. `sibling_url` is the other application's origin.
pub(super) fn header(sibling_url: &str, sign_out: SignOut) -> AnyView {
    let app = use_app_context().app;
    let (sibling, sibling_icon, links) = match app {
        App::Store => {
            let products = link(Route::Products, "to-start", t!("Products").into_any());
            let search = anchor(SEARCH, "to-search", Box::new(|| None), labelled("search", t!("Search")));
            (App::Forums, "chat", vec![products, search, cart_link(), account_link()])
        }
        App::Forums => (App::Store, "cart", vec![link(Route::Posts, "to-start", t!("Posts").into_any()), account_link()]),
    };
    view! {
        <header class="site">
            <div class="bar">
                <a class="brand" href="/">{icon("mark")}{app.name()}</a>
                <nav aria-label=t!("Main")>
                    {links}
                    <a href=format!("{sibling_url}/") class="sibling">{labelled(sibling_icon, sibling.name())}</a>
                </nav>
                <div class="who">{who(sign_out)}</div>
            </div>
        </header>
    }
    .into_any()
}

/// An icon with its text, which small windows show to assistive technology alone.
fn labelled(icon_name: &'static str, text: &'static str) -> AnyView {
    view! { {icon(icon_name)}<span class="label">{text}</span> }.into_any()
}

fn link(route: Route, class: &'static str, content: AnyView) -> AnyView {
    anchor(route.href(), class, current(route), content)
}

fn anchor(href: &'static str, class: &'static str, current: Attribute, content: AnyView) -> AnyView {
    view! { <a href=href class=class aria-current=current>{content}</a> }.into_any()
}

fn account_link() -> AnyView {
    link(Route::Account, "to-account", labelled("user", t!("Account")))
}

fn cart_link() -> AnyView {
    let cart = use_cart_context();
    let badge = dynamic(move || {
        let count = cart.count();
        if count == 0 {
            return none();
        }
        let unit = if count == 1 { t!(" item") } else { t!(" items") };
        view! { <span class="badge">{count.to_string()}<span class="hidden">{unit}</span></span> }.into_any()
    });
    link(Route::Cart, "to-cart", view! { {labelled("cart", t!("Cart"))}{badge} }.into_any())
}

fn current(route: Route) -> Attribute {
    let (app, location) = (use_app_context().app, use_location());
    when(move || Route::at(app, &location.path()) == route, "page")
}

/// Who is signed in, with a button to sign out that is on every page (ASVS 7.4.4); or the link to sign in.
fn who(sign_out: SignOut) -> AnyView {
    let session = use_session();
    let app = use_app_context().app;
    let location = use_location();
    dynamic(move || match session.state().get() {
        SessionState::SignedIn { user, .. } => view! {
            <span class="me" title=t!("Signed in")><bdi>{user.email.unwrap_or_default()}</bdi></span>
            <button type="button" class="quiet" on:click=click(move || sign_out.request())>{labelled("leave", t!("Sign out"))}</button>
        }
        .into_any(),
        SessionState::SignedOut(_) => {
            let path = location.path();
            let route = Route::at(app, &path);
            if route == Route::Login {
                return none();
            }
            // A mailed link is good for one visit.
            let href = if route.is_mailed() { Route::Login.href().to_owned() } else { login_path(Route::Login.href(), &path) };
            view! { <a class="button quiet" href=href>{labelled("user", t!("Sign in"))}</a> }.into_any()
        }
        SessionState::Loading => none(),
    })
}
