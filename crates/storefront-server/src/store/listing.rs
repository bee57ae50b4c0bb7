//! A page of the catalogue: which products a filter finds, in which order, and where the next page begins. A family of variants counts once,
//! as its main product.
//!
//! A page begins after the last product of the one before (a keyset), and not at a number of products: what is added or removed meanwhile
//! neither repeats a product nor skips one.

use crate::store::search::{self, Words};
use crate::store::variants::{self, COLUMNS, Member};
use sqlx::{Any, AnyPool, Row, any::AnyRow};
use storefront_api::Product;
use storefront_api::catalogue::{MAX_PRODUCT_COUNT, PRODUCTS_PER_PAGE, ProductFilter, ProductOrder};

/// A page of products.
pub struct Listing {
    /// The products of the page, at most [`PRODUCTS_PER_PAGE`].
    pub products: Vec<Product>,
    /// How many there are on all pages, up to one more than [`MAX_PRODUCT_COUNT`].
    pub count: i64,
    /// What was searched for in place of what the filter says, because a word had a slip.
    pub corrected: Option<String>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// The last main product of a page, by what the list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    rank: Rank,
    /// The position or the price.
    key: i64,
    id: String,
}

/// What comes first, before the position or the price counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A product with all words in its name.
    InName = 0,
    /// A product with a word in its description alone.
    InDescription = 1,
    /// Any product, in a list without ranks.
    None = 2,
}

impl Rank {
    fn of(number: i64) -> Option<Self> {
        [Self::InName, Self::InDescription, Self::None].into_iter().find(|it| *it as i64 == number)
    }
}

impl Cursor {
    /// The cursor of a text that a page's link has.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (rank, key) = (Rank::of(number()?)?, number()?);
        let id = parts.next()?;
        // No product has a longer id, and PostgreSQL fails on a NUL.
        (id.len() <= 64 && !id.contains('\0')).then(|| Self { rank, key, id: id.to_owned() })
    }

    /// The text for a link.
    pub(crate) fn text(&self) -> String {
        format!("{}.{}.{}", self.rank as i64, self.key, self.id)
    }
}

/// The page of the products that `filter` finds which begins after `after`.
///
/// # Errors
/// The database's.
pub async fn list(db: &AnyPool, filter: &ProductFilter, after: Option<&Cursor>) -> Result<Listing, sqlx::Error> {
    let typed = Words::of(&filter.search);
    if typed.is_empty() && !filter.search.trim().is_empty() {
        return Ok(Listing { products: Vec::new(), count: 0, corrected: None, next: None });
    }
    let found = page(db, filter, &typed, after).await?;
    if found.count > 0 || typed.is_empty() {
        return Ok(found);
    }
    let Some(words) = typed.corrected(db).await? else { return Ok(found) };
    let corrected = page(db, filter, &words, after).await?;
    Ok(if corrected.count > 0 { Listing { corrected: Some(words.text()), ..corrected } } else { found })
}

async fn page(db: &AnyPool, filter: &ProductFilter, words: &Words, after: Option<&Cursor>) -> Result<Listing, sqlx::Error> {
    let statement = Statement::new(db, filter, words);
    let count = statement.count().await?;
    let mut rows = if count == 0 { Vec::new() } else { statement.rows(count, after).await? };
    let has_more = rows.len() > PRODUCTS_PER_PAGE;
    rows.truncate(PRODUCTS_PER_PAGE);
    let mains = rows.iter().map(Member::of).collect::<Result<Vec<_>, _>>()?;
    let next = match rows.last() {
        Some(last) if has_more => {
            let (rank, key) = (last.try_get("rank")?, last.try_get("key")?);
            Rank::of(rank).map(|rank| Cursor { rank, key, id: mains.last().map(Member::id).unwrap_or_default().to_owned() })
        }
        _ => None,
    };
    let products = variants::in_list(db, &mains, filter, words).await?;
    Ok(Listing { products, count, corrected: None, next })
}

/// The conditions of a filter, with the values of their parameters.
///
/// The statements of a search are not kept prepared, because PostgreSQL would come to plan them for any words, which is wrong for frequent ones.
struct Statement<'a> {
    db: &'a AnyPool,
    order: ProductOrder,
    is_search: bool,
    conditions: Vec<String>,
    texts: Vec<String>,
    in_name: String,
}

