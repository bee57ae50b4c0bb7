//! The state of placing an order: whether a request is in flight, and the error of the last one.

use super::order;
use crate::{
    core::Route,
    data::{Answers, Mutations, use_answers},
    store::cart::{CartContext, use_cart_context},
    ui::{
        document,
        form::{FormError, FormErrorSignal},
    },
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use storefront_messages::{Text, t};

/// The error if the browser is offline.
pub(super) const OFFLINE: Text = Text::new("You're offline, so we didn't place your order.");

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
    pub(super) answers: Answers,
    /// Opens the page of the order with this id in place of the checkout, so that the back button leads to the cart.
    pub(super) open_order: Callback<String>,
}

impl Placing {
    /// The state before the first request.
    pub(super) fn new(mutations: Mutations) -> Self {
        let navigate = use_navigate();
        Self {
            error: FormErrorSignal::new(None),
            progress: RwSignal::new(Progress::None),
            mutations,
            cart: use_cart_context(),
            answers: use_answers(),
            open_order: Callback::new(move |id: String| {
                let path = if mutations.current_user().is_some() { order::href(&id) } else { Route::GuestOrder.href().to_owned() };
                navigate(&path, NavigateOptions { replace: true, ..Default::default() })
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
