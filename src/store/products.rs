//! The Store's `/`: the products. The page is public, and so is a visitor's cart.

use super::{
    api,
    cart::{AdditionProgress, use_cart_context},
    product::href,
};
use crate::{
    core::{Departure, Route, use_app_context, use_location},
    data::{Query, first_answer},
    ui::{ErasedMemo, ErasedSignal, click, components, disabled, document, dynamic, format::money, none, read_until_cleanup},
};
use leptos::prelude::*;
use leptos_fusionauth::login_path;
use storefront_api::Product;
use storefront_messages::t;

/// The page shows a stock of this many or fewer, so that shoppers know that they have to be quick.
const FEW: i64 = 5;

/// The page.
pub fn page() -> AnyView {
    first_answer::take_over::<Vec<Product>>(Route::Products);
    let products = Query::new(Route::Products, |_| {
        let cart = use_cart_context();
        Box::pin(async move {
            let (products, guest_items) = api::products().await?;
            cart.guest_items_are(guest_items);
            Ok(products)
        })
    });
    view! {
        <div class="page home">
            {hero()}
            {document::heading(Route::Products.title())}
            {products.view(|| components::skeleton("products", 6), ready)}
        </div>
    }
    .into_any()
}

fn hero() -> AnyView {
    // The browser itself scrolls to a part of the page that a link with a target leads to.
    let action = view! { <a class="button primary" href="#products" target="_self">{t!("Browse the range")}</a> }.into_any();
    components::hero(t!("Made to be kept."), t!("Good things for the kitchen, the desk and the road."), action)
}

fn ready(products: ErasedSignal<Vec<Product>>) -> AnyView {
    dynamic(move || match products.get() {
        products if products.is_empty() => {
            components::empty_state("mark", t!("Nothing to sell today"), t!("New things are on their way. Come back soon."), none())
        }
        products => view! { <ul class="products" id="products">{products.into_iter().map(card).collect::<Vec<_>>()}</ul> }.into_any(),
    })
}

fn card(product: Product) -> AnyView {
    let (Purchase { action, note }, price) = (purchase(&product), price(&product));
    let Product { id, name, description, stock, .. } = product;
    view! {
        <li class="product" class:is-sold-out=stock <= 0>
            {components::picture(&id)}
            <h2 dir="auto"><a href=href(&id)>{name}</a></h2>
            {price}
            <p class="about" dir="auto">{description}</p>
            {action}
            <div class="note">{note}</div>
        </li>
    }
    .into_any()
}

/// What a product costs, and whether few of it are left.
pub(super) fn price(product: &Product) -> AnyView {
    let stock = product.stock;
    view! {
        <p class="price">
            <strong>{money(product.price, &product.currency)}</strong>
            {(1..=FEW).contains(&stock).then(|| view! { <span class="few">{t!("Only {} left", stock)}</span> }.into_any())}
        </p>
    }
    .into_any()
}

/// What a shopper needs to buy a product: the button, and what became of a click on it.
pub(super) struct Purchase {
    pub(super) action: AnyView,
    pub(super) note: AnyView,
}

pub(super) fn purchase(product: &Product) -> Purchase {
    let (cart, context, location) = (use_cart_context(), use_app_context(), use_location());
    let (name, id) = (product.name.clone(), StoredValue::new(product.id.clone()));
    let addition = ErasedMemo::new(move || id.with_value(|id| cart.addition(id)));
    let is_pending = move || addition.get() == Some(AdditionProgress::Pending);
    let add = move || {
        if addition.get_untracked() != Some(AdditionProgress::Pending) && id.with_value(|id| cart.add_one(id)) {
            location.open(&login_path(Route::Login.href(), &location.path()), Departure::Kept);
        }
    };
    let text = move || if is_pending() { t!("Adding…") } else { t!("Add to cart") };
    let label = move || format!("{}: {name}", text());
    let action = match product.stock > 0 {
        true => view! {
            <button type="button" class="primary" aria-label=label aria-disabled=disabled(is_pending) on:click=click(add)>
                {text}
            </button>
        }
        .into_any(),
        false => view! { <p class="sold-out">{t!("Sold out")}</p> }.into_any(),
    };
    let note = dynamic(move || {
        match addition.get() {
        Some(AdditionProgress::Failed(error)) => view! { <p class="card-error" role="alert">{error.to_string()}</p> }.into_any(),
        Some(AdditionProgress::Added) => {
            view! { <p class="card-added">{components::icon("tick")}{t!("Added. ")}<a href=Route::Cart.href()>{t!("See your cart")}</a></p> }
                .into_any()
        }
        Some(AdditionProgress::Pending) if !read_until_cleanup(context.online()) => {
            view! { <p>{t!("Waits until you are back online.")}</p> }.into_any()
        }
        Some(AdditionProgress::Pending) | None => none(),
    }
    });
    Purchase { action, note }
}
