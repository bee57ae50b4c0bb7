//! The header of every page: the main links, the number of items in the cart, and the signed-in user.

use crate::{
    core::{Route, SEARCH, use_app_context},
    data::use_mutations,
    store::cart::use_cart_context,
    ui::{components::Icon, document},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, login_path};
use leptos_router::{hooks::use_location, location::Location};
use storefront_api::App;
use storefront_messages::{app_name, items_after, t};

#[component]
pub(super) fn Header(
    /// The other application's origin.
    sibling_url: &'static str,
) -> impl IntoView {
    let app = use_app_context().app;
    let (links, sibling, sibling_icon) = match app {
        App::Store => (view! { <StoreLinks/> }.into_any(), App::Forums, "chat"),
        App::Forums => (view! { <MainLink route=Route::Posts class="to-start">{t!("Posts")}</MainLink> }.into_any(), App::Store, "shop"),
    };
    view! {
        <header class="site">
            <div class="bar">
                <a class="brand" href="/"><Icon name="mark"/>{app.brand()}</a>
                <nav aria-label=t!("Main")>
                    {links}
                    <a href=format!("{sibling_url}/") class="sibling"><IconLabel icon=sibling_icon text=app_name(sibling)/></a>
                    // The last one, where a phone shows the link to sign in in its place: a sign-in moves no other link.
                    <MainLink route=Route::Account class="to-account"><IconLabel icon="user" text=t!("Account")/></MainLink>
                </nav>
                <div class="who"><CurrentUser/></div>
            </div>
        </header>
    }
}

#[component]
fn StoreLinks() -> impl IntoView {
    let cart = use_cart_context();
    let badge = move || {
        let count = cart.count();
        (count != 0).then(|| view! { <span class="badge">{count.to_string()}<span class="hidden">{items_after(count)}</span></span> })
    };
    view! {
        <MainLink route=Route::Products class="to-start">{t!("Products")}</MainLink>
        <a href=SEARCH class="to-search"><IconLabel icon="search" text=t!("Search")/></a>
        <MainLink route=Route::Cart class="to-cart"><IconLabel icon="cart" text=t!("Cart")/>{move || badge()}</MainLink>
    }
}

/// A link that shows whether its page is open.
#[component]
fn MainLink(route: Route, class: &'static str, children: Children) -> impl IntoView {
    let (app, path) = (use_app_context().app, use_location().pathname);
    view! {
        <a href=route.href() class=class aria-current=move || (Route::at(app, &path.read()) == route).then_some("page")>{children()}</a>
    }
}

/// An icon with its text. In small windows only assistive technology gets the text.
#[component]
fn IconLabel(icon: &'static str, text: &'static str) -> impl IntoView {
    view! { <Icon name=icon/><span class="label">{text}</span> }
}

/// The signed-in user, with the button to sign out that ASVS 7.4.4 requires on every page; or the link to sign in.
#[component]
fn CurrentUser() -> impl IntoView {
    let mutations = use_mutations();
    let session = mutations.session;
    let sign_out = move || {
        session.sign_out();
        document::focus_after_render("main h1"); // the button that has the focus is about to be removed
    };
    let (app, location) = (use_app_context().app, use_location());
    move || match session.state().get() {
        SessionState::SignedIn { user, .. } => Some(
            view! {
                <span class="me" title=t!("Signed in")><bdi translate="no">{user.email.unwrap_or_default()}</bdi></span>
                <button type="button" class="quiet" on:click=move |_| mutations.request_sign_out(Box::new(sign_out))>
                    <IconLabel icon="leave" text=t!("Sign out")/>
                </button>
            }
            .into_any(),
        ),
        SessionState::SignedOut(_) => {
            let (route, href) = sign_in_link(app, &location);
            let link = || view! { <a class="button quiet" href=href><IconLabel icon="user" text=t!("Sign in")/></a> }.into_any();
            (route != Route::Login).then(link)
        }
        SessionState::Loading => None,
    }
}

/// The current page, and the URL of the sign-in page that leads back to it. Tracked.
pub(super) fn sign_in_link(app: App, Location { pathname, search, .. }: &Location) -> (Route, String) {
    let path = pathname.get();
    let route = Route::at(app, &path);
    let query = search.with(|it| if it.is_empty() { String::new() } else { format!("?{it}") });
    // A link in an email is meant for one visit, so the user does not return to its page after the sign-in.
    let href = if route.is_mailed() { Route::Login.href().to_owned() } else { login_path(Route::Login.href(), &(path + &query)) };
    (route, href)
}
