//! The Store's `/`: the products. Everybody may look; adding to the cart needs a sign-in.

use crate::{
    core::{
        app_context::{AppContext, use_app_context},
        route::Route,
    },
    data::{client::ApiError, mutation::Mutation, query::Query},
    store::{
        api,
        cart::{CartContext, row::items, use_cart_context},
    },
    ui::{
        components, document,
        erased_view::{click, disabled, dynamic, none},
        format::money,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::{Session, SessionState, login_path, use_session};
use leptos_router::hooks::use_navigate;
use storefront_api::{Cart, MAX_QUANTITY, Product};

/// From here on the stock is worth mentioning.
const FEW: i64 = 5;

/// The page.
pub fn page() -> AnyView {
    let products = Query::new(|_| Box::pin(api::products()));
    view! {
        <div class="page">
            {document::heading(Route::Products.title())}
            <p class="lead">"Good things for the kitchen, the desk and the road. Made to be kept."</p>
            {products.view(|| components::skeleton("products", 6), ready)}
        </div>
    }
    .into_any()
}

fn ready(products: Vec<Product>) -> AnyView {
    if products.is_empty() {
        return components::empty_state("mark", "Nothing to sell today", "New things are on their way. Come back soon.", ().into_any());
    }
    let signed_in = matches!(use_session().state().get_untracked(), SessionState::SignedIn { .. });
    let mut wanted = signed_in.then(|| use_cart_context().take_add()).flatten();
    let cards = products
        .into_iter()
        .map(|product| {
            let at_once = wanted.take_if(|wanted| *wanted == product.id).is_some();
            card(product, at_once)
        })
        .collect::<Vec<_>>();
    view! { <ul class="products">{cards}</ul> }.into_any()
}

/// A product. `at_once`: somebody wanted it before they had to sign in.
fn card(product: Product, at_once: bool) -> AnyView {
    let (session, context, cart) = (use_session(), use_app_context(), use_cart_context());
    let navigate = use_navigate();
    let mutation = Mutation::default();
    let added = RwSignal::new(false);
    let name = product.name.clone();
    let picture = components::picture(&product.id);
    let price = money(product.price, &product.currency);
    let stock = product.stock;
    let wanted = StoredValue::new(product);

    let sign_in = StoredValue::new_local(move || {
        cart.keep_add(wanted.with_value(|product| product.id.clone()));
        navigate(&login_path(Route::Login.href(), Route::Products.href()), leptos_router::NavigateOptions::default());
    });
    let add = move || {
        if matches!(session.state().get_untracked(), SessionState::SignedOut(_)) {
            return sign_in.with_value(|sign_in| sign_in());
        }
        added.set(false);
        mutation.send(
            add_one(session, context, cart, wanted.get_value()),
            move |()| _ = added.try_set(true),
            move |error| {
                if *error == ApiError::SignedOut {
                    _ = sign_in.try_with_value(|sign_in| sign_in());
                }
            },
        );
    };
    if at_once {
        add();
    }

    let button_name = name.clone();
    let action = match stock > 0 {
        true => view! {
            <button
                type="button"
                class="primary"
                aria-label=format!("Add {button_name} to cart")
                aria-disabled=disabled(move || mutation.busy())
                on:click=click(add)
            >
                {move || if mutation.busy() { "Adding…" } else { "Add to cart" }}
            </button>
        }
        .into_any(),
        false => view! { <p class="sold-out">"Sold out"</p> }.into_any(),
    };
    let note = dynamic(move || match (mutation.failure(), added.get()) {
        (Some(ApiError::SignedOut), _) | (None, false) => none(),
        (Some(error), _) => view! { <p class="card-error" role="alert">{error.to_string()}</p> }.into_any(),
        (None, true) => {
            view! { <p class="card-added">{components::icon("tick")}"Added. "<a href=Route::Cart.href()>"See your cart"</a></p> }.into_any()
        }
    });
    view! {
        <li class="product" class:is-sold-out=stock <= 0>
            {picture}
            <h2>{name}</h2>
            <p class="about">{wanted.with_value(|product| product.description.clone())}</p>
            <p class="price">
                <strong>{price}</strong>
                {(1..=FEW).contains(&stock).then(|| view! { <span class="few">{format!("Only {stock} left")}</span> }.into_any())}
            </p>
            {action}
            {note}
        </li>
    }
    .into_any()
}

/// Adds one more to what is in the cart. The backend takes the new quantity, not a difference, so that a repeated request
/// adds nothing.
async fn add_one(session: Session, context: AppContext, cart_context: CartContext, product: Product) -> Result<(), ApiError> {
    let mut cart = api::cart(session).await?;
    let line = cart.lines.iter_mut().find(|line| line.product == product.id);
    let quantity = line.as_ref().map_or(1, |line| line.quantity + 1);
    if quantity > MAX_QUANTITY {
        context.announce(format!("Your cart holds {MAX_QUANTITY} of {} already.", product.name));
        return Ok(());
    }
    api::set_quantity(session, &product.id, quantity).await?;
    let count = count(&cart) + 1;
    cart_context.count.set(Some(count));
    context.announce(format!("Added {}. {} in your cart.", product.name, items(count)));
    Ok(())
}

fn count(cart: &Cart) -> i64 {
    cart.lines.iter().map(|line| line.quantity).sum()
}
