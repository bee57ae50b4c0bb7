//! The products that a search finds, page by page: "Show more" appends the next page, and whoever comes back to the list finds it as far
//! as it was before.

use super::{api, cart::use_cart_context, catalogue::href, products::card};
use crate::{
    core::Route,
    data::{ApiError, Query, use_answers},
    ui::{
        ErasedMemo, ErasedSignal, PageScope, click, components, document, dynamic, effect, none,
        show_more::{More, show_more},
    },
};
use leptos::prelude::*;
use storefront_api::{
    Product,
    catalogue::{ProductFilter, ProductPage},
};
use storefront_messages::{product_count, t};

/// What has been read of a list.
#[derive(Clone, PartialEq)]
struct List {
    filter: ProductFilter,
    pages: Vec<Vec<Product>>,
    count: i64,
    searched_for: Option<String>,
    /// The address of the next page.
    next: Option<String>,
}

impl List {
    /// Reads `pages` pages of the list, or all if there are fewer.
    async fn read(filter: ProductFilter, pages: usize) -> Result<(Self, Option<i64>), ApiError> {
        let (first, guest_items) = api::products(api::PRODUCTS.to_owned() + &filter.to_query()).await?;
        let mut list = Self::beginning(filter, first);
        while list.pages.len() < pages
            && let Some(next) = list.next.clone()
        {
            list.append(api::products(next).await?.0);
        }
        Ok((list, guest_items))
    }

    fn beginning(filter: ProductFilter, ProductPage { products, count, searched_for, next }: ProductPage) -> Self {
        Self { filter, pages: vec![products], count, searched_for, next }
    }

    /// Appends a page, without products that are there already because their place in the order has changed meanwhile.
    fn append(&mut self, page: ProductPage) {
        let is_new = |product: &Product| self.pages.iter().flatten().all(|it| it.id != product.id);
        let products = page.products.into_iter().filter(is_new).collect();
        self.pages.push(products);
        self.next = page.next;
    }

    fn shown(&self) -> i64 {
        self.pages.iter().map(|page| page.len() as i64).sum()
    }

    /// What was found, in words.
    fn summary(&self) -> String {
        let search = self.filter.search.trim();
        match self.shown() {
            0 if search.is_empty() => return t!("No product is like that.").to_owned(),
            0 => return t!("Nothing found for “{}”.", search),
            _ => {}
        }
        let count = product_count(self.count);
        let count = match self.next {
            None if self.pages.len() == 1 => count,
            _ => t!("{}, {} shown", count, self.shown()),
        };
        match &self.searched_for {
            Some(words) => t!("Showing results for “{}”.", words) + " " + &count,
            None => count,
        }
    }
}

/// The products that `filter` finds, and in `status` how many they are. The request ends with this view, so the answer to an earlier search
/// is shown in no other.
pub(super) fn results(filter: ProductFilter, status: ErasedSignal<String>) -> AnyView {
    let answers = use_answers();
    // What the server has put into the page.
    if let Some(page) = answers.known::<ProductPage>(Route::Products) {
        answers.keep(Route::Products, List::beginning(filter.clone(), page));
    }
    if answers.known::<List>(Route::Products).is_some_and(|list| list.filter != filter) {
        answers.forget(Route::Products);
    }
    status.set(String::new());
    let query = Query::new(Route::Products, |_| {
        let (cart, known) = (use_cart_context(), use_answers().known::<List>(Route::Products));
        let filter = ProductFilter::of_query(&window().location().search().unwrap_or_default());
        Box::pin(async move {
            let (list, guest_items) = List::read(filter, known.map_or(1, |list| list.pages.len())).await?;
            cart.guest_items_are(guest_items);
            Ok(list)
        })
    });
    query.view(|| components::skeleton("products", 6), move |list| ready(list, status))
}

fn ready(list: ErasedSignal<List>, status: ErasedSignal<String>) -> AnyView {
    effect(move || status.set(list.read().summary()));
    let is_empty = ErasedMemo::new(move || list.read().shown() == 0);
    dynamic(move || if is_empty.get() { nothing(&list.get_untracked().filter) } else { products(list) })
}

fn nothing(filter: &ProductFilter) -> AnyView {
    if *filter == ProductFilter::default() {
        return components::empty_state("mark", t!("Nothing to sell today"), t!("New things are on their way. Come back soon."), none());
    }
    // The link with the focus is about to be removed.
    let clear = click(|| document::focus_after_render("#q"));
    let all = view! { <a class="button quiet" href=href(&ProductFilter::default()) on:click=clear>{t!("Clear the search")}</a> };
    components::empty_state("mark", t!("Nothing found"), t!("Try other words, or fewer of them."), all.into_any())
}

fn products(list: ErasedSignal<List>) -> AnyView {
    view! {
        <ul class="products" id="products">{page(list, 0)}</ul>
        {more(list)}
    }
    .into_any()
}

/// The products of a page, and those of the pages after it. They are views of their own, so that nothing is rendered anew when another page
/// comes.
fn page(list: ErasedSignal<List>, at: usize) -> AnyView {
    let products = ErasedMemo::new(move || list.read().pages.get(at).cloned());
    dynamic(move || match products.get() {
        Some(products) => view! { {products.into_iter().map(card).collect::<Vec<_>>()}{page(list, at + 1)} }.into_any(),
        None => none(),
    })
}

/// "Show more", while there is more. The first product that it brings takes the focus when the button has gone.
fn more(list: ErasedSignal<List>) -> AnyView {
    let (scope, answers) = (PageScope::current(), use_answers());
    let more = ErasedSignal::new(More::Idle);
    let load = move || {
        let before = list.read_untracked();
        let Some(next) = before.next.clone() else { return };
        more.set(More::Loading);
        scope.spawn(async move {
            match api::products(next).await {
                Ok((page, _)) => {
                    more.set(More::Idle);
                    // The list may have been read anew meanwhile, with another end.
                    if list.read_untracked().next == before.next {
                        list.update(|list| list.append(page));
                        answers.keep(Route::Products, list.get_untracked());
                        // The button has gone after the last page.
                        let first_new = (before.shown() + 1).to_string();
                        document::restore_focus_after_render(".product:nth-child(".to_owned() + &first_new + ") a");
                    }
                }
                Err(error) => more.set(More::Failed(error.to_string())),
            }
        });
    };
    show_more(more, move || list.read().next.is_some(), load)
}
