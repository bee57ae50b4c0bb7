//! The Store's `/products/{id}`: one product with its picture, what can be chosen of it, its stock and when it comes.

use super::{
    api,
    cart::{AdditionProgress, use_cart_context},
    products::{Purchase, price, purchase},
    show_title, variants,
};
use crate::{
    core::{Route, use_app_context},
    data::{Query, first_answer, use_answers},
    ui::{ErasedMemo, ErasedSignal, components, dynamic, effect, none},
};
use leptos::prelude::*;
use storefront_api::Product;
use storefront_api::product_threads::{SHOWN_THREADS, ThreadSummary};
use storefront_messages::{ProductMessage, reply_count, t};

/// The page of the product that the address names.
pub fn page() -> AnyView {
    // The heading stays the same element, because it has the focus after a navigation.
    let name = ErasedSignal::new(Route::Product.title().to_owned());
    first_answer::take_over::<Product>(Route::Product);
    forget_other_product();
    let product = Query::new(Route::Product, |_| Box::pin(async { api::product(&id()).await }));
    let ready = move |shown: ErasedSignal<Product>| {
        effect(move || name.set(shown.read().name.clone()));
        ready(shown, product)
    };
    effect(move || show_title(name.get()));
    let heading = view! { <h1 tabindex="-1" dir="auto">{dynamic(move || name.get().into_any())}</h1> }.into_any();
    view! { <div class="page product-page">{heading}{product.view(loading, ready)}</div> }.into_any()
}

/// What was read for the page of another product is of use only if both are variants of one.
fn forget_other_product() {
    let (answers, id) = (use_answers(), id());
    let Some(known) = answers.known::<Product>(Route::Product).filter(|known| known.id != id) else { return };
    match known.variant(&id) {
        Some(product) => answers.keep(Route::Product, product),
        None => answers.forget(Route::Product),
    }
}

/// The address of a product's page.
pub fn href(id: &str) -> String {
    format!("{}/{id}", Route::Product.href())
}

fn id() -> String {
    id_of(&window().location().pathname().unwrap_or_default()).to_owned()
}

/// The product that the path of a product's page names.
pub(super) fn id_of(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn loading() -> AnyView {
    components::skeleton("card", 2)
}

/// The facts above and below the variants are rendered anew when another variant is shown. The links to the variants stay, with the focus.
fn ready(product: ErasedSignal<Product>, query: Query<Product>) -> AnyView {
    let (id, cart) = (ErasedMemo::new(move || product.read().id.clone()), use_cart_context());
    effect(move || {
        let is_stock_outdated =
            matches!(cart.addition(&id.get()), Some(AdditionProgress::Failed(error)) if error.code() == Some("out-of-stock"));
        if is_stock_outdated {
            query.reload();
        }
    });
    view! {
        {dynamic(move || components::picture(&id.get()))}
        <div class="product-facts">
            {dynamic(move || description(&product.read()))}
            {variants::choice(product, query)}
            {dynamic(move || offer(&product.read()))}
            <p class="quiet-text">{t!("Prices include tax.")}</p>
            <p><a href=Route::Products.href()>{t!("All products")}</a></p>
        </div>
        {dynamic(move || questions(&product.read()))}
    }
    .into_any()
}

fn description(product: &Product) -> AnyView {
    view! { <p class="lead" dir="auto">{product.description.clone()}</p>{price(product)} }.into_any()
}

fn offer(product: &Product) -> AnyView {
    let Purchase { action, note } = purchase(product);
    view! {
        {action}
        <div class="note">{note}</div>
        <p class="quiet-text">{ProductMessage::Stock { left: product.stock }.text()}" "{ProductMessage::Delivery.text()}</p>
    }
    .into_any()
}

/// What is asked about the product in the Forums, and the way to ask. There is nothing where the Store has no Forums.
fn questions(product: &Product) -> AnyView {
    let forums = &use_app_context().config.sibling_url;
    // Without Forums the address is the Store's own.
    if window().location().origin().is_ok_and(|own| own == *forums) {
        return none();
    }
    let (id, name) = product.of_family();
    let about = [forums, "/?product=", id].concat();
    let newest = match product.threads.as_deref() {
        // They could not be read. The way to ask is there all the same.
        None => none(),
        Some([]) => view! { <p class="quiet-text">{t!("No questions yet")}</p> }.into_any(),
        Some(newest) => {
            let items = newest.iter().take(SHOWN_THREADS).map(|it| thread(forums, it)).collect::<Vec<_>>();
            view! { <ul>{items}</ul> }.into_any()
        }
    };
    let all = product.threads.as_ref().filter(|it| it.len() > SHOWN_THREADS).map(|_| {
        let text = components::named(t!("All questions about {}"), name.to_owned());
        view! { <p><a href=about.clone()>{text}</a></p> }.into_any()
    });
    view! {
        <section class="questions">
            <h2>{t!("Questions and answers")}</h2>
            {newest}
            {all}
            <p><a class="button quiet" href=about>{t!("Ask an owner")}</a></p>
        </section>
    }
    .into_any()
}

fn thread(forums: &str, thread: &ThreadSummary) -> AnyView {
    let title = match &*thread.title {
        "" => t!("Question without a title").to_owned(),
        title => title.to_owned(),
    };
    view! {
        <li>
            <a href=[forums, "/posts/", &thread.id].concat() dir="auto">{title}</a>
            <p class="quiet-text">{reply_count(thread.replies)}" · "{components::time(&thread.created_at)}</p>
        </li>
    }
    .into_any()
}
