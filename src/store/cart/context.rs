//! The cart of the signed-in user or of a guest. All pages of this tab share it, and it applies the answers that other tabs receive.
//!
//! Every answer of the backend contains the whole cart. The context applies the answers for all callers, and the cart page and the header
//! show the result. The context never holds the cart of one user while another is signed in. The backend merges a guest's cart into the
//! user's when it receives the first request after the sign-in.

use super::{
    edit::{Edit, Progress},
    guest_cart,
    other_tabs::OtherTabs,
    state::CartState,
};
use crate::{
    core::Route,
    data::{ApiError, Mutation, Mutations, ended_without_request, use_mutations},
    store::api::{self, CartOwner},
    ui::{document::restore_focus_after_render, read_until_cleanup, spawn_for_user},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, SignOutReason, json};
use leptos_router::hooks::use_location;
use std::sync::Arc;
use storefront_api::{App, Cart};
use storefront_messages::{item_count, t};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/store/cart/edit_log.js")]
extern "C" {
    fn begin();
    fn store(edits: &str);
}

/// A handle to the cart: it is `Copy`.
#[derive(Clone, Copy)]
pub struct CartContext {
    state: RwSignal<Arc<CartState>>,
    /// The number of items in the guest's cart, if there is one.
    pub(super) guest_items: RwSignal<Option<i64>>,
    other_tabs: OtherTabs,
    pub(super) mutations: Mutations,
}

/// The shopper, as far as the app knows.
#[derive(Clone, PartialEq, Eq)]
pub enum Shopper {
    /// The app does not know yet whether a user is signed in.
    Unknown,
    /// A signed-in user.
    User,
    /// A guest.
    Visitor,
    /// The cart's user, after the session has expired.
    Ended,
}

/// The cart that the shell has provided.
pub fn use_cart_context() -> CartContext {
    use_context().expect("provided by the shell")
}

impl CartContext {
    /// Provides an empty cart to all components below the caller.
    pub fn provide() {
        let mutations = use_mutations();
        let cart = Self {
            state: RwSignal::new(Arc::default()),
            guest_items: RwSignal::new(None),
            other_tabs: OtherTabs::unconnected(),
            mutations,
        };
        provide_context(cart);
        if mutations.context.app == App::Store {
            begin();
            cart.guest_items.set(guest_cart::items());
            cart.other_tabs.listen(move |user, answer| {
                if cart.state_untracked().user == user {
                    cart.update(|state| state.apply(answer));
                }
            });
            Effect::new(move |_| match mutations.session.state().get() {
                SessionState::SignedIn { user, .. } => cart.signed_in(user.id),
                SessionState::SignedOut(cause) => cart.signed_out(cause),
                SessionState::Loading => {}
            });
            let path = use_location().pathname;
            Effect::new(move |_| {
                let route = Route::at(App::Store, &path.read());
                if let SessionState::SignedIn { .. } = mutations.session.state().get() {
                    cart.count_for_header(route);
                }
            });
            let context = mutations.context;
            Effect::new(move |before: Option<(bool, u32)>| {
                let now = (context.is_online(), context.returns().get());
                let (was_online, returns) = before.unwrap_or(now);
                let is_missing = now.0 && !was_online && cart.state_untracked().answers() == 0;
                if returns != now.1 || is_missing {
                    cart.read_again(Route::at(App::Store, &path.read_untracked()));
                }
                now
            });
        }
    }

    /// The cart that the pages show. Tracked until the caller is cleaned up.
    pub fn state(self) -> Arc<CartState> {
        read_until_cleanup(self.state)
    }

    /// The cart that the pages show. Not tracked.
    pub fn state_untracked(self) -> Arc<CartState> {
        self.state.get_untracked()
    }

    /// The number of items for the header. Until the cart is loaded, this is the last known number of the guest's cart.
    pub fn count(self) -> i64 {
        let state = self.state();
        match self.guest_items.get() {
            Some(items) if state.answers() == 0 => items,
            _ => state.count(),
        }
    }

    /// The shopper. Tracked until the caller is cleaned up.
    pub fn shopper(self) -> Shopper {
        self.shopper_in(&read_until_cleanup(self.mutations.session.state()))
    }

    /// Whether this tab knows of a guest's cart. Tracked until the caller is cleaned up.
    pub fn has_known_guest_cart(self) -> bool {
        read_until_cleanup(self.guest_items).is_some()
    }

    /// The owner of the cart, for a request that is sent now.
    pub fn api_owner(self) -> CartOwner {
        self.current_user().map(|_| self.mutations.session)
    }

    /// Shows the cart that a page has read. `answers` is the number of applied answers before the read. If that number has changed, the
    /// shown cart is newer and stays.
    pub fn show(self, cart: Cart, answers: u32) {
        self.update(|state| {
            if state.answers() == answers {
                state.apply(cart);
            }
            state.forget_removed();
        });
    }

    /// Changes the quantity of a line. 0: removes the line. `made_at` is the time of the shopper's change, in milliseconds since 1970.
    pub fn change(self, product: &str, quantity: i64, made_at: f64) {
        if let Some(Some(edit)) = self.update(|state| state.set_quantity(product, quantity, made_at)) {
            self.send_change(edit);
        }
    }

    /// Whether the cart is a guest's. Not tracked.
    fn is_guests(self) -> bool {
        self.state_untracked().user.is_empty()
    }

    pub(super) fn current_user(self) -> Option<String> {
        self.mutations.current_user()
    }

    pub(super) fn shopper_in(self, state: &SessionState) -> Shopper {
        match state {
            SessionState::Loading => Shopper::Unknown,
            SessionState::SignedIn { .. } => Shopper::User,
            SessionState::SignedOut(cause) if ended_without_request(*cause) && !self.is_guests() => Shopper::Ended,
            SessionState::SignedOut(_) => Shopper::Visitor,
        }
    }

