//! The Store's `/`: the list of products with its search. The page is public, and so is a visitor's cart.
//!
//! The address holds what is searched for, so that a reload, a step back and a link that somebody sends find the same list. The controls write
//! the address, and everything else follows it.

use super::{product_list, show_title};
use crate::{
    core::{Departure, Route, use_location},
    data::first_answer,
    ui::{ErasedMemo, ErasedSignal, components, document, dynamic, effect, form, none, read_until_cleanup, scroll::Scroll},
};
use leptos::{ev, html, prelude::*};
use std::fmt::Display;
#[cfg(test)]
use storefront_api::catalogue::MAX_SEARCH_CHARS;
use storefront_api::catalogue::{Category, ProductFilter, ProductOrder, ProductPage, parameter};
use storefront_messages::{category_name, fill, order_name, t};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

type Filter = ErasedMemo<ProductFilter>;

/// The page.
pub fn page() -> AnyView {
    let (location, scroll) = (use_location(), use_context::<Scroll>());
    first_answer::take_over::<ProductPage>(Route::Products);
    let filter = Filter::new(move || ProductFilter::of_query(&read_until_cleanup(location.query())));
    let status = ErasedSignal::new(String::new());
    // Whoever looks for something has seen what the Store is about.
    let is_start =
        ErasedMemo::new(move || filter.get() == ProductFilter::default() && !asks_for_search(&read_until_cleanup(location.query())));
    effect(move || show_title(title(&filter.get())));
    effect(move || {
        let query = read_until_cleanup(location.query());
        _ = scroll.map(Scroll::page_stays);
        if asks_for_search(&query) {
            document::focus_after_render("#q");
        }
    });
    view! {
        <div class="page home">
            {dynamic(move || if is_start.get() { hero() } else { none() })}
            {document::heading(Route::Products.title())}
            {controls(filter)}
            <p class="catalogue-count" role="status">{dynamic(move || status.get().into_any())}</p>
            {dynamic(move || product_list::results(filter.get(), status))}
        </div>
    }
    .into_any()
}

/// Whether the query is that of the link to the search, which every page has.
fn asks_for_search(query: &str) -> bool {
    parameter(query, "q").is_some_and(|it| it.is_empty())
}

fn hero() -> AnyView {
    // The browser itself scrolls to a part of the page that a link with a target leads to.
    let action = view! { <a class="button primary" href="#products" target="_self">{t!("Browse the range")}</a> }.into_any();
    components::hero(t!("Made to be kept."), t!("Good things for the kitchen, the desk and the road."), action)
}

/// The address of the list that `filter` finds.
pub(super) fn href(filter: &ProductFilter) -> String {
    Route::Products.href().to_owned() + &filter.to_query()
}

fn title(filter: &ProductFilter) -> String {
    match filter.category {
        _ if !filter.search.is_empty() => t!("Search: {}", filter.search),
        Some(category) => name(category).to_owned(),
        None => Route::Products.title().to_owned(),
    }
}

fn name(category: Category) -> &'static str {
    category_name(category.id()).unwrap_or(category.id())
}

/// The form of the search and the links to the categories. They are made of one text, and one effect brings them up to date: a view for each
/// would cost 5 KB.
fn controls(filter: Filter) -> AnyView {
    let location = use_location();
    let open = move || location.open(&href(&chosen(filter.get_untracked().category)), Departure::Kept);
    let change: Box<dyn FnMut(ev::Event)> = Box::new(move |_| open());
    let element = NodeRef::<html::Div>::new();
    effect(move || {
        let filter = filter.get();
        if let Some(element) = element.get() {
            if control("#q").is_none() {
                element.set_inner_html(&html());
            }
            show(&filter);
        }
    });
    view! { <div node_ref=element on:submit=form::submit(open) on:change=change></div> }.into_any()
}

const CONTROLS: &str = r#"<form class="catalogue-search" role="search"><label for="q">{}</label>
<input id="q" name="q" type="search" maxlength="100" autocomplete="off" autocapitalize="none" enterkeyhint="search">
<button type="submit" class="primary">{}</button>
<div class="catalogue-choices"><label for="sort">{}</label><select id="sort" name="sort">
<option value="">{}</option><option value="price">{}</option><option value="price-desc">{}</option></select>
<label class="check"><input id="available" name="available" type="checkbox">{}</label></div></form>
<nav class="categories" aria-label="{}"><a>{}</a><a>{}</a><a>{}</a><a>{}</a></nav>"#;

/// The controls with their texts, of which none has a character with a meaning in HTML.
fn html() -> String {
    let order = |at: usize| order_name(ProductOrder::ALL[at].id());
    let category = |at: usize| CATEGORIES[at].map_or(t!("All"), name);
    let texts: [&dyn Display; 12] = [
        &t!("Search products"),
        &t!("Search"),
        &t!("Sort by"),
        &order(0),
        &order(1),
        &order(2),
        &t!("In stock only"),
        &t!("Categories"),
        &category(0),
        &category(1),
        &category(2),
        &category(3),
    ];
    fill(CONTROLS, &texts)
}

/// All products, and each category.
const CATEGORIES: [Option<Category>; 4] = [None, Some(Category::Kitchen), Some(Category::Desk), Some(Category::Road)];

/// Has the controls say what the list shows, also to whoever steps back.
fn show(filter: &ProductFilter) {
    let (Some(search), Some(order), Some(in_stock)) = (control("#q"), control("#sort"), control("#available")) else { return };
    search.set_value(&filter.search);
    order.set_value(filter.order.id());
    in_stock.set_checked(filter.in_stock);
    let mut link = document::element(".categories a").map(Element::from);
    for category in CATEGORIES {
        let Some(element) = link else { return };
        _ = element.set_attribute("href", &href(&ProductFilter { category, ..filter.clone() }));
        _ = element.set_attribute("aria-current", if category == filter.category { "true" } else { "false" });
        link = element.next_element_sibling();
    }
}

/// What the controls say.
fn chosen(category: Option<Category>) -> ProductFilter {
    let value = |selector| control(selector).map(|it| it.value()).unwrap_or_default();
    let order = value("#sort");
    ProductFilter {
        search: value("#q").trim().to_owned(),
        category,
        order: ProductOrder::ALL.into_iter().find(|it| it.id() == order).unwrap_or_default(),
        in_stock: control("#available").is_some_and(|it| it.checked()),
    }
}

/// A control of the search. The choice of the order has the same property for its value as an input.
fn control(selector: &str) -> Option<HtmlInputElement> {
    document::element(selector).map(JsCast::unchecked_into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_has_a_link() {
        assert_eq!(CATEGORIES[1..], Category::ALL.map(Some));
    }

    #[test]
    fn the_controls_offer_what_there_is() {
        let html = html();
        assert!(html.contains(&format!("maxlength=\"{MAX_SEARCH_CHARS}\"")) && !html.contains("{}"), "{html}");
        for order in ProductOrder::ALL {
            assert!(html.contains(&format!("<option value=\"{}\">{}<", order.id(), order_name(order.id()))), "{order:?}: {html}");
        }
        for category in CATEGORIES {
            assert!(html.contains(&format!("<a>{}</a>", category.map_or("All", name))), "{category:?}: {html}");
        }
    }
}
