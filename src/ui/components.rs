//! Small views that several pages use: icons, pictures, messages, and grey shapes in place of what is being loaded.

use super::{
    erased_view::click,
    format::{ago, date_time},
};
use crate::core::Route;
use leptos::prelude::*;
use storefront_messages::{around, t};

/// An icon of the sprite in `index.html`. Screen readers skip it, so text next to it has to say the same.
pub fn icon(name: &'static str) -> AnyView {
    view! { <svg class="icon" aria-hidden="true"><use_ href=format!("#i-{name}")/></svg> }.into_any()
}

/// The file with the products' drawings. A release has it under a name with a hash, which its build gives, so that browsers keep it.
pub const DRAWINGS: &str = match option_env!("STOREFRONT_DRAWINGS") {
    Some(path) => path,
    None => "/assets/products.svg",
};

/// A product's picture: its drawing on a coloured tile. A product without a drawing has the tile alone.
pub fn picture(product: &str) -> AnyView {
    view! { <svg class=tile(product) viewBox="0 0 200 200" aria-hidden="true"><use_ href=drawing(product)/></svg> }.into_any()
}

/// The classes of a product's picture: one of six tiles, always the same for the same product.
pub fn tile(product: &str) -> String {
    let hash = product.bytes().fold(39, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)));
    format!("picture tile-{}", (hash >> 4) % 6)
}

/// The address of a product's drawing. Products of a series, such as `enamel-mug-2`, have that of the series.
pub fn drawing(product: &str) -> String {
    let end = product.bytes().rposition(|byte| byte.is_ascii_lowercase()).map_or(0, |last| last + 1);
    format!("{DRAWINGS}#{}", product.get(..end).unwrap_or_default())
}

/// A message that data could not be loaded, with a button that tries again.
pub fn failure(text: String, retry: impl Fn() + 'static) -> AnyView {
    failure_with(text, retry_button(retry))
}

/// A message that the page that is open belongs to an earlier release, with a button that loads it anew.
pub fn outdated(reload: impl Fn() + 'static) -> AnyView {
    let button = view! { <button type="button" class="quiet" on:click=click(reload)>{t!("Reload")}</button> }.into_any();
    failure_with(t!("This site was updated while the page was open. Reload it to go on.").to_owned(), button)
}

/// A message that what the URL names does not exist, with the way to the list where it would be. Another try would not help.
pub fn not_found(text: String, list: Route) -> AnyView {
    view! {
        <div class="failure" role="alert">
            {icon("cloud")}
            <p>{text}</p>
            <a class="button primary" href=list.href()>{t!("Go to “{}”", list.title())}</a>
        </div>
    }
    .into_any()
}

fn failure_with(text: String, button: AnyView) -> AnyView {
    view! {
        <div class="failure" role="alert">
            {icon("cloud")}
            <h2>{t!("This did not load")}</h2>
            <p>{text}</p>
            {button}
        </div>
    }
    .into_any()
}

/// "Try again". A successful repeat removes the button, so `retry` has to move the focus.
pub fn retry_button(retry: impl Fn() + 'static) -> AnyView {
    view! { <button type="button" class="quiet" on:click=click(retry)>{t!("Try again")}</button> }.into_any()
}

/// A message that a write failed, which leaves the page as it is, with a button that tries again where that may help.
pub fn write_failure(text: String, retry_button: Option<AnyView>) -> AnyView {
    view! { <div class="line-error" role="alert"><p>{text}</p>{retry_button}</div> }.into_any()
}

/// A message that a list is empty, with `more` below it.
pub fn empty_state(icon_name: &'static str, title: &'static str, text: &'static str, more: AnyView) -> AnyView {
    view! {
        <div class="empty-state">
            {icon(icon_name)}
            <h2>{title}</h2>
            <p>{text}</p>
            {more}
        </div>
    }
    .into_any()
}

/// The first screen of an application: a line in large letters, a sentence, and what to do next.
pub fn hero(tagline: &'static str, lead: &'static str, action: AnyView) -> AnyView {
    view! {
        <section class="hero">
            <p class="tagline">{tagline}</p>
            <p class="lead">{lead}</p>
            {action}
        </section>
    }
    .into_any()
}

/// A time as people say it, with the exact one.
pub fn time(rfc3339: &str) -> AnyView {
    view! { <time datetime=rfc3339.to_owned() title=date_time(rfc3339)>{ago(rfc3339)}</time> }.into_any()
}

/// `text` with `name` in the place of its `{}`.
pub fn named(text: &str, name: String) -> AnyView {
    let (before, after) = around(text);
    view! { {before.to_owned()}<strong><bdi>{name}</bdi></strong>{after.to_owned()} }.into_any()
}

/// Grey shapes in place of `count` items that are being loaded.
pub fn skeleton(class: &'static str, count: usize) -> AnyView {
    let shapes = (0..count).map(|_| view! { <div class="bone"></div> }.into_any()).collect::<Vec<_>>();
    view! {
        <div class=format!("skeleton {class}") aria-busy="true">
            <p class="hidden" role="status">{t!("Loading…")}</p>
            {shapes}
        </div>
    }
    .into_any()
}
