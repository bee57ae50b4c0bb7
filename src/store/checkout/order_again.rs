//! The button "Order again", which puts the products of an order into the cart.

use super::order;
use crate::{
    core::Route,
    data::{ApiError, Mutation, Mutations, PageLink, Write, use_mutations},
    store::{
        api,
        cart::{CartContext, use_cart_context},
    },
    ui::components::InlineFailure,
};
use leptos::prelude::*;
use leptos_fusionauth::Session;
use storefront_api::orders::Repetition;
use storefront_messages::t;

/// The state of the request.
#[derive(Clone, PartialEq, Eq)]
enum Progress {
    None,
    Sending,
    /// The backend's text about the cart.
    Done(String),
    Failed(ApiError),
}

/// The button and, below it, the result. After the end of the session the guard shows the sign-in form, and the button is there again after
/// the sign-in.
#[component]
pub(super) fn OrderAgain(
    /// The order's id.
    id: String,
    /// The order's number.
    number: String,
    /// The button's name, if the page has other orders.
    #[prop(optional)]
    label: Option<String>,
) -> impl IntoView {
    let (cart, mutations, progress) = (use_cart_context(), use_mutations(), RwSignal::new(Progress::None));
    let busy = move || progress.get() == Progress::Sending;
    let title = t!("Order {}", number);
    let repeat = move |_| {
        if progress.get_untracked() == Progress::Sending {
            return;
        }
        progress.set(Progress::Sending);
        let (user, id) = (mutations.current_user(), id.clone());
        mutations.enqueue(Mutation {
            page: Route::Orders,
            also_at: Some(PageLink { path: order::href(&id), title: title.clone() }),
            failure: t!("We couldn't put this order into your cart.").to_owned(),
            write: RepeatOrder { id, user, cart, mutations, progress },
        });
    };
    let result = move || match progress.get() {
        Progress::Done(text) => {
            Some(view! { <p class="reason">{text}" "<a href=Route::Cart.href()>{t!("See your cart")}</a></p> }.into_any())
        }
        Progress::Failed(error) => Some(view! { <InlineFailure text=error.to_string()/> }.into_any()),
        Progress::None | Progress::Sending => None,
    };
    view! {
        <div class="order-again">
            <button
                type="button"
                class="quiet"
                aria-label=label
                aria-disabled=move || busy().then_some("true")
                on:click=repeat
            >
                {t!("Order again")}
            </button>
            {move || result()}
        </div>
    }
}

struct RepeatOrder {
    id: String,
    user: Option<String>,
    cart: CartContext,
    mutations: Mutations,
    progress: RwSignal<Progress>,
}

impl Write for RepeatOrder {
    type Answer = Repetition;

    async fn send(&mut self, session: Session) -> Result<Repetition, ApiError> {
        api::repeat_order(session, &self.id).await
    }

    fn apply(self, answer: Repetition) {
        self.cart.apply(self.user, answer.cart);
        self.mutations.context.announce(answer.message.clone());
        _ = self.progress.try_set(Progress::Done(answer.message));
    }

    fn failed(self, error: ApiError) {
        _ = self.progress.try_set(Progress::Failed(error));
    }
}
