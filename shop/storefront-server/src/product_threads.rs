//! The link between the Store and the Forums: the threads about a product. The Store shows the newest threads about a product. The Forums
//! show the name of the product that a thread is about. The Store and the Forums read each other's tables through this module, because
//! neither may import the other.

use crate::clock::rfc3339_of_micros;
use crate::product_text;
use sqlx::{AnyExecutor, AnyPool, AssertSqlSafe};
use storefront_api::product_threads::{SHOWN_THREADS, ThreadProduct, ThreadSummary};

/// Whether a text can be the id of a product. Callers send no other text to the database, because PostgreSQL fails on a NUL byte in a text
/// and SQLite does not.
pub(crate) fn is_product_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}

/// The condition for threads about the product in `parameter`, such as `$1`. To make a thread about one variant count for its whole family,
/// change this condition.
pub(crate) fn is_about(parameter: &str) -> String {
    format!("posts.product = {parameter}")
}

/// The product with this id, if the Store has one.
pub(crate) async fn product(db: impl AnyExecutor<'_>, id: &str) -> sqlx::Result<Option<ThreadProduct>> {
    if !is_product_id(id) {
        return Ok(None);
    }
    let query = format!("SELECT {} FROM products WHERE id = $1", product_text::column("name"));
    let name: Option<String> = sqlx::query_scalar(AssertSqlSafe(query)).bind(id).fetch_optional(db).await?;
    Ok(name.map(|name| ThreadProduct { id: id.to_owned(), name }))
}

/// The newest threads about a product, which the public page of the product shows. The page is useful without them: if the database fails,
/// the error is logged and the result is `None`.
pub(crate) async fn newest(db: &AnyPool, product: &str) -> Option<Vec<ThreadSummary>> {
    let log = |error: &sqlx::Error| {
        tracing::error!(error = error as &dyn std::error::Error, "the threads about a product cannot be read");
    };
    read_newest(db, product).await.inspect_err(log).ok()
}

/// The threads that the page shows, and one more if there are more, so that the page can link to all of them.
async fn read_newest(db: &AnyPool, product: &str) -> sqlx::Result<Vec<ThreadSummary>> {
    let sql = format!(
        "SELECT id, title, replies, created_at FROM posts WHERE {} AND deleted_by = '' ORDER BY created_at DESC, id DESC LIMIT $2",
        is_about("$1")
    );
    let select = sqlx::query_as(AssertSqlSafe(sql)).bind(product).bind(SHOWN_THREADS as i64 + 1);
    let rows: Vec<(String, String, i64, i64)> = select.fetch_all(db).await?;
    let summary = |(id, title, replies, created_at)| ThreadSummary {
        id,
        title,
        replies,
        created_at: rfc3339_of_micros(created_at).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(summary).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_texts_are_ids_of_products() {
        assert!(is_product_id("enamel-mug-2") && is_product_id(&"a".repeat(64)));
        for bad in ["", "Mug", "a b", "a\0", "a/b", "ä", &"a".repeat(65)] {
            assert!(!is_product_id(bad), "{bad:?}");
        }
    }
}
