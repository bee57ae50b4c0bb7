//! What only the page of a product shows: its dimensions, material and care, and related products.

use crate::product_text;
use sqlx::AnyPool;
use storefront_api::{Product, ProductDetails, RELATED_PRODUCTS, RelatedProduct};

/// The details of a product.
pub(super) async fn of(db: &AnyPool, product: &Product) -> sqlx::Result<ProductDetails> {
    let main = product.main_product().0;
    let [dimensions, material, care] = ["dimensions", "material", "care"].map(product_text::column);
    let query = format!("SELECT {dimensions}, {material}, {care}, position FROM products WHERE id = $1");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(main);
    let row: Option<(String, String, String, i64)> = query.fetch_optional(db).await?;
    let Some((dimensions, material, care, position)) = row else { return Ok(ProductDetails::default()) };
    Ok(ProductDetails { dimensions, material, care, related: related(db, product, main, position).await? })
}

/// The next products of the same category in the order of the catalogue. The first product follows the last one, so that each product is
/// related to others.
async fn related(db: &AnyPool, product: &Product, main: &str, position: i64) -> sqlx::Result<Vec<RelatedProduct>> {
    let mut related: Vec<RelatedProduct> = Vec::new();
    for condition in ["category = $1 AND position > $3", "category = $1 AND position <= $3", "category <> $1 AND position <> $3"] {
        let missing = RELATED_PRODUCTS - related.len();
        if missing > 0 {
            let query = format!(
                "SELECT id, {}, price FROM products WHERE main_product IS NULL AND stock > 0 AND id <> $2 AND {condition}
                 ORDER BY position, id LIMIT $4",
                product_text::column("name")
            );
            let rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(&product.category).bind(main).bind(position).bind(missing as i64);
            let rows: Vec<(String, String, i64)> = rows.fetch_all(db).await?;
            related.extend(rows.into_iter().map(|(id, name, price)| RelatedProduct { id, name, price }));
        }
    }
    Ok(related)
}
