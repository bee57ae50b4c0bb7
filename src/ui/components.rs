//! Small components that several pages use: icons, pictures, messages, and placeholders for content that is loading.

use super::{
    format::{ago, date_time},
    part::are_drawings_in_page,
};
use crate::core::{Route, page_title};
use leptos::{prelude::*, wasm_bindgen::JsCast};
pub use leptos_fusionauth_forms::{Heading, Named, breakable};
use storefront_api::catalogue;
use storefront_messages::t;
use web_sys::Element;

/// An icon of the sprite in `index.html`. Screen readers skip it, so the text next to it must say the same.
#[component]
pub fn Icon(
    /// The name of the icon's symbol, without the prefix `i-`.
    name: &'static str,
) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true"><use_ href=format!("#i-{name}")/></svg> }
}

/// The URL of the file with the products' drawings. The release build gives the file a name with a hash, so that browsers may cache it.
pub const DRAWINGS: &str = match option_env!("STOREFRONT_DRAWINGS") {
    Some(path) => path,
    None => "/assets/products.svg",
};

/// A product's picture: its drawing on a coloured tile. A product without a drawing has only the tile.
#[component]
pub fn Picture(
    /// The product's id.
    product: String,
) -> impl IntoView {
    view! { <svg class=tile(&product) viewBox="0 0 200 200" aria-hidden="true"><use_ href=drawing(&product)/></svg> }
}

/// The classes of a product's picture.
pub fn tile(product: &str) -> String {
    format!("picture tile-{}", catalogue::tile(product))
}

/// The URL of a product's drawing, which is in the page if the page contains the drawings already: Chromium creates the content of a `<use>`
/// twice if the drawing is in another file.
pub fn drawing(product: &str) -> String {
    let file = if are_drawings_in_page() { "" } else { DRAWINGS };
    format!("{file}#{}", catalogue::drawing(product))
}

/// A message that data did not load, with a button that tries again.
#[component]
pub fn LoadFailure(
    /// What happened, and what to do next.
    text: String,
    /// Tries again. A successful attempt removes the button, so `retry` must move the focus.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    view! { <DidNotLoad text><RetryButton retry/></DidNotLoad> }
}

/// A message that the open page belongs to an earlier release, with a button that reloads it.
#[component]
pub fn Outdated() -> impl IntoView {
    view! {
        <DidNotLoad text=t!("We've updated this site. Reload the page to continue.").to_owned()>
            <button type="button" class="quiet" on:click=move |_| super::document::reload()>{t!("Reload")}</button>
        </DidNotLoad>
    }
}

#[component]
fn DidNotLoad(text: String, children: Children) -> impl IntoView {
    view! {
        <div class="failure" role="alert">
            <Icon name="cloud"/>
            <h2>{t!("We couldn't load this")}</h2>
            <p>{text}</p>
            {children()}
        </div>
    }
}

/// A message that the URL's item does not exist, with a link to the list. A retry would not help.
#[component]
pub fn NotFound(
    /// The text of the message.
    text: String,
    /// The page with the list of all such items.
    list: Route,
) -> impl IntoView {
    view! {
        <div class="empty-state" role="alert">
            <Icon name="search"/>
            <p>{text}</p>
            <a class="button primary" href=list.href()>{t!("Go to “{}”", page_title(list))}</a>
        </div>
    }
}

/// The button "Try again".
#[component]
pub fn RetryButton(
    /// Tries again. A successful attempt removes the button, so `retry` must move the focus.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    view! { <leptos_fusionauth_forms::RetryButton class="quiet" text=t!("Try again") retry/> }
}

/// A message that a request failed, shown together with other content. Its children are controls that may help, such as a [`RetryButton`].
#[component]
pub fn InlineFailure(
    /// What happened.
    text: String,
    /// The controls that may help.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! { <div class="line-error" role="alert"><p>{text}</p>{children.map(|children| children())}</div> }
}

/// A message that a list is empty. Its children are the next steps.
#[component]
pub fn EmptyState(
    /// The name of the icon.
    icon: &'static str,
    /// The heading.
    title: &'static str,
    /// A sentence of explanation.
    text: &'static str,
    /// The next steps.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <Icon name=icon/>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// The introduction above an application's first page. Its children are the next steps.
#[component]
pub fn Hero(
    /// A line in large letters.
    tagline: &'static str,
    /// A sentence of explanation.
    lead: &'static str,
    /// The next steps.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class="hero">
            <p class="tagline">{tagline}</p>
            <p class="lead">{lead}</p>
            {children.map(|children| children())}
        </section>
    }
}

/// A relative time, with the exact time as its `title`. [`update_times`] keeps it up to date.
#[component]
pub fn Time(
    /// The time, in RFC 3339.
    at: String,
) -> impl IntoView {
    view! { <time datetime=at.clone() title=date_time(&at)>{ago(&at)}</time> }
}

/// Writes the current text into each [`Time`] on the page. It replaces the whole content, because a translation may have replaced the text.
pub fn update_times() {
    let Ok(times) = document().query_selector_all("time[datetime][title]") else { return };
    for time in (0..times.length()).filter_map(|at| times.get(at)?.dyn_into::<Element>().ok()) {
        let text = ago(&time.get_attribute("datetime").unwrap_or_default());
        if time.text_content().as_deref() != Some(&text) {
            time.set_text_content(Some(&text));
        }
    }
}

/// Placeholder shapes for content that is loading.
#[component]
pub fn Skeleton(
    /// The class that styles the shapes.
    class: &'static str,
    /// The number of shapes.
    count: usize,
) -> impl IntoView {
    view! {
        <div class=format!("skeleton {class}") aria-busy="true">
            <p class="hidden" role="status">{t!("Loading…")}</p>
            {(0..count).map(|_| view! { <div class="bone"></div> }).collect_view()}
        </div>
    }
}

/// A link to the products. An empty `class` is left out.
pub fn products_link(class: &'static str, text: &'static str) -> AnyView {
    let class = (!class.is_empty()).then_some(class);
    view! { <a class=class href=Route::Products.href()>{text}</a> }.into_any()
}
