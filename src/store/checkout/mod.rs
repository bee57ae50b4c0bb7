//! The pages that are about orders: `/checkout`, `/orders` and `/orders/{id}`.
//!
//! `draft` keeps what is typed, `address` is the form's fields, `placing` sends the order, and `list` and `order` show what was ordered.

mod address;
mod draft;
mod list;
mod order;
mod placing;

use super::{api, cart::use_cart_context};
use crate::{
    core::Route,
    data::{Query, use_mutations},
    ui::{
        ErasedMemo, ErasedSignal, PageScope, components, disabled, document, dynamic, effect, form, format::money, none, reactive_text,
        use_title,
    },
};
use address::AddressInputs;
use draft::Draft;
use leptos::prelude::*;
use placing::{Placing, Progress};
use storefront_api::orders::{Checkout, CheckoutForm, Delivery, DeliveryOption, OrderState};
use storefront_messages::{DeliveryMessage, OrderMessage, t};

/// The list of orders, or the one that the address names.
pub fn orders_page() -> AnyView {
    if order::id().is_empty() { list::page() } else { order::page() }
}

/// The checkout.
pub fn page() -> AnyView {
    let query = Query::new(Route::Checkout, |session| {
        let cart = use_cart_context();
        let answers = cart.state_untracked().answers();
        Box::pin(async move {
            let checkout = api::checkout(session).await?;
            cart.show(checkout.cart.clone(), answers);
            Ok(checkout)
        })
    });
    view! {
        <div class="page">
            {document::heading(Route::Checkout.title())}
            {query.view(|| components::skeleton("card", 3), ready)}
        </div>
    }
    .into_any()
}

/// The state of the page. A handle: copy it into whatever needs it.
#[derive(Clone, Copy)]
struct CheckoutPage {
    checkout: ErasedSignal<Checkout>,
    delivery: ErasedSignal<Delivery>,
    inputs: AddressInputs,
    draft: Draft,
    placing: Placing,
    /// Whether an order was refused because of what the notice says.
    is_refused: ErasedSignal<bool>,
    scope: PageScope,
}

fn ready(checkout: ErasedSignal<Checkout>) -> AnyView {
    let (mutations, title) = (use_mutations(), use_title());
    let draft = Draft::open(mutations);
    let first = draft.typed().unwrap_or_else(|| checkout.read_untracked().form.clone());
    let page = CheckoutPage {
        checkout,
        delivery: ErasedSignal::new(first.delivery),
        inputs: AddressInputs::new(),
        draft,
        placing: Placing::new(mutations),
        is_refused: ErasedSignal::new(false),
        scope: PageScope::current(),
    };
    let error = page.placing.error;
    effect(move || title.error(error.read().is_some() || page.is_refused.get()));
    page.follow_cart();
    let is_empty = ErasedMemo::new(move || checkout.read().cart.lines.is_empty());
    dynamic(move || if is_empty.get() { page.empty() } else { page.form(&draft.typed().unwrap_or_else(|| first.clone())) })
}

impl CheckoutPage {
    /// Reads again what can be ordered when another tab has changed the cart or ordered it. The cart in the header then shows what can be
    /// ordered, too, so that one change of a cart that holds more is read once.
    fn follow_cart(self) {
        let cart = use_cart_context();
        effect(move || {
            let state = cart.state();
            let seen = &self.checkout.read_untracked().cart;
            let is_seen = state.notice() == seen.notice.as_ref() && state.rows().iter().map(|row| &row.item).eq(&seen.lines);
            if state.answers() > 0 && !state.is_pending() && !is_seen && !self.placing.is_busy() {
                self.reload();
            }
        });
    }

    fn reload(self) {
        self.scope.spawn(async move { self.read_again().await });
    }

    /// Shows what can be ordered now. What was typed stays.
    async fn read_again(self) {
        let cart = self.placing.cart;
        let answers = cart.state_untracked().answers();
        if let Ok(checkout) = api::checkout(self.placing.mutations.session).await {
            self.checkout.set(checkout.clone());
            cart.show(checkout.cart, answers);
        }
    }

    /// What was typed, and the delivery that is chosen.
    fn typed(self) -> CheckoutForm {
        CheckoutForm { address: self.inputs.read(), delivery: self.delivery.get_untracked() }
    }

    /// A user who has ordered in another tab, or has lost the answer, finds the order here.
    fn empty(self) -> AnyView {
        let latest = self.checkout.read_untracked().latest_order.clone();
        let latest = latest.map(|order| {
            view! {
                <div class="offer" role="status">
                    <p>{components::named(t!("Your order {} is placed."), order.number)}</p>
                    <a class="button quiet" href=order::href(&order.id)>{t!("See the order")}</a>
                </div>
            }
            .into_any()
        });
        view! {
            {self.notice()}
            {latest}
            {components::empty_state(
                "mark",
                t!("Your cart is empty"),
                t!("What you add to it waits here for you, on every device."),
                view! { <a class="button primary" href=Route::Products.href()>{t!("See the products")}</a> }.into_any(),
            )}
        }
        .into_any()
    }

