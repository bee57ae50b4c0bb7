//! The cart of whoever is signed in, shared by all pages of this tab and kept equal in the other tabs.
//!
//! Every answer of the backend holds the whole cart, so it is applied here whoever asked, and the cart page and the header follow.
//! The context never holds the cart of one user while another is signed in.

use super::{guest_cart, line::DesiredQuantity, other_tabs::OtherTabs, state::CartState};
use crate::{
    core::{
        app_context::{AppContext, use_app_context},
        route::Route,
    },
    data::{
        client::ApiError,
        mutation::{Applied, Mutation, Mutations, current_user, new_key, use_mutations},
    },
    store::api,
    ui::{document, erased_signal::ErasedSignal, erased_view::effect, format::money},
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, SessionState, SignOutReason, use_session};
use storefront_api::{AddToCart, App, Cart};

/// A handle to the cart: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct CartContext {
    state: ErasedSignal<CartState>,
    additions: ErasedSignal<Vec<(String, Addition)>>,
    guest_count: ErasedSignal<i64>,
    owner: StoredValue<Option<String>>,
    /// What waits for its owner to sign in again.
    kept: StoredValue<Kept>,
    other_tabs: OtherTabs,
    mutations: Mutations,
    session: Session,
    context: AppContext,
}

/// How far a product's last addition is.
#[derive(Clone, PartialEq, Eq)]
pub enum Addition {
    /// It waits or is in flight.
    Pending,
    /// The cart has it.
    Added,
    /// It was refused or did not get through.
    Failed(ApiError),
}

/// A change of the cart that was not made because the session had ended.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingEdit {
    /// The product's id.
    pub product: String,
    /// The quantity that the shopper wanted.
    pub desired: DesiredQuantity,
}

#[derive(Default)]
struct Kept {
    additions: Vec<(String, AddToCart, String)>,
    edit: Option<(String, PendingEdit)>,
}

/// The cart around the caller.
pub fn use_cart_context() -> CartContext {
    use_context().expect("provided by the shell")
}

impl CartContext {
    /// Provides an empty cart to everything below the caller.
    pub fn provide() {
        let (session, context) = (use_session(), use_app_context());
        let cart = Self {
            state: ErasedSignal::new(CartState::default()),
            additions: ErasedSignal::new(Vec::new()),
            guest_count: ErasedSignal::new(0),
            owner: StoredValue::new(None),
            kept: StoredValue::new(Kept::default()),
            other_tabs: OtherTabs::unconnected(),
            mutations: use_mutations(),
            session,
            context,
        };
        provide_context(cart);
        if context.app == App::Store {
            cart.other_tabs.listen(move |user, answer| {
                if cart.owner.try_get_value().flatten().as_ref() == Some(&user) {
                    cart.update(|state| state.apply(answer));
                }
            });
            effect(move || match session.state().get() {
                SessionState::SignedIn { user, .. } => cart.signed_in(user.id),
                SessionState::SignedOut(cause) => cart.signed_out(cause),
                SessionState::Loading => {}
            });
        }
    }

    /// Reads the cart. Tracked until the caller is cleaned up.
    pub fn with<T: Default>(self, read: impl FnOnce(&CartState) -> T) -> T {
        let (mut read, mut result) = (Some(read), T::default());
        self.with_erased(&mut |state| result = read.take().map(|read| read(state)).unwrap_or_default());
        result
    }

    /// One function for all readers: a copy for each closure would cost bytes.
    fn with_erased(self, read: &mut dyn FnMut(&CartState)) {
        self.state.with_until_cleanup(read);
    }

    fn peek<T: Default>(self, read: impl FnOnce(&CartState) -> T) -> T {
        untrack(|| self.with(read))
    }

    /// Does nothing once the app is gone.
    fn update<T: Default>(self, update: impl FnOnce(&mut CartState) -> T) -> T {
        let (mut update, mut result) = (Some(update), T::default());
        self.update_erased(&mut |state| result = update.take().map(|update| update(state)).unwrap_or_default());
        result
    }

    fn update_erased(self, update: &mut dyn FnMut(&mut CartState)) {
        _ = self.state.try_update(update);
    }

    /// How many items the header shows: those in the cart once that is known, or those that a visitor has chosen.
    pub fn count(self) -> i64 {
        self.with(CartState::count) + self.guest_count.get()
    }

