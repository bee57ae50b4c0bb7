//! The Store: its products, the cart and orders.

pub mod api;
pub mod cart;
pub mod catalogue;
pub mod checkout;
pub mod product;
mod product_list;
pub mod products;
mod variants;

use crate::core::{Route, use_app_context};
use crate::ui::after_render;
use catalogue::CataloguePage;
use leptos::prelude::*;
use product::ProductPage;
use storefront_api::App;

/// The page that the address names, of those that need no sign-in.
pub fn public_page() -> AnyView {
    match use_app_context().current_route() {
        Route::Product => view! { <ProductPage/> }.into_any(),
        _ => view! { <CataloguePage/> }.into_any(),
    }
}

/// Provides what the Store's pages share to everything below the caller.
pub fn provide_contexts() {
    cart::CartContext::provide();
}

/// Gives the document a title that is not its route's, after that of the route, which is written when the page has been rendered.
fn show_title(title: String) {
    after_render(move || document().set_title(&format!("{title} · {}", App::Store.name())));
}
