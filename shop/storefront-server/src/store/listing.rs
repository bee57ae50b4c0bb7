//! A page of the catalogue: the products that a filter finds, their order, and the beginning of the next page. A family of variants counts
//! once, as its main product.
//!
//! A page begins after the last product of the previous one (keyset pagination), not at an offset. So products that are added or removed
//! between two requests neither repeat a product nor skip one.
//!
//! On PostgreSQL, a sample of one product in 16 shows in advance whether a search finds many products (`search::IN_SAMPLE`).
//! `docs/catalogue.md` explains the statements.

use crate::database;
use crate::search_words::Searched;
use crate::store::search::{self, Words};
use crate::store::variants::{self, Member};
use sqlx::{Any, AnyPool, Row, any::AnyRow};
use storefront_api::Product;
use storefront_api::catalogue::{MAX_PRODUCT_COUNT, PRODUCTS_PER_PAGE, ProductFilter, ProductOrder};

/// A page of products.
pub struct Listing {
    /// The products of the page, at most [`PRODUCTS_PER_PAGE`].
    pub products: Vec<Product>,
    /// The number of products on all pages, counted up to one more than [`MAX_PRODUCT_COUNT`].
    pub count: i64,
    /// The words that were searched for, if no product has all words of the filter: corrected, or only some of
    /// them.
    pub corrected: Option<String>,
    /// The cursor after which the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// The place where a page ends: the sort keys and the id of its last main product. The next page begins after that product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    rank: Rank,
    /// The position or the price.
    key: i64,
    id: String,
}

/// The first sort key, before the position or the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A product with all words in its name.
    InName = 0,
    /// A product with a word that is only in its description.
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
    /// Reads the cursor in the URL of a page.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (rank, key) = (Rank::of(number()?)?, number()?);
        let id = parts.next()?;
        // No product has a longer id, and PostgreSQL fails on a NUL.
        (id.len() <= 64 && !id.contains('\0')).then(|| Self { rank, key, id: id.to_owned() })
    }

    /// The cursor as text, for the URL of a page.
    pub(crate) fn text(&self) -> String {
        format!("{}.{}.{}", self.rank as i64, self.key, self.id)
    }
}

/// The page of the products that `filter` finds, beginning after `after`.
///
/// # Errors
/// A database error.
pub async fn list(db: &AnyPool, filter: &ProductFilter, after: Option<&Cursor>) -> sqlx::Result<Listing> {
    let typed = Words::of(&filter.search);
    if typed.is_empty() && !filter.search.trim().is_empty() {
        return Ok(Listing { products: Vec::new(), count: 0, corrected: None, next: None });
    }
    if !typed.is_empty() {
        Searched::Products.fill_before_search(db).await;
    }
    for words in std::iter::once(typed.clone()).chain(typed.parts()) {
        let found = page(db, filter, &words, after).await?;
        if found.count > 0 || words.is_empty() {
            return Ok(Listing { corrected: (words != typed).then(|| words.text()), ..found });
        }
        let Some(corrected) = words.corrected(db).await? else { continue };
        let found = page(db, filter, &corrected, after).await?;
        if found.count > 0 {
            return Ok(Listing { corrected: Some(corrected.text()), ..found });
        }
    }
    Ok(Listing { products: Vec::new(), count: 0, corrected: None, next: None })
}

async fn page(db: &AnyPool, filter: &ProductFilter, words: &Words, after: Option<&Cursor>) -> sqlx::Result<Listing> {
    let Some(statement) = Statement::new(db, filter, words).await? else {
        return Ok(Listing { products: Vec::new(), count: 0, corrected: None, next: None });
    };
    let (count, mut rows) = statement.read(after).await?;
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

/// The strategies to find the products of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strategy {
    /// Reads all products that match, and sorts them by rank first.
    Ranked,
    /// Reads all products that match, and sorts them without ranks.
    Sorted,
    /// Reads an index in the order of the list until the page is full.
    InOrder,
    /// Reads an index in the order of the list until the page is full, but this many products at most.
    InOrderBounded(usize),
    /// Reads and sorts the products in the first price steps of the list. A price step is a range of prices. PostgreSQL's sample tells how
    /// many steps will probably fill a page (`migrations/postgres/0023_product_search_by_price.sql`).
    PriceSteps,
}

