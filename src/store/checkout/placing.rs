//! Places the order once, even if an answer is lost.
//!
//! The backend gives each checkout an idempotency key. All requests with one key place the same order, even after a reload or in another
//! tab. Without an answer, the page repeats the request, and the backend answers with the order if it exists. If the browser is offline,
//! the page sends nothing, and tells the shopper so.

use super::{
    address::FIELDS,
    checkout_state::CheckoutState,
    draft,
    placing_state::{OFFLINE, Placing, Progress},
};
use crate::{
    core::Route,
    data::{ApiError, NoticeKind, PageNotice, call_with},
    ui::{
        document,
        form::{self, FormError, TextField},
        set_timeout,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::FetchError;
use std::{sync::Arc, time::Duration};
use storefront_api::orders::{Checkout, OrderSummary, PlaceGuestOrder, PlaceOrder, ReviewedLine};
use storefront_api::{Cart, CartLine, endpoints, problems::ProblemCode};
use storefront_messages::t;

/// The pauses before the retries of a request.
const PAUSES: [Duration; 4] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// The request, which is the same for every retry.
struct OrderRequest {
    user: Option<String>,
    /// A guest's email.
    email: Option<String>,
    key: String,
    order: PlaceOrder,
    /// The checkout that the page showed when the user placed the order.
    seen: Checkout,
}

impl CheckoutState {
    /// Places an order for the lines that the page shows.
    pub(super) fn place(self) {
        let Placing { error, progress, mutations, .. } = self.placing;
        if self.placing.is_busy() {
            return;
        }
        error.set(None);
        self.is_refused.set(false);
        let form = self.typed();
        self.keep_draft();
        if !mutations.context.online().get_untracked() {
            let next = t!("You can place it when you're back online.");
            return form::show_error(error, FormError::Retryable(OFFLINE.get().to_owned(), next));
        }
        progress.set(Progress::Sending);
        let seen = self.checkout.get_untracked();
        let line = |it: &CartLine| ReviewedLine { product: it.product.clone(), quantity: it.quantity, unit_price: it.unit_price };
        let order = PlaceOrder {
            address: form.address,
            delivery: form.delivery,
            lines: seen.cart.lines.iter().map(line).collect(),
            total: untrack(|| self.total()),
        };
        let (user, email) = (mutations.current_user(), self.guest_email());
        self.send(Arc::new(OrderRequest { user, email, key: seen.key.clone(), order, seen }), 0);
    }

    /// Sends the order. The task belongs to the app, so that a shopper who leaves the page still learns the outcome of the order.
    fn send(self, request: Arc<OrderRequest>, tries: usize) {
        self.placing.mutations.scope.spawn(async move {
            let Placing { progress, mutations, .. } = self.placing;
            if mutations.current_user() != request.user {
                return self.signed_out();
            }
            let (key, order) = (request.key.clone(), request.order.clone());
            let answer = match request.email.clone() {
                None => call_with(endpoints::PLACE_ORDER, &[], &order).key(key).send(mutations.session).await,
                Some(email) => call_with(endpoints::PLACE_GUEST_ORDER, &[], &PlaceGuestOrder { email, order }).key(key).send(None).await,
            };
            match answer {
                Ok(order) => self.placed(&request, order),
                Err(error) if is_lost(&error, tries) && tries < PAUSES.len() => {
                    _ = progress.try_set(Progress::Checking);
                    set_timeout(move || self.send(request, tries + 1), PAUSES[tries]);
                }
                Err(ApiError::SignedOut) => self.signed_out(),
                Err(error) => self.failed(error, tries).await,
            }
        });
    }

    fn placed(self, request: &OrderRequest, order: OrderSummary) {
        let Placing { progress, mutations, cart, answers, open_order, .. } = self.placing;
        draft::forget();
        if mutations.current_user() != request.user {
            return;
        }
        let empty = Cart { currency: order.currency.clone(), lines: Vec::new(), total: 0, notice: None };
        answers.keep(Route::Checkout, Checkout { cart: empty.clone(), latest_order: Some(order.clone()), ..request.seen.clone() });
        cart.apply(request.user.clone(), empty, "");
        if progress.try_set(Progress::None).is_none() {
            open_order.run(order.id);
        } else {
            let text = t!("We've received your order {}.", order.number);
            let page = if request.email.is_some() { Route::GuestOrder } else { Route::Orders };
            mutations.notify(PageNotice { kind: NoticeKind::Success, text, page, link: None });
        }
    }

    /// Stops, because the session of the user who placed the order has ended. If nobody is signed in now, a notice says that the backend
    /// has not confirmed the order.
    fn signed_out(self) {
        let Placing { progress, mutations, .. } = self.placing;
        _ = progress.try_set(Progress::None);
        if mutations.current_user().is_none() {
            self.notify_failure(
                t!("You were signed out before we confirmed your order. Sign in and place it again. We won't place it twice.").to_owned(),
            );
        }
    }

    /// Shows a failure above the page that replaced this one.
    fn notify_failure(self, text: String) {
        self.placing.mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Checkout, link: None });
    }

    async fn failed(self, error: ApiError, tries: usize) {
        let Placing { progress, error: shown, .. } = self.placing;
        let is_cart_changed =
            error.is(ProblemCode::CheckoutChanged) || error.is(ProblemCode::CartEmpty) || error.is(ProblemCode::IdempotencyKeyReused);
        let text = if is_cart_changed {
            // If another tab has placed an order with the same key, the backend answers with `idempotency-key-reused`.
            t!("Your cart has changed since you opened this page, so we didn't place your order. Check the cart, then place the \
                order.")
            .to_owned()
        } else {
            error.to_string()
        };
        if is_cart_changed && progress.try_set(Progress::Sending).is_none() {
            self.read_again().await;
            if self.is_received() {
                // The answer to an earlier attempt was lost. The page without the form leads to the order.
                _ = progress.try_set(Progress::None);
                return document::focus_heading();
            }
        }
        if progress.try_set(Progress::None).is_some() {
            return self.notify_failure(t!("We couldn't place your order. {}", text));
        }
        let error = match error {
            // The notice at the order's lines says what has changed.
            _ if is_cart_changed && self.checkout.with_untracked(|checkout| checkout.cart.notice.is_some()) => {
                self.is_refused.set(true);
                // The notice is above the lines, and the button that the shopper has pressed is below them.
                return document::scroll_after_render(".offer[role=alert]");
            }
            _ if is_cart_changed => FormError::Form(text, ""),
            error if is_lost(&error, tries) => FormError::Retryable(
                t!("We don't know whether your order went through.").to_owned(),
                t!("Try again. We won't place it twice."),
            ),
            error => error.in_form(&[&FIELDS[..], &[TextField::EMAIL]].concat()),
        };
        form::show_error(shown, error);
    }
}

/// Whether the backend may have placed the order. With `Reconnecting`, the app has not sent this attempt, because it could not renew the
/// session.
fn is_lost(error: &ApiError, tries: usize) -> bool {
    match error {
        ApiError::NoAnswer(FetchError::Reconnecting) => tries > 0,
        ApiError::NoAnswer(_) | ApiError::Unreadable => true,
        error => error.is_server_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn what_was_never_sent_is_not_lost() {
        assert!(!is_lost(&ApiError::NoAnswer(FetchError::Reconnecting), 0));
        assert!(is_lost(&ApiError::NoAnswer(FetchError::Reconnecting), 1), "the backend may have received an earlier attempt");
        assert!(is_lost(&ApiError::NoAnswer(FetchError::Network), 0) && is_lost(&ApiError::Unreadable, 0));
        assert!(!is_lost(&ApiError::SignedOut, 3));
    }
}
