//! The Store's `/`: the list of products with its search. The page is public, and a guest can put products into a cart.
//!
//! The URL contains the search, so that a reload, the back button and a shared link show the same list. The controls write the URL, and
//! the page follows the URL.

use super::{product_list::ProductList, suggestions::Suggestions};
use crate::{
    core::{Route, page_title},
    data::first_answer,
    ui::{
        components::{Heading, Hero},
        document, form, page_query, set_timeout, use_title,
    },
};
use leptos::{html, prelude::*};
use leptos_router::hooks::use_navigate;
use std::{iter::once, time::Duration};
use storefront_api::catalogue::{Category, MAX_SEARCH_CHARS, ProductFilter, ProductOrder, ProductPage, parameter};
use storefront_messages::{category_name, sort_order_name, t};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

type Filter = Memo<ProductFilter>;

/// The page with the list of products and the search.
#[component]
pub fn CataloguePage() -> impl IntoView {
    let (query, typed) = (page_query(), StoredValue::new_local(TypedSearch::of_first_content()));
    first_answer::take_over::<ProductPage>(Route::Products);
    let filter = Filter::new(move |_| ProductFilter::of_query(&query.read()));
    let status = RwSignal::new(String::new());
    // A shopper who searches does not need the introduction.
    let is_start = Memo::new(move |_| filter.get() == ProductFilter::default() && !asks_for_search(&query.read()));
    let document_title = use_title();
    Effect::new(move |_| document_title.name(title(&filter.get())));
    Effect::new(move |_| {
        if asks_for_search(&query.read()) {
            document::focus_after_render("#q");
        }
    });
    view! {
        <div class="page home">
            {move || is_start.get().then(|| view! { <Introduction/> })}
            <Heading text=page_title(Route::Products)/>
            <SearchControls filter typed/>
            <p class="catalogue-count" role="status">{move || status.get()}</p>
            {move || view! { <ProductList filter=filter.get() status/> }}
        </div>
    }
}

/// Whether the query comes from the "Search" link, which every page has.
fn asks_for_search(query: &str) -> bool {
    parameter(query, "q").is_some_and(|it| it.is_empty())
}

#[component]
fn Introduction() -> impl IntoView {
    view! {
        <Hero tagline=t!("Made to last.") lead=t!("Good things for the kitchen, the desk and the road.")>
            // The browser, not the router, scrolls to the target of a link with a fragment.
            <a class="button primary" href="#products" target="_self">{t!("Browse the range")}</a>
        </Hero>
    }
}

/// The URL of the list for `filter`.
pub(super) fn href(filter: &ProductFilter) -> String {
    Route::Products.href().to_owned() + &filter.to_query()
}

fn title(filter: &ProductFilter) -> String {
    match filter.category {
        _ if !filter.search.is_empty() => t!("Search: {}", filter.search),
        Some(category) => name(category).to_owned(),
        None => page_title(Route::Products).to_owned(),
    }
}

pub(super) fn name(category: Category) -> &'static str {
    category_name(category.id()).unwrap_or(category.id())
}

/// The state of the search in the server's content, which the shopper may have changed before the app has started.
struct TypedSearch {
    search: HtmlInputElement,
    order: HtmlSelectElement,
    in_stock: HtmlInputElement,
    selection: (Option<u32>, Option<u32>),
}

impl TypedSearch {
    /// `None` if the document has no such content.
    fn of_first_content() -> Option<Self> {
        let search: HtmlInputElement = document::element("#first-content #q")?.dyn_into().ok()?;
        let selection = (search.selection_start().ok().flatten(), search.selection_end().ok().flatten());
        Some(Self {
            selection,
            search,
            order: document::element("#first-content #sort")?.dyn_into().ok()?,
            in_stock: document::element("#first-content #available")?.dyn_into().ok()?,
        })
    }
}

