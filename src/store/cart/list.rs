//! The list of the cart's lines. One effect keeps all rows up to date, and one listener for each kind of event serves all rows.

use super::{
    context::{CartContext, quantity_id},
    row::{RowContent, RowView, Templates},
    state::{CartState, line_quantity, typed_quantity},
};
use crate::{
    core::use_app_context,
    ui::{document, read_until_cleanup},
};
use leptos::{ev, html, prelude::*};
use storefront_api::{Cart, CartLine};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

/// Renders a line outside of the document. A browser compiles each function at its first call, so the cart after a sign-in appears earlier.
pub(super) fn compile_ahead() {
    let Ok(list) = leptos::prelude::document().create_element("ul") else { return };
    let line = CartLine { product: "a".to_owned(), name: String::new(), variant: String::new(), unit_price: 1, quantity: 1, version: 0 };
    let mut state = CartState::default();
    state.apply(Cart { currency: "EUR".to_owned(), lines: vec![line], total: 1, notice: None });
    Rows { templates: Templates::new(), views: Vec::new() }.update(&list, &state, &[], true);
}

/// The list of the lines.
#[component]
pub(super) fn CartLines(cart: CartContext) -> impl IntoView {
    let context = use_app_context();
    let element = NodeRef::<html::Ul>::new();
    // The products with an invalid quantity in their input.
    let out_of_range = RwSignal::new(Vec::<String>::new());
    let mut rows = Rows { templates: Templates::new(), views: Vec::new() };
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        rows.update(&element, &cart.state(), &out_of_range.read(), read_until_cleanup(context.online()));
    });
    let change = move |product: &str, quantity: Option<i64>, made_at: f64| {
        out_of_range.update(|all| {
            all.retain(|it| it != product);
            if quantity.is_none() {
                all.push(product.to_owned());
            }
        });
        _ = quantity.map(|quantity| cart.change(product, quantity, made_at));
    };
    let press = move |button: &str, product: &str, made_at: f64| {
        let state = cart.state_untracked();
        let Some(row) = state.row(product) else { return };
        let quantity = match button {
            "decrease" => line_quantity(row.quantity() - 1),
            "increase" => line_quantity(row.quantity() + 1),
            "remove" => Some(0),
            "undo" => row.removed(),
            _ => row.failure().map(|(quantity, _)| quantity),
        };
        drop(state); // otherwise `change` would clone the state, which this `Arc` shares
        let input = format!("#{}", quantity_id(product));
        if button == "retry" {
            document::focus(&input); // "Try again" is about to be removed
        }
        if quantity.is_some() {
            change(product, quantity, made_at);
        }
        match button {
            "remove" => document::focus_after_render(".undo"), // the "Undo" button replaces the pressed button
            "undo" => document::focus_after_render(input),
            _ => {}
        }
    };
    let click = move |event: ev::MouseEvent| {
        let button = event.target().and_then(|it| it.unchecked_into::<Element>().closest("button:not([aria-disabled])").ok().flatten());
        if let Some((button, product, at)) = button.and_then(|it| Some((it.get_attribute("name")?, product_of(&it)?, made_at(&it)))) {
            press(&button, &product, at);
        }
    };
    let typed = move |event: ev::Event| {
        let Some(input) = event.target().map(|it| it.unchecked_into::<HtmlInputElement>()) else { return };
        if let Some(product) = product_of(&input) {
            change(&product, typed_quantity(&input.value()), made_at(&input));
        }
    };
    view! { <ul class="lines" node_ref=element on:click=click on:change=typed></ul> }
}

/// The time of a change that the user makes with `control`, or 0 if the change is late. `early_cart.js` marks the controls of late changes,
/// which the user made long before the app started.
fn made_at(control: &Element) -> f64 {
    if control.has_attribute("data-late") { 0.0 } else { js_sys::Date::now() }
}

/// The product of the row around an element.
fn product_of(element: &Element) -> Option<String> {
    element.closest("li").ok().flatten()?.get_attribute("data-product")
}

/// The most lines of a list that the browser renders completely. `early_cart.js` shows no longer list.
const SHORT: usize = 30;

/// The rows that are in the document.
struct Rows {
    templates: Templates,
    views: Vec<RowView>,
}

impl Rows {
    /// Updates the elements in `list` to `state`. A product that stays keeps its element, so that the element keeps the focus.
    fn update(&mut self, list: &Element, state: &CartState, out_of_range: &[String], is_online: bool) {
        let mut at = 0;
        for row in state.rows() {
            let content = RowContent::of(&row, out_of_range.contains(&row.item.product), is_online);
            match self.views[at..].iter().position(|view| view.product == row.item.product) {
                Some(gone) => {
                    self.views.drain(at..at + gone).for_each(|view| view.element.remove());
                    self.views[at].show(&self.templates, row.item, content, state.currency());
                }
                None => {
                    let view = RowView::new(&self.templates, row.item, content, state.currency());
                    _ = list.insert_before(&view.element, self.views.get(at).map(|next| next.element.as_ref()));
                    self.views.insert(at, view);
                }
            }
            at += 1;
        }
        self.views.drain(at..).for_each(|view| view.element.remove());
        if at > SHORT {
            list.set_class_name("lines long");
        }
    }
}
