//! The page of each route. Most pages are in parts of the program: the release build moves the code that only one part calls into that part.

use super::{help, not_found::NotFoundPage};
use crate::{
    account,
    core::{PageFunction, Part, Route, page_title},
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

/// The page of `route` in an application. The features choose the pages of the parts.
pub(super) fn page(route: Route, app: App) -> AnyView {
    match route {
        Route::Cart => {
            let (loading, page) = (|| view! { <LoadingCartPage/> }.into_any(), || view! { <CartPage/> }.into_any());
            view! { <ShopperCartPage>{guarded(Box::new(loading), Box::new(page))}</ShopperCartPage> }.into_any()
        }
        Route::Login => {
            let session = use_session().state();
            let has_ended = matches!(session.get_untracked(), SessionState::SignedOut(cause) if ended_without_request(cause));
            let has_cart = app == App::Store && (has_ended || untrack(|| use_cart_context().count() > 0));
            view! { <SignInPage has_cart/> }.into_any()
        }
        route => of_part(route),
    }
}

// The entry point of each part.

#[part("account")]
fn of_account(route: Route) -> AnyView {
    shown(account::page(route))
}

#[part("forums")]
fn of_forums(route: Route) -> AnyView {
    shown(forums::page(route))
}

#[part("sign_in")]
fn of_sign_in(route: Route) -> AnyView {
    shown(help::page(route).or_else(|| sign_in::page(route)))
}

#[part("store")]
fn of_store(route: Route) -> AnyView {
    shown(store::page(route))
}

fn shown(page: Option<PageFunction>) -> AnyView {
    page.map_or_else(|| view! { <NotFoundPage/> }.into_any(), |page| page())
}

/// The tasks that start after the first page is shown.
#[part("sign_in")]
pub(super) fn when_idle() -> AnyView {
    super::when_idle::view()
}

/// A page in a part of the program that is loaded later.
fn of_part(route: Route) -> AnyView {
    let Some(part) = route.part() else { return shown(None) };
    let page = move || match part {
        Part::Account => of_account(route),
        Part::Forums => of_forums(route),
        Part::SignIn => of_sign_in(route),
        Part::Store => of_store(route),
    };
    let content = move || view! { <Lazy part placeholder=placeholder(route)>{page()}</Lazy> }.into_any();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_of_a_part_is_a_page_of_its_feature() {
        for route in Route::all() {
            let page = match route.part() {
                None => {
                    assert!(matches!(route, Route::Cart | Route::Login), "{route:?} needs an arm in `page`, or a part");
                    continue;
                }
                Some(Part::Account) => account::page(route),
                Some(Part::Forums) => forums::page(route),
                Some(Part::SignIn) => help::page(route).or_else(|| sign_in::page(route)),
                Some(Part::Store) => store::page(route),
            };
            assert!(page.is_some(), "no feature has the page {route:?}");
        }
    }
}