    /// What the items cost together, for people.
    pub fn total(self) -> String {
        self.with(|state| money(state.total(), state.currency()))
    }

    /// How far the product's last addition is. Tracked until the caller is cleaned up.
    pub fn addition(self, product: &str) -> Option<Addition> {
        self.additions.with_until_cleanup(|all| all.iter().find(|(id, _)| id == product).map(|(_, addition)| addition.clone()))
    }

    /// Shows what a page has read, unless a write was answered after `answers`: that answer is newer.
    pub fn show(self, cart: Cart, answers: u32) {
        self.update(|state| {
            if state.answers() == answers {
                state.apply(cart);
            }
            state.forget_undo();
        });
    }

    /// Adds one of a product to the cart, or to what a visitor has chosen. Returns whether a sign-in has to come first.
    pub fn add_one(self, product: &str) -> bool {
        let wanted = AddToCart { product: product.to_owned(), quantity: 1 };
        if let Some(user) = current_user(self.session) {
            self.send_addition(user, wanted, new_key());
            return false;
        }
        let end = self.session.state().with_untracked(|view| match view {
            SessionState::SignedOut(cause) => *cause,
            SessionState::SignedIn { .. } | SessionState::Loading => None,
        });
        match (end, self.owner.get_value()) {
            // The session of this user has ended by itself, so the addition is theirs, and nobody else's.
            (Some(SignOutReason::Expired | SignOutReason::Replaced), Some(owner)) => {
                self.kept.update_value(|kept| kept.additions.push((owner, wanted, new_key())));
            }
            _ => {
                guest_cart::add(product);
                self.show_guest_count();
            }
        }
        true
    }

    /// Changes the quantity of a line.
    pub fn change(self, product: &str, desired: DesiredQuantity) {
        let is_new = self.update(|state| state.want(product, desired));
        if is_new {
            self.send_change(product.to_owned());
        }
    }

    /// Returns the change that was kept for `user`, once. A change of another user is dropped.
    pub fn take_edit(self, user: &str) -> Option<PendingEdit> {
        let kept = self.kept.try_update_value(|kept| kept.edit.take()).flatten();
        kept.filter(|(owner, _)| owner == user).map(|(_, edit)| edit)
    }

    fn signed_in(self, user: String) {
        if self.owner.get_value().as_ref() != Some(&user) {
            self.update(std::mem::take);
            self.additions.set(Vec::new());
        }
        self.owner.set_value(Some(user.clone()));
        self.guest_count.set(0);
        let kept = self.kept.try_update_value(|kept| std::mem::take(&mut kept.additions)).unwrap_or_default();
        for (owner, wanted, key) in kept {
            if owner == user {
                self.send_addition(owner, wanted, key);
            }
        }
        for wanted in guest_cart::read() {
            if self.addition(&wanted.product) != Some(Addition::Pending) {
                self.send_addition(user.clone(), wanted, new_key());
            }
        }
        // The cart page reads the cart itself, and where anything is added the answer holds the cart.
        let is_unknown = self.peek(CartState::answers) == 0 && self.additions.with_untracked(Vec::is_empty);
        if is_unknown && self.context.current_route() == Route::Products {
            leptos::task::spawn_local(async move {
                if let Ok(cart) = api::cart(self.session).await
                    && current_user(self.session) == Some(user)
                {
                    self.show(cart, 0);
                }
            });
        }
    }

    /// After a sign-out nothing is kept. A session that ended by itself leaves its unanswered changes to the same user.
    fn signed_out(self, cause: Option<SignOutReason>) {
        let pending = self.update(|state| std::mem::take(state).pending());
        self.additions.set(Vec::new());
        if matches!(cause, Some(SignOutReason::Expired | SignOutReason::Replaced)) {
            if let (Some(owner), Some((product, desired))) = (self.owner.get_value(), pending) {
                self.kept.update_value(|kept| kept.edit = Some((owner, PendingEdit { product, desired })));
            }
        } else {
            self.owner.set_value(None);
            self.kept.set_value(Kept::default());
        }
        self.show_guest_count();
    }

    fn show_guest_count(self) {
        self.guest_count.set(guest_cart::read().iter().map(|wanted| wanted.quantity).sum());
    }

