//! Places the order once, even if an answer is lost.
//!
//! The backend gives each checkout a key. All requests with one key place the same order, even after a reload or in another tab. Without an
//! answer, the page repeats the request, and the backend answers with the order if it exists. If the browser is offline, the page sends
//! nothing and says so.

use super::{CheckoutState, address::FIELDS, draft, order};
use crate::{
    core::Route,
    data::{Answers, ApiError, Mutations, NoticeKind, PageNotice, use_answers},
    store::{
        api,
        cart::{CartContext, use_cart_context},
    },
    ui::{
        document,
        form::{self, FormError, FormErrorSignal},
        spawn_unless_another_user,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::FetchError;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::{sync::Arc, time::Duration};
use storefront_api::orders::{Checkout, OrderSummary, PlaceOrder, ReviewedLine};
use storefront_api::{Cart, CartLine};
use storefront_messages::{Text, t};

/// The pauses before the retries of a request.
const PAUSES: [Duration; 4] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

const OFFLINE: Text = Text::new("You're offline, so we didn't place your order.");

/// The state of placing the order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing was sent, or the answer has arrived.
    None,
    /// The request is in flight.
    Sending,
    /// An answer was lost, and the page retries the request.
    Checking,
}

impl Progress {
    /// The label of the button.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::None => t!("Place order"),
            Self::Sending => t!("Placing your order…"),
            Self::Checking => t!("Checking…"),
        }
    }

    /// The text below the button.
    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Sending => t!("Placing your order…"),
            Self::Checking => {
                t!("We didn't get a response, so we're checking whether we have your order. We won't place it twice.")
            }
        }
    }
}

/// A handle to the state of placing an order: it is `Copy`.
#[derive(Clone, Copy)]
pub(super) struct Placing {
    pub(super) error: FormErrorSignal,
    pub(super) progress: RwSignal<Progress>,
    pub(super) mutations: Mutations,
    pub(super) cart: CartContext,
    answers: Answers,
    /// Opens the page of the order with this id in place of the checkout, so that the back button leads to the cart.
    open_order: Callback<String>,
}

/// The request, which is the same for every retry.
struct Attempt {
    user: Option<String>,
    key: String,
    order: PlaceOrder,
    /// The checkout that the page showed when the user placed the order.
    seen: Checkout,
}

impl Placing {
    /// The state before the first request.
    pub(super) fn new(mutations: Mutations) -> Self {
        let navigate = use_navigate();
        Self {
            error: RwSignal::new(None),
            progress: RwSignal::new(Progress::None),
            mutations,
            cart: use_cart_context(),
            answers: use_answers(),
            open_order: Callback::new(move |id: String| {
                navigate(&order::href(&id), NavigateOptions { replace: true, ..Default::default() })
            }),
        }
    }

    /// Removes the message about an offline browser as soon as the browser is online.
    pub(super) fn follow_connection(self) {
        let online = self.mutations.context.online();
        Effect::new(move |_| {
            let is_over = |error: &FormError| matches!(error, FormError::Retryable(what, _) if what == OFFLINE.get());
            if online.get() && self.error.with_untracked(|error| error.as_ref().is_some_and(is_over)) {
                self.error.set(None);
                document::restore_focus_after_render(".checkout [type=submit]".to_owned()); // the message had the focus
            }
        });
    }

