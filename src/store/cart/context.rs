//! The cart of the signed-in user or of a guest. All pages of this tab share it, and it applies the answers that other tabs receive.
//!
//! Every answer of the backend contains the whole cart. The context applies the answers for all callers, and the cart page and the header
//! show the result. The context never holds the cart of one user while another is signed in. The backend merges a guest's cart into the
//! user's when it receives the first request after the sign-in.

use super::{
    additions::Addition,
    first_edits, guest_cart,
    line::{Line, LineQuantity},
    other_tabs::OtherTabs,
    state::{Answered, CartState},
};
use crate::{
    core::Route,
    data::{ApiError, Mutation, Mutations, Write, ended_without_request, use_mutations},
    store::api::{self, CartOwner},
    ui::{document::restore_focus_after_render, format::money, read_until_cleanup, spawn_for_user},
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, SessionState, SignOutReason};
use leptos_router::hooks::use_location;
use std::sync::Arc;
use storefront_api::{App, Cart, problems::ProblemCode};
use storefront_messages::{item_count, t};

/// A request counts as late if the app sends it more than this many milliseconds after the shopper's change, because the shopper may have
/// used another device since. `early_cart.js` has the same number.
const LATE_MS: f64 = 5_000.0;

/// A handle to the cart: it is `Copy`.
#[derive(Clone, Copy)]
pub struct CartContext {
    pub(super) state: RwSignal<Arc<CartState>>,
    /// The additions since the sign-in, in the order of their last change.
    pub(super) additions: RwSignal<Arc<Vec<Addition>>>,
    /// The number of items in the guest's cart, if there is one.
    pub(super) guest_items: RwSignal<Option<i64>>,
    /// The id of the cart's user. `None`: the cart is a guest's.
    owner: StoredValue<Option<String>>,
    pub(super) kept: StoredValue<UnsentWrites>,
    /// Whether the cart of this user was requested.
    is_asked_for: StoredValue<bool>,
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
    /// The user with this id, after the session has expired.
    Ended(String),
}

/// Additions that are not sent yet. An addition with a user's id waits until that user signs in again, because the session has expired. An
/// addition without an id waits until the app knows whether a user is signed in.
#[derive(Default)]
pub(super) struct UnsentWrites {
    /// The user's id, and the function that sends one addition.
    pub(super) additions: Vec<(Option<String>, SendAddition)>,
}

