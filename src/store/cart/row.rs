//! The cart and its lines on screen.

use super::{
    context::{CartContext, PendingEdit, use_cart_context},
    line::{DesiredQuantity, Line},
};
use crate::{
    core::app_context::{AppContext, use_app_context},
    data::client::ApiError,
    store::api,
    ui::{
        components, document,
        erased_view::{click, disabled, dynamic, none},
        format::money,
    },
};
use leptos::{ev, prelude::*};
use leptos_fusionauth::{Session, use_session};
use storefront_api::{Cart, CartLine, MAX_QUANTITY};

/// The cart on screen: its lines, and which of them can be put back.
#[derive(Clone, Copy)]
pub struct CartView {
    rows: StoredValue<Vec<Row>>,
    currency: StoredValue<String>,
    undoable: RwSignal<Option<usize>>,
    user: StoredValue<String>,
    session: Session,
    context: AppContext,
    cart: CartContext,
}

/// A line: what it is, and how many.
#[derive(Clone)]
struct Row {
    item: CartLine,
    // Counted, not owned by the page: a change goes on when the page is left.
    line: ArcRwSignal<Line>,
}

impl CartView {
    /// The cart as the backend has it, on the screen of `user`.
    pub fn new(cart: Cart, user: String) -> Self {
        let rows = cart.lines.into_iter().map(|item| Row { line: ArcRwSignal::new(Line::new(item.quantity)), item }).collect();
        Self {
            rows: StoredValue::new(rows),
            currency: StoredValue::new(cart.currency),
            undoable: RwSignal::new(None),
            user: StoredValue::new(user),
            session: use_session(),
            context: use_app_context(),
            cart: use_cart_context(),
        }
    }

    /// All lines.
    pub fn view(self) -> AnyView {
        let rows = (0..self.rows.with_value(Vec::len)).map(|index| row(self, index)).collect::<Vec<_>>();
        view! { <ul class="lines">{rows}</ul> }.into_any()
    }

    /// How many items there are.
    pub fn count(self) -> i64 {
        self.rows.with_value(|rows| rows.iter().map(|row| row.line.with(|line| line.desired().count())).sum())
    }

    /// What they cost together, for people.
    pub fn total(self) -> String {
        let price = |row: &Row| row.item.unit_price.saturating_mul(row.line.with(|line| line.desired().count()));
        self.money(self.rows.with_value(|rows| rows.iter().map(price).fold(0, i64::saturating_add)))
    }

    /// The line of a product.
    pub fn find(self, product: &str) -> Option<(usize, CartLine)> {
        self.rows.with_value(|rows| {
            let index = rows.iter().position(|row| row.item.product == product)?;
            Some((index, rows[index].item.clone()))
        })
    }

    /// The shopper wants something else of line `index`.
    pub fn want(self, index: usize, desired: DesiredQuantity) {
        let row = self.row(index);
        let send = row.line.try_update(|line| line.want(desired)).flatten();
        self.undoable.set((desired == DesiredQuantity::Removed).then_some(index));
        let news = if desired == DesiredQuantity::Removed { format!("Removed {}. ", row.item.name) } else { String::new() };
        untrack(|| self.context.announce(format!("{news}{}, total {}", items(self.count()), self.total())));
        if let Some(desired) = send {
            leptos::task::spawn_local(self.send(row, desired)); // not scoped: it must not end with the page
        }
    }

    async fn send(self, row: Row, first: DesiredQuantity) {
        let session = self.session;
        let user = self.user.get_value();
        let mut next = Some(first);
        while let Some(desired) = next {
            let answer = match desired {
                DesiredQuantity::Quantity(quantity) => api::set_quantity(session, &row.item.product, quantity).await,
                DesiredQuantity::Removed => api::remove_line(session, &row.item.product).await,
            };
            if answer == Err(ApiError::SignedOut) {
                let desired = row.line.with_untracked(Line::desired);
                self.cart.keep_edit(user, PendingEdit { product: row.item.product, desired: desired });
                return;
            }
            next = row.line.try_update(|line| line.answered(answer.map(drop))).flatten();
        }
    }

