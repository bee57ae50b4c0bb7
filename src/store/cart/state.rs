//! The cart: the backend's last answer, and the log of the shopper's edits. [`CartState::rows`] folds the changes of lines into the answer:
//! the desired quantity shows at once, at most one request of a line is in flight, and the last desired quantity wins. This module neither
//! renders nor sends.

use super::edit::{Edit, LineChange, Progress};
use crate::{
    data::{ApiError, new_key},
    store::api::NO_LINE,
    ui::format::money,
};
use js_sys::Date;
use storefront_api::{Cart, CartLine, MAX_QUANTITY, problems::ProblemCode};

/// A request counts as late if the app sends it more than this many milliseconds after the shopper's change, because the shopper may have
/// used another device since. `early_cart.js` has the same number.
const LATE_MS: f64 = 5_000.0;

/// The maximum number of stored edits. The app also sends further edits, but a reload loses those.
const MAX_STORED: usize = 100;

/// The cart. Empty, not loaded and a guest's by default.
#[derive(Clone, Default)]
pub struct CartState {
    /// The id of the cart's user. Empty: the cart is a guest's.
    pub(super) user: String,
    /// The backend's lines in the order of the page. With a quantity of 0, those that the backend no longer has.
    lines: Vec<CartLine>,
    /// The shopper's edits, and those that wait for another user, in their order.
    pub(super) edits: Vec<Edit>,
    currency: String,
    notice: Option<String>,
    answers: u32,
}

/// A line of the shown cart.
pub struct Row<'a> {
    /// The backend's data about the line.
    pub item: &'a CartLine,
    /// The last change of the line.
    change: Option<(&'a Edit, LineChange)>,
}

impl Row<'_> {
    /// The quantity that the shopper wants. 0: the line is removed.
    pub fn quantity(&self) -> i64 {
        match self.change {
            Some((edit, change)) if edit.is_unanswered() => change.quantity,
            _ => self.item.quantity,
        }
    }

    /// Whether a change is unanswered.
    pub fn is_pending(&self) -> bool {
        self.change.is_some_and(|(edit, _)| edit.is_unanswered())
    }

    /// The last change, if it failed: the quantity that the shopper wanted, and the reason.
    pub fn failure(&self) -> Option<(i64, &ApiError)> {
        match self.change? {
            (Edit { progress: Progress::Failed(error), .. }, change) => Some((change.quantity, error)),
            _ => None,
        }
    }

    /// The quantity before the line was removed, if the shopper can restore it.
    pub fn removed(&self) -> Option<i64> {
        self.change.map(|(_, change)| change.before).filter(|before| *before > 0 && self.quantity() == 0)
    }

    fn is_shown(&self) -> bool {
        self.quantity() > 0 || self.removed().is_some()
    }
}

impl CartState {
    /// The number of applied answers. 0: the cart is not loaded yet.
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// Applies an answer of the backend, which contains the whole cart.
    pub fn apply(&mut self, cart: Cart) {
        let mut lines = cart.lines;
        // The order rarely changes, so the line is usually the last one of the reversed list.
        lines.reverse();
        for line in &mut self.lines {
            match lines.iter().rposition(|it| it.product == line.product) {
                Some(at) => *line = lines.remove(at),
                None => (line.quantity, line.version) = (0, NO_LINE),
            }
        }
        self.lines.extend(lines.into_iter().rev());
        self.currency = cart.currency;
        self.notice = cart.notice;
        self.answers += 1;
        let lines = &self.lines;
        self.edits.retain_mut(|edit| {
            let Some(change) = edit.change.filter(|_| !edit.is_unanswered()) else { return true };
            let line = line_of(lines, &edit.product);
            let quantity = line.map_or(0, |line| line.quantity);
            // A change that counted as failed may have taken effect.
            if change.quantity == quantity {
                edit.progress = Progress::Done;
            }
            match &edit.progress {
                // Another device has removed the line. The shopper can restore it.
                Progress::Failed(error) => quantity > 0 || line.is_none() || error.is(ProblemCode::LineChanged),
                _ => line.is_some() && change.quantity == quantity,
            }
        });
        self.drop_lines();
    }

