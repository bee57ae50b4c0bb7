//! The cart that the pages show: the backend's last answer, with the unanswered changes applied. This module neither renders nor sends.

use super::{
    edit::{Edit, LineChange},
    line::{Line, LineQuantity},
};
use crate::store::api::NO_LINE;
use storefront_api::{Cart, CartLine};

/// The cart. Empty and not loaded by default.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CartState {
    rows: Vec<Row>,
    currency: String,
    notice: Option<String>,
    undoable: Vec<String>,
    answers: u32,
}

/// A product in the cart.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The backend's data about the line.
    pub item: CartLine,
    /// The quantity that the shopper wants.
    pub line: Line,
    /// The version of the line that the shopper has seen, or [`NO_LINE`]. While a change of the line is unanswered, a read does not update
    /// the version.
    pub version: i64,
}

impl Row {
    /// The unanswered change, as an edit of `user` that can be stored.
    pub(super) fn waiting_change(&self, user: &str) -> Edit {
        let (quantity, sent) = (self.line.desired().count(), self.line.in_flight().map(LineQuantity::count));
        let (product, name) = (self.item.product.clone(), self.item.name.clone());
        let change = Some(LineChange { quantity, version: Some(self.version), sent });
        Edit { user: user.to_owned(), product, name, key: String::new(), quantity: 1, change, made_at: 0.0 }
    }
}

/// The source of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The backend has answered a write of this tab.
    Write,
    /// The backend has answered a read, or another tab has sent the answer that it received.
    Read,
}

impl CartState {
    /// The number of applied answers. 0: the cart is not loaded yet.
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// Applies an answer of the backend, which contains the whole cart. Lines keep their unanswered changes.
    pub fn apply(&mut self, cart: Cart, answered: Answered) {
        let mut lines = cart.lines;
        // The order rarely changes, so the line is usually the last one of the reversed list.
        lines.reverse();
        for row in &mut self.rows {
            let item = lines.iter().rposition(|item| item.product == row.item.product).map(|at| lines.remove(at));
            if answered == Answered::Write || !row.line.is_pending() {
                row.version = item.as_ref().map_or(NO_LINE, |item| item.version);
            }
            row.line.set_confirmed(item.as_ref().map_or(LineQuantity::Removed, |item| LineQuantity::Quantity(item.quantity)));
            if let Some(item) = item {
                row.item = item;
            }
        }
        self.rows.extend(lines.into_iter().rev().map(|item| Row { line: Line::new(item.quantity), version: item.version, item }));
        self.currency = cart.currency;
        self.notice = cart.notice;
        self.answers += 1;
        self.drop_removed();
    }

    /// The backend's notice about the cart, if there is one.
    pub fn notice(&self) -> Option<&String> {
        self.notice.as_ref()
    }

    /// Forgets which removed lines can be restored, and drops these lines.
    pub fn forget_undo(&mut self) {
        self.undoable.clear();
        self.drop_removed();
    }

    /// Lets the shopper restore the line if an answer shows that another device has removed it.
    pub fn keep_if_removed(&mut self, product: &str) {
        self.undoable.push(product.to_owned());
    }

    /// Sets the quantity that the shopper wants. Returns whether the caller must queue a request.
    pub fn set_desired(&mut self, product: &str, desired: LineQuantity) -> bool {
        self.undoable.retain(|it| it != product);
        if desired == LineQuantity::Removed {
            self.keep_if_removed(product);
        }
        self.line_mut(product).is_some_and(|line| line.set_desired(desired))
    }