    fn form(self, first: &CheckoutForm) -> AnyView {
        let place = move || self.place();
        let keep = move |_: leptos::ev::Event| self.draft.keep(self.typed());
        let error = self.placing.error;
        view! {
            <form class="checkout" method="post" novalidate="" on:submit=form::submit(place) on:input=keep>
                {form::summary(error, place)}
                <section class="card">
                    <h2>{t!("Delivery address")}</h2>
                    {self.inputs.view(&first.address, error)}
                </section>
                <fieldset class="card deliveries">
                    <legend><h2>{t!("Delivery")}</h2></legend>
                    {[Delivery::Standard, Delivery::Express].map(|delivery| self.delivery_choice(delivery)).into_iter().collect::<Vec<_>>()}
                </fieldset>
                {self.review()}
            </form>
        }
        .into_any()
    }

    /// What differs from the cart. Placing the order accepts it, because it orders the lines that the page shows.
    fn notice(self) -> AnyView {
        let text = ErasedMemo::new(move || self.checkout.read().cart.notice.clone());
        dynamic(move || match (text.get(), self.is_refused.get()) {
            (Some(text), false) => view! { <div class="offer" role="status"><p>{text}</p></div> }.into_any(),
            (Some(text), true) => view! {
                <div class="offer" role="alert"><p><strong>{t!("Your order is not placed yet.")}</strong>" "{text}</p></div>
            }
            .into_any(),
            (None, _) => none(),
        })
    }

    fn delivery_choice(self, delivery: Delivery) -> AnyView {
        let price = move || price(self.delivery_price(delivery), &self.checkout.read().cart.currency);
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="delivery"
                    checked=self.delivery.get_untracked() == delivery
                    on:input=move |_| self.delivery.set(delivery)
                />
                <span>{delivery_message(delivery).text()}</span>
                <strong>{price}</strong>
            </label>
        }
        .into_any()
    }

    /// What a delivery costs. Tracked.
    fn delivery_price(self, delivery: Delivery) -> i64 {
        let is_it = |option: &&DeliveryOption| option.delivery == delivery;
        self.checkout.read().deliveries.iter().find(is_it).map_or(0, |option| option.price)
    }

    /// What all costs together. Tracked.
    fn total(self) -> i64 {
        self.checkout.read().cart.total.saturating_add(self.delivery_price(self.delivery.get()))
    }

    fn amount(self, amount: i64) -> String {
        money(amount, &self.checkout.read().cart.currency)
    }

    fn review(self) -> AnyView {
        let lines = dynamic(move || {
            let line = |line: &storefront_api::CartLine| {
                order::line(None, &line.name, line.quantity, self.amount(line.unit_price.saturating_mul(line.quantity)))
            };
            self.checkout.read().cart.lines.iter().map(line).collect::<Vec<_>>().into_any()
        });
        let items = move || super::cart::items(self.checkout.read().cart.lines.iter().map(|line| line.quantity).sum());
        let delivery = move || price(self.delivery_price(self.delivery.get()), &self.checkout.read().cart.currency);
        let email = dynamic(move || match self.checkout.read().confirmation_email.clone() {
            Some(email) => view! { <p class="quiet-text">{components::named(t!("A confirmation goes to {}."), email)}</p> }.into_any(),
            None => none(),
        });
        let progress = self.placing.progress;
        let button = move || match progress.get() {
            Progress::None => format!("{} · {}", t!("Place order"), self.amount(self.total())),
            progress => progress.text().to_owned(),
        };
        view! {
            <section class="card total review" aria-labelledby="review">
                <h2 id="review">{t!("Your order")}</h2>
                {self.notice()}
                <ul class="review-lines">{lines}</ul>
                <p class="sum part"><span>{items}</span><span>{dynamic(move || self.amount(self.checkout.read().cart.total).into_any())}</span></p>
                <p class="sum part"><span>{t!("Delivery")}</span><span>{delivery}</span></p>
                <p class="sum"><span>{t!("Total")}</span><strong>{dynamic(move || self.amount(self.total()).into_any())}</strong></p>
                <p class="quiet-text">{t!("Prices include tax.")}" "{t!("You pay by invoice, which is in the parcel.")}</p>
                {email}
                <button type="submit" class="primary wide" aria-disabled=disabled(move || progress.get() != Progress::None)>{button}</button>
                <p class="quiet-text" role="status">{reactive_text(move || progress.get().explanation())}</p>
                <a class="button quiet wide" href=Route::Cart.href()>{t!("Back to the cart")}</a>
            </section>
        }
        .into_any()
    }
}

/// A price, or that there is none.
fn price(price: i64, currency: &str) -> String {
    if price == 0 { t!("Free").to_owned() } else { money(price, currency) }
}

fn delivery_message(delivery: Delivery) -> DeliveryMessage {
    match delivery {
        Delivery::Standard => DeliveryMessage::Standard,
        Delivery::Express => DeliveryMessage::Express,
    }
}

fn message(state: OrderState) -> OrderMessage {
    match state {
        OrderState::Placed => OrderMessage::Placed,
        OrderState::Shipped => OrderMessage::Shipped,
        OrderState::Cancelled => OrderMessage::Cancelled,
    }
}

fn state_label(state: OrderState) -> AnyView {
    view! { <span class=if state == OrderState::Cancelled { "order-state is-cancelled" } else { "order-state" }>{message(state).label()}</span> }.into_any()
}