    /// Forgets which removed lines can be restored.
    pub fn forget_removed(&mut self) {
        let lines = &self.lines;
        let is_removed = |edit: &Edit| edit.change.is_some() && line_of(lines, &edit.product).is_some_and(|line| line.quantity == 0);
        self.edits.retain(|edit| edit.is_unanswered() || !is_removed(edit));
        self.drop_lines();
    }

    /// Drops the lines that the backend no longer has, unless a change needs them. If such a product comes back, it is the cart's last line.
    #[inline(never)] // 2 callers
    fn drop_lines(&mut self) {
        let Self { lines, edits, user, .. } = self;
        let has_change = |line: &CartLine| edits.iter().any(|edit| is_change_of(edit, &line.product, user));
        lines.retain(|line| line.quantity > 0 || has_change(line));
    }

    /// Shows the cart of `user`, which is not loaded yet. A guest's edits become the user's, like the guest's cart. The request of a guest's
    /// addition reaches the user's cart. That of a change would not, so the user sends the change again.
    pub fn restart(&mut self, user: String) {
        self.edits.retain(|edit| edit.is_unanswered() || edit.user == user);
        for edit in self.edits.iter_mut().filter(|edit| edit.user.is_empty() && !user.is_empty()) {
            edit.user.clone_from(&user);
            if edit.change.is_some() {
                edit.leave_behind();
            }
        }
        (self.answers, self.notice, self.user) = (0, None, user);
        self.lines.clear();
    }

    /// Takes over the edits that another page has left behind, except those of which this page has newer ones.
    pub fn take_over(&mut self, edits: Vec<Edit>) {
        for mut edit in edits {
            if edit.user.is_empty() {
                edit.user.clone_from(&self.user);
            }
            let is_newer = |it: &Edit| it.change.is_some() && it.is_unanswered() && it.made_at > 0.0;
            let is_known = self.edits.iter().any(|it| match edit.change {
                None => it.key == edit.key,
                Some(_) => is_newer(it) && it.product == edit.product && it.user == edit.user,
            });
            if edit.change.is_some() {
                edit.leave_behind();
            }
            if !is_known {
                self.edits.push(edit);
            }
        }
    }

    /// Whether [`CartState::begin`] changes anything.
    pub fn has_due(&self, may_wait: bool) -> bool {
        self.edits.iter().any(|edit| if edit.user == self.user { edit.progress == Progress::Unsent } else { !may_wait })
    }

    /// Marks the edits that the user can send now as pending, and returns them. Drops other users' edits unless they may wait.
    pub fn begin(&mut self, may_wait: bool) -> Vec<Edit> {
        let Self { user, edits, .. } = self;
        edits.retain(|edit| may_wait || edit.user == *user);
        let due = edits.iter_mut().filter(|edit| edit.user == *user && edit.progress == Progress::Unsent);
        let begin = |edit: &mut Edit| {
            edit.progress = Progress::Pending;
            edit.clone()
        };
        due.map(begin).collect()
    }

    /// The edits to store.
    pub fn unanswered(&self) -> Vec<&Edit> {
        self.edits.iter().filter(|edit| edit.is_unanswered()).take(MAX_STORED).collect()
    }

    /// Lets the app send a failed change of a line that is not in the cart again. The shopper has seen the newer changes of the line, so this
    /// change may replace them.
    pub fn retry(&mut self, key: &str) {
        if let Some(edit) = self.edit(key) {
            edit.change.iter_mut().for_each(|change| change.version = None);
            edit.leave_behind();
        }
    }

