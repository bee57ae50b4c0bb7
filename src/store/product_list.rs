//! The products that a search finds, page by page. "Show more" appends the next page. A shopper who returns to the list sees as many pages
//! as before.

use super::{
    api,
    cart::use_cart_context,
    catalogue::{href, name},
    products::ProductCard,
};
use crate::{
    core::Route,
    data::{ApiError, Query, use_answers},
    ui::{
        PageScope,
        components::{EmptyState, Skeleton},
        document, scroll,
        show_more::{More, ShowMore},
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_url;
use storefront_api::{
    Product,
    catalogue::{Category, ProductFilter, ProductPage},
    endpoints,
};
use storefront_messages::{product_count, t};

/// The loaded pages of a list.
#[derive(Clone, PartialEq)]
struct List {
    filter: ProductFilter,
    pages: Vec<Vec<Product>>,
    count: i64,
    searched_for: Option<String>,
    /// The URL of the next page.
    next: Option<String>,
}

impl List {
    /// Reads `pages` pages of the list, or all if there are fewer.
    async fn read(filter: ProductFilter, pages: usize) -> Result<(Self, Option<i64>), ApiError> {
        let (first, guest_items) = api::products(endpoints::PRODUCTS.info.path.to_owned() + &filter.to_query()).await?;
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

    /// Appends a page. Leaves out products that are already listed: they moved to this page after an earlier page was loaded.
    fn append(&mut self, page: ProductPage) {
        let is_new = |product: &Product| self.pages.iter().flatten().all(|it| it.id != product.id);
        let products = page.products.into_iter().filter(is_new).collect();
        self.pages.push(products);
        self.next = page.next;
    }

    fn shown(&self) -> i64 {
        self.pages.iter().map(|page| page.len() as i64).sum()
    }

    /// The result of the search, in words.
    fn summary(&self) -> String {
        let search = self.filter.search.trim();
        match self.shown() {
            0 if search.is_empty() => return t!("No products match.").to_owned(),
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

/// The product with this id, if the last list that the shopper saw has it. Lists lack a product's details.
pub(super) fn listed(id: &str) -> Option<Product> {
    use_answers().known::<List>(Route::Products)?.pages.into_iter().flatten().find(|it| it.id == id)
}

/// The products that `filter` finds. Writes the summary of the result into `status`. When this view is removed, its request is aborted, so
/// no later view shows the answer to an earlier search.
#[component]
pub(super) fn ProductList(filter: ProductFilter, status: RwSignal<String>) -> impl IntoView {
    let answers = use_answers();
    // The server may have put the first page of the list into the document.
    if let Some(page) = answers.known::<ProductPage>(Route::Products) {
        answers.keep(Route::Products, List::beginning(filter.clone(), page));
    }
    if answers.known::<List>(Route::Products).is_some_and(|list| list.filter != filter) {
        answers.forget(Route::Products);
    }
    status.set(String::new());
    let query = Query::new(Route::Products, |_| {
        let (cart, known) = (use_cart_context(), use_answers().known::<List>(Route::Products));
        let filter = use_url().with_untracked(|url| ProductFilter::of_query(url.search()));
        Box::pin(async move {
            let (list, guest_items) = List::read(filter, known.map_or(1, |list| list.pages.len())).await?;
            cart.apply_guest_items(guest_items);
            Ok(list)
        })
    });
    let loading = || view! { <Skeleton class="products" count=6/> }.into_any();
    query.view(loading, move |list| view! { <FoundProducts list status/> }.into_any())
}

/// The products, page after page, or a message that there are none.
#[component]
fn FoundProducts(list: RwSignal<List>, status: RwSignal<String>) -> impl IntoView {
    Effect::new(move |_| status.set(list.with(List::summary)));
    let nothing = move || view! { <NothingFound filter=list.with_untracked(|list| list.filter.clone())/> };
    // Each page is a separate view, so that no page is rendered again when the next page arrives.
    view! {
        <Show when=move || list.with(|list| list.shown() > 0) fallback=nothing>
            <ul class="products" id="products">
                <For each=move || 0..list.with(|list| list.pages.len()) key=|at| *at let:at><PageOfProducts list at/></For>
            </ul>
            <MoreProducts list/>
        </Show>
    }
}

/// The message of an empty list or an empty search result.
#[component]
fn NothingFound(filter: ProductFilter) -> impl IntoView {
    if filter == ProductFilter::default() {
        return view! {
            <EmptyState icon="mark" title=t!("Nothing for sale today") text=t!("New things are on their way. Come back soon.")/>
        }
        .into_any();
    }
    // The link has the focus and is about to be removed, so the search field gets the focus.
    let clear = |_| document::focus_after_render("#q");
    view! {
        <EmptyState icon="mark" title=t!("Nothing found") text=t!("Try different or fewer words.")>
            <p>{Category::ALL.map(|it| view! { <a href=href(&ProductFilter { category: Some(it), ..ProductFilter::default() })>{name(it)}</a> " " }).collect_view()}</p>
            <a class="button quiet" href=href(&ProductFilter::default()) on:click=clear>{t!("Clear search")}</a>
        </EmptyState>
    }
    .into_any()
}

#[component]
fn PageOfProducts(list: RwSignal<List>, at: usize) -> impl IntoView {
    let products = Memo::new(move |_| list.with(|list| list.pages.get(at).cloned()));
    move || products.get().unwrap_or_default().into_iter().map(|product| view! { <ProductCard product/> }).collect_view()
}

/// The button "Show more", if there are more products. When the button disappears, the first new product gets the focus.
#[component]
fn MoreProducts(list: RwSignal<List>) -> impl IntoView {
    let (scope, answers) = (PageScope::current(), use_answers());
    let more = RwSignal::new(More::Idle);
    let load = move || {
        let before = list.get_untracked();
        let Some(next) = before.next.clone() else { return };
        more.set(More::Loading);
        scope.spawn(async move {
            match api::products(next).await {
                Ok((page, _)) => {
                    more.set(More::Idle);
                    // The list may have been reloaded since, and may now end elsewhere.
                    if list.with_untracked(|list| list.next == before.next) {
                        list.update(|list| list.append(page));
                        answers.keep(Route::Products, list.get_untracked());
                        // After the last page the button is gone, so the first new product gets the focus.
                        if !scroll::is_restoring() {
                            let first_new = (before.shown() + 1).to_string();
                            document::restore_focus_after_render(".product:nth-child(".to_owned() + &first_new + ") a");
                        }
                    }
                }
                Err(error) => more.set(More::Failed(error.to_string())),
            }
        });
    };
    view! { <ShowMore more has_more=move || list.with(|list| list.next.is_some()) load/> }
}
