//! `/orders`: the user's orders, the newest first.

use super::{guest::AddGuestOrder, order, order_again::OrderAgain};
use crate::core::{Route, page_title};
use crate::data::{Query, call, call_url};
use crate::ui::{
    PageScope,
    components::{EmptyState, Heading, Skeleton},
    format::{date_time, money},
    show_more::{More, ShowMore, focus_first_new},
};
use leptos::prelude::*;
use leptos_fusionauth::use_session;
use storefront_api::endpoints;
use storefront_api::orders::{OrderState, OrderSummary, Orders};
use storefront_messages::{item_count, order_state, t};

/// The page of all orders.
#[component]
pub(super) fn OrdersPage() -> impl IntoView {
    let orders = Query::new(Route::Orders, |session| Box::pin(call(endpoints::ORDERS, &[]).send(session)));
    let loading = || view! { <Skeleton class="card" count=3/> }.into_any();
    let ready = |newest: RwSignal<Orders>| (move || view! { <OrderList newest=newest.get()/> }).into_any();
    view! { <div class="narrow"><Heading text=page_title(Route::Orders)/>{orders.view(loading, ready)}</div> }
}

/// The newest orders, with a button that loads older ones. After a reload, the page loads older orders as far as they were read
/// (`ui/scroll.js`). Without orders, a link to the products.
#[component]
fn OrderList(newest: Orders) -> impl IntoView {
    let (session, scope) = (use_session(), PageScope::current());
    let (guest_order, orders, next) = (newest.guest_order, RwSignal::new(newest.orders), RwSignal::new(newest.next));
    let more = RwSignal::new(More::Idle);
    let load = move || {
        let Some(before) = next.get_untracked() else { return };
        more.set(More::Loading);
        scope.spawn(async move {
            match call_url(endpoints::ORDERS, format!("{}?before={before}", endpoints::ORDERS.info.path)).send(session).await {
                Ok(older) => {
                    let first = older.orders.first().map(|order| order::href(&order.id)).unwrap_or_default();
                    orders.update(|orders| orders.extend(older.orders));
                    next.set(older.next);
                    more.set(More::Idle);
                    // The button moves below the newly loaded orders, or disappears, so the first of these orders gets the focus.
                    focus_first_new(format!("a[href='{first}']"));
                }
                Err(why) => more.set(More::Failed(why.to_string())),
            }
        });
    };
    let nothing = || {
        view! {
            <EmptyState icon="mark" title=t!("No orders yet") text=t!("Your orders will appear here.")>
                <a class="button primary" href=Route::Products.href()>{t!("See all products")}</a>
            </EmptyState>
        }
    };
    view! {
        {guest_order.map(|order| view! { <AddGuestOrder order orders next/> })}
        <Show when=move || orders.with(|orders| !orders.is_empty()) fallback=nothing>
            <ul class="orders"><For each=move || orders.get() key=|it| it.id.clone() let:order><OrderCard order/></For></ul>
            <ShowMore more has_more=move || next.with(Option::is_some) load/>
        </Show>
    }
}

/// A summary of one order, with a link to its page.
#[component]
fn OrderCard(order: OrderSummary) -> impl IntoView {
    view! {
        <li class="card order-entry">
            <h2><a href=order::href(&order.id)>{t!("Order {}", &order.number)}</a></h2>
            <p><time datetime=order.placed_at.clone()>{date_time(&order.placed_at)}</time></p>
            <p>{item_count(order.items)}", "{money(order.total, &order.currency)}</p>
            <p><span class=if order.state == OrderState::Cancelled { "order-state is-cancelled" } else { "order-state" }>{order_state(order.state)}</span></p>
            <OrderAgain id=order.id label=t!("Order again: {}", &order.number) number=order.number/>
        </li>
    }
}
