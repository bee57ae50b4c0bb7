//! Sends the change of a line that a page before this one has left. It goes out with the quantity that the shopper had seen, so that it
//! undoes no newer change: whatever was done since, here or on another device, stays, and the shopper is told.

use super::{
    context::{CartContext, is_line_changed, items_and_total},
    edit::{Edit, LineChange},
    line::LineQuantity,
};
use crate::{
    core::Route,
    data::{ApiError, ApplyAnswer, Mutation},
    store::api,
    ui::ErasedSignal,
};
use std::sync::Arc;
use storefront_api::Cart;
use storefront_messages::t;

/// A change that a page before this one has left.
#[derive(Clone, PartialEq)]
pub(super) struct LateChange {
    pub(super) edit: Edit,
    /// Why the change was not made. `None`: it waits or is being sent.
    pub(super) refused: Option<ApiError>,
}

/// A handle to these changes: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub(super) struct LateChanges {
    cart: CartContext,
    all: ErasedSignal<Vec<LateChange>>,
}

impl LateChanges {
    pub(super) fn none(cart: CartContext) -> Self {
        Self { cart, all: ErasedSignal::new(Vec::new()) }
    }

    /// All of them, in their order. Tracked until the caller is cleaned up.
    pub(super) fn read(self) -> Arc<Vec<LateChange>> {
        self.all.read_until_cleanup()
    }

    /// Sends a change, which is shown as waiting until then.
    pub(super) fn send(self, edit: Edit, change: LineChange) {
        self.set(&edit, None);
        let cart = self.cart;
        let (user, owner, sent) = (cart.current_user(), cart.api_owner(), edit.clone());
        cart.enqueue(Mutation {
            page: Route::Cart,
            also_at: None,
            failure: t!("{} could not be changed.", edit.name),
            send: Box::new(move |_| {
                let (edit, user) = (sent.clone(), user.clone());
                Box::pin(async move {
                    let mut answer = api::change_line(owner, &edit.product, change.quantity, expected(change.seen)).await;
                    // The request of the page before may have reached the backend without an answer.
                    if change.sent != change.seen && answer.as_ref().is_err_and(is_line_changed) {
                        answer = api::change_line(owner, &edit.product, change.quantity, expected(change.sent)).await;
                    }
                    let answer = answer?;
                    Ok(Box::new(move || self.made(&edit, user, answer)) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |error| {
                if is_line_changed(&error) {
                    cart.load();
                }
                // The record has what waits for its user.
                match error {
                    ApiError::SignedOut => self.forget(&edit),
                    error => self.set(&edit, Some(error)),
                }
            }),
        });
    }

    fn made(self, edit: &Edit, user: Option<String>, answer: Cart) {
        self.forget(edit);
        self.cart.apply(user, answer);
        self.cart.mutations.context.announce(items_and_total(&self.cart.state_untracked()));
    }

    fn set(self, edit: &Edit, refused: Option<ApiError>) {
        let changed = LateChange { edit: edit.clone(), refused };
        self.all.update(|all| match all.iter_mut().find(|it| it.edit.key == changed.edit.key) {
            Some(known) => *known = changed,
            None => all.push(changed),
        });
    }

    /// Forgets a change that is done, or that the shopper has given up.
    pub(super) fn forget(self, edit: &Edit) {
        self.all.update(|all| all.retain(|it| it.edit.key != edit.key));
    }

    /// Forgets all of them, because somebody else shops now.
    pub(super) fn forget_all(self) {
        self.all.set(Vec::new());
    }

    /// Tells a change that was refused at its line, as soon as the cart is known and has the line, and can be made anew there.
    pub(super) fn show_refused_at_their_lines(self) {
        for LateChange { edit, refused } in self.all.read_untracked().iter() {
            let (Some(change), Some(error)) = (edit.change, refused) else { continue };
            let Some(line) = self.cart.state_untracked().row(&edit.product).map(|row| row.line.clone()) else { continue };
            let desired = LineQuantity::from_count(change.quantity).unwrap_or(LineQuantity::Removed);
            if !line.is_pending() && line.confirmed() != desired {
                _ = self.cart.update_line(&edit.product, |line| {
                    line.set_desired(desired);
                    line.start_request();
                    line.on_response(Err(error.clone()))
                });
            }
            self.forget(edit);
        }
    }
}

/// The precondition: a line of this quantity. A line that was not there has none.
fn expected(quantity: i64) -> Option<i64> {
    (quantity > 0).then_some(quantity)
}
