//! The Store's `/products/{id}`: one product with its picture, its stock and when it comes.

use super::{
    api,
    products::{Purchase, price, purchase},
    show_title,
};
use crate::{
    core::Route,
    data::{Query, first_answer},
    ui::{ErasedSignal, components, dynamic, effect},
};
use leptos::prelude::*;
use storefront_api::Product;
use storefront_messages::{ProductMessage, t};

/// The page of the product that the address names.
pub fn page() -> AnyView {
    let id = id();
    // The heading stays the same element, because it has the focus after a navigation.
    let name = ErasedSignal::new(Route::Product.title().to_owned());
    first_answer::take_over::<Product>(Route::Product);
    let product = Query::new(Route::Product, |_| Box::pin(async { api::product(&self::id()).await }));
    let ready = move |product: ErasedSignal<Product>| {
        let id = id.clone();
        // What was read for the page before may be another product, until this one's answer is there.
        dynamic(move || match product.get() {
            product if product.id == id => {
                name.set(product.name.clone());
                ready(product)
            }
            _ => loading(),
        })
    };
    effect(move || show_title(name.get()));
    let heading = view! { <h1 tabindex="-1" dir="auto">{move || name.get()}</h1> }.into_any();
    view! { <div class="page product-page">{heading}{product.view(loading, ready)}</div> }.into_any()
}

/// The address of a product's page.
pub fn href(id: &str) -> String {
    format!("{}/{id}", Route::Product.href())
}

fn id() -> String {
    let path = window().location().pathname().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

fn loading() -> AnyView {
    components::skeleton("card", 2)
}

fn ready(product: Product) -> AnyView {
    let (Purchase { action, note }, price) = (purchase(&product), price(&product));
    let Product { id, description, stock, .. } = product;
    view! {
        {components::picture(&id)}
        <div class="product-facts">
            <p class="lead" dir="auto">{description}</p>
            {price}
            {action}
            <div class="note">{note}</div>
            <p class="quiet-text">{ProductMessage::Stock { left: stock }.text()}" "{ProductMessage::Delivery.text()}</p>
            <p class="quiet-text">{t!("Prices include tax.")}</p>
            <p><a href=Route::Products.href()>{t!("All products")}</a></p>
        </div>
    }
    .into_any()
}
