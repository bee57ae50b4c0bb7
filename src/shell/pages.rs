//! The page of each route. Most pages are in parts of the program: the release build moves the code that only one part calls into that part.

use super::{help::HelpPage, not_found::NotFoundPage};
use crate::{
    account,
    core::{Route, page_title},
    data::ended_without_request,
    forums,
    sign_in::{self, SignInPage},
    store::{
        self,
        cart::{CartPage, LoadingCartPage, ShopperCartPage, use_cart_context},
    },
    ui::{
        document,
        part::{Lazy, Placeholder},
    },
};
use leptos::prelude::*;
use leptos_fusionauth::{RequireSession, SessionState, use_session};
use storefront_api::App;
use wasm_part::part;

/// The page of `route` in an application.
pub(super) fn page(route: Route, app: App) -> AnyView {
    match route {
        Route::Products | Route::Product => of_part(route, products),
        Route::Cart => {
            let (loading, page) = (|| view! { <LoadingCartPage/> }.into_any(), || view! { <CartPage/> }.into_any());
            view! { <ShopperCartPage>{guarded(Box::new(loading), Box::new(page))}</ShopperCartPage> }.into_any()
        }
        Route::Checkout => of_part(route, checkout),
        Route::Orders | Route::GuestOrder => of_part(route, orders),
        Route::Posts | Route::Thread => of_part(route, posts),
        Route::Account => of_part(route, account),
        Route::Login => {
            let session = use_session().state();
            let has_ended = matches!(session.get_untracked(), SessionState::SignedOut(cause) if ended_without_request(cause));
            let has_cart = app == App::Store && (has_ended || untrack(|| use_cart_context().count() > 0));
            view! { <SignInPage has_cart/> }.into_any()
        }
        Route::Register | Route::ForgotPassword => of_part(route, account_access),
        Route::ChangePassword => of_part(route, change_password),
        Route::VerifyEmail | Route::VerifyRegistration => of_part(route, verification),
        Route::Help(_) => of_part(route, help),
        Route::NotFound => view! { <NotFoundPage/> }.into_any(),
    }
}

// Each page of a part needs a function here, even if its part has other pages, because each function is an entry point of the part.

#[part("account")]
fn account() -> AnyView {
    account::page()
}

#[part("store")]
fn checkout() -> AnyView {
    store::checkout::page()
}

#[part("store")]
fn orders() -> AnyView {
    store::checkout::orders_page()
}

#[part("store")]
fn products() -> AnyView {
    store::public_page()
}

#[part("forums")]
fn posts() -> AnyView {
    forums::page()
}

#[part("sign_in")]
fn account_access() -> AnyView {
    sign_in::registration_or_forgotten_password_page()
}

#[part("sign_in")]
fn change_password() -> AnyView {
    sign_in::change_password::page()
}

#[part("sign_in")]
fn verification() -> AnyView {
    sign_in::verification::link_page()
}

#[part("sign_in")]
fn help() -> AnyView {
    view! { <HelpPage/> }.into_any()
}

/// The tasks that start after the first page is shown.
#[part("sign_in")]
pub(super) fn when_idle() -> AnyView {
    super::when_idle::view()
}

/// A page in a part of the program that is loaded later.
fn of_part(route: Route, page: fn() -> AnyView) -> AnyView {
    let content = move || match route.part() {
        Some(part) => view! { <Lazy part placeholder=placeholder(route)>{page()}</Lazy> }.into_any(),
        None => page(),
    };
    match route.needs_session() {
        true => guarded(Box::new(move || placeholder(route).view()), Box::new(content)),
        false => content(),
    }
}

/// A page of a route that needs a session.
fn guarded(loading: ViewFunction, page: ViewFunction) -> AnyView {
    let page = move || {
        if document::heading_has_focus() {
            document::focus_in_place_after_render("main h1"); // the page's heading replaces the placeholder's
        }
        page()
    };
    view! { <RequireSession login=Route::Login.href() loading=loading>{page()}</RequireSession> }.into_any()
}

/// A view function. It is type-erased, so that the guard is compiled once for all pages.
type ViewFunction = Box<dyn Fn() -> AnyView + Send + Sync>;

/// The placeholder of a page until its part is loaded. It looks like the page itself before the page's data is loaded.
fn placeholder(route: Route) -> Placeholder {
    let (class, shapes) = match route {
        Route::Products => ("page home", ("products", 6)),
        Route::Product => ("page product-page", ("card", 2)),
        Route::Checkout => ("page", ("card", 3)),
        Route::Posts | Route::Thread => ("narrow forum", ("posts", 4)),
        Route::Account => ("narrow account", ("card", 2)),
        _ => ("narrow", ("card", 2)),
    };
    Placeholder { class, heading: page_title(route), shapes }
}
