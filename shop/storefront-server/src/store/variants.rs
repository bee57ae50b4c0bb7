//! Families of products that differ in one option, such as the colour. Each variant is a separate product, so carts and orders need not
//! know families. Lists show a family once: its main product, or the variant that matches the search.

use crate::product_text;
use crate::store::{CURRENCY, search::Words};
use sqlx::{AnyPool, Row, any::AnyRow};
use storefront_api::catalogue::{ProductFilter, ProductOrder};
use storefront_api::{Product, Variant};

/// The columns of `products` that [`Member::of`] reads, with the texts in the current language.
pub(super) fn columns() -> String {
    let [name, description, value] = ["name", "description", "option_value"].map(product_text::column);
    format!(
        "id, {name} AS name, {description} AS description, price, stock, category, main_product, option_name, {value} AS option_value,
         swatch, {} AS searched_values",
        product_text::in_all_languages("products", "option_value")
    )
}

/// A product with its place in a family.
pub(super) struct Member {
    /// The product, without its variants. The main product of a family contains the name of the option.
    product: Product,
    /// `None` if the product is a main product, or has no family.
    main_product: Option<String>,
    /// The product's value of the option. Empty if the product has no family.
    value: String,
    /// The value in all languages.
    searched_values: String,
    swatch: String,
}

/// Whether the variants of a product contain their descriptions. Lists omit the descriptions, because no list shows them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Descriptions {
    Included,
    Omitted,
}

impl Member {
    /// The product of a row with the [`columns`].
    ///
    /// # Errors
    /// The row lacks a column.
    pub(super) fn of(row: &AnyRow) -> sqlx::Result<Self> {
        Ok(Self {
            product: Product {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                description: row.try_get("description")?,
                price: row.try_get("price")?,
                currency: CURRENCY.to_owned(),
                stock: row.try_get("stock")?,
                category: row.try_get("category")?,
                option: row.try_get("option_name")?,
                variants: Vec::new(),
                threads: None,
                details: None,
            },
            main_product: row.try_get("main_product")?,
            value: row.try_get("option_value")?,
            searched_values: row.try_get("searched_values")?,
            swatch: row.try_get("swatch")?,
        })
    }

    /// The id of the product.
    pub(super) fn id(&self) -> &str {
        &self.product.id
    }

    fn has_family(&self) -> bool {
        !self.value.is_empty()
    }

    fn variant(&self, descriptions: Descriptions) -> Variant {
        let Product { id, name, description, price, stock, .. } = self.product.clone();
        let description = if descriptions == Descriptions::Included { description } else { String::new() };
        Variant { id, value: self.value.clone(), swatch: self.swatch.clone(), name, description, price, stock }
    }

    /// The product with its family, which begins with the main product. If the family has only one product, the result has no variants.
    fn product(&self, family: &[&Self], descriptions: Descriptions) -> Product {
        let (option, variants) = match family {
            [main, _, ..] => (main.product.option.clone(), family.iter().map(|it| it.variant(descriptions)).collect()),
            _ => (String::new(), Vec::new()),
        };
        Product { option, variants, ..self.product.clone() }
    }
}

/// The product with all variants of its family.
pub(super) async fn with_family(db: &AnyPool, member: Member) -> sqlx::Result<Product> {
    if !member.has_family() {
        return Ok(member.product(&[], Descriptions::Included));
    }
    let query = format!(
        "SELECT {} FROM products WHERE id = $1 OR main_product = $1
         ORDER BY CASE WHEN main_product IS NULL THEN 0 ELSE 1 END, position, id",
        columns()
    );
    let main = member.main_product.as_deref().unwrap_or(member.id());
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(main).fetch_all(db).await?;
    let family = rows.iter().map(Member::of).collect::<Result<Vec<_>, _>>()?;
    Ok(member.product(&family.iter().collect::<Vec<_>>(), Descriptions::Included))
}