/// The conditions of a filter, with the values of their parameters.
///
/// The statements of a search are not kept prepared, because PostgreSQL would eventually use one plan for all words, which is slow for
/// frequent words.
struct Statement<'a> {
    db: &'a AnyPool,
    order: ProductOrder,
    is_search: bool,
    /// All conditions except the one on the words.
    conditions: Vec<String>,
    /// The condition on the words of a search.
    of_words: Option<String>,
    /// The values of the parameters. In a search, the first one is the query for the words.
    texts: Vec<String>,
    /// The query for products with all words in their name.
    in_name: String,
}

/// If a search finds this many products in PostgreSQL's sample, it finds more than [`MAX_PRODUCT_COUNT`] products in all. If only
/// [`MAX_PRODUCT_COUNT`] products, which is 500, matched, the chance that 72 of them are in the sample would be less than one in a hundred
/// million.
const FREQUENT_IN_SAMPLE: i64 = 72;

/// The maximum number of products that a search on SQLite reads and sorts.
const MAX_SORTED_BY_SQLITE: i64 = 1_000;

/// The maximum number of products that a frequent search reads in the order of the list. In a catalogue of 100,000 products, at least one
/// in 87 matches a frequent search, so the server usually reads only some 2,200 products to fill a page. It reads more only if the matches
/// are far down the list.
const MAX_SCANNED: usize = 4_000;

/// The same limit for a list by price. It is lower, because a search in such a list can continue with [`Strategy::PriceSteps`].
const MAX_SCANNED_BY_PRICE: usize = 500;

/// [`Strategy::PriceSteps`] reads up to the price of the sixth match in PostgreSQL's sample; this is the offset of that match. Each match
/// in the sample stands for 16 products, so six matches stand for some 96. The strategy hardly ever finds less than a page of 24.
const SAMPLE_OF_PAGE: usize = 5;

impl<'a> Statement<'a> {
    /// Returns `None` if no product has all of the words.
    async fn new(db: &'a AnyPool, filter: &ProductFilter, words: &Words) -> sqlx::Result<Option<Self>> {
        let (mut conditions, mut texts, mut in_name) = (vec!["main_product IS NULL".to_owned()], Vec::new(), String::new());
        let mut of_words = None;
        if !words.is_empty() {
            let Some(found) = words.match_texts(db, filter.category).await? else { return Ok(None) };
            texts.push(found.anywhere);
            in_name = found.in_name;
            of_words = Some(search::matches(db, texts.len()));
        }
        if let Some(category) = filter.category {
            texts.push(category.id().to_owned());
            conditions.push(format!("category = ${}", texts.len()));
        }
        if filter.in_stock {
            conditions.push(IN_STOCK.to_owned());
        }
        Ok(Some(Self { db, order: filter.order, is_search: !words.is_empty(), conditions, of_words, texts, in_name }))
    }

    /// The number of products, and the rows of a page, with one more if there is another page.
    async fn read(&self, after: Option<&Cursor>) -> sqlx::Result<(i64, Vec<AnyRow>)> {
        if self.is_search && database::is_shared(self.db) {
            return self.read_search_of_postgresql(after).await;
        }
        let count = self.count(if self.is_search { MAX_SORTED_BY_SQLITE } else { MAX_PRODUCT_COUNT }).await?;
        if count == 0 {
            return Ok((0, Vec::new()));
        }
        // If the first page of a list was sorted by ranks, the next pages are, too, even if the number of matches has since exceeded the
        // maximum.
        let began_with_ranks = after.is_some() && self.sorted(after) == Strategy::Ranked;
        let is_few = self.is_search && (count <= MAX_SORTED_BY_SQLITE || began_with_ranks);
        let strategy = if is_few { self.sorted(after) } else { Strategy::InOrder };
        Ok((count.min(MAX_PRODUCT_COUNT + 1), self.rows(strategy, after).await?))
    }