type SendAddition = Box<dyn FnOnce() + Send + Sync>;

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
            additions: RwSignal::default(),
            guest_items: RwSignal::new(None),
            owner: StoredValue::new(None),
            kept: StoredValue::new(UnsentWrites::default()),
            is_asked_for: StoredValue::new(false),
            other_tabs: OtherTabs::unconnected(),
            mutations,
        };
        provide_context(cart);
        if mutations.context.app == App::Store {
            cart.guest_items.set(guest_cart::items());
            cart.other_tabs.listen(move |user, answer| {
                if cart.owner().unwrap_or_default() == user {
                    cart.change_state(|state| state.apply(answer, Answered::Read));
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
                let is_missing = now.0 && !was_online && cart.is_asked_for.get_value() && cart.state_untracked().answers() == 0;
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
        self.change_state(|state| {
            if state.answers() == answers {
                state.apply(cart, Answered::Read);
            }
            state.forget_undo();
        });
    }

    /// Changes the quantity of a line. `made_at` is the time of the shopper's change, in milliseconds since 1970.
    pub fn change(self, product: &str, desired: LineQuantity, made_at: f64) {
        let must_send = self.state.try_update(|state| Arc::make_mut(state).set_desired(product, desired));
        self.keep_change(product);
        if must_send == Some(true) {
            self.send_change(product.to_owned(), made_at);
        }
    }

    /// Stores the change of a line while it is unanswered.
    fn keep_change(self, product: &str) {
        first_edits::keep(product, || {
            let state = self.state_untracked();
            let row = state.row(product).filter(|row| row.line.is_pending())?;
            Some(row.waiting_change(&self.owner().unwrap_or_default()))
        });
    }

    pub(super) fn owner(self) -> Option<String> {
        self.owner.try_get_value().flatten()
    }

    pub(super) fn current_user(self) -> Option<String> {
        self.mutations.current_user()
    }

    pub(super) fn shopper_in(self, state: &SessionState) -> Shopper {
        match (state, self.owner()) {
            (SessionState::Loading, _) => Shopper::Unknown,
            (SessionState::SignedIn { .. }, _) => Shopper::User,
            (SessionState::SignedOut(cause), Some(owner)) if ended_without_request(*cause) => Shopper::Ended(owner),
            (SessionState::SignedOut(_), _) => Shopper::Visitor,
        }
    }

    fn signed_in(self, user: String) {
        let before = self.owner();
        if before.as_ref() != Some(&user) {
            self.state.set(Arc::default());
            self.additions.set(Arc::default());
            self.is_asked_for.set_value(false);
        }
        self.owner.set_value(Some(user.clone()));
        let kept = self.kept.try_update_value(|kept| std::mem::take(&mut kept.additions));
        for (_, send) in kept.unwrap_or_default().into_iter().filter(|(owner, _)| owner.as_ref().is_none_or(|owner| *owner == user)) {
            send();
            self.is_asked_for.set_value(true); // the answer will contain the cart
        }
        let was_visitor = self.guest_items.get_untracked().is_some();
        self.keep_guest_items(None);
        if was_visitor {
            self.load();
        }
    }

    /// Reads the cart once for the number in the header, unless the page itself reads it. The pages that sign a user in do without the
    /// number, because another page follows them.
    fn count_for_header(self, route: Route) {
        let is_read_by_page = matches!(route, Route::Cart | Route::Login | Route::Register | Route::ChangePassword);
        if !is_read_by_page && self.state_untracked().answers() == 0 && !self.is_asked_for.get_value() {
            self.load();
        }
    }

    /// Reads again what the header shows: the cart, or a guest's number of items, which another page of this tab may have stored. The
    /// cart's own page reads the cart itself.
    fn read_again(self, route: Route) {
        match (self.current_user(), self.owner()) {
            (None, Some(_)) => {} // the session has expired
            (None, None) if self.state_untracked().answers() == 0 => self.guest_items.set(guest_cart::items()),
            _ if route == Route::Cart => {}
            _ => self.load(),
        }
    }

    /// Reads the cart. Drops the answer if another answer was applied while this one was in flight.
    pub(super) fn load(self) {
        let answers = self.state_untracked().answers();
        self.is_asked_for.set_value(true);
        spawn_for_user(self.mutations.session, async move {
            if let Ok(cart) = api::cart(self.api_owner()).await
                && self.state_untracked().answers() == answers
            {
                self.change_state(|state| state.apply(cart, Answered::Read));
            }
        });
    }

    /// Empties the shown cart. If the session has expired, the unanswered edits wait until the same user signs in (module `waiting`). If
    /// the user has signed out, the edits are dropped.
    fn signed_out(self, cause: Option<SignOutReason>) {
        let owner = self.owner();
        if owner.is_some() {
            self.state.set(Arc::default());
            self.is_asked_for.set_value(false);
            if !ended_without_request(cause) {
                self.additions.set(Arc::default());
                self.owner.set_value(None);
                self.kept.set_value(UnsentWrites::default());
                first_edits::forget();
            }
        }
        if self.owner().is_none() {
            let kept = self.kept.try_update_value(|kept| std::mem::take(&mut kept.additions));
            kept.unwrap_or_default().into_iter().for_each(|(_, send)| send());
        }
    }

    pub(super) fn keep_guest_items(self, items: Option<i64>) {
        guest_cart::keep(items);
        self.guest_items.set(items);
    }

    fn send_change(self, product: String, made_at: f64) {
        let Some(name) = self.name(&product) else { return };
        self.mutations.enqueue_for_shopper(Mutation {
            page: Route::Cart,
            also_at: None,
            failure: t!("We couldn't update {}.", name),
            write: SendChange { cart: self, user: self.current_user(), owner: self.api_owner(), product, made_at, seen: None },
        });
    }

    fn changed(self, product: String, user: Option<String>, answer: Cart) {
        let name = self.name(&product);
        let needs_another = self.update_line(&product, |line| line.on_response(Ok(())));
        self.apply(user, answer);
        self.keep_change(&product);
        if needs_another == Some(true) {
            return self.send_change(product, js_sys::Date::now());
        }
        // Announce only the final figures, not each intermediate step.
        let state = self.state_untracked();
        if !state.is_pending() {
            let is_removed = state.row(&product).is_none_or(|row| row.line.desired() == LineQuantity::Removed);
            let removed = if is_removed { t!("Removed {}.", name.unwrap_or_default()) + " " } else { String::new() };
            self.mutations.context.announce(removed + &items_and_total(&state));
        }
    }

    fn change_failed(self, product: String, error: ApiError) {
        if error == ApiError::SignedOut {
            return; // the line stays pending, so its change stays stored for the same user
        }
        if is_line_changed(&error) {
            self.state.update(|state| Arc::make_mut(state).keep_if_removed(&product));
        }
        // Read the cart: another device may have changed the line, or this change may have taken effect although its answer was lost.
        if error.is_retryable() {
            self.load();
        }
        let needs_another = self.update_line(&product, |line| line.on_response(Err(error)));
        self.keep_change(&product);
        match needs_another {
            Some(true) => self.send_change(product, js_sys::Date::now()),
            _ => restore_focus_after_render(format!("#{}", quantity_id(&product))),
        }
    }

    /// Applies an answer about the cart of `user`. `None`: the cart is a guest's.
    pub fn apply(self, user: Option<String>, answer: Cart) {
        match self.current_user() {
            now if now == user => {
                self.other_tabs.send(user.unwrap_or_default(), &answer);
                self.change_state(|state| state.apply(answer, Answered::Write));
            }
            // The guest has signed in since the request. The user's cart includes the guest's cart, so read the user's cart.
            Some(_) => self.load(),
            None => {}
        }
    }

    fn change_state(self, change: impl FnOnce(&mut CartState)) {
        self.state.update(|state| change(Arc::make_mut(state)));
        if self.owner().is_none() && self.current_user().is_none() {
            self.keep_guest_items(Some(self.state_untracked().count()));
        }
    }

    pub(super) fn update_line<T>(self, product: &str, update: impl FnOnce(&mut Line) -> T) -> Option<T> {
        self.state.try_update(|state| Arc::make_mut(state).line_mut(product).map(update)).flatten()
    }

    fn name(self, product: &str) -> Option<String> {
        self.state_untracked().row(product).map(|row| row.item.name.clone())
    }
}

/// The request that changes a line.
struct SendChange {
    cart: CartContext,
    user: Option<String>,
    owner: CartOwner,
    product: String,
    made_at: f64,
    /// The version of the line that the shopper had seen at the first attempt.
    seen: Option<i64>,
}

impl Write for SendChange {
    type Answer = Cart;

    async fn send(&mut self, _: Session) -> Result<Cart, ApiError> {
        let desired = self.cart.update_line(&self.product, |line| line.start_request().count());
        // A late change, or one that is retried, must not undo a newer change that the shopper made on another device. So its request
        // contains the version.
        let is_late = self.seen.is_some() || js_sys::Date::now() - self.made_at > LATE_MS;
        self.seen = self.seen.or_else(|| self.cart.state_untracked().row(&self.product).map(|row| row.version));
        let desired = desired.ok_or(ApiError::SignedOut)?;
        api::change_line(self.owner, &self.product, desired, self.seen.filter(|_| is_late)).await
    }

    fn apply(self, answer: Cart) {
        self.cart.changed(self.product, self.user, answer);
    }

    fn failed(self, error: ApiError) {
        self.cart.change_failed(self.product, error);
    }
}

/// The HTML id of the input for a line's quantity.
pub fn quantity_id(product: &str) -> String {
    format!("quantity-{product}")
}

/// The announcement after a change of a cart: the number of items, and the total.
pub(super) fn items_and_total(state: &CartState) -> String {
    t!("{}, total {}", item_count(state.count()), money(state.total(), state.currency()))
}

/// Whether the backend rejected a change because the line has another version than the version that the shopper had seen.
pub(super) fn is_line_changed(error: &ApiError) -> bool {
    error.is(ProblemCode::LineChanged)
}
