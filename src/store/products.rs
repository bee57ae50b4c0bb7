//! A product in lists, and the controls to buy it.

use super::cart::{Progress, addition_failure, use_cart_context};
use crate::{
    core::{Route, use_app_context},
    data::{ApiError, first_answer::HeldClicks},
    ui::{
        components::{Icon, Picture},
        document,
        format::money,
        read_until_cleanup, set_timeout,
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::login_path;
use leptos_router::hooks::{use_location, use_navigate};
use std::time::Duration;
use storefront_api::Product;
use storefront_messages::{t, variant_count};

/// The URL of a product's page.
pub fn href(id: &str) -> String {
    format!("{}/{id}", Route::Product.href())
}

/// The product's id in the path of its page.
pub(super) fn id_of(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// The page shows the stock of a product if at most this many items are left.
const FEW: i64 = 5;

/// A product in a list.
#[component]
pub(super) fn ProductCard(product: Product) -> impl IntoView {
    let needs_choice = product.needs_choice();
    let Product { id, name, description, price, currency, stock, option, variants, .. } = product;
    let choices = match variants.len() {
        0 => None,
        count => {
            let colours = variants.into_iter().filter(|it| !it.swatch.is_empty());
            let swatches = colours.map(|it| view! { <Swatch colour=it.swatch/> }).collect_view();
            Some(view! { <span class="choices">{swatches}{variant_count(&option, count as i64)}</span> })
        }
    };
    let action = match needs_choice {
        true => {
            let label = t!("Choose: {}", name);
            view! { <a class="button primary" href=href(&id) aria-label=label>{t!("Choose")}</a> }.into_any()
        }
        false => view! { <Purchase id=id.clone() name=name.clone() stock/> }.into_any(),
    };
    view! {
        <li class=if stock <= 0 && !needs_choice { "product is-sold-out" } else { "product" }>
            <Picture product=id.clone()/>
            <h2 dir="auto"><a href=href(&id)>{name}</a></h2>
            <Price amount=money(price, &currency) stock>{choices}</Price>
            <p class="about" dir="auto">{description}</p>
            {action}
        </li>
    }
}

/// The colour of a variant.
#[component]
pub(super) fn Swatch(colour: String) -> impl IntoView {
    view! { <svg class="swatch" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" fill=colour/></svg> }
}

/// The price of a product, and the stock if few items are left. The children describe the variants.
#[component]
pub(super) fn Price(amount: String, stock: i64, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <p class="price">
            <strong translate="no">{amount}</strong>
            {(1..=FEW).contains(&stock).then(|| view! { <span class="few">{t!("Only {} left", stock)}</span> })}
            {children.map(|children| children())}
        </p>
    }
}

/// The button that puts a product into the cart, and the outcome of a click on it.
#[component]
pub(super) fn Purchase(
    id: String,
    name: String,
    stock: i64,
    /// The choice of the quantity. `None`: the button adds one item.
    #[prop(optional)]
    quantity: Option<NodeRef<html::Select>>,
) -> impl IntoView {
    let (cart, context, path, navigate) = (use_cart_context(), use_app_context(), use_location().pathname, use_navigate());
    let add = move |id: &str, name: &str, quantity: i64| {
        if cart.add_product(id, name, quantity) {
            navigate(&login_path(Route::Login.href(), &path.get_untracked()), Default::default());
        }
    };
    if use_context::<HeldClicks>().is_some_and(|held| held.take(&id)) {
        let (add, id, name) = (add.clone(), id.clone(), name.clone());
        set_timeout(move || add(&id, &name, 1), Duration::ZERO); // when the page is complete, because the addition may lead to another page
    }
    let (name, id) = (StoredValue::new(name), StoredValue::new(id));
    let addition = Memo::new(move |_| id.with_value(|id| cart.addition(id)));
    let is_pending = move || addition.get() == Some(Progress::Pending);
    let add = move |_| {
        let chosen = quantity.and_then(|it| it.get_untracked()).and_then(|it| it.value().parse().ok()).unwrap_or(1);
        if addition.get_untracked() != Some(Progress::Pending) {
            id.with_value(|id| name.with_value(|name| add(id, name, chosen)));
        }
    };
    let text = move || if is_pending() { t!("Adding…") } else { t!("Add to cart") };
    let action = match stock > 0 {
        true => view! {
            <button
                type="button"
                class="primary"
                aria-label=move || match is_pending() {
                    true => [text(), " ", &name.get_value()].concat(),
                    false => t!("Add to cart: {}", name.get_value()),
                }
                aria-disabled=move || is_pending().then_some("true")
                on:click=add
            >
                {move || text()}
            </button>
        }
        .into_any(),
        false => view! { <p class="sold-out">{t!("Sold out")}</p> }.into_any(),
    };
    if quantity.is_some() {
        // On the page of a product, the outcome stands below the button, which may be the last thing in the window.
        Effect::new(move |before| {
            let now = addition.get();
            if before == Some(Some(Progress::Pending)) && now.is_some() {
                document::scroll_after_render(".buy .note");
            }
            now
        });
    }
    let note = move || match addition.get() {
        Some(Progress::Unsent) => view! { <p class="card-error" role="alert">{ApiError::SignedOut.to_string()}</p> }.into_any(),
        Some(Progress::Failed(error)) => {
            let text = format!("{} {error}", name.with_value(|name| addition_failure(name)));
            view! { <p class="card-error" role="alert">{text}</p> }.into_any()
        }
        Some(Progress::Done) => {
            view! { <p class="card-added"><Icon name="tick"/>{t!("Added. ")}<a href=Route::Cart.href()>{t!("See your cart")}</a></p> }
                .into_any()
        }
        Some(Progress::Pending) if !read_until_cleanup(context.online()) => {
            view! { <p>{t!("Will be sent when you're back online.")}</p> }.into_any()
        }
        Some(Progress::Pending) | None => ().into_any(),
    };
    view! {
        {action}
        <div class="note">{move || note()}</div>
    }
}
