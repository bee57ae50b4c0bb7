//! The view of one line of the cart: its price and quantity, its removal with "Undo", and what is wrong with a change of it.

use super::{
    context::{CartContext, quantity_id, use_cart_context},
    line::{DesiredQuantity, Line},
};
use crate::{
    core::use_app_context,
    ui::{ErasedMemo, ErasedSignal, click, components, disabled, document, dynamic, format::money, none, when},
};
use leptos::{ev, prelude::*};
use storefront_api::{CartLine, MAX_QUANTITY};
use storefront_messages::CartMessage;

/// The line, or the button that puts it back after its removal.
pub fn row(product: String) -> AnyView {
    let cart = use_cart_context();
    let product = StoredValue::new(product);
    let is_filled = ErasedMemo::new(move || {
        let is_filled = |id: &String| cart.state().row(id).is_some_and(|row| row.line.desired() != DesiredQuantity::Removed);
        product.with_value(is_filled)
    });
    let is_undoable = ErasedMemo::new(move || product.with_value(|id| cart.state().is_undoable(id)));
    dynamic(move || {
        // Not tracked: a changed price shows with the next visit of the page.
        let item = product.with_value(|id| cart.state_untracked().row(id).map(|row| row.item.clone()));
        match (item, is_filled.get(), is_undoable.get()) {
            (Some(item), true, _) => filled(cart, item),
            (Some(item), false, true) => removed(cart, item),
            _ => none(),
        }
    })
}

fn filled(cart: CartContext, item: CartLine) -> AnyView {
    let CartLine { product, name, unit_price, .. } = item;
    let id = quantity_id(&product);
    let picture = components::picture(&product);
    let product = StoredValue::new(product);
    let invalid = ErasedSignal::new(false);
    let count = ErasedMemo::new(move || product.with_value(|id| cart.state().row(id).map_or(0, |row| row.line.desired().count())));
    let currency = cart.state_untracked().currency().to_owned();
    let price = money(unit_price, &currency);
    let change = move |desired| {
        invalid.set(false);
        product.with_value(|id| cart.change(id, desired));
    };
    let step = move |by: i64| {
        if let Some(desired) = DesiredQuantity::quantity(count.get_untracked() + by) {
            change(desired);
        }
    };
    let typed = move |event: ev::Targeted<ev::Event, web_sys::HtmlInputElement>| match DesiredQuantity::typed(&event.target().value()) {
        Some(desired) => change(desired),
        None => invalid.set(true),
    };
    let remove = move || {
        change(DesiredQuantity::Removed);
        document::focus_after_render(".undo"); // the button that replaces this one
    };
    view! {
        <li class="line">
            {picture}
            <div class="line-about">
                <h2 dir="auto">{name.clone()}</h2>
                <p class="quiet-text">{price}" each"</p>
            </div>
            <div class="stepper" role="group" aria-label=format!("{name}, quantity")>
                <button
                    type="button"
                    aria-label=format!("Decrease quantity of {name}")
                    aria-disabled=disabled(move || count.get() <= 1)
                    on:click=click(move || step(-1))
                >
                    {components::icon("minus")}
                </button>
                <input
                    id=id
                    type="number"
                    inputmode="numeric"
                    min="1"
                    max=MAX_QUANTITY.to_string()
                    step="1"
                    aria-label=format!("Quantity of {name}")
                    aria-invalid=when(move || invalid.get(), "true")
                    aria-describedby=when(move || invalid.get(), "quantity-error")
                    prop:value=move || count.get().to_string()
                    on:change:target=typed
                />
                <button
                    type="button"
                    aria-label=format!("Increase quantity of {name}")
                    aria-disabled=disabled(move || count.get() >= MAX_QUANTITY)
                    on:click=click(move || step(1))
                >
                    {components::icon("plus")}
                </button>
            </div>
            <p class="line-total">{move || money(unit_price.saturating_mul(count.get()), &currency)}</p>
            <button type="button" class="remove" aria-label=format!("Remove {name}") on:click=click(remove)>{components::icon("bin")}"Remove"</button>
            {note(cart, product, name, invalid)}
        </li>
    }
    .into_any()
}

/// What is wrong with the line, or that its change waits for a connection.
fn note(cart: CartContext, product: StoredValue<String>, name: String, invalid: ErasedSignal<bool>) -> AnyView {
    let context = use_app_context();
    let line = ErasedMemo::new(move || {
        product.with_value(|id| cart.state().row(id).map(|row| (row.line.failure().cloned(), row.line.is_pending())))
    });
    dynamic(move || {
        if invalid.get() {
            let text = CartMessage::QuantityOutOfRange.text(MAX_QUANTITY);
            return view! { <p class="line-error" id="quantity-error" role="alert">{text}</p> }.into_any();
        }
        match line.get() {
            Some((Some(failure), _)) => {
                let what = match failure.desired {
                    DesiredQuantity::Quantity(quantity) => format!("{name} could not be set to {quantity}. "),
                    DesiredQuantity::Removed => format!("{name} could not be removed. "),
                };
                let retry = move || {
                    product.with_value(|id| cart.change(id, failure.desired));
                    product.with_value(|id| document::focus(&format!("#{}", quantity_id(id)))); // the button is about to be removed
                };
                let button = failure.error.is_retryable().then(|| components::retry_button(retry));
                components::write_failure(what + &failure.error.to_string(), button)
            }
            Some((None, true)) if !context.is_online() => {
                view! { <p class="line-waiting">"Waits until you are back online."</p> }.into_any()
            }
            _ => none(),
        }
    })
}

fn removed(cart: CartContext, item: CartLine) -> AnyView {
    let CartLine { product, name, .. } = item;
    let label = format!("Undo: put {name} back");
    let undo = move || {
        let before = cart.state_untracked().row(&product).map(|row| Line::before_removal(&row.line));
        if let Some(before) = before {
            cart.change(&product, before);
            document::focus_after_render(format!("#{}", quantity_id(&product)));
        }
    };
    view! {
        <li class="line-gone">
            <p>"Removed "<bdi>{name}</bdi>"."</p>
            <button type="button" class="quiet undo" aria-label=label on:click=click(undo)>"Undo"</button>
        </li>
    }
    .into_any()
}
