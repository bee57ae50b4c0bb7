//! A product as lists show it, and what a shopper needs to buy one.

use super::{
    cart::{AdditionProgress, use_cart_context},
    product::href,
};
use crate::{
    core::{Departure, Route, use_app_context, use_location},
    data::ApiError,
    ui::{ErasedMemo, click, components, disabled, dynamic, format::money, none, read_until_cleanup},
};
use leptos::prelude::*;
use leptos_fusionauth::login_path;
use storefront_api::Product;
use storefront_messages::{t, variant_count};

/// The page shows a stock of this many or fewer, so that shoppers know that they have to be quick.
const FEW: i64 = 5;

/// A product in a list.
pub(super) fn card(product: Product) -> AnyView {
    let (Purchase { action, note }, price) = (purchase(&product), price_of_family(&product));
    let Product { id, name, description, stock, .. } = product;
    view! {
        <li class=if stock <= 0 { "product is-sold-out" } else { "product" }>
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
    price_with(product, none())
}

/// How many variants a product has, and what one costs.
fn price_of_family(product: &Product) -> AnyView {
    let choices = match product.variants.len() {
        0 => none(),
        count => view! { <span class="choices">{variant_count(&product.option, count as i64)}</span> }.into_any(),
    };
    price_with(product, choices)
}

fn price_with(product: &Product, choices: AnyView) -> AnyView {
    let stock = product.stock;
    view! {
        <p class="price">
            <strong>{money(product.price, &product.currency)}</strong>
            {(1..=FEW).contains(&stock).then(|| view! { <span class="few">{t!("Only {} left", stock)}</span> }.into_any())}
            {choices}
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
    let (name, id) = (StoredValue::new(product.name.clone()), StoredValue::new(product.id.clone()));
    let addition = ErasedMemo::new(move || id.with_value(|id| cart.addition(id)));
    let is_pending = move || addition.get() == Some(AdditionProgress::Pending);
    let add = move || {
        let is_pending = addition.get_untracked() == Some(AdditionProgress::Pending);
        if !is_pending && id.with_value(|id| name.with_value(|name| cart.add_one(id, name))) {
            location.open(&login_path(Route::Login.href(), &location.path()), Departure::Kept);
        }
    };
    let text = move || if is_pending() { t!("Adding…") } else { t!("Add to cart") };
    let label = move || format!("{}: {}", text(), name.get_value());
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
        Some(AdditionProgress::WaitsForSignIn) => {
            view! { <p class="card-error" role="alert">{ApiError::SignedOut.to_string()}</p> }.into_any()
        }
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