    fn signed_in(self, user: String) {
        if self.state_untracked().user != user {
            self.update(|state| state.restart(user));
        }
        let was_visitor = self.guest_items.get_untracked().is_some();
        self.keep_guest_items(None);
        if was_visitor {
            self.load();
        }
    }

    /// Reads the cart for the number in the header if there was no answer yet, unless the page itself reads it. The pages that sign a user
    /// in do without the number, because another page follows them.
    fn count_for_header(self, route: Route) {
        let is_read_by_page = matches!(route, Route::Cart | Route::Login | Route::Register | Route::ChangePassword);
        if !is_read_by_page && self.state_untracked().answers() == 0 {
            self.load();
        }
    }

    /// Reads again what the header shows: the cart, or a guest's number of items, which another page of this tab may have stored. The
    /// cart's own page reads the cart itself.
    fn read_again(self, route: Route) {
        match self.current_user() {
            None if !self.is_guests() => {} // the session has expired
            None if self.state_untracked().answers() == 0 => self.guest_items.set(guest_cart::items()),
            _ if route == Route::Cart => {}
            _ => self.load(),
        }
    }

    /// Reads the cart. Drops the answer if another answer was applied while this one was in flight.
    pub(super) fn load(self) {
        let answers = self.state_untracked().answers();
        spawn_for_user(self.mutations.session, async move {
            if let Ok(cart) = api::cart(self.api_owner()).await
                && self.state_untracked().answers() == answers
            {
                self.update(|state| state.apply(cart));
            }
        });
    }

    /// Empties the shown cart. If the session has expired, the edits wait until the same user signs in. If the user has signed out, they are
    /// dropped.
    fn signed_out(self, cause: Option<SignOutReason>) {
        if !self.is_guests() {
            self.update(|state| {
                let mut user = state.user.clone();
                if !ended_without_request(cause) {
                    state.edits.clear();
                    user.clear();
                }
                state.restart(user);
            });
        }
    }

    pub(super) fn keep_guest_items(self, items: Option<i64>) {
        guest_cart::keep(items);
        self.guest_items.set(items);
    }

    pub(super) fn send_change(self, Edit { key, name, .. }: Edit) {
        let (user, owner, sent) = (self.current_user(), self.api_owner(), key.clone());
        self.mutations.enqueue_for_shopper(Mutation {
            page: Route::Cart,
            also_at: None,
            failure: t!("We couldn't update {}.", name),
            send: move |_| {
                let request = self.update(|state| state.start_request(&sent)).flatten();
                async move {
                    let (product, quantity, version) = request.ok_or(ApiError::SignedOut)?;
                    api::change_line(owner, &product, quantity, version).await
                }
            },
            done: move |answer| match answer {
                Ok(answer) => self.changed(user, &key, answer),
                Err(error) => self.change_failed(&key, error),
            },
        });
    }

    fn changed(self, user: Option<String>, key: &str, answer: Cart) {
        let edit = self.update(|state| state.end_request(key, Ok(()))).flatten();
        self.apply(user, answer, edit.as_ref().map_or("", |edit| &edit.product));
        let Some(edit) = edit else { return };
        if edit.progress == Progress::Pending {
            return self.send_change(edit);
        }
        // Announce only the final figures, not each intermediate step.
        let state = self.state_untracked();
        if !state.is_pending() {
            let removed = if edit.is_removal() { t!("Removed {}.", edit.name) + " " } else { String::new() };
            let figures = t!("{}, total {}", item_count(state.count()), state.total_text());
            self.mutations.context.announce(removed + &figures);
        }
    }

    fn change_failed(self, key: &str, error: ApiError) {
        // Read the cart: another device may have changed the line, or this change may have taken effect although its answer was lost.
        if error.is_retryable() {
            self.load();
        }
        match self.update(|state| state.end_request(key, Err(error))).flatten() {
            Some(edit) if edit.progress == Progress::Pending => self.send_change(edit),
            Some(edit) => restore_focus_after_render(format!("#{}", quantity_id(&edit.product))),
            None => {}
        }
    }

    /// Applies an answer about the cart of `user`. `None`: the cart is a guest's. `product` is the line that the request has written, if it
    /// has written only one.
    pub fn apply(self, user: Option<String>, answer: Cart, product: &str) {
        match self.current_user() {
            now if now == user => {
                self.other_tabs.send(user.unwrap_or_default(), &answer);
                self.update(|state| state.apply_write(answer, product));
            }
            // The guest has signed in since the request. The user's cart includes the guest's cart, so read the user's cart.
            Some(_) => self.load(),
            None => {}
        }
    }

    /// Changes the cart, and stores its unanswered edits and a guest's number of items. Returns `None` after the app was unmounted.
    pub(super) fn update<T>(self, change: impl FnOnce(&mut CartState) -> T) -> Option<T> {
        let (mut change, mut result) = (Some(change), None);
        self.update_and_store(&mut |state| result = change.take().map(|change| change(state)));
        result
    }

    fn update_and_store(self, change: &mut dyn FnMut(&mut CartState)) {
        if self.state.try_update(|state| change(Arc::make_mut(state))).is_some() {
            let state = self.state_untracked();
            store(&json::encode(&state.unanswered()));
            if self.is_guests() && state.answers() > 0 && self.current_user().is_none() {
                self.keep_guest_items(Some(state.count()));
            }
        }
    }
}

/// The HTML id of the input for a line's quantity.
pub fn quantity_id(product: &str) -> String {
    format!("quantity-{product}")
}