/// The products that a list of these main products shows: of each family, the variant that best matches `filter` and the `words` of its
/// search.
pub(super) async fn in_list(db: &AnyPool, mains: &[Member], filter: &ProductFilter, words: &Words) -> sqlx::Result<Vec<Product>> {
    let variants = variants_of(db, mains.iter().filter(|it| it.has_family()).map(Member::id).collect()).await?;
    let shown = mains.iter().map(|main| {
        let is_of_family = |it: &&Member| it.main_product.as_deref() == Some(main.id());
        let family: Vec<&Member> = std::iter::once(main).chain(variants.iter().filter(is_of_family)).collect();
        best_variant(&family, filter, words).unwrap_or(main).product(&family, Descriptions::Omitted)
    });
    Ok(shown.collect())
}

/// The variant of a family that a list shows: the one with the most words of the search in its value, among those in stock if the filter
/// requires that. Of equal variants it is the first. The main product comes before all others. A list by price sorts a family by the main
/// product's price, so it shows a variant with that price.
fn best_variant<'a>(family: &[&'a Member], filter: &ProductFilter, words: &Words) -> Option<&'a Member> {
    let main_price = family.first()?.product.price;
    let rank = |it: &Member| {
        let is_in_place = filter.order == ProductOrder::Recommended || it.product.price == main_price;
        (!filter.in_stock || it.product.stock > 0, is_in_place, words.number_in(&it.searched_values))
    };
    // Among equal variants `max_by_key` returns the last one, so the family is reversed.
    family.iter().rev().copied().max_by_key(|it| rank(it))
}

async fn variants_of(db: &AnyPool, mains: Vec<&str>) -> sqlx::Result<Vec<Member>> {
    if mains.is_empty() {
        return Ok(Vec::new());
    }
    let parameters = (1..=mains.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let query = format!("SELECT {} FROM products WHERE main_product IN ({parameters}) ORDER BY main_product, position, id", columns());
    let query = mains.into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(query)), |query, id| query.bind(id));
    query.fetch_all(db).await?.iter().map(Member::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A product of a family with its value, price and stock.
    fn member((value, price, stock): (&str, i64, i64)) -> Member {
        let product = Product {
            id: format!("mug-{value}"),
            name: "Mug".to_owned(),
            description: "For tea.".to_owned(),
            price,
            currency: CURRENCY.to_owned(),
            stock,
            category: String::new(),
            option: "colour".to_owned(),
            threads: None,
            details: None,
            variants: Vec::new(),
        };
        Member { product, main_product: None, value: value.to_owned(), searched_values: value.to_owned(), swatch: String::new() }
    }

    fn shown(family: &[(&str, i64, i64)], query: &str) -> String {
        let (members, filter): (Vec<Member>, _) = (family.iter().copied().map(member).collect(), ProductFilter::of_query(query));
        best_variant(&members.iter().collect::<Vec<_>>(), &filter, &Words::of(&filter.search)).unwrap().value.clone()
    }

    #[test]
    fn a_family_is_shown_by_the_variant_that_was_asked_for() {
        let family = [("white", 100, 1), ("dark blue", 100, 1), ("blue", 120, 1), ("green", 100, 0)];
        for (query, value) in [
            ("", "white"),
            ("q=mug", "white"),
            ("q=blue+mug", "dark blue"),
            ("q=mug+bl", "dark blue"),
            ("q=bl+mug", "white"),
            ("q=dark+blue", "dark blue"),
            ("q=white+blue", "white"),
            ("q=green", "green"),
            ("q=green&available=1", "white"),
            ("sort=price", "white"),
        ] {
            assert_eq!(shown(&family, query), value, "{query}");
        }
    }

    #[test]
    fn what_is_sold_out_gives_way_to_what_is_in_stock() {
        let family = [("white", 100, 0), ("blue", 120, 3), ("green", 100, 0)];
        for (query, value) in [
            ("", "white"),
            ("available=1", "blue"),
            ("available=1&sort=price", "blue"),
            ("available=1&q=green", "blue"),
            ("q=blue", "blue"),
        ] {
            assert_eq!(shown(&family, query), value, "{query}");
        }
    }

    #[test]
    fn in_a_list_by_price_a_variant_of_another_price_is_not_shown() {
        let family = [("white", 100, 1), ("blue", 120, 1), ("green", 100, 1)];
        for (query, value) in [("q=blue&sort=price", "white"), ("q=green&sort=price-desc", "green"), ("q=blue", "blue")] {
            assert_eq!(shown(&family, query), value, "{query}");
        }
    }
}