    /// Whether an order is being placed. Not tracked.
    pub(super) fn is_busy(self) -> bool {
        self.progress.get_untracked() != Progress::None
    }
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
        self.draft.keep(form.clone());
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
        self.send(Arc::new(Attempt { user: mutations.current_user(), key: seen.key.clone(), order, seen }), 0);
    }

    /// Sends the order. The task outlives the page, so that a shopper who leaves the page still learns the outcome of the order.
    fn send(self, attempt: Arc<Attempt>, tries: usize) {
        spawn_unless_another_user(self.placing.mutations.session, async move {
            let Placing { progress, mutations, .. } = self.placing;
            if mutations.current_user() != attempt.user {
                return self.signed_out();
            }
            match api::place_order(mutations.session, &attempt.order, attempt.key.clone()).await {
                Ok(order) => self.placed(&attempt, order),
                Err(error) if is_lost(&error, tries) && tries < PAUSES.len() => {
                    _ = progress.try_set(Progress::Checking);
                    set_timeout(move || self.send(attempt, tries + 1), PAUSES[tries]);
                }
                Err(ApiError::SignedOut) => self.signed_out(),
                Err(error) => self.failed(error, tries).await,
            }
        });
    }

    fn placed(self, attempt: &Attempt, order: OrderSummary) {
        let Placing { progress, mutations, cart, answers, open_order, .. } = self.placing;
        draft::forget();
        if mutations.current_user() != attempt.user {
            return;
        }
        let empty = Cart { currency: order.currency.clone(), lines: Vec::new(), total: 0, notice: None };
        answers.keep(Route::Checkout, Checkout { cart: empty.clone(), latest_order: Some(order.clone()), ..attempt.seen.clone() });
        cart.apply(attempt.user.clone(), empty);
        if progress.try_set(Progress::None).is_none() {
            open_order.run(order.id);
        } else {
            let text = t!("We've received your order {}.", order.number);
            mutations.notify(PageNotice { kind: NoticeKind::Success, text, page: Route::Orders, link: None });
        }
    }

    /// Stops after a sign-out, when the sign-in form replaces the page. A notice says that the backend has not confirmed the order.
    fn signed_out(self) {
        let Placing { progress, mutations, .. } = self.placing;
        _ = progress.try_set(Progress::None);
        if mutations.current_user().is_none() {
            self.tell_elsewhere(
                t!("You were signed out before we confirmed your order. Sign in and place it again. We won't place it twice.").to_owned(),
            );
        }
    }

    /// Shows a failure above the page that replaced this one.
    fn tell_elsewhere(self, text: String) {
        self.placing.mutations.notify(PageNotice { kind: NoticeKind::Failure, text, page: Route::Checkout, link: None });
    }

    async fn failed(self, error: ApiError, tries: usize) {
        let Placing { progress, error: shown, .. } = self.placing;
        let is_unseen = matches!(error.code(), Some("checkout-changed" | "cart-empty" | "idempotency-key-reused"));
        let text = if is_unseen {
            // If another tab has placed an order with the same key, the backend answers with `idempotency-key-reused`.
            t!("Your cart has changed since you opened this page, so we didn't place your order. Check the cart, then place the \
                order.")
            .to_owned()
        } else {
            error.to_string()
        };
        if is_unseen && progress.try_set(Progress::Sending).is_none() {
            self.read_again().await;
        }
        if progress.try_set(Progress::None).is_some() {
            return self.tell_elsewhere(t!("We couldn't place your order. {}", text));
        }
        let error = match error {
            // The notice at the order's lines says what has changed.
            _ if is_unseen && self.checkout.with_untracked(|checkout| checkout.cart.notice.is_some()) => return self.is_refused.set(true),
            _ if is_unseen => FormError::Form(text, ""),
            error if is_lost(&error, tries) => FormError::Retryable(
                t!("We don't know whether your order went through.").to_owned(),
                t!("Try again. We won't place it twice."),
            ),
            error => error.in_form(&FIELDS),
        };
        form::show_error(shown, error);
    }
}

/// Whether the backend may have placed the order. `Reconnecting` means that this attempt was not sent, because the session could not be
/// renewed.
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
        assert!(is_lost(&ApiError::NoAnswer(FetchError::Reconnecting), 1), "an earlier try may have got through");
        assert!(is_lost(&ApiError::NoAnswer(FetchError::Network), 0) && is_lost(&ApiError::Unreadable, 0));
        assert!(!is_lost(&ApiError::SignedOut, 3));
    }
}
