//! The Store's `/products/{id}`: one product with its picture, variants, stock and delivery time.

use super::{
    cart::{Progress, use_cart_context},
    pictures::Pictures,
    product_list::listed,
    products::{Price, Purchase, href, id_of},
    variants::VariantChoice,
};
use crate::{
    core::{Route, page_title, use_app_context},
    data::{Query, call, first_answer, use_answers},
    ui::{
        components::{Named, Picture, Skeleton, Time},
        format::money,
        use_title,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_url;
use storefront_api::product_threads::{SHOWN_THREADS, ThreadAnswer, ThreadSummary};
use storefront_api::{MAX_CHOICE, Product, ProductDetails, RelatedProduct, endpoints, problems::ProblemCode};
use storefront_messages::{ProductMessage, reply_count, t};

/// The page of the product in the URL.
#[component]
pub fn ProductPage() -> impl IntoView {
    first_answer::take_over::<Product>(Route::Product);
    forget_other_product();
    // The heading stays the same element, because it has the focus after a navigation.
    let known = use_answers().known::<Product>(Route::Product).or_else(|| listed(&id()));
    let name = RwSignal::new(known.map_or_else(|| page_title(Route::Product).to_owned(), |known| known.name));
    let product = Query::new(Route::Product, |_| Box::pin(call(endpoints::PRODUCT, &[&id()]).send(None)));
    let ready = move |shown: RwSignal<Product>| {
        Effect::new(move |_| name.set(shown.with(|shown| shown.name.clone())));
        view! { <ProductContent product=shown query=product/> }.into_any()
    };
    let title = use_title();
    Effect::new(move |_| product.heading_if_not_found().into_iter().for_each(|heading| name.set(heading)));
    Effect::new(move |_| title.name(name.get()));
    view! {
        <div class="page product-page"><h1 tabindex="-1" dir="auto">{move || name.get()}</h1>{product.view(loading, ready)}</div>
    }
}

/// The page until the product is loaded: what the list has shown of the product, with grey shapes for the rest.
fn loading() -> AnyView {
    let Some(product) = listed(&id()) else {
        return view! { <Skeleton class="card" count=2/> }.into_any();
    };
    let Product { description, price, currency, stock, .. } = product.clone();
    view! {
        <Pictures product/>
        <div class="product-facts">
            <Description description price=money(price, &currency) stock/>
            <Skeleton class="card" count=2/>
        </div>
    }
    .into_any()
}

#[component]
fn Description(description: String, price: String, stock: i64) -> impl IntoView {
    view! {
        <p class="lead" dir="auto">{description}</p>
        <Price amount=price stock/>
    }
}

/// Drops the stored data of another product's page. If that product is another variant of this product, its data contains this variant, so
/// this variant's data replaces it.
fn forget_other_product() {
    let (answers, id) = (use_answers(), id());
    let Some(known) = answers.known::<Product>(Route::Product).filter(|known| known.id != id) else { return };
    match known.variant(&id) {
        Some(product) => answers.keep(Route::Product, product),
        None => answers.forget(Route::Product),
    }
}

fn id() -> String {
    use_url().with_untracked(|url| id_of(url.path()).to_owned())
}

/// The content of the page. When the shopper chooses another variant, the facts about the product are rendered again. The links to the
/// variants are not rendered again, so that the focused link keeps the focus.
#[component]
fn ProductContent(
    product: RwSignal<Product>,
    /// The query that reads the product.
    query: Query<Product>,
) -> impl IntoView {
    let (id, cart) = (Memo::new(move |_| product.with(|product| product.id.clone())), use_cart_context());
    Effect::new(move |_| {
        let is_stock_outdated = matches!(cart.addition(&id.get()), Some(Progress::Failed(error)) if error.is(ProblemCode::OutOfStock));
        if is_stock_outdated {
            query.reload();
        }
    });
    let description = move || {
        let Product { description, price, currency, stock, .. } = product.get();
        view! { <Description description price=money(price, &currency) stock/> }
    };
    // The variants of a product share the details, which are rendered again only if they change.
    let details = Memo::new(move |_| product.with(|product| product.details.clone().unwrap_or_default()));
    let offer = move || {
        let Product { id, name, stock, details, .. } = product.get();
        let expected = details.and_then(|details| details.expected);
        let quantity = NodeRef::new();
        let most = stock.clamp(0, MAX_CHOICE);
        let choice = (most > 1).then(|| {
            let numbers = (1..=most).map(|it| view! { <option value=it>{it}</option> });
            view! { <select name="quantity" aria-label=t!("Quantity") node_ref=quantity>{numbers.collect_view()}</select> }
        });
        view! {
            <div class="buy">{choice}<Purchase id name stock quantity/></div>
            {(stock > 0).then(|| view! {
                {expected.map(|text| view! { <p>{text}</p> })}
                <p class="quiet-text">{ProductMessage::Stock { left: stock }.text()}" "{ProductMessage::Returns.text()}</p>
            })}
        }
    };
    view! {
        {move || {
            // Not `track`: a memo without a value would run this twice.
            _ = id.get();
            view! { <Pictures product=product.get_untracked()/> }
        }}
        <div class="product-facts">
            {move || description()}
            <VariantChoice product query/>
            {move || offer()}
            <p class="quiet-text">{t!("Prices include tax.")}</p>
            {move || view! { <Facts details=details.get()/> }}
            <p><a href=Route::Products.href()>{t!("All products")}</a></p>
        </div>
        {move || view! { <Questions product=product.get()/> }}
        {move || view! { <Related details=details.get() currency=product.with_untracked(|product| product.currency.clone())/> }}
    }
}

/// The dimensions, the material and the care.
#[component]
fn Facts(details: ProductDetails) -> impl IntoView {
    let ProductDetails { dimensions, material, care, .. } = details;
    let facts = [(t!("Dimensions"), dimensions), (t!("Material"), material), (t!("Care"), care)];
    let facts: Vec<_> = facts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let fact = |(name, value): (&'static str, String)| view! { <div><dt>{name}</dt><dd dir="auto">{value}</dd></div> };
    (!facts.is_empty()).then(|| view! { <dl class="facts">{facts.into_iter().map(fact).collect_view()}</dl> })
}

#[component]
fn Related(details: ProductDetails, currency: String) -> impl IntoView {
    let product = |RelatedProduct { id, name, price }| {
        view! {
            <li class="product">
                <Picture product=id.clone()/>
                <h2 dir="auto"><a href=href(&id)>{name}</a></h2>
                <p class="price"><strong>{money(price, &currency)}</strong></p>
            </li>
        }
    };
    (!details.related.is_empty()).then(|| {
        view! {
            <section class="related">
                <h2>{t!("You might also like")}</h2>
                <ul class="products">{details.related.into_iter().map(product).collect_view()}</ul>
            </section>
        }
    })
}

/// The questions about the product in the Forums, and the link to ask a question. Shows nothing if the Store has no Forums.
#[component]
fn Questions(product: Product) -> impl IntoView {
    let forums = &use_app_context().config.sibling_url;
    // If the Store has no Forums, the sibling's URL is the Store's own.
    if window().location().origin().is_ok_and(|own| own == *forums) {
        return None;
    }
    let (id, name) = product.main_product();
    let about = [forums, "/?product=", id].concat();
    let newest = match product.threads.as_deref() {
        // The Store could not read the questions. The link to ask a question remains.
        None => ().into_any(),
        Some([]) => view! { <p class="quiet-text">{t!("No questions yet")}</p> }.into_any(),
        Some(newest) => {
            let newest = newest.iter().take(SHOWN_THREADS).cloned();
            view! {
                <p class="quiet-text">{t!("Sign in to the Forums to read all replies. Only members see whole threads.")}</p>
                <ul>{newest.map(|thread| view! { <Question forums thread/> }).collect_view()}</ul>
            }
            .into_any()
        }
    };
    let has_more = product.threads.as_ref().is_some_and(|it| it.len() > SHOWN_THREADS);
    let all = has_more.then(|| {
        let name = name.to_owned();
        view! { <p><a href=about.clone()><Named text=t!("All questions about {}") name/></a></p> }
    });
    Some(view! {
        <section class="questions">
            <h2>{t!("Questions and answers")}</h2>
            {newest}
            {all}
            <p><a class="button quiet" href=about>{t!("Ask an owner")}</a></p>
        </section>
    })
}

/// The link to a question in the Forums, with the first answer.
#[component]
fn Question(
    /// The URL of the Forums.
    #[prop(into)]
    forums: String,
    thread: ThreadSummary,
) -> impl IntoView {
    let title = match &*thread.title {
        "" => t!("Untitled question").to_owned(),
        title => title.to_owned(),
    };
    view! {
        <li>
            <a href=[&forums, "/posts/", &thread.id].concat() dir="auto">{title}</a>
            {thread.answer.map(|ThreadAnswer { author, text }| view! {
                <p class="answer" dir="auto">{text}</p>
                <p class="quiet-text"><Named text=t!("Answer by {}") name=author/></p>
            })}
            <p class="quiet-text">{reply_count(thread.replies)}" · "<Time at=thread.created_at/></p>
        </li>
    }
}
