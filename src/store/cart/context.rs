//! The cart of whoever is signed in, shared by all pages of this tab and kept equal in the other tabs.
//!
//! Every answer of the backend holds the whole cart, so it is applied here whoever asked, and the cart page and the header follow.
//! The context never holds the cart of one user while another is signed in.

use super::{
    guest_cart::{self, CartItem},
    line::{Line, LineQuantity},
    other_tabs::OtherTabs,
    state::CartState,
};
use crate::{
    core::Route,
    data::{ApiError, ApplyAnswer, Mutation, Mutations, new_key, use_mutations},
    store::api,
    ui::{ErasedSignal, document, effect, format::money},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, SignOutReason};
use std::sync::Arc;
use storefront_api::{AddToCart, App, Cart};

/// A handle to the cart: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct CartContext {
    state: ErasedSignal<CartState>,
    /// The additions since the sign-in, in the order in which they have changed.
    additions: ErasedSignal<Vec<Addition>>,
    guest_count: ErasedSignal<i64>,
    /// The id of the user whose cart this is.
    owner: StoredValue<Option<String>>,
    kept: StoredValue<Kept>,
    other_tabs: OtherTabs,
    mutations: Mutations,
}

/// How far the addition of a product is.
#[derive(Clone, PartialEq, Eq)]
pub enum AdditionProgress {
    /// The request waits or is in flight.
    Pending,
    /// The cart has it.
    Added,
    /// The backend refused the request, or could not be reached.
    Failed(ApiError),
}

/// The addition of one item.
#[derive(Clone)]
struct Addition {
    product: String,
    key: String,
    progress: AdditionProgress,
}

/// A change of the cart that was not made because the session had ended.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingEdit {
    /// The product's id.
    pub product: String,
    /// The quantity that the shopper wanted.
    pub desired: LineQuantity,
}

/// The writes of a user whose session has ended by itself. They wait, with the user's id, for the same user to sign in again.
#[derive(Default)]
struct Kept {
    additions: Vec<(String, CartItem)>,
    edit: Option<(String, PendingEdit)>,
}

/// The cart around the caller.
pub fn use_cart_context() -> CartContext {
    use_context().expect("provided by the shell")
}

impl CartContext {
    /// Provides an empty cart to everything below the caller.
    pub fn provide() {
        let mutations = use_mutations();
        let cart = Self {
            state: ErasedSignal::new(CartState::default()),
            additions: ErasedSignal::new(Vec::new()),
            guest_count: ErasedSignal::new(0),
            owner: StoredValue::new(None),
            kept: StoredValue::new(Kept::default()),
            other_tabs: OtherTabs::unconnected(),
            mutations,
        };
        provide_context(cart);
        if mutations.context.app == App::Store {
            cart.other_tabs.listen(move |user, answer| {
                if cart.owner().as_ref() == Some(&user) {
                    cart.state.update(|state| state.apply(answer));
                }
            });
            effect(move || match mutations.session.state().get() {
                SessionState::SignedIn { user, .. } => cart.signed_in(user.id),
                SessionState::SignedOut(cause) => cart.signed_out(cause),
                SessionState::Loading => {}
            });
        }
    }

    /// The cart as it is shown. Tracked until the caller is cleaned up.
    pub fn state(self) -> Arc<CartState> {
        self.state.read_until_cleanup()
    }

    /// The cart as it is shown. Not tracked.
    pub fn state_untracked(self) -> Arc<CartState> {
        self.state.read_untracked()
    }

    /// How many items the header shows: those in the cart once that is known, or those that a visitor has chosen.
    pub fn count(self) -> i64 {
        self.state().count() + self.guest_count.get()
    }

    /// How far the addition of the product is that has changed last. Tracked until the caller is cleaned up.
    pub fn addition(self, product: &str) -> Option<AdditionProgress> {
        let additions = self.additions.read_until_cleanup();
        additions.iter().rev().find(|it| it.product == product).map(|it| it.progress.clone())
    }

    /// Shows the cart that a page has read, unless a write was answered after `answers`: that answer is newer.
    pub fn show(self, cart: Cart, answers: u32) {
        self.state.update(|state| {
            if state.answers() == answers {
                state.apply(cart);
            }
            state.forget_undo();
        });
    }

