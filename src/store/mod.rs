//! The Store: its products, the cart and orders.

pub mod api;
pub mod cart;
pub mod catalogue;
pub mod checkout;
mod pictures;
pub mod product;
mod product_list;
pub mod products;
mod suggestions;
mod variants;

use crate::core::{PageFunction, Route};
use catalogue::CataloguePage;
use leptos::prelude::*;
use product::ProductPage;

/// The Store's pages in the part `store`.
pub fn page(route: Route) -> Option<PageFunction> {
    Some(match route {
        Route::Products => || view! { <CataloguePage/> }.into_any(),
        Route::Product => || view! { <ProductPage/> }.into_any(),
        Route::Checkout => checkout::page,
        Route::Orders => checkout::orders_page,
        Route::GuestOrder => checkout::guest_order_page,
        _ => return None,
    })
}

/// Provides the state that the Store's pages share.
pub fn provide_contexts() {
    cart::CartContext::provide();
}
