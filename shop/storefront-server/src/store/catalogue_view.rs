//! The parts around the products in the server-rendered list: the search, the links to categories and pages, and the data for search
//! engines. Everything is a form or a link, with the same URLs as in the single-page app.

use crate::pages::components::empty_state;
use crate::store::listing::{self, Cursor, Listing};
use crate::store::products::next_query;
use maud::{Markup, html};
use sqlx::AnyPool;
use storefront_api::catalogue::{Category, MAX_SEARCH_CHARS, ProductFilter, ProductOrder, parameter};
use storefront_messages::{category_name, product_count, sort_order_name, t};

/// A page of the list, with its filter.
pub(super) struct ListPage {
    pub(super) listing: Listing,
    /// The query string of this page, from its `?` on.
    pub(super) query: String,
    pub(super) filter: ProductFilter,
    /// Whether the list begins here.
    is_first: bool,
    /// Whether the URL is that of the link "Search" in the header, `/?q=`.
    asks_for_search: bool,
}

impl ListPage {
    /// Reads the page for a query string. Unknown parameters are ignored.
    pub(super) async fn read(db: &AnyPool, query: &str) -> sqlx::Result<Self> {
        let filter = ProductFilter::of_query(query);
        let after = cursor_of(query);
        Ok(Self {
            listing: listing::list(db, &filter, after.as_ref()).await?,
            asks_for_search: parameter(query, "q").is_some_and(|it| it.is_empty()),
            query: query_of(&filter, after.as_ref()),
            filter,
            is_first: after.is_none(),
        })
    }

    /// The name of the page for its title.
    pub(super) fn title(&self) -> String {
        match self.filter.category {
            _ if !self.filter.search.is_empty() => t!("Search: {}", self.filter.search),
            Some(category) => name(category).to_owned(),
            None => t!("Products").to_owned(),
        }
    }

    /// Elements for search engines. Search engines should index the first page of the full list and of each category, in catalogue order.
    /// On all other pages they should only follow links.
    pub(super) fn head(&self, origin: &str) -> Markup {
        let listed = ProductFilter { category: self.filter.category, ..ProductFilter::default() };
        html! {
            @if self.filter == listed && self.is_first {
                link rel="canonical" href={ (origin) "/" (listed.to_query()) };
            } @else {
                meta name="robots" content="noindex";
            }
        }
    }

    /// Whether the page is the first page of the full list, and was not opened by the link "Search".
    pub(super) fn is_start(&self) -> bool {
        self.query.is_empty() && !self.asks_for_search
    }

    /// The form of the search and the links to the categories.
    pub(super) fn search(&self) -> Markup {
        let ProductFilter { search, category, order, in_stock } = &self.filter;
        html! {
            form.catalogue-search role="search" method="get" action="/" {
                label for="q" { (t!("Search products")) }
                input #q name="q" type="search" value=(search) placeholder=(t!("Search products")) maxlength=(MAX_SEARCH_CHARS)
                    autocomplete="off" autocapitalize="none" enterkeyhint="search" autofocus[self.asks_for_search];
                button.primary type="submit" { (t!("Search")) }
                details.catalogue-filter {
                    summary.button.quiet {
                        (t!("Filter"))
                        @if self.filter.choices() > 0 { span.badge { (self.filter.choices()) } }
                    }
                }
                @if let Some(category) = category { input type="hidden" name="category" value=(category.id()); }
                div.catalogue-choices {
                    label for="sort" { (t!("Sort by")) }
                    select #sort name="sort" {
                        @for it in ProductOrder::ALL { option value=(it.id()) selected[it == *order] { (sort_order_name(it.id())) } }
                    }
                    label.check { input #available type="checkbox" name="available" value="1" checked[*in_stock]; (t!("In stock only")) }
                    button.quiet type="submit" { (t!("Apply")) }
                }
            }
            nav.categories aria-label=(t!("Categories")) {
                @for it in [None].into_iter().chain(Category::ALL.map(Some)) {
                    a href={ "/" (ProductFilter { category: it, ..self.filter.clone() }.to_query()) } aria-current=[(it == *category).then_some("true")] {
                        (it.map_or(t!("All"), name))
                    }
                }
            }
        }
    }

    /// The number of products found, or a suggestion for the shopper if there are none.
    pub(super) fn summary(&self) -> Markup {
        let Listing { products, count, corrected, .. } = &self.listing;
        let search = self.filter.search.trim();
        html! {
            @if !products.is_empty() {
                p.catalogue-count role="status" {
                    @if let Some(corrected) = corrected { (t!("Showing results for “{}”.", corrected)) " " }
                    (product_count(*count))
                }
            } @else if self.filter == ProductFilter::default() && self.is_first {
                (empty_state(t!("Nothing for sale today"), t!("New things are on their way. Come back soon."), Markup::default()))
            } @else {
                p.catalogue-count role="status" {
                    @if search.is_empty() { (t!("No products match.")) } @else { (t!("Nothing found for “{}”.", search)) }
                }
                (empty_state(t!("Nothing found"), t!("Try different or fewer words."), html! {
                    p { @for it in Category::ALL { a href={ "/" (ProductFilter { category: Some(it), ..ProductFilter::default() }.to_query()) } { (name(it)) } " " } }
                    a.button.quiet href="/" { (t!("Clear search")) }
                }))
            }
        }
    }

    /// The links to the next page and back to the first one.
    pub(super) fn pages(&self) -> Markup {
        let corrected = self.listing.corrected.clone();
        let searched = ProductFilter { search: corrected.unwrap_or_else(|| self.filter.search.clone()), ..self.filter.clone() };
        html! {
            @if !self.is_first || self.listing.next.is_some() { p.more {
                @if !self.is_first { a.button.quiet href={ "/" (self.filter.to_query()) } { (t!("First page")) } }
                @if let Some(next) = &self.listing.next { a.button.primary rel="next" href={ "/" (next_query(&searched, next)) } { (t!("Next page")) } }
            } }
        }
    }
}

/// The URL of the page of the list for a query string, without unknown parameters.
pub(super) fn list_url(query: &str) -> String {
    format!("/{}", query_of(&ProductFilter::of_query(query), cursor_of(query).as_ref()))
}

fn query_of(filter: &ProductFilter, after: Option<&Cursor>) -> String {
    after.map_or_else(|| filter.to_query(), |after| next_query(filter, after))
}

fn cursor_of(query: &str) -> Option<Cursor> {
    Cursor::parse(&parameter(query, "after")?)
}

fn name(category: Category) -> &'static str {
    category_name(category.id()).unwrap_or(category.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_has_a_name() {
        for category in Category::ALL {
            assert!(category_name(category.id()).is_some(), "{category:?}");
        }
    }

    #[test]
    fn a_form_leads_back_to_its_list_and_nowhere_else() {
        for query in ["", "?q=mug&category=kitchen", "?sort=price&after=2.1490.enamel-mug"] {
            assert_eq!(list_url(query), format!("/{query}"));
        }
        for query in ["//evil.test", "/evil.test?q=", "https://evil.test", "\r\nx: y", "?after=x", "?next=//evil.test"] {
            assert_eq!(list_url(query), "/", "{query:?}");
        }
    }
}
