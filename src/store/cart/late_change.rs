//! Sends changes of lines that an earlier page left unanswered. Each request contains the version of the line that the shopper had seen. If
//! the line has changed since, here or on another device, its newer quantity stays, and the shopper gets a message.

use super::{
    context::{CartContext, is_line_changed, items_and_total},
    edit::{Edit, LineChange},
    line::LineQuantity,
};
use crate::{
    core::Route,
    data::{ApiError, ApplyAnswer, Mutation},
    store::api::{self, NO_LINE},
    ui::read_until_cleanup,
};
use leptos::prelude::*;
use std::{cell::Cell, rc::Rc};
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
        let (user, owner, sent) = (cart.current_user(), cart.api_owner(), edit.clone());
        let step = Rc::new(Cell::new((change.sent.filter(|sent| *sent != change.quantity), change.version)));
        cart.enqueue(Mutation {
            page: Route::Cart,
            also_at: None,
            failure: t!("We couldn't update {}.", edit.name),
            send: Box::new(move |_| {
                let (edit, user, step) = (sent.clone(), user.clone(), Rc::clone(&step));
                Box::pin(async move {
                    // The backend may have received the earlier page's request although the answer was lost. So repeat that request
                    // first: the answer contains the version that the request created.
                    if let (Some(sent), version) = step.get() {
                        let cart = api::change_line(owner, &edit.product, sent, version).await?;
                        let version = cart.lines.iter().find(|it| it.product == edit.product).map_or(NO_LINE, |it| it.version);
                        step.set((None, Some(version)));
                    }
                    let answer = api::change_line(owner, &edit.product, change.quantity, step.get().1).await?;
                    Ok(Box::new(move || self.made(&edit, user, answer)) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |error| {
                if is_line_changed(&error) {
                    cart.load();
                }
                // If the session has expired, the record in `waiting` still contains the edit.
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
