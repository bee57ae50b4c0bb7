//! The variants of a product as its page offers them: links with addresses of their own, which the page follows without being rendered anew,
//! because it knows enough of each. What it shows is read anew behind.

use super::product::{href, id_of};
use crate::{
    core::{Route, location::take_link, use_app_context, use_location},
    data::{Query, use_answers},
    ui::{ErasedMemo, ErasedSignal, dynamic, format::money, none, when},
};
use leptos::{ev, prelude::*};
use storefront_api::{Product, Variant};
use storefront_messages::{ProductMessage, option_name, t};

/// The links to the variants of the product that is shown, if it has any.
pub(super) fn choice(product: ErasedSignal<Product>, query: Query<Product>) -> AnyView {
    // The links stay, with the focus, as long as they lead to the same.
    let ids = ErasedMemo::new(move || product.read().variants.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().concat());
    dynamic(move || {
        ids.get();
        let shown = product.read_untracked();
        match option_name(&shown.option) {
            Some(option) => links(option, product, query),
            None => none(),
        }
    })
}

fn links(option: &'static str, product: ErasedSignal<Product>, query: Query<Product>) -> AnyView {
    let (context, location, answers) = (use_app_context(), use_location(), use_answers());
    let choose = move |event: ev::MouseEvent| {
        let Some(path) = take_link(&event).map(|link| link.pathname()) else { return };
        let before = product.read_untracked();
        let Some(chosen) = before.variant(id_of(&path)).filter(|it| it.id != before.id) else { return };
        location.go_on_at(&path);
        let stock = ProductMessage::Stock { left: chosen.stock }.text();
        context.announce([&chosen.name, ": ", &money(chosen.price, &chosen.currency), ". ", &stock].concat());
        answers.keep(Route::Product, chosen.clone());
        product.set(chosen);
        query.reload();
    };
    let choose: Box<dyn FnMut(ev::MouseEvent)> = Box::new(choose);
    let links = product.read_untracked().variants.iter().enumerate().map(|(at, it)| link(at, it, product)).collect::<Vec<_>>();
    view! {
        <div class="variants" role="group" aria-labelledby="option">
            <p id="option">{option}</p>
            <ul on:click=choose>{links}</ul>
        </div>
    }
    .into_any()
}

fn link(at: usize, Variant { id, value, swatch, .. }: &Variant, product: ErasedSignal<Product>) -> AnyView {
    let is_shown = {
        let id = id.clone();
        when(move || product.read().id == id, "page")
    };
    let swatch = match swatch.is_empty() {
        true => none(),
        false => view! { <svg class="swatch" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" fill=swatch.clone()/></svg> }
            .into_any(),
    };
    let note = dynamic(move || {
        let product = product.read();
        let (class, text) = match product.variants.get(at) {
            Some(it) if it.stock <= 0 => ("gone", t!("Sold out").to_owned()),
            Some(it) if it.price != product.price => ("", money(it.price, &product.currency)),
            _ => return none(),
        };
        view! { " "<small class=class>{text}</small> }.into_any()
    });
    view! { <li><a href=href(id) aria-current=is_shown>{swatch}<span dir="auto">{value.clone()}</span>{note}</a></li> }.into_any()
}
