//! The variants of a product on its page, as links. Each variant has its own URL. When the URL changes to another variant, the page is not
//! rendered again: it shows the variant from the loaded data, and reads the variant again in the background.

use super::products::{Swatch, href, id_of};
use crate::{
    core::{Route, use_app_context},
    data::{Query, use_answers},
    ui::{format::money, track_until_cleanup},
};
use leptos::prelude::*;
use leptos_router::hooks::use_url;
use storefront_api::{Product, Variant};
use storefront_messages::{ProductMessage, option_name, t};

/// The links to the variants of the product that is shown, if it has any.
#[component]
pub(super) fn VariantChoice(
    product: RwSignal<Product>,
    /// The query that reads the product that is shown.
    query: Query<Product>,
) -> impl IntoView {
    // While the variants are the same, their links are not rendered again, so that the focused link keeps the focus.
    let ids = Memo::new(move |_| product.with(|product| product.variants.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().concat()));
    move || {
        ids.track();
        let option = product.with_untracked(|product| option_name(&product.option))?;
        follow(product, query);
        Some(view! { <VariantLinks option product/> })
    }
}

/// Shows the variant that a link or a step in the browser's history leads to.
fn follow(product: RwSignal<Product>, query: Query<Product>) {
    let (context, answers, url) = (use_app_context(), use_answers(), use_url());
    context.follow_at(product.read_untracked().variants.iter().map(|it| href(&it.id)).collect());
    Effect::new(move |_| {
        track_until_cleanup(url);
        let before = product.get_untracked();
        // Another page's path may end with the same id.
        let id = url.with_untracked(|url| context.is_followed_at(url.path()).then(|| id_of(url.path()).to_owned()));
        let Some(chosen) = id.and_then(|id| before.variant(&id)).filter(|it| it.id != before.id) else { return };
        let stock = ProductMessage::Stock { left: chosen.stock }.text();
        context.announce([&chosen.name, ": ", &money(chosen.price, &chosen.currency), ". ", &stock].concat());
        answers.keep(Route::Product, chosen.clone());
        product.set(chosen);
        untrack(|| query.reload());
    });
}

#[component]
fn VariantLinks(option: &'static str, product: RwSignal<Product>) -> impl IntoView {
    let variants = product.with_untracked(|product| product.variants.clone());
    let links = variants.into_iter().enumerate().map(|(at, variant)| view! { <VariantLink at variant product/> });
    view! {
        <div class="variants" role="group" aria-labelledby="option">
            <p id="option">{option}</p>
            <ul>{links.collect_view()}</ul>
        </div>
    }
}

/// The link to a variant, with a note if the variant is sold out or has another price than the shown product.
#[component]
fn VariantLink(
    /// The index of the variant in the product's variants.
    at: usize,
    variant: Variant,
    /// The product that is shown.
    product: RwSignal<Product>,
) -> impl IntoView {
    let Variant { id, value, swatch, .. } = variant;
    let href = href(&id);
    let swatch = (!swatch.is_empty()).then(|| view! { <Swatch colour=swatch/> });
    let note = move || {
        let (class, text) = product.with(|product| match product.variants.get(at)? {
            it if it.stock <= 0 => Some(("gone", t!("Sold out").to_owned())),
            it if it.price != product.price => Some(("", money(it.price, &product.currency))),
            _ => None,
        })?;
        Some(view! { " "<small class=class>{text}</small> })
    };
    view! {
        <li>
            <a href=href aria-current=move || product.with(|product| product.id == id).then_some("page") data-noscroll="" prop:replace=true>
                {swatch}<span dir="auto">{value}</span>{move || note()}
            </a>
        </li>
    }
}