    /// Adds one of a product to the cart, or to the products that a visitor has chosen. Returns whether a sign-in has to come first.
    pub fn add_one(self, product: &str) -> bool {
        let item = |key| CartItem { product: product.to_owned(), key };
        if self.mutations.current_user().is_some() {
            // A repeat of an addition that got no answer has the same key, because the cart may hold that addition already.
            let is_repeat =
                |it: &&Addition| it.product == product && matches!(&it.progress, AdditionProgress::Failed(error) if error.is_retryable());
            let key = self.additions.read_untracked().iter().find(is_repeat).map(|it| it.key.clone());
            self.send_addition(item(key.unwrap_or_else(new_key)));
            return false;
        }
        let has_ended_by_itself = self.mutations.session.state().with_untracked(|state| match state {
            SessionState::SignedOut(cause) => has_ended_by_itself(*cause),
            SessionState::SignedIn { .. } | SessionState::Loading => false,
        });
        match self.owner() {
            // The addition belongs to the user whose session has ended, and to nobody else.
            Some(owner) if has_ended_by_itself => self.kept.update_value(|kept| kept.additions.push((owner, item(new_key())))),
            _ => {
                guest_cart::add(product);
                self.guest_count.set(guest_cart::items().len() as i64);
            }
        }
        true
    }

    /// Changes the quantity of a line.
    pub fn change(self, product: &str, desired: LineQuantity) {
        if self.state.try_update(|state| state.set_desired(product, desired)) == Some(true) {
            self.send_change(product.to_owned());
        }
    }

    /// Returns the change that was kept for whoever is signed in, once. A change of another user is dropped.
    pub fn take_edit(self) -> Option<PendingEdit> {
        let kept = self.kept.try_update_value(|kept| kept.edit.take()).flatten();
        let user = self.mutations.current_user();
        kept.filter(|(owner, _)| Some(owner) == user.as_ref()).map(|(_, edit)| edit)
    }

    fn owner(self) -> Option<String> {
        self.owner.try_get_value().flatten()
    }

    fn signed_in(self, user: String) {
        if self.owner().as_ref() != Some(&user) {
            self.state.set(CartState::default());
            self.additions.set(Vec::new());
        }
        self.owner.set_value(Some(user.clone()));
        self.guest_count.set(0);
        let kept = self.kept.try_update_value(|kept| std::mem::take(&mut kept.additions)).unwrap_or_default();
        let kept = kept.into_iter().filter(|(owner, _)| *owner == user).map(|(_, item)| item);
        // A change of the connection's state leads here as well, while these products may be on their way already.
        let before = self.additions.read_untracked();
        let is_new = |item: &CartItem| !before.iter().any(|it| it.key == item.key);
        for item in kept.chain(guest_cart::items().into_iter().filter(is_new)) {
            self.send_addition(item);
        }
        // The cart page reads the cart itself, and where a product is added the answer holds the cart.
        let is_unknown = self.state_untracked().answers() == 0 && self.additions.read_untracked().is_empty();
        if is_unknown && self.mutations.context.current_route() == Route::Products {
            leptos::task::spawn_local(async move {
                if let Ok(cart) = api::cart(self.mutations.session).await
                    && self.mutations.current_user() == Some(user)
                {
                    self.show(cart, 0);
                }
            });
        }
    }

    /// Empties the cart. A session that ended by itself leaves its unanswered changes to the same user; a sign-out leaves nothing.
    fn signed_out(self, cause: Option<SignOutReason>) {
        let pending = self.state_untracked().pending();
        self.state.set(CartState::default());
        self.additions.set(Vec::new());
        if !has_ended_by_itself(cause) {
            self.owner.set_value(None);
            self.kept.set_value(Kept::default());
        } else if let (Some(owner), Some((product, desired))) = (self.owner(), pending) {
            self.kept.update_value(|kept| kept.edit = Some((owner, PendingEdit { product, desired })));
        }
        self.guest_count.set(guest_cart::items().len() as i64);
    }

