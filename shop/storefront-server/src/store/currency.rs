//! The currency of the Store.

/// The currency of every price. There is one, because a cart with several would have no total.
pub const CURRENCY: &str = "EUR";
