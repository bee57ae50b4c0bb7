//! Sends changes of lines that an earlier page left unanswered. Each request contains the version of the line that the shopper had seen. If
//! the line has changed since, here or on another device, its newer quantity stays, and the shopper gets a message.

use super::{
    context::{CartContext, is_line_changed, items_and_total},
    edit::{Edit, LineChange},
    line::LineQuantity,
};
use crate::{
    core::Route,
    data::{ApiError, Mutation, Write},
    store::api::{self, CartOwner, NO_LINE},
    ui::read_until_cleanup,
};
use leptos::prelude::*;
use leptos_fusionauth::Session;
use storefront_api::Cart;
use storefront_messages::t;

/// A change that an earlier page left unanswered.
#[derive(Clone, PartialEq)]
pub(super) struct LateChange {
    pub(super) edit: Edit,
    /// Why the change failed. `None`: the change waits to be sent, or is in flight.
    pub(super) refused: Option<ApiError>,
}

/// A handle to all late changes: it is `Copy`.
#[derive(Clone, Copy)]
pub(super) struct LateChanges {
    cart: CartContext,
    all: RwSignal<Vec<LateChange>>,
}

impl LateChanges {
    pub(super) fn none(cart: CartContext) -> Self {
        Self { cart, all: RwSignal::new(Vec::new()) }
    }

    /// All late changes, in their order. Tracked until the caller is cleaned up.
    pub(super) fn read(self) -> Vec<LateChange> {
        read_until_cleanup(self.all)
    }

    /// Queues a change, and lists it as waiting until its answer arrives.
    pub(super) fn send(self, edit: Edit, change: LineChange) {
        self.set(&edit, None);
        let cart = self.cart;
        cart.mutations.enqueue_for_shopper(Mutation {
            page: Route::Cart,
            also_at: None,
            failure: t!("We couldn't update {}.", edit.name),
            write: SendLateChange { changes: self, user: cart.current_user(), owner: cart.api_owner(), edit, change },
        });
    }

    fn set(self, edit: &Edit, refused: Option<ApiError>) {
        let changed = LateChange { edit: edit.clone(), refused };
        self.all.update(|all| match all.iter_mut().find(|it| it.edit.key == changed.edit.key) {
            Some(known) => *known = changed,
            None => all.push(changed),
        });
    }

    /// Forgets a change that is done, or that the shopper has discarded.
    pub(super) fn forget(self, edit: &Edit) {
        self.all.update(|all| all.retain(|it| it.edit.key != edit.key));
    }

    /// Forgets all late changes, because another shopper now uses the app.
    pub(super) fn forget_all(self) {
        self.all.set(Vec::new());
    }

    /// If the loaded cart contains the line of a failed change, shows the failure at that line, where the shopper can retry the change.
    pub(super) fn show_refused_at_their_lines(self) {
        for LateChange { edit, refused } in &self.all.get_untracked() {
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

struct SendLateChange {
    changes: LateChanges,
    user: Option<String>,
    owner: CartOwner,
    edit: Edit,
    change: LineChange,
}

impl Write for SendLateChange {
    type Answer = Cart;

    async fn send(&mut self, _: Session) -> Result<Cart, ApiError> {
        let (product, LineChange { quantity, version, sent }) = (&self.edit.product, self.change);
        // The backend may have received the earlier page's request although the answer was lost. So repeat that request first: the
        // answer contains the version that the request created.
        if let Some(sent) = sent.filter(|sent| *sent != quantity) {
            let cart = api::change_line(self.owner, product, sent, version).await?;
            let version = cart.lines.iter().find(|it| it.product == *product).map_or(NO_LINE, |it| it.version);
            self.change = LineChange { quantity, version: Some(version), sent: None };
        }
        api::change_line(self.owner, product, quantity, self.change.version).await
    }

    fn apply(self, answer: Cart) {
        let LateChanges { cart, .. } = self.changes;
        self.changes.forget(&self.edit);
        cart.apply(self.user, answer);
        cart.mutations.context.announce(items_and_total(&cart.state_untracked()));
    }

    fn failed(self, error: ApiError) {
        if is_line_changed(&error) {
            self.changes.cart.load();
        }
        // If the session has expired, the record in `waiting` still contains the edit.
        match error {
            ApiError::SignedOut => self.changes.forget(&self.edit),
            error => self.changes.set(&self.edit, Some(error)),
        }
    }
}