    /// Sets the quantity that the shopper wants of a line. Returns the change for which the caller must queue a request.
    pub fn set_quantity(&mut self, product: &str, quantity: i64, made_at: f64) -> Option<Edit> {
        let row = self.row(product)?;
        let (line, shown) = (row.item.clone(), row.quantity());
        let at = self.edits.iter().rposition(|edit| self.is_change_of(edit, product));
        if let Some(edit) = at.map(|at| &mut self.edits[at]).filter(|edit| edit.is_unanswered()) {
            let change = edit.change.as_mut()?;
            change.quantity = quantity;
            if quantity == 0 && shown > 0 {
                change.before = shown;
            }
            return None;
        }
        _ = at.map(|at| self.edits.remove(at));
        if line.quantity == quantity {
            return None;
        }
        let before = if shown > 0 { shown } else { quantity };
        let change = LineChange { quantity, version: Some(line.version), sent: None, before };
        self.edits.push(Edit {
            user: self.user.clone(),
            product: line.product,
            name: line.name,
            key: new_key(),
            quantity: 1,
            change: Some(change),
            made_at,
            progress: Progress::Pending,
        });
        self.edits.last().cloned()
    }

    /// Marks the request of a change as in flight, at the first attempt and at each retry. Returns the product, the quantity, and the
    /// version of the line if the backend must check it. A retry sends the same quantity, even if the shopper wants another one by then, so
    /// that the backend can tell a retry from a newer change.
    pub fn start_request(&mut self, key: &str) -> Option<(String, i64, Option<i64>)> {
        let edit = self.edit(key)?;
        let change = edit.change.as_mut()?;
        // A late change, or one that is retried, must not undo a newer change that the shopper made on another device.
        let is_late = change.sent.is_some() || Date::now() - edit.made_at > LATE_MS;
        let quantity = *change.sent.get_or_insert(change.quantity);
        Some((edit.product.clone(), quantity, change.version.filter(|_| is_late)))
    }

    /// Applies the outcome of an edit's request. Returns the edit, unless it waits for a sign-in. If the edit is pending, the caller must
    /// queue another request.
    pub fn end_request(&mut self, key: &str, outcome: Result<(), ApiError>) -> Option<Edit> {
        let edit = self.edit(key)?;
        if outcome == Err(ApiError::SignedOut) {
            edit.progress = Progress::Unsent;
            return None;
        }
        let is_last = edit.change.as_mut().is_none_or(|change| change.sent.take() == Some(change.quantity));
        match outcome {
            Ok(()) if is_last => edit.progress = Progress::Done,
            // The failure of an older quantity does not stop a newer one, unless another device has changed the line.
            Err(error) if is_last || error.is(ProblemCode::LineChanged) => edit.progress = Progress::Failed(error),
            Ok(()) => edit.made_at = Date::now(),
            Err(_) => {} // the next attempt is as late as this one
        }
        Some(edit.clone())
    }

    /// Applies the answer to this page's own write of a product's line, which updates the version of the unanswered changes of that line. A
    /// change of an earlier page keeps its version, unless it was made for the version before this write: otherwise a newer change of
    /// another device may lie between.
    pub fn apply_write(&mut self, answer: Cart, product: &str) {
        let before = self.version_of(product);
        self.apply(answer);
        let now = self.version_of(product);
        let changes = self.edits.iter_mut().filter(|edit| edit.product == product && edit.user == self.user && edit.is_unanswered());
        for edit in changes {
            let is_of_this_page = edit.made_at > 0.0;
            let change = edit.change.as_mut().filter(|change| is_of_this_page || change.version == Some(before));
            change.into_iter().for_each(|change| change.version = Some(now));
        }
    }

    fn version_of(&self, product: &str) -> i64 {
        line_of(&self.lines, product).map_or(NO_LINE, |line| line.version)
    }

    fn is_change_of(&self, edit: &Edit, product: &str) -> bool {
        is_change_of(edit, product, &self.user)
    }

    /// The backend's notice about the cart, if there is one.
    pub fn notice(&self) -> Option<&String> {
        self.notice.as_ref()
    }