    fn row(self, index: usize) -> Row {
        self.rows.with_value(|rows| rows[index].clone())
    }

    fn money(self, minor: i64) -> String {
        self.currency.with_value(|currency| money(minor, currency))
    }
}

/// "1 item", "2 items".
pub fn items(count: i64) -> String {
    format!("{count} item{}", if count == 1 { "" } else { "s" })
}

fn row(cart: CartView, index: usize) -> AnyView {
    let line = cart.row(index).line;
    let removed = Memo::new(move |_| line.with(|line| line.desired() == DesiredQuantity::Removed));
    let is_undoable = Memo::new(move |_| cart.undoable.get() == Some(index));
    dynamic(move || match (removed.get(), is_undoable.get()) {
        (false, _) => filled(cart, index),
        (true, true) => undo(cart, index),
        (true, false) => none(),
    })
}

fn filled(cart: CartView, index: usize) -> AnyView {
    let Row { item, line } = cart.row(index);
    let name = item.name;
    let count = Memo::new(move |_| line.with(|line| line.desired().count()));
    let step = move |by: i64| {
        if let Some(desired) = DesiredQuantity::quantity(count.get_untracked() + by) {
            cart.want(index, desired);
        }
    };
    let typed = move |event: ev::Targeted<ev::Event, web_sys::HtmlInputElement>| {
        let input = event.target();
        match DesiredQuantity::typed(&input.value()) {
            Some(desired) => cart.want(index, desired),
            None => input.set_value(&count.get_untracked().to_string()),
        }
    };
    let remove = move || {
        cart.want(index, DesiredQuantity::Removed);
        document::focus_after_render(".undo"); // the button that replaces this one
    };
    view! {
        <li class="line">
            {components::picture(&item.product)}
            <div class="line-about">
                <h2>{name.clone()}</h2>
                <p class="quiet-text">{cart.money(item.unit_price)}" each"</p>
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
                    type="number"
                    inputmode="numeric"
                    min="1"
                    max=MAX_QUANTITY.to_string()
                    step="1"
                    aria-label=format!("Quantity of {name}")
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
            <p class="line-total">{move || cart.money(item.unit_price.saturating_mul(count.get()))}</p>
            <button type="button" class="remove" aria-label=format!("Remove {name}") on:click=click(remove)>{components::icon("bin")}"Remove"</button>
            {failure(cart, index)}
        </li>
    }
    .into_any()
}

fn failure(cart: CartView, index: usize) -> AnyView {
    let Row { item, line } = cart.row(index);
    let failure = Memo::new(move |_| line.with(|line| line.failure().cloned()));
    dynamic(move || {
        let Some(failure) = failure.get() else { return none() };
        let what = match failure.desired {
            DesiredQuantity::Quantity(quantity) => format!("{} could not be set to {quantity}. ", item.name),
            DesiredQuantity::Removed => format!("{} could not be removed. ", item.name),
        };
        let again = move || cart.want(index, failure.desired);
        view! {
            <div class="line-error" role="alert">
                <p>{what}{failure.error.to_string()}</p>
                <button type="button" class="quiet" on:click=click(again)>"Try again"</button>
            </div>
        }
        .into_any()
    })
}

fn undo(cart: CartView, index: usize) -> AnyView {
    let Row { item, line } = cart.row(index);
    let back = move || {
        cart.want(index, line.with_untracked(Line::before_removal));
        document::focus_heading();
    };
    view! {
        <li class="line-gone">
            <p>"Removed "{item.name.clone()}"."</p>
            <button type="button" class="quiet undo" aria-label=format!("Undo: put {} back", item.name) on:click=click(back)>"Undo"</button>
        </li>
    }
    .into_any()
}