/// The form of the search, and the links to the categories.
#[component]
fn SearchControls(
    filter: Filter,
    /// The state of the search in the server's content, until the form has taken it.
    typed: StoredValue<Option<TypedSearch>, LocalStorage>,
) -> impl IntoView {
    let navigate = use_navigate();
    let (search, in_stock) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let order = NodeRef::<html::Select>::new();
    let chosen = move |category| {
        let chosen_order = order.get_untracked().map(|it| it.value()).unwrap_or_default();
        ProductFilter {
            search: search.get_untracked().map(|it| it.value().trim().to_owned()).unwrap_or_default(),
            category,
            order: ProductOrder::ALL.into_iter().find(|it| it.id() == chosen_order).unwrap_or_default(),
            in_stock: in_stock.get_untracked().is_some_and(|it| it.checked()),
        }
    };
    let open = Callback::new(move |()| navigate(&href(&chosen(filter.get_untracked().category)), Default::default()));
    // Makes the controls match the list again after the back button.
    Effect::new(move |_| {
        let (Some(search), Some(order), Some(in_stock)) = (search.get(), order.get(), in_stock.get()) else { return };
        let filter = filter.get();
        search.set_value(&filter.search);
        order.set_value(filter.order.id());
        in_stock.set_checked(filter.in_stock);
        let Some(typed) = typed.try_update_value(Option::take).flatten() else { return };
        search.set_value(&typed.search.value());
        if let (Some(start), Some(end)) = typed.selection {
            _ = search.set_selection_range(start, end);
        }
        let chosen = (typed.order.value(), typed.in_stock.checked());
        if chosen != (filter.order.id().to_owned(), filter.in_stock) {
            order.set_value(&chosen.0);
            in_stock.set_checked(chosen.1);
            // Like the choice itself, which nobody has handled. In a separate task, because a navigation within an effect would subscribe it.
            set_timeout(move || open.run(()), Duration::ZERO);
        }
    });
    let orders = ProductOrder::ALL.map(|it| view! { <option value=it.id()>{sort_order_name(it.id())}</option> });
    // A memo, because each focus sets the signal, and the list must stay the same. A listener of the window, because the first load would
    // have the code for one of another type.
    let was_focused = RwSignal::new(false);
    let listener = window_event_listener_untyped("focusin", move |event| {
        let focused = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if focused.is_some_and(|it| it.id() == "q") {
            was_focused.set(true);
        }
    });
    on_cleanup(move || listener.remove());
    let needs_suggestions = Memo::new(move |_| was_focused.get());
    let filters = move || filter.with(ProductFilter::choices);
    let categories = once(None).chain(Category::ALL.map(Some)).map(|category| view! { <CategoryLink category filter/> });
    view! {
        <div>
            <form class="catalogue-search" role="search" on:submit=form::submit(move || open.run(())) on:change=move |_| open.run(())>
                <label for="q">{t!("Search products")}</label>
                <div class="search-box">
                    <input
                        id="q"
                        name="q"
                        type="search"
                        placeholder=t!("Search products")
                        maxlength=MAX_SEARCH_CHARS
                        autocomplete="off"
                        autocapitalize="none"
                        enterkeyhint="search"
                        node_ref=search
                    />
                    {move || needs_suggestions.get().then(|| view! { <Suggestions/> })}
                </div>
                <button type="submit" class="primary">{t!("Search")}</button>
                <details class="catalogue-filter">
                    <summary class="button quiet">
                        {t!("Filter")}
                        {move || Some(filters()).filter(|it| *it > 0).map(|count| view! { <span class="badge">{count}</span> })}
                    </summary>
                </details>
                <div class="catalogue-choices">
                    <label for="sort">{t!("Sort by")}</label>
                    <select id="sort" name="sort" node_ref=order>{orders.into_iter().collect_view()}</select>
                    <label class="check">
                        <input id="available" name="available" type="checkbox" node_ref=in_stock/>
                        {t!("In stock only")}
                    </label>
                </div>
            </form>
            <nav class="categories" aria-label=t!("Categories")>{categories.collect_view()}</nav>
        </div>
    }
}

/// The link to one category of the search, or to all of them.
#[component]
fn CategoryLink(category: Option<Category>, filter: Filter) -> impl IntoView {
    view! {
        <a
            href=move || href(&ProductFilter { category, ..filter.get() })
            aria-current=move || if filter.with(|filter| filter.category == category) { "true" } else { "false" }
        >
            {category.map_or(t!("All"), name)}
        </a>
    }
}
