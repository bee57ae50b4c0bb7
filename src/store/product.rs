//! The Store's `/products/{id}`: one product with its picture, its stock and when it comes.

use super::{
    api,
    products::{Purchase, price, purchase},
    show_title,
};
use crate::{
    core::{Route, use_app_context},
    data::{Query, first_answer},
    ui::{ErasedSignal, components, dynamic, effect, format::replies, none},
};
use leptos::prelude::*;
use storefront_api::Product;
use storefront_api::product_threads::ThreadSummary;
use storefront_messages::{ProductMessage, t};

/// The page of the product that the address names.
pub fn page() -> AnyView {
    let id = id();
    // The heading stays the same element, because it has the focus after a navigation.
    let name = ErasedSignal::new(Route::Product.title().to_owned());
    first_answer::take_over::<Product>(Route::Product);
    let product = Query::new(Route::Product, |_| Box::pin(async { api::product(&self::id()).await }));
    let ready = move |product: ErasedSignal<Product>| {
        let id = id.clone();
        // What was read for the page before may be another product, until this one's answer is there.
        dynamic(move || match product.get() {
            product if product.id == id => {
                name.set(product.name.clone());
                ready(product)
            }
            _ => loading(),
        })
    };
    effect(move || show_title(name.get()));
    let heading = view! { <h1 tabindex="-1" dir="auto">{move || name.get()}</h1> }.into_any();
    view! { <div class="page product-page">{heading}{product.view(loading, ready)}</div> }.into_any()
}

/// The address of a product's page.
pub fn href(id: &str) -> String {
    format!("{}/{id}", Route::Product.href())
}

fn id() -> String {
    let path = window().location().pathname().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

fn loading() -> AnyView {
    components::skeleton("card", 2)
}

fn ready(product: Product) -> AnyView {
    let (Purchase { action, note }, price, questions) = (purchase(&product), price(&product), questions(&product));
    let Product { id, description, stock, .. } = product;
    view! {
        {components::picture(&id)}
        <div class="product-facts">
            <p class="lead" dir="auto">{description}</p>
            {price}
            {action}
            <div class="note">{note}</div>
            <p class="quiet-text">{ProductMessage::Stock { left: stock }.text()}" "{ProductMessage::Delivery.text()}</p>
            <p class="quiet-text">{t!("Prices include tax.")}</p>
            <p><a href=Route::Products.href()>{t!("All products")}</a></p>
        </div>
        {questions}
    }
    .into_any()
}

/// What is asked about the product in the Forums, and the way to ask. There is nothing where the Store has no Forums.
fn questions(product: &Product) -> AnyView {
    let Some(threads) = &product.threads else { return none() };
    let forums = &use_app_context().config.sibling_url;
    let about = [forums, "/?product=", &product.id].concat();
    let newest = match threads.newest.as_deref() {
        None => quiet(t!("The questions could not be loaded.")),
        Some([]) => quiet(t!("No questions yet")),
        Some(newest) => {
            let items = newest.iter().map(|it| thread(forums, it)).collect::<Vec<_>>();
            view! { <ul>{items}</ul> }.into_any()
        }
    };
    let all = threads.more.then(|| {
        let text = components::named(t!("All questions about {}"), product.name.clone());
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

fn quiet(text: &'static str) -> AnyView {
    view! { <p class="quiet-text">{text}</p> }.into_any()
}

fn thread(forums: &str, thread: &ThreadSummary) -> AnyView {
    let title = match &*thread.title {
        "" => t!("Question without a title").to_owned(),
        title => title.to_owned(),
    };
    view! {
        <li>
            <a href=[forums, "/posts/", &thread.id].concat() dir="auto">{title}</a>
            <p class="quiet-text">{replies(thread.replies)}" · "{components::time(&thread.created_at)}</p>
        </li>
    }
    .into_any()
}
