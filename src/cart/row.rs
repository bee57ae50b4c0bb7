//! A line of the cart on screen.

use super::line::{Line, Wish};
use crate::{
    api::{self, ApiError},
    erased::{click, disabled, dynamic, none},
    intl::money,
    memory::{Edit, Memory, use_memory},
    page, parts,
};
use leptos::{ev, prelude::*};
use leptos_fusionauth::{Session, use_session};
use storefront_api::{Cart, CartLine, MAX_QUANTITY};

/// The cart on screen: its lines, and which of them can be put back.
#[derive(Clone, Copy)]
pub struct Basket {
    rows: StoredValue<Vec<Row>>,
    currency: StoredValue<String>,
    undoable: RwSignal<Option<usize>>,
    user: StoredValue<String>,
    session: Session,
    memory: Memory,
}

/// A line: what it is, and how many.
#[derive(Clone)]
struct Row {
    item: CartLine,
    // Counted, not owned by the page: a change goes on when the page is left.
    line: ArcRwSignal<Line>,
}

impl Basket {
    /// The cart as the backend has it, on the screen of `user`.
    pub fn new(cart: Cart, user: String) -> Self {
        let rows = cart.lines.into_iter().map(|item| Row { line: ArcRwSignal::new(Line::new(item.quantity)), item }).collect();
        Self {
            rows: StoredValue::new(rows),
            currency: StoredValue::new(cart.currency),
            undoable: RwSignal::new(None),
            user: StoredValue::new(user),
            session: use_session(),
            memory: use_memory(),
        }
    }

    /// All lines.
    pub fn view(self) -> AnyView {
        let rows = (0..self.rows.with_value(Vec::len)).map(|index| row(self, index)).collect::<Vec<_>>();
        view! { <ul class="lines">{rows}</ul> }.into_any()
    }

    /// How many items there are.
    pub fn count(self) -> i64 {
        self.rows.with_value(|rows| rows.iter().map(|row| row.line.with(|line| line.wish().count())).sum())
    }

    /// What they cost together, for people.
    pub fn total(self) -> String {
        let price = |row: &Row| row.item.unit_price.saturating_mul(row.line.with(|line| line.wish().count()));
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
    pub fn want(self, index: usize, wish: Wish) {
        let row = self.row(index);
        let send = row.line.try_update(|line| line.want(wish)).flatten();
        self.undoable.set((wish == Wish::Removed).then_some(index));
        let news = if wish == Wish::Removed { format!("Removed {}. ", row.item.name) } else { String::new() };
        untrack(|| self.memory.say(format!("{news}{}, total {}", items(self.count()), self.total())));
        if let Some(wish) = send {
            leptos::task::spawn_local(self.send(row, wish)); // not scoped: it must not end with the page
        }
    }

    async fn send(self, row: Row, first: Wish) {
        let (session, memory) = (self.session, self.memory);
        let user = self.user.get_value();
        let mut next = Some(first);
        while let Some(wish) = next {
            let answer = match wish {
                Wish::Quantity(quantity) => api::set_quantity(session, &row.item.product, quantity).await,
                Wish::Removed => api::remove_line(session, &row.item.product).await,
            };
            if answer == Err(ApiError::SignedOut) {
                let wish = row.line.with_untracked(Line::wish);
                memory.keep_edit(user, Edit { product: row.item.product, wish });
                return;
            }
            next = row.line.try_update(|line| line.answered(answer)).flatten();
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

fn row(basket: Basket, index: usize) -> AnyView {
    let line = basket.row(index).line;
    let removed = Memo::new(move |_| line.with(|line| line.wish() == Wish::Removed));
    let is_undoable = Memo::new(move |_| basket.undoable.get() == Some(index));
    dynamic(move || match (removed.get(), is_undoable.get()) {
        (false, _) => filled(basket, index),
        (true, true) => undo(basket, index),
        (true, false) => none(),
    })
}

fn filled(basket: Basket, index: usize) -> AnyView {
    let Row { item, line } = basket.row(index);
    let name = item.name;
    let count = Memo::new(move |_| line.with(|line| line.wish().count()));
    let step = move |by: i64| {
        if let Some(wish) = Wish::quantity(count.get_untracked() + by) {
            basket.want(index, wish);
        }
    };
    let typed = move |event: ev::Targeted<ev::Event, web_sys::HtmlInputElement>| {
        let input = event.target();
        match Wish::typed(&input.value()) {
            Some(wish) => basket.want(index, wish),
            None => input.set_value(&count.get_untracked().to_string()),
        }
    };
    let remove = move || {
        basket.want(index, Wish::Removed);
        leptos::task::spawn_local(async {
            leptos::task::tick().await;
            page::focus(".undo"); // it stands where the button was
        });
    };
    view! {
        <li class="line">
            {parts::picture(&item.product)}
            <div class="line-about">
                <h2>{name.clone()}</h2>
                <p class="quiet-text">{basket.money(item.unit_price)}" each"</p>
            </div>
            <div class="stepper" role="group" aria-label=format!("{name}, quantity")>
                <button
                    type="button"
                    aria-label=format!("Decrease quantity of {name}")
                    aria-disabled=disabled(move || count.get() <= 1)
                    on:click=click(move || step(-1))
                >
                    {parts::icon("minus")}
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
                    {parts::icon("plus")}
                </button>
            </div>
            <p class="line-total">{move || basket.money(item.unit_price.saturating_mul(count.get()))}</p>
            <button type="button" class="remove" aria-label=format!("Remove {name}") on:click=click(remove)>{parts::icon("bin")}"Remove"</button>
            {fault(basket, index)}
        </li>
    }
    .into_any()
}

fn fault(basket: Basket, index: usize) -> AnyView {
    let Row { item, line } = basket.row(index);
    let fault = Memo::new(move |_| line.with(|line| line.fault().cloned()));
    dynamic(move || {
        let Some(fault) = fault.get() else { return none() };
        let what = match fault.wish {
            Wish::Quantity(quantity) => format!("{} could not be set to {quantity}. ", item.name),
            Wish::Removed => format!("{} could not be removed. ", item.name),
        };
        let again = move || basket.want(index, fault.wish);
        view! {
            <div class="line-fault" role="alert">
                <p>{what}{fault.error.to_string()}</p>
                <button type="button" class="quiet" on:click=click(again)>"Try again"</button>
            </div>
        }
        .into_any()
    })
}

fn undo(basket: Basket, index: usize) -> AnyView {
    let Row { item, line } = basket.row(index);
    let back = move || {
        basket.want(index, line.with_untracked(Line::before_removal));
        page::focus_heading();
    };
    view! {
        <li class="line-gone">
            <p>"Removed "{item.name.clone()}"."</p>
            <button type="button" class="quiet undo" aria-label=format!("Undo: put {} back", item.name) on:click=click(back)>"Undo"</button>
        </li>
    }
    .into_any()
}