    /// The same as [`read`](Self::read) for a search on PostgreSQL, where reading rows costs more than reading the index. If few products
    /// match, one statement reads each of them once, both to count them and to find the page. If many products match, they are not counted.
    /// The sample only decides between the two, and does not affect which products are found.
    async fn read_search_of_postgresql(&self, after: Option<&Cursor>) -> sqlx::Result<(i64, Vec<AnyRow>)> {
        let is_frequent = self.count_in_sample().await? == FREQUENT_IN_SAMPLE;
        if is_frequent && after.is_none_or(|it| it.rank == Rank::None) {
            let strategies: &[Strategy] = match self.order {
                ProductOrder::Recommended => &[Strategy::InOrderBounded(MAX_SCANNED), Strategy::Sorted],
                ProductOrder::Price | ProductOrder::PriceDescending => {
                    &[Strategy::InOrderBounded(MAX_SCANNED_BY_PRICE), Strategy::PriceSteps, Strategy::Sorted]
                }
            };
            let mut rows = Vec::new();
            for strategy in strategies {
                rows = self.rows(*strategy, after).await?;
                if rows.len() > PRODUCTS_PER_PAGE {
                    break;
                }
            }
            return Ok((MAX_PRODUCT_COUNT + 1, rows));
        }
        let rows = self.rows(self.sorted(after), after).await?;
        let count = match (rows.first(), after) {
            (Some(row), _) => row.try_get("count")?,
            (None, None) => 0,
            (None, Some(_)) => self.count(MAX_PRODUCT_COUNT).await?,
        };
        Ok((count.min(MAX_PRODUCT_COUNT + 1), rows))
    }

    /// The strategy for a search that finds few products. If the previous page was sorted without ranks, this page is, too.
    fn sorted(&self, after: Option<&Cursor>) -> Strategy {
        let is_ranked = self.order == ProductOrder::Recommended && after.is_none_or(|it| it.rank != Rank::None);
        if is_ranked { Strategy::Ranked } else { Strategy::Sorted }
    }

    fn all_conditions(&self) -> Vec<String> {
        self.conditions.iter().chain(&self.of_words).cloned().collect()
    }

