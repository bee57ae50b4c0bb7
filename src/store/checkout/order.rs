//! `/orders/{id}`: one order, which is what follows the checkout, with the way to cancel it as long as it has not been sent.

use super::{delivery_message, message, price, state_label};
use crate::{
    core::{Route, use_app_context},
    data::{ApiError, Query, use_answers},
    store::api,
    ui::{
        ErasedMemo, ErasedSignal, PageScope, click, components, disabled, document, dynamic, effect,
        format::{date_time, money},
        none, reactive_text, use_title,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::use_session;
use storefront_api::orders::{Address, Order, OrderState};
use storefront_messages::{country_name, t};

/// The address of an order's page.
pub(super) fn href(id: &str) -> String {
    format!("{}/{id}", Route::Orders.href())
}

/// The id in the address. It is empty at the list's.
pub(super) fn id() -> String {
    let path = window().location().pathname().unwrap_or_default();
    path.strip_prefix(Route::Orders.href()).unwrap_or_default().trim_matches('/').to_owned()
}

pub(super) fn page() -> AnyView {
    let id = id();
    use_title().name(t!("Your order"));
    // The heading stays the same element, because it has the focus after a navigation.
    let name = ErasedSignal::new(t!("Your order").to_owned());
    let order = Query::new(Route::Orders, |session| Box::pin(async move { api::order(session, &self::id()).await }));
    let ready = move |order: ErasedSignal<Order>| {
        let id = id.clone();
        // What was read for the page before may be another order, until this one's answer is there.
        let is_this = ErasedMemo::new(move || order.read().summary.id == id);
        effect(move || {
            if is_this.get() {
                name.set(t!("Order {}", order.read().summary.number));
            }
        });
        dynamic(move || if is_this.get() { content(order) } else { loading() })
    };
    let heading = view! { <h1 tabindex="-1">{dynamic(move || name.get().into_any())}</h1> }.into_any();
    view! { <div class="narrow order">{heading}{order.view(loading, ready)}</div> }.into_any()
}

fn loading() -> AnyView {
    components::skeleton("card", 2)
}

fn content(order: ErasedSignal<Order>) -> AnyView {
    let state = ErasedMemo::new(move || order.read().summary.state);
    let about = dynamic(move || about(&order.read()));
    let shown = order.read_untracked();
    let amount = |amount| money(amount, &shown.summary.currency);
    let lines: Vec<_> = shown
        .lines
        .iter()
        .map(|it| line(Some(&it.product), &it.name, it.quantity, amount(it.unit_price.saturating_mul(it.quantity))))
        .collect();
    let cancellation = dynamic(move || if state.get() == OrderState::Placed { cancellation(order) } else { none() });
    view! {
        {about}
        <section class="card review" aria-labelledby="goods">
            <h2 id="goods">{t!("What you ordered")}</h2>
            <ul class="review-lines with-pictures">{lines}</ul>
            <p class="sum part">
                <span>{delivery_message(shown.delivery).text()}</span>
                <span>{price(shown.delivery_price, &shown.summary.currency)}</span>
            </p>
            <p class="sum"><span>{t!("Total")}</span><strong>{amount(shown.summary.total)}</strong></p>
        </section>
        <section class="card" aria-labelledby="address">
            <h2 id="address">{t!("Delivery address")}</h2>
            {address(&shown.address)}
        </section>
        {cancellation}
        <p><a href=Route::Orders.href()>{t!("All your orders")}</a></p>
    }
    .into_any()
}

/// What has become of the order, and what happens next.
fn about(order: &Order) -> AnyView {
    let summary = &order.summary;
    let is_placed = summary.state == OrderState::Placed;
    let email = order.confirmation_email.clone().filter(|_| is_placed);
    view! {
        <p>
            {state_label(summary.state)}" "
            <time class="quiet-text" datetime=summary.placed_at.clone()>{date_time(&summary.placed_at)}</time>
        </p>
        {is_placed.then(|| view! { <p class="lead">{t!("Thank you for your order.")}</p> }.into_any())}
        <p>{message(summary.state).next()}</p>
        {email.map(|email| view! { <p>{components::named(t!("A confirmation goes to {}."), email)}</p> }.into_any())}
    }
    .into_any()
}

/// One product with its quantity and what it costs.
pub(super) fn line(picture: Option<&str>, name: &str, quantity: i64, amount: String) -> AnyView {
    view! {
        <li>
            {picture.map(components::picture)}
            <span>{quantity}" × "<bdi>{name.to_owned()}</bdi></span>
            <span>{amount}</span>
        </li>
    }
    .into_any()
}

fn address(address: &Address) -> AnyView {
    let lines = [&address.full_name, &address.street, &address.street_extra];
    let lines = lines.into_iter().filter(|line| !line.is_empty()).cloned();
    let lines: Vec<_> = lines.map(|line| view! { <span dir="auto">{line}</span> }.into_any()).collect();
    view! {
        <address>
            {lines}
            <span>{address.postal_code.clone()}" "<bdi>{address.city.clone()}</bdi></span>
            <span>{country_name(&address.country)}</span>
        </address>
    }
    .into_any()
}

/// How far a cancellation is.
#[derive(Clone, PartialEq, Eq)]
enum Cancellation {
    Closed,
    Open,
    Sending,
    Failed(ApiError),
}

/// The button that asks, and then the one that cancels.
fn cancellation(order: ErasedSignal<Order>) -> AnyView {
    let (session, context, answers, scope) = (use_session(), use_app_context(), use_answers(), PageScope::current());
    let state = ErasedSignal::new(Cancellation::Closed);
    let is_open = ErasedMemo::new(move || *state.read() != Cancellation::Closed);
    let busy = move || *state.read() == Cancellation::Sending;
    let open = move || {
        state.set(Cancellation::Open);
        document::focus_after_render("#cancellation p");
    };
    let close = move || {
        state.set(Cancellation::Closed);
        document::focus_after_render("#cancellation button");
    };
    let cancel = move || {
        if *state.read_untracked() == Cancellation::Sending {
            return;
        }
        state.set(Cancellation::Sending);
        let id = order.read_untracked().summary.id.clone();
        scope.spawn(async move {
            match api::cancel_order(session, &id).await {
                Ok(cancelled) => {
                    answers.keep(Route::Orders, cancelled.clone());
                    context.announce(t!("The order is cancelled."));
                    document::focus_heading(); // the button that has the focus is about to be removed
                    order.set(cancelled);
                }
                Err(error) => {
                    state.set(Cancellation::Failed(error));
                    // It may have been sent meanwhile.
                    if let Ok(newest) = api::order(session, &id).await {
                        order.set(newest);
                    }
                }
            }
        });
    };
    let failure = dynamic(move || match state.get() {
        Cancellation::Failed(error) => components::write_failure(error.to_string(), None),
        _ => none(),
    });
    let content = dynamic(move || match is_open.get() {
        false => view! { <button type="button" class="quiet" on:click=click(open)>{t!("Cancel this order…")}</button> }.into_any(),
        true => view! {
            <p tabindex="-1">{t!("Nothing will be sent then. This cannot be undone, but you can order again.")}</p>
            <button type="button" class="quiet" aria-disabled=disabled(busy) on:click=click(cancel)>
                {reactive_text(move || if busy() { t!("Cancelling the order…") } else { t!("Cancel the order") })}
            </button>
            <button type="button" class="quiet" on:click=click(close)>{t!("Keep the order")}</button>
        }
        .into_any(),
    });
    view! { <section id="cancellation" class="card about" aria-label=t!("Cancel the order")>{content}{failure}</section> }.into_any()
}