    /// The lines of the shown cart, in their order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.lines.iter().map(|line| self.row_of(line)).filter(Row::is_shown)
    }

    /// The row of a product.
    pub fn row(&self, product: &str) -> Option<Row<'_>> {
        line_of(&self.lines, product).map(|line| self.row_of(line)).filter(Row::is_shown)
    }

    #[inline(never)] // 6 callers
    fn row_of<'a>(&'a self, item: &'a CartLine) -> Row<'a> {
        let edit = self.edits.iter().rfind(|edit| self.is_change_of(edit, &item.product));
        Row { item, change: edit.and_then(|edit| Some((edit, edit.change?))) }
    }

    fn edit(&mut self, key: &str) -> Option<&mut Edit> {
        self.edits.iter_mut().find(|edit| edit.key == key)
    }

    /// The edits of the current user that no row shows.
    pub fn edits_without_row(&self) -> impl Iterator<Item = &Edit> {
        let is_without_row = |edit: &Edit| edit.change.is_none() || line_of(&self.lines, &edit.product).is_none();
        self.edits.iter().filter(move |edit| edit.user == self.user && is_without_row(edit))
    }

    /// Whether a change is unanswered.
    pub fn is_pending(&self) -> bool {
        self.edits.iter().any(|edit| edit.change.is_some() && edit.is_unanswered() && edit.user == self.user)
    }

    /// The number of items.
    pub fn count(&self) -> i64 {
        self.rows().map(|row| row.quantity()).sum()
    }

    /// The total of the items with its currency, for people.
    #[inline(never)] // 2 callers in the first load
    pub fn total_text(&self) -> String {
        money(self.total(), &self.currency)
    }

    /// The total of the items, in minor units.
    #[inline(never)] // also called in a part
    pub fn total(&self) -> i64 {
        let price = |row: Row| row.item.unit_price.saturating_mul(row.quantity());
        self.rows().map(price).fold(0, i64::saturating_add)
    }

    /// The currency of all prices, as an ISO 4217 code.
    pub fn currency(&self) -> &str {
        &self.currency
    }
}

fn is_change_of(edit: &Edit, product: &str, user: &str) -> bool {
    edit.change.is_some() && edit.product == product && edit.user == user
}

fn line_of<'a>(lines: &'a [CartLine], product: &str) -> Option<&'a CartLine> {
    lines.iter().find(|line| line.product == product)
}

/// The quantity, if a line may have it.
pub fn line_quantity(quantity: i64) -> Option<i64> {
    (1..=MAX_QUANTITY).contains(&quantity).then_some(quantity)
}