    /// The row of a product.
    pub fn row(&self, product: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.item.product == product)
    }

    /// The line of a product.
    pub fn line_mut(&mut self, product: &str) -> Option<&mut Line> {
        self.rows.iter_mut().find(|row| row.item.product == product).map(|row| &mut row.line)
    }

    /// The products, in their order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether the product's line can be restored if it was removed.
    pub fn is_undoable(&self, product: &str) -> bool {
        self.undoable.iter().any(|it| it == product)
    }

    /// Whether a change is unanswered.
    pub fn is_pending(&self) -> bool {
        self.rows.iter().any(|row| row.line.is_pending())
    }

    /// The number of items.
    pub fn count(&self) -> i64 {
        self.rows.iter().map(|row| row.line.desired().count()).sum()
    }

    /// The total of the items, in minor units.
    pub fn total(&self) -> i64 {
        let price = |row: &Row| row.item.unit_price.saturating_mul(row.line.desired().count());
        self.rows.iter().map(price).fold(0, i64::saturating_add)
    }

    /// The currency of all prices, as an ISO 4217 code.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    fn drop_removed(&mut self) {
        let undoable = &self.undoable;
        self.rows.retain(|Row { item, line, .. }| {
            line.desired() != LineQuantity::Removed || line.is_pending() || undoable.contains(&item.product)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Answered::{Read, Write};
    use LineQuantity::{Quantity, Removed};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn cart(lines: &[(&str, i64)]) -> Cart {
        let lines = lines.iter().map(|&(product, quantity)| CartLine {
            product: product.to_owned(),
            name: product.to_uppercase(),
            variant: String::new(),
            unit_price: 100,
            quantity,
            version: quantity,
        });
        Cart { currency: "EUR".to_owned(), lines: lines.collect(), total: 0, notice: None }
    }

    fn products(state: &CartState) -> Vec<&str> {
        state.rows().iter().map(|row| &*row.item.product).collect()
    }

    #[wasm_bindgen_test]
    fn an_answer_changes_all_lines_but_those_with_changes_of_their_own() {
        let mut state = CartState::default();
        state.apply(cart(&[("mug", 1), ("lamp", 2), ("rug", 3)]), Read);
        state.set_desired("mug", Quantity(5));
        state.apply(cart(&[("mug", 2), ("lamp", 4), ("pen", 1)]), Read);
        assert_eq!(products(&state), ["mug", "lamp", "pen"]);
        assert_eq!((state.count(), state.total(), state.answers()), (10, 1_000, 2));
        assert!(state.is_pending());
    }

    #[wasm_bindgen_test]
    fn a_change_that_waits_was_made_for_the_version_that_was_seen_then() {
        let version = |state: &CartState| state.row("mug").unwrap().version;
        let mut state = CartState::default();
        state.apply(cart(&[("mug", 1)]), Read);
        state.set_desired("mug", Quantity(5));
        state.apply(cart(&[("mug", 7)]), Read);
        assert_eq!(version(&state), 1, "the shopper has not seen the other device's change");
        state.apply(cart(&[("mug", 2)]), Write);
        assert_eq!(version(&state), 2, "the answer to this tab's own write updates the version");
        state.apply(cart(&[]), Write);
        assert_eq!(version(&state), NO_LINE);
    }

    #[wasm_bindgen_test]
    fn removed_lines_stay_in_their_places_until_they_cannot_be_put_back() {
        let mut state = CartState::default();
        state.apply(cart(&[("mug", 1), ("lamp", 2)]), Read);
        state.set_desired("mug", Removed);
        state.line_mut("mug").unwrap().start_request();
        state.line_mut("mug").unwrap().on_response(Ok(()));
        state.apply(cart(&[("lamp", 2)]), Read);
        state.set_desired("lamp", Removed);
        state.line_mut("lamp").unwrap().start_request();
        state.line_mut("lamp").unwrap().on_response(Ok(()));
        state.apply(cart(&[]), Read);
        assert!(state.is_undoable("mug") && state.is_undoable("lamp"));
        assert_eq!((products(&state), state.count()), (vec!["mug", "lamp"], 0));
        state.set_desired("lamp", Quantity(2));
        assert!(state.is_undoable("mug") && !state.is_undoable("lamp"), "a restored line is not in the list of undoable lines");
        state.forget_undo();
        assert_eq!(products(&state), ["lamp"]);
    }

    #[wasm_bindgen_test]
    fn a_line_that_was_removed_elsewhere_after_a_late_change_says_so() {
        let mut state = CartState::default();
        state.apply(cart(&[("mug", 1), ("lamp", 2)]), Read);
        state.keep_if_removed("mug");
        state.apply(cart(&[]), Read);
        assert_eq!(products(&state), ["mug"]);
    }
}