    /// The number of products that match, counted up to one more than `most`.
    async fn count(&self, most: i64) -> sqlx::Result<i64> {
        let limit = most + 1;
        let query = format!("SELECT COUNT(*) FROM (SELECT 1 FROM products {} LIMIT {limit}) AS few", filtered(&self.all_conditions()));
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).persistent(!self.is_search);
        self.texts.iter().fold(query, |query, text| query.bind(text)).fetch_one(self.db).await
    }

    /// The number of products in PostgreSQL's sample that match, counted up to [`FREQUENT_IN_SAMPLE`].
    async fn count_in_sample(&self) -> sqlx::Result<i64> {
        let mut conditions = self.all_conditions();
        conditions.push(search::IN_SAMPLE.to_owned());
        let query = format!(
            "WITH found AS MATERIALIZED (SELECT 1 FROM products {}) SELECT COUNT(*) FROM (SELECT 1 FROM found LIMIT {FREQUENT_IN_SAMPLE}) AS few",
            filtered(&conditions)
        );
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).persistent(false);
        self.texts.iter().fold(query, |query, text| query.bind(text)).fetch_one(self.db).await
    }

    /// The rows of a page, and one more if there is another page. The rows of [`Strategy::Ranked`] and [`Strategy::Sorted`] also contain
    /// the number of all products that match.
    async fn rows(&self, strategy: Strategy, after: Option<&Cursor>) -> sqlx::Result<Vec<AnyRow>> {
        let (key, comparison, direction) = match self.order {
            ProductOrder::Recommended => ("position", ">", "ASC"),
            ProductOrder::Price => ("price", ">", "ASC"),
            ProductOrder::PriceDescending => ("price", "<", "DESC"),
        };
        let (mut texts, rank_column) = (self.texts.clone(), if strategy == Strategy::Ranked { "rank, " } else { "" });
        let rank = if strategy == Strategy::Ranked {
            texts.push(self.in_name.clone());
            format!("CAST(CASE WHEN {} THEN 0 ELSE 1 END AS BIGINT)", search::matches_in_name(self.db, texts.len()))
        } else {
            "CAST(2 AS BIGINT)".to_owned()
        };
        let behind = |key: &str, texts: &mut Vec<String>| {
            after.map(|after| {
                texts.push(after.id.clone());
                let (id, rank) =
                    (texts.len(), if strategy == Strategy::Ranked { format!("{}, ", after.rank as i64) } else { String::new() });
                format!("({rank_column}{key}, id) {comparison} ({rank}${}, ${id})", id + 1)
            })
        };
        let (limit, columns) = (PRODUCTS_PER_PAGE + 1, variants::columns());
        let query = match strategy {
            Strategy::Ranked | Strategy::Sorted => {
                let after = behind("key", &mut texts);
                let order = format!("{rank_column}key {direction}, id {direction}");
                format!(
                    "WITH found AS MATERIALIZED (SELECT id, {key} AS key, {rank} AS rank FROM products {}),
                          page AS MATERIALIZED (SELECT id, key, rank FROM found {} ORDER BY {order} LIMIT {limit})
                     SELECT {columns}, key, rank, (SELECT COUNT(*) FROM found) AS count FROM page JOIN products USING (id) ORDER BY {order}",
                    filtered(&self.all_conditions()),
                    filtered(&Vec::from_iter(after))
                )
            }
            Strategy::PriceSteps => {
                texts.push(search::at_price(&self.texts[0]));
                let (at_price, after) = (texts.len(), behind(key, &mut texts));
                let list = filtered(&self.conditions.iter().cloned().chain(after.clone()).collect::<Vec<_>>());
                let sample =
                    filtered(&self.all_conditions().into_iter().chain(after).chain([search::IN_SAMPLE.to_owned()]).collect::<Vec<_>>());
                let order = format!("ORDER BY key {direction}, id {direction}");
                format!(
                    "WITH sample AS MATERIALIZED (SELECT price FROM products {sample}),
                          ends AS MATERIALIZED (
                              SELECT price_step((SELECT price FROM products {list} ORDER BY price {direction}, id {direction} LIMIT 1)) AS first,
                                  price_step((SELECT price FROM sample ORDER BY price {direction} LIMIT 1 OFFSET {SAMPLE_OF_PAGE})) AS last),
                          found AS MATERIALIZED (
                              SELECT id, price AS key, {rank} AS rank FROM products {list} AND words_at_price(price, words) @@ (
                                  SELECT CAST(string_agg(replace(${at_price}, '#', CAST(step AS TEXT)), ' | ') AS tsquery)
                                  FROM ends, generate_series(least(first, last), greatest(first, last)) AS step)),
                          page AS MATERIALIZED (SELECT id, key, rank FROM found {order} LIMIT {limit})
                     SELECT {columns}, key, rank FROM page JOIN products USING (id) {order}"
                )
            }
            Strategy::InOrder => {
                let conditions: Vec<String> = self.all_conditions().into_iter().chain(behind(key, &mut texts)).collect();
                format!(
                    "SELECT {columns}, {key} AS key, {rank} AS rank FROM products {} ORDER BY {key} {direction}, id {direction} LIMIT {limit}",
                    filtered(&conditions)
                )
            }
            Strategy::InOrderBounded(most) => {
                let conditions: Vec<String> = self.conditions.iter().cloned().chain(behind(key, &mut texts)).collect();
                let order = format!("ORDER BY key {direction}, id {direction}");
                format!(
                    "WITH page AS MATERIALIZED (
                              SELECT id, key, {rank} AS rank FROM
                              (SELECT id, {key} AS key, words FROM products {} ORDER BY {key} {direction}, id {direction} LIMIT {most}) AS scanned
                              {} {order} LIMIT {limit})
                     SELECT {columns}, key, rank FROM page JOIN products USING (id) {order}",
                    filtered(&conditions),
                    filtered(&Vec::from_iter(self.of_words.clone()))
                )
            }
        };
        let query = sqlx::query::<Any>(sqlx::AssertSqlSafe(query)).persistent(!self.is_search);
        let query = texts.iter().fold(query, |query, text| query.bind(text));
        let query = after.into_iter().fold(query, |query, after| query.bind(after.key));
        query.fetch_all(self.db).await
    }
}

/// A family is in stock if one of its variants is. With `EXISTS`, PostgreSQL would read all products into a hash table.
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
