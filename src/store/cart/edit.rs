//! Unanswered edits of a cart, and the order of several edits in a list. This module neither stores nor sends edits.

use serde::{Deserialize, Serialize};

/// The maximum number of stored edits. The app also sends further edits, but a reload loses those.
const MAX_EDITS: usize = 100;

/// An unanswered edit of a cart: the addition of a product, or the change of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Edit {
    /// The id of the user who made the edit. Empty: a guest made it.
    pub(super) user: String,
    /// The product's id.
    pub(super) product: String,
    /// The product's name.
    pub(super) name: String,
    /// The idempotency key of an addition. A change of a shown line has no key, because each line has at most one change.
    pub(super) key: String,
    /// How many of the product an addition adds.
    #[serde(default = "one")]
    pub(super) quantity: i64,
    /// The change of a line. `None`: the edit adds the product.
    pub(super) change: Option<LineChange>,
    /// The time when an addition was made, in milliseconds since 1970.
    pub(super) made_at: f64,
}

/// The quantity of an addition that a previous release has stored.
fn one() -> i64 {
    1
}

/// The new quantity of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LineChange {
    /// The quantity that the shopper wants. 0: the line is removed.
    pub(super) quantity: i64,
    /// The version of the line that the shopper had seen. `None`: the change applies to any version.
    pub(super) version: Option<i64>,
    /// The quantity of the request in flight, which the backend may have received.
    pub(super) sent: Option<i64>,
}

impl Edit {
    /// Whether both are the same edit, even with different quantities.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.key == other.key && (!self.key.is_empty() || self.product == other.product)
    }

    /// Whether the edit may be sent for `user`, which is empty for a guest. At the sign-in a guest's edits become the user's, like the
    /// guest's cart.
    pub(super) fn belongs_to(&self, user: &str) -> bool {
        self.user.is_empty() || self.user == user
    }
}

/// Updates `kept` to the edits in `waiting`. Known edits keep their order, new edits follow them, and answered edits are removed.
pub(super) fn merge(kept: &mut Vec<Edit>, mut waiting: Vec<Edit>) {
    kept.retain_mut(|it| {
        let found = waiting.iter().position(|new| new.is_same(it));
        found.map(|at| *it = waiting.remove(at)).is_some()
    });
    kept.append(&mut waiting);
    kept.truncate(MAX_EDITS);
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn addition(key: &str) -> Edit {
        Edit { user: "u".into(), product: "mug".into(), name: "Mug".into(), key: key.into(), quantity: 1, change: None, made_at: 0.0 }
    }

    fn change(product: &str, quantity: i64) -> Edit {
        let change = LineChange { quantity, version: Some(1), sent: None };
        Edit { product: product.into(), change: Some(change), ..addition("") }
    }

    #[wasm_bindgen_test]
    fn edits_keep_their_order_and_a_newer_quantity_takes_the_place_of_the_older() {
        let mut kept = Vec::new();
        merge(&mut kept, vec![addition("1")]);
        merge(&mut kept, vec![addition("1"), change("mug", 2)]);
        merge(&mut kept, vec![addition("1"), addition("2"), change("mug", 3), change("atlas", 0)]);
        assert_eq!(kept, [addition("1"), change("mug", 3), addition("2"), change("atlas", 0)]);
        merge(&mut kept, vec![change("atlas", 0), change("mug", 3)]);
        assert_eq!(kept, [change("mug", 3), change("atlas", 0)], "answered edits are removed");
    }

    #[wasm_bindgen_test]
    fn the_list_is_limited() {
        let mut kept = Vec::new();
        merge(&mut kept, (0..300).map(|at| addition(&format!("{at}"))).collect());
        assert_eq!((kept.len(), kept[0].key.as_str()), (MAX_EDITS, "0"));
    }

    #[wasm_bindgen_test]
    fn nobody_sends_the_edit_of_another_user() {
        let of_visitor = Edit { user: String::new(), ..addition("1") };
        assert!(addition("1").belongs_to("u") && of_visitor.belongs_to("u") && of_visitor.belongs_to(""));
        assert!(!addition("1").belongs_to("other") && !addition("1").belongs_to(""));
    }
}
