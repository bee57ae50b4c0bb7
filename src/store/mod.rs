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
use catalogue::CataloguePage;
use leptos::prelude::*;
use product::ProductPage;

/// The page of a public URL: a product, or else the catalogue.
pub fn public_page() -> AnyView {
    match use_app_context().current_route() {
        Route::Product => view! { <ProductPage/> }.into_any(),
        _ => view! { <CataloguePage/> }.into_any(),
    }
}

/// Provides the state that the Store's pages share.
pub fn provide_contexts() {
    cart::CartContext::provide();
}