/// The quantity that a shopper typed, if a line may have it.
pub fn typed_quantity(text: &str) -> Option<i64> {
    line_quantity(text.trim().parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos_fusionauth::FetchError;
    use storefront_api::Problem;
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

    fn state(lines: &[(&str, i64)]) -> CartState {
        let mut state = CartState::default();
        state.apply(cart(lines));
        state
    }

    fn products(state: &CartState) -> Vec<&str> {
        state.rows().map(|row| &*row.item.product).collect()
    }

    fn mugs(state: &CartState) -> i64 {
        state.row("mug").map_or(-1, |row| row.quantity())
    }

    /// Changes a quantity now. Returns the key of the edit that needs a request.
    fn set(state: &mut CartState, product: &str, quantity: i64) -> Option<String> {
        state.set_quantity(product, quantity, Date::now()).map(|edit| edit.key)
    }

    /// The quantity that the next attempt sends, and the version that the backend must check.
    fn sent(state: &mut CartState, key: &str) -> (i64, Option<i64>) {
        state.start_request(key).map(|(_, quantity, version)| (quantity, version)).unwrap()
    }

    fn needs_another(state: &mut CartState, key: &str, outcome: Result<(), ApiError>) -> bool {
        state.end_request(key, outcome).unwrap().progress == Progress::Pending
    }

    /// Sends the change, and applies the answer.
    fn answer(state: &mut CartState, key: &str, lines: &[(&str, i64)]) {
        sent(state, key);
        let edit = state.end_request(key, Ok(())).unwrap();
        state.apply_write(cart(lines), &edit.product);
    }

    fn network_error() -> Result<(), ApiError> {
        Err(ApiError::NoAnswer(FetchError::Network))
    }

    fn line_changed() -> Result<(), ApiError> {
        let kind = ProblemCode::LineChanged.kind().to_owned();
        Err(ApiError::Problem(Problem { kind, title: String::new(), status: 412, detail: None, errors: Vec::new() }))
    }

    fn addition(user: &str, key: &str) -> Edit {
        let (user, product, name, key) = (user.to_owned(), "mug".to_owned(), "Mug".to_owned(), key.to_owned());
        Edit { user, product, name, key, quantity: 1, change: None, made_at: 1.0, progress: Progress::Unsent }
    }

    fn change(user: &str, product: &str, quantity: i64) -> Edit {
        let change = LineChange { quantity, version: Some(1), sent: None, before: 1 };
        Edit { product: product.to_owned(), change: Some(change), ..addition(user, product) }
    }

    #[wasm_bindgen_test]
    fn quick_changes_send_one_request_at_a_time_and_end_on_the_last() {
        let mut state = state(&[("mug", 1)]);
        let key = set(&mut state, "mug", 2).unwrap();
        assert!(set(&mut state, "mug", 3).is_none());
        assert_eq!(sent(&mut state, &key), (3, None), "a change that waits is sent with the last quantity");
        assert!(set(&mut state, "mug", 4).is_none() && set(&mut state, "mug", 5).is_none());
        assert!(needs_another(&mut state, &key, Ok(())));
        state.apply(cart(&[("mug", 3)]));
        assert_eq!((mugs(&state), sent(&mut state, &key).0), (5, 5));
        assert!(!needs_another(&mut state, &key, Ok(())));
        state.apply(cart(&[("mug", 5)]));
        assert_eq!((mugs(&state), state.is_pending()), (5, false));
    }

    #[wasm_bindgen_test]
    fn a_repeat_sends_the_same_quantity_with_the_version_and_the_last_one_follows() {
        let mut state = state(&[("mug", 1)]);
        let key = set(&mut state, "mug", 2).unwrap();
        assert_eq!(sent(&mut state, &key), (2, None));
        set(&mut state, "mug", 3);
        assert_eq!(sent(&mut state, &key), (2, Some(1)));
        assert!(needs_another(&mut state, &key, Ok(())));
        assert_eq!(sent(&mut state, &key), (3, None));
    }

    #[wasm_bindgen_test]
    fn a_change_that_is_taken_back_is_undone_even_if_its_answer_was_lost() {
        for outcome in [Ok(()), network_error()] {
            let mut state = state(&[("mug", 1)]);
            let key = set(&mut state, "mug", 2).unwrap();
            sent(&mut state, &key);
            assert!(set(&mut state, "mug", 1).is_none());
            assert!(needs_another(&mut state, &key, outcome));
            assert_eq!(sent(&mut state, &key).0, 1);
            assert!(!needs_another(&mut state, &key, Ok(())));
        }
    }

    #[wasm_bindgen_test]
    fn a_failure_rolls_back_and_can_be_retried() {
        let mut state = state(&[("mug", 2)]);
        let key = set(&mut state, "mug", 3).unwrap();
        sent(&mut state, &key);
        assert!(!needs_another(&mut state, &key, network_error()));
        assert_eq!((mugs(&state), state.row("mug").unwrap().failure().map(|(quantity, _)| quantity)), (2, Some(3)));
        let key = set(&mut state, "mug", 3).unwrap();
        assert_eq!((mugs(&state), state.row("mug").unwrap().failure()), (3, None));
        answer(&mut state, &key, &[("mug", 3)]);
        assert_eq!((mugs(&state), state.is_pending()), (3, false));
    }

    #[wasm_bindgen_test]
    fn a_change_that_was_made_without_an_answer_has_not_failed() {
        let mut state = state(&[("mug", 1)]);
        let key = set(&mut state, "mug", 2).unwrap();
        sent(&mut state, &key);
        needs_another(&mut state, &key, network_error());
        state.apply(cart(&[("mug", 3)]));
        assert!(state.row("mug").unwrap().failure().is_some(), "another quantity does not show that the change took effect");
        state.apply(cart(&[("mug", 2)]));
        assert!(state.row("mug").unwrap().failure().is_none());
    }

    #[wasm_bindgen_test]
    fn a_failed_removal_brings_the_line_back() {
        let mut state = state(&[("mug", 4)]);
        let key = set(&mut state, "mug", 0).unwrap();
        assert_eq!((mugs(&state), state.row("mug").unwrap().removed()), (0, Some(4)));
        sent(&mut state, &key);
        needs_another(&mut state, &key, network_error());
        assert_eq!((mugs(&state), state.row("mug").unwrap().removed()), (4, None));
    }

    #[wasm_bindgen_test]
    fn an_answer_changes_all_lines_but_those_with_changes_of_their_own() {
        let mut state = state(&[("mug", 1), ("lamp", 2), ("rug", 3)]);
        set(&mut state, "mug", 5);
        state.apply(cart(&[("mug", 2), ("lamp", 4), ("pen", 1)]));
        assert_eq!(products(&state), ["mug", "lamp", "pen"]);
        assert_eq!((state.count(), state.total(), state.answers()), (10, 1_000, 2));
        assert!(state.is_pending());
    }

    #[wasm_bindgen_test]
    fn a_change_that_waits_was_made_for_the_version_that_was_seen_then() {
        let mut state = state(&[("mug", 1), ("lamp", 1)]);
        let key = state.set_quantity("mug", 5, 0.0).unwrap().key;
        state.apply(cart(&[("mug", 7), ("lamp", 1)]));
        let lamp = set(&mut state, "lamp", 2).unwrap();
        answer(&mut state, &lamp, &[("mug", 7), ("lamp", 2)]);
        assert_eq!(sent(&mut state, &key), (5, Some(1)), "the shopper has not seen the other device's change");
        set(&mut state, "mug", 6);
        answer(&mut state, &key, &[("mug", 5)]);
        sent(&mut state, &key);
        assert_eq!(sent(&mut state, &key), (6, Some(5)), "the answer to this tab's own write of the line updates the version");
        answer(&mut state, &key, &[]);
        assert!(set(&mut state, "mug", 8).is_none() && state.row("mug").is_none(), "the backend has no such line");
    }

    #[wasm_bindgen_test]
    fn removed_lines_stay_in_their_places_until_they_cannot_be_put_back() {
        let mut state = state(&[("mug", 1), ("lamp", 2)]);
        for (product, left) in [("mug", &[("lamp", 2)][..]), ("lamp", &[])] {
            let key = set(&mut state, product, 0).unwrap();
            answer(&mut state, &key, left);
        }
        let removed = |state: &CartState| state.rows().filter_map(|row| row.removed()).collect::<Vec<_>>();
        assert_eq!((products(&state), state.count(), removed(&state)), (vec!["mug", "lamp"], 0, vec![1, 2]));
        let key = set(&mut state, "lamp", 2).unwrap();
        assert_eq!(removed(&state), [1], "a restored line is not removed");
        sent(&mut state, &key);
        assert_eq!(sent(&mut state, &key), (2, Some(NO_LINE)));
        state.forget_removed();
        assert_eq!(products(&state), ["lamp"]);
    }

    #[wasm_bindgen_test]
    fn a_product_that_comes_back_has_the_backends_place() {
        let mut state = state(&[("mug", 1), ("lamp", 2)]);
        state.apply(cart(&[]));
        state.apply(cart(&[("lamp", 2), ("mug", 1)]));
        assert_eq!(products(&state), ["lamp", "mug"], "another device has emptied and filled the cart");
        let key = set(&mut state, "lamp", 0).unwrap();
        answer(&mut state, &key, &[("mug", 1)]);
        state.forget_removed();
        state.apply(cart(&[("mug", 1), ("lamp", 2)]));
        assert_eq!(products(&state), ["mug", "lamp"]);
    }

    #[wasm_bindgen_test]
    fn a_removal_by_an_earlier_page_that_took_effect_is_forgotten_and_another_change_waits() {
        for (quantity, left) in [(0, 0), (3, 1)] {
            let mut state = state(&[("lamp", 1)]);
            state.take_over(vec![change("", "mug", quantity)]);
            let key = state.begin(true).pop().unwrap().key;
            sent(&mut state, &key);
            needs_another(&mut state, &key, network_error());
            state.apply(cart(&[("lamp", 1)]));
            assert_eq!(state.edits_without_row().count(), left, "{quantity}");
        }
    }

    #[wasm_bindgen_test]
    fn a_line_that_was_removed_elsewhere_after_a_late_change_says_so() {
        for (outcome, expected) in [(line_changed(), &["mug"][..]), (network_error(), &[])] {
            let mut state = state(&[("mug", 1), ("lamp", 2)]);
            let key = set(&mut state, "mug", 3).unwrap();
            sent(&mut state, &key);
            needs_another(&mut state, &key, outcome);
            state.apply(cart(&[]));
            assert_eq!(products(&state), expected);
            assert_eq!(state.row("mug").and_then(|row| row.removed()), expected.first().map(|_| 1));
            state.forget_removed();
            assert!(state.lines.is_empty() && state.edits.is_empty());
        }
    }

    #[wasm_bindgen_test]
    fn the_log_keeps_the_order_and_stores_no_answered_edit() {
        let mut state = state(&[("mug", 1), ("atlas", 1)]);
        state.edits.push(addition("", "1"));
        let key = set(&mut state, "mug", 2).unwrap();
        state.edits.push(addition("", "2"));
        set(&mut state, "mug", 3);
        set(&mut state, "atlas", 0);
        let stored = |state: &CartState| state.unanswered().iter().map(|it| it.change.map(|it| it.quantity)).collect::<Vec<_>>();
        assert_eq!(stored(&state), [None, Some(3), None, Some(0)]);
        state.end_request("1", Ok(()));
        state.end_request("2", Err(ApiError::Unreadable));
        answer(&mut state, &key, &[("mug", 3), ("atlas", 1)]);
        assert_eq!(stored(&state), [Some(0)]);
        state.edits.extend((0..300).map(|at| addition("", &at.to_string())));
        assert_eq!(state.unanswered().len(), MAX_STORED);
    }

    #[wasm_bindgen_test]
    fn nobody_sends_the_edit_of_another_user() {
        for (user, may_wait, begun, left) in [("", true, 1, 3), ("u", false, 2, 2), ("other", false, 1, 1)] {
            let mut state = CartState::default();
            state.take_over(vec![addition("u", "1"), addition("", "2"), change("v", "mug", 2)]);
            state.restart(user.to_owned());
            assert_eq!((state.begin(may_wait).len(), state.edits.len()), (begun, left), "{user:?}");
            assert_eq!(state.begin(may_wait).len(), 0, "no edit is sent twice");
        }
    }

    #[wasm_bindgen_test]
    fn a_guests_change_becomes_the_users_with_another_request() {
        let mut state = state(&[("mug", 1)]);
        let key = set(&mut state, "mug", 2).unwrap();
        state.edits.push(Edit { progress: Progress::Pending, ..addition("", "1") });
        state.restart("u".to_owned());
        assert!(state.start_request(&key).is_none());
        let begun = state.begin(false);
        assert_eq!(begun.iter().map(|edit| (edit.change.is_some(), edit.made_at)).collect::<Vec<_>>(), [(true, 0.0)]);
    }

    #[wasm_bindgen_test]
    fn an_edit_of_an_earlier_page_replaces_no_edit_of_this_page() {
        let mut state = state(&[("mug", 1), ("lamp", 1)]);
        set(&mut state, "mug", 2);
        state.edits.push(addition("", "1"));
        state.take_over(vec![change("", "mug", 5), addition("", "1"), change("", "lamp", 6)]);
        assert_eq!((state.edits.len(), mugs(&state), state.row("lamp").unwrap().quantity()), (3, 2, 6));
    }

    #[wasm_bindgen_test]
    fn typed_quantities_are_parsed_and_checked() {
        for text in ["0", "-1", "100", "", "x", "1.5", "1e2", "99999999999999999999"] {
            assert_eq!(typed_quantity(text), None, "{text:?}");
        }
        assert_eq!(typed_quantity(" 99 "), Some(99));
    }
}