    fn send_addition(self, owner: String, wanted: AddToCart, key: String) {
        self.set_addition(&wanted.product, Addition::Pending);
        let kept = (owner.clone(), wanted.clone(), key.clone());
        self.mutations.enqueue(Mutation {
            owner,
            page: Route::Products,
            failure: "A product was not added to your cart.".to_owned(),
            send: Box::new(move |session| {
                let (wanted, key) = (wanted.clone(), key.clone());
                Box::pin(async move {
                    let answer = api::add(session, &wanted, key).await?;
                    Ok(Box::new(move || self.added(&wanted.product, answer)) as Applied)
                })
            }),
            failed: Box::new(move |error| {
                guest_cart::remove(&kept.1.product);
                let is_owner = self.owner.try_get_value().flatten().as_ref() == Some(&kept.0);
                match error {
                    ApiError::SignedOut if is_owner => self.kept.update_value(|all| all.additions.push(kept)),
                    ApiError::SignedOut => {}
                    error => self.set_addition(&kept.1.product, Addition::Failed(error)),
                }
            }),
        });
    }

    fn added(self, product: &str, answer: Cart) {
        guest_cart::remove(product);
        self.set_addition(product, Addition::Added);
        self.apply(answer);
        let news = self.peek(|state| {
            let name = state.row(product).map_or(product, |row| &row.item.name);
            format!("Added {name}. {} in your cart.", items(state.count()))
        });
        self.context.announce(news);
    }

    fn set_addition(self, product: &str, addition: Addition) {
        _ = self.additions.try_update(|all| {
            all.retain(|(id, _)| id != product);
            all.push((product.to_owned(), addition));
        });
    }

    fn send_change(self, product: String) {
        let (Some(owner), Some(name)) = (current_user(self.session), self.name(&product)) else { return };
        let sent = product.clone();
        self.mutations.enqueue(Mutation {
            owner,
            page: Route::Cart,
            failure: format!("{name} could not be changed."),
            send: Box::new(move |session| {
                let desired = self.update_line(&sent, |line| line.start());
                let product = sent.clone();
                Box::pin(async move {
                    let answer = match desired.ok_or(ApiError::SignedOut)? {
                        DesiredQuantity::Quantity(quantity) => api::set_quantity(session, &product, quantity).await?,
                        DesiredQuantity::Removed => api::remove_line(session, &product).await?,
                    };
                    Ok(Box::new(move || self.changed(product, answer)) as Applied)
                })
            }),
            failed: Box::new(move |error| self.change_failed(product, error)),
        });
    }

    fn changed(self, product: String, answer: Cart) {
        let name = self.name(&product);
        let needs_another = self.update_line(&product, |line| line.answered(Ok(())));
        self.apply(answer);
        if needs_another == Some(true) {
            return self.send_change(product);
        }
        // Only the figures that hold are announced, not each step on the way.
        let news = self.peek(|state| {
            let is_removed = state.row(&product).is_none_or(|row| row.line.desired() == DesiredQuantity::Removed);
            let removed = if is_removed { format!("Removed {}. ", name.unwrap_or_default()) } else { String::new() };
            let total = money(state.total(), state.currency());
            (!state.is_pending()).then(|| format!("{removed}{}, total {total}", items(state.count())))
        });
        if let Some(news) = news {
            self.context.announce(news);
        }
    }

    fn change_failed(self, product: String, error: ApiError) {
        if error == ApiError::SignedOut {
            return; // `signed_out` sees that the line is pending
        }
        match self.update_line(&product, |line| line.answered(Err(error))) {
            Some(true) => self.send_change(product),
            _ => document::restore_focus_after_render(format!("#{}", quantity_id(&product))),
        }
    }

    fn apply(self, answer: Cart) {
        if let Some(owner) = self.owner.get_value() {
            self.other_tabs.tell(owner, &answer);
        }
        self.update(|state| state.apply(answer));
    }

    fn update_line<T>(self, product: &str, update: impl FnOnce(&mut super::line::Line) -> T) -> Option<T> {
        self.update(|state| state.line_mut(product).map(update))
    }

    fn name(self, product: &str) -> Option<String> {
        self.peek(|state| state.row(product).map(|row| row.item.name.clone()))
    }
}

/// The id of a line's input.
pub fn quantity_id(product: &str) -> String {
    format!("quantity-{product}")
}

/// "1 item", "2 items".
pub fn items(count: i64) -> String {
    format!("{count} item{}", if count == 1 { "" } else { "s" })
}