    fn send_addition(self, item: CartItem) {
        self.set_addition(&item, AdditionProgress::Pending);
        let (owner, sent) = (self.owner(), item.clone());
        self.mutations.enqueue(Mutation {
            page: Route::Products,
            failure: "A product was not added to your cart.".to_owned(),
            send: Box::new(move |session| {
                let item = sent.clone();
                Box::pin(async move {
                    let body = AddToCart { product: item.product.clone(), quantity: 1 };
                    let answer = api::add(session, &body, item.key.clone()).await?;
                    Ok(Box::new(move || self.added(&item, answer)) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |error| {
                guest_cart::remove(&item.key);
                match (error, owner) {
                    (ApiError::SignedOut, Some(owner)) if self.owner().as_ref() == Some(&owner) => {
                        self.kept.update_value(|kept| kept.additions.push((owner, item)));
                    }
                    (ApiError::SignedOut, _) => {}
                    (error, _) => self.set_addition(&item, AdditionProgress::Failed(error)),
                }
            }),
        });
    }

    fn added(self, item: &CartItem, answer: Cart) {
        guest_cart::remove(&item.key);
        self.set_addition(item, AdditionProgress::Added);
        self.apply(answer);
        let state = self.state_untracked();
        let name = state.row(&item.product).map_or(&item.product, |row| &row.item.name);
        self.mutations.context.announce(format!("Added {name}. {} in your cart.", items(state.count())));
    }

    fn set_addition(self, item: &CartItem, progress: AdditionProgress) {
        let CartItem { product, key } = item.clone();
        self.additions.update(|all| {
            all.retain(|it| it.key != key);
            all.push(Addition { product, key, progress });
        });
    }

    fn send_change(self, product: String) {
        let Some(name) = self.name(&product) else { return };
        let sent = product.clone();
        self.mutations.enqueue(Mutation {
            page: Route::Cart,
            failure: format!("{name} could not be changed."),
            send: Box::new(move |session| {
                let desired = self.update_line(&sent, Line::start_request);
                let product = sent.clone();
                Box::pin(async move {
                    let answer = match desired.ok_or(ApiError::SignedOut)? {
                        LineQuantity::Quantity(quantity) => api::set_quantity(session, &product, quantity).await?,
                        LineQuantity::Removed => api::remove_line(session, &product).await?,
                    };
                    Ok(Box::new(move || self.changed(product, answer)) as ApplyAnswer)
                })
            }),
            on_failure: Box::new(move |error| self.change_failed(product, error)),
        });
    }

    fn changed(self, product: String, answer: Cart) {
        let name = self.name(&product);
        let needs_another = self.update_line(&product, |line| line.on_response(Ok(())));
        self.apply(answer);
        if needs_another == Some(true) {
            return self.send_change(product);
        }
        // Only the figures that hold are announced, not each step on the way.
        let state = self.state_untracked();
        if !state.is_pending() {
            let is_removed = state.row(&product).is_none_or(|row| row.line.desired() == LineQuantity::Removed);
            let removed = if is_removed { format!("Removed {}. ", name.unwrap_or_default()) } else { String::new() };
            let total = money(state.total(), state.currency());
            self.mutations.context.announce(format!("{removed}{}, total {total}", items(state.count())));
        }
    }

    fn change_failed(self, product: String, error: ApiError) {
        if error == ApiError::SignedOut {
            return; // `signed_out` sees that the line is pending
        }
        match self.update_line(&product, |line| line.on_response(Err(error))) {
            Some(true) => self.send_change(product),
            _ => document::restore_focus_after_render(format!("#{}", quantity_id(&product))),
        }
    }

    fn apply(self, answer: Cart) {
        if let Some(owner) = self.owner() {
            self.other_tabs.send(owner, &answer);
        }
        self.state.update(|state| state.apply(answer));
    }

    fn update_line<T>(self, product: &str, update: impl FnOnce(&mut Line) -> T) -> Option<T> {
        self.state.try_update(|state| state.line_mut(product).map(update)).flatten()
    }

    fn name(self, product: &str) -> Option<String> {
        self.state_untracked().row(product).map(|row| row.item.name.clone())
    }
}

/// Whether the user has not asked for the end of the session.
fn has_ended_by_itself(cause: Option<SignOutReason>) -> bool {
    matches!(cause, Some(SignOutReason::Expired | SignOutReason::Replaced))
}

/// The id of a line's input.
pub fn quantity_id(product: &str) -> String {
    format!("quantity-{product}")
}

/// "1 item", "2 items".
pub fn items(count: i64) -> String {
    format!("{count} item{}", if count == 1 { "" } else { "s" })
}
