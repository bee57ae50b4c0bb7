//! `/orders`: what the user has ordered, the newest first.

use super::{order, state_label};
use crate::{
    core::Route,
    data::{ApiError, Query},
    store::{api, cart::items},
    ui::{
        ErasedSignal, PageScope, click, components, disabled, document, dynamic,
        format::{date_time, money},
        none,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::use_session;
use storefront_api::orders::{OrderSummary, Orders};
use storefront_messages::t;

pub(super) fn page() -> AnyView {
    let orders = Query::new(Route::Orders, |session| Box::pin(api::orders(session, None)));
    view! {
        <div class="narrow">
            {document::heading(Route::Orders.title())}
            {orders.view(|| components::skeleton("card", 3), ready)}
        </div>
    }
    .into_any()
}

fn ready(orders: ErasedSignal<Orders>) -> AnyView {
    dynamic(move || match orders.get() {
        newest if newest.orders.is_empty() => components::empty_state(
            "mark",
            t!("No orders yet"),
            t!("What you order is listed here."),
            view! { <a class="button primary" href=Route::Products.href()>{t!("See the products")}</a> }.into_any(),
        ),
        newest => list(newest),
    })
}

fn list(newest: Orders) -> AnyView {
    let (session, scope) = (use_session(), PageScope::current());
    let newest_entries = newest.orders.iter().map(entry).collect::<Vec<_>>();
    let older = ErasedSignal::new(Vec::<OrderSummary>::new());
    let next = ErasedSignal::new(newest.next);
    let (busy, error) = (ErasedSignal::new(false), ErasedSignal::new(None::<ApiError>));
    let load = move || {
        let Some(before) = next.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        error.set(None);
        scope.spawn(async move {
            match api::orders(session, Some(before)).await {
                Ok(page) => {
                    let first = page.orders.first().map(|order| order::href(&order.id)).unwrap_or_default();
                    older.update(|older| older.extend(page.orders));
                    next.set(page.next);
                    // The button moves below what it has brought, or goes.
                    document::focus_after_render(format!("a[href='{first}']"));
                }
                Err(why) => error.set(Some(why)),
            }
            busy.set(false);
        });
    };
    let more = dynamic(move || {
        match next.read().is_some() {
        true => view! {
            <button type="button" class="quiet wide" aria-disabled=disabled(move || busy.get()) on:click=click(load)>{t!("Older orders")}</button>
        }
        .into_any(),
        false => none(),
    }
    });
    let failure = dynamic(move || match error.get() {
        Some(error) => components::write_failure(error.to_string(), None),
        None => none(),
    });
    let older = dynamic(move || older.read().iter().map(entry).collect::<Vec<_>>().into_any());
    view! { <ul class="orders">{newest_entries}{older}</ul>{failure}{more} }.into_any()
}

fn entry(order: &OrderSummary) -> AnyView {
    view! {
        <li class="card order-entry">
            <h2><a href=order::href(&order.id)>{t!("Order {}", order.number)}</a></h2>
            <p><time datetime=order.placed_at.clone()>{date_time(&order.placed_at)}</time></p>
            <p>{items(order.items)}", "{money(order.total, &order.currency)}</p>
            <p>{state_label(order.state)}</p>
        </li>
    }
    .into_any()
}