impl<'a> Statement<'a> {
    fn new(db: &'a AnyPool, filter: &ProductFilter, words: &Words) -> Self {
        let (mut conditions, mut texts, mut in_name) = (vec!["main_product IS NULL".to_owned()], Vec::new(), String::new());
        if !words.is_empty() {
            let found = words.match_texts(db);
            texts.push(found.anywhere);
            in_name = found.in_name;
            conditions.push(search::matches(db, texts.len()));
        }
        if let Some(category) = filter.category {
            texts.push(category.id().to_owned());
            conditions.push(format!("category = ${}", texts.len()));
        }
        if filter.in_stock {
            conditions.push(IN_STOCK.to_owned());
        }
        Self { db, order: filter.order, is_search: !words.is_empty(), conditions, texts, in_name }
    }

    /// How many products there are, counted as far as [`MAX_PRODUCT_COUNT`] and one more.
    async fn count(&self) -> Result<i64, sqlx::Error> {
        let limit = MAX_PRODUCT_COUNT + 1;
        let query = format!("SELECT COUNT(*) FROM (SELECT 1 FROM products {} LIMIT {limit}) AS few", filtered(&self.conditions));
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).persistent(!self.is_search);
        self.texts.iter().fold(query, |query, text| query.bind(text)).fetch_one(self.db).await
    }

    /// The rows of a page, and one more if there is another page.
    ///
    /// What a search finds is read as a whole and sorted, if `count` says that this is little. Of more, few rows have to be read in the order
    /// of an index until a page is full; these have no ranks, and the cursor keeps to that. So neither way ever reads much, whatever the
    /// database believes about the words.
    async fn rows(&self, count: i64, after: Option<&Cursor>) -> Result<Vec<AnyRow>, sqlx::Error> {
        let (key, comparison, direction) = match self.order {
            ProductOrder::Recommended => ("position", ">", "ASC"),
            ProductOrder::Price => ("price", ">", "ASC"),
            ProductOrder::PriceDescending => ("price", "<", "DESC"),
        };
        let is_ranked = self.is_search
            && self.order == ProductOrder::Recommended
            && after.map_or(count <= MAX_PRODUCT_COUNT, |after| after.rank != Rank::None);
        let mut texts = self.texts.clone();
        let rank = if is_ranked {
            texts.push(self.in_name.clone());
            format!("CAST(CASE WHEN {} THEN 0 ELSE 1 END AS BIGINT)", search::matches_in_name(self.db, texts.len()))
        } else {
            "CAST(2 AS BIGINT)".to_owned()
        };
        let is_sorted = is_ranked || (self.is_search && count <= MAX_PRODUCT_COUNT);
        let mut conditions = if is_sorted { Vec::new() } else { self.conditions.clone() };
        let rank_column = if is_ranked { "rank, " } else { "" };
        if let Some(after) = after {
            texts.push(after.id.clone());
            let (id, rank) = (texts.len(), if is_ranked { format!("{}, ", after.rank as i64) } else { String::new() });
            conditions.push(format!("({rank_column}{key}, id) {comparison} ({rank}${}, ${id})", id + 1));
        }
        let page =
            format!("{} ORDER BY {rank_column}{key} {direction}, id {direction} LIMIT {}", filtered(&conditions), PRODUCTS_PER_PAGE + 1);
        let query = if is_sorted {
            let found = format!("SELECT {COLUMNS}, position, {rank} AS rank FROM products {}", filtered(&self.conditions));
            format!("WITH found AS MATERIALIZED ({found}) SELECT {COLUMNS}, {key} AS key, rank FROM found {page}")
        } else {
            format!("SELECT {COLUMNS}, {key} AS key, {rank} AS rank FROM products {page}")
        };
        let query = sqlx::query::<Any>(sqlx::AssertSqlSafe(query)).persistent(!self.is_search);
        let query = texts.iter().fold(query, |query, text| query.bind(text));
        let query = after.into_iter().fold(query, |query, after| query.bind(after.key));
        query.fetch_all(self.db).await
    }
}

/// A family is in stock if one of its variants is. Of `EXISTS` PostgreSQL would read all products into a table of hashes.
const IN_STOCK: &str = "(stock > 0 OR (option_name <> '' AND
    (SELECT MAX(variant.stock) FROM products AS variant WHERE variant.main_product = products.id) > 0))";

fn filtered(conditions: &[String]) -> String {
    if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_and_its_text_say_the_same() {
        for (rank, key, id) in [(Rank::InName, 0, "enamel-mug"), (Rank::InDescription, i64::MAX, ""), (Rank::None, -1, "a.b.c")] {
            let cursor = Cursor { rank, key, id: id.to_owned() };
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let long = format!("2.1.{}", "a".repeat(65));
        for text in ["", "2", "2.1", "3.1.a", "2.x.a", "2.99999999999999999999.a", "2.1.a\0", &long] {
            assert_eq!(Cursor::parse(text), None, "{text:?}");
        }
    }
}
