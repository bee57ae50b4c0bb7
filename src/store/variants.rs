//! The variants of a product as its page offers them: links with addresses of their own, which the page follows without being rendered anew,
//! because it knows enough of each. What it shows is read anew behind.

use super::product::{href, id_of};
use crate::{
    core::{Route, location::take_link, use_app_context, use_location},
    data::{Query, use_answers},
    ui::format::money,
};
use leptos::{ev, prelude::*};
use storefront_api::{Product, Variant};
use storefront_messages::{ProductMessage, option_name, t};

/// The links to the variants of the product that is shown, if it has any.
#[component]
pub(super) fn VariantChoice(
    product: RwSignal<Product>,
    /// Reads the product that is shown.
    query: Query<Product>,
) -> impl IntoView {
    // The links stay, with the focus, as long as they lead to the same.
    let ids = Memo::new(move |_| product.with(|product| product.variants.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().concat()));
    move || {
        ids.track();
        let option = product.with_untracked(|product| option_name(&product.option))?;
        Some(view! { <VariantLinks option product query/> })
    }
}

/// A link to each variant.
#[component]
fn VariantLinks(option: &'static str, product: RwSignal<Product>, query: Query<Product>) -> impl IntoView {
    let (context, location, answers) = (use_app_context(), use_location(), use_answers());
    let choose = move |event: ev::MouseEvent| {
        let Some(path) = take_link(&event).map(|link| link.pathname()) else { return };
        let before = product.get_untracked();
        let Some(chosen) = before.variant(id_of(&path)).filter(|it| it.id != before.id) else { return };
        location.go_on_at(&path);
        let stock = ProductMessage::Stock { left: chosen.stock }.text();
        context.announce([&chosen.name, ": ", &money(chosen.price, &chosen.currency), ". ", &stock].concat());
        answers.keep(Route::Product, chosen.clone());
        product.set(chosen);
        query.reload();
    };
    let variants = product.with_untracked(|product| product.variants.clone());
    let links = variants.into_iter().enumerate().map(|(at, variant)| view! { <VariantLink at variant product/> });
    view! {
        <div class="variants" role="group" aria-labelledby="option">
            <p id="option">{option}</p>
            <ul on:click=choose>{links.collect_view()}</ul>
        </div>
    }
}

/// The link to a variant, with what differs from the product that is shown.
#[component]
fn VariantLink(
    /// Its place among the variants.
    at: usize,
    variant: Variant,
    /// The product that is shown.
    product: RwSignal<Product>,
) -> impl IntoView {
    let Variant { id, value, swatch, .. } = variant;
    let href = href(&id);
    let swatch = (!swatch.is_empty()).then(|| {
        view! { <svg class="swatch" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" fill=swatch/></svg> }
    });
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
            <a href=href aria-current=move || product.with(|product| product.id == id).then_some("page")>
                {swatch}<span dir="auto">{value}</span>{move || note()}
            </a>
        </li>
    }
}
