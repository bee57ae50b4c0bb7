//! The link between the Store and the Forums: the threads about a product. The Store shows the newest threads about a product. The Forums
//! show the name of the product that a thread is about. The Store and the Forums read each other's tables through this module, because
//! neither may import the other.

use crate::clock::rfc3339_of_micros;
use crate::product_text;
use crate::users::default_name;
use sqlx::{AnyExecutor, AnyPool, AssertSqlSafe};
use storefront_api::post_text::own_words;
use storefront_api::product_threads::{MAX_ANSWER_CHARS, SHOWN_THREADS, ThreadAnswer, ThreadProduct, ThreadSummary};

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

/// The threads that the page shows, and one more if there are more, so that the page can link to all of them. Each has its first answer that
/// may be public, and that neither its author nor a moderator has deleted. A reply of the user who asks is no answer.
async fn read_newest(db: &AnyPool, product: &str) -> sqlx::Result<Vec<ThreadSummary>> {
    let sql = format!(
        "SELECT threads.id, threads.title, threads.replies, threads.created_at, answers.body, answers.author_id, users.display_name
         FROM (SELECT id, title, replies, created_at, author_id FROM posts WHERE {} AND deleted_by = ''
               ORDER BY created_at DESC, id DESC LIMIT $2) AS threads
         LEFT JOIN posts AS answers ON answers.id = (
             SELECT id FROM posts WHERE posts.thread = threads.id AND posts.may_be_public = 1 AND posts.deleted_by = ''
                 AND posts.author_id <> threads.author_id
             ORDER BY posts.created_at, posts.id LIMIT 1)
         LEFT JOIN users ON users.id = answers.author_id
         ORDER BY threads.created_at DESC, threads.id DESC",
        is_about("$1")
    );
    let select = sqlx::query_as(AssertSqlSafe(sql)).bind(product).bind(SHOWN_THREADS as i64 + 1);
    let rows: Vec<SummaryRow> = select.fetch_all(db).await?;
    Ok(rows.into_iter().map(SummaryRow::summary).collect())
}

#[derive(sqlx_macros::FromRow)]
struct SummaryRow {
    id: String,
    title: String,
    replies: i64,
    created_at: i64,
    /// The answer's.
    body: Option<String>,
    author_id: Option<String>,
    display_name: Option<String>,
}

impl SummaryRow {
    fn summary(self) -> ThreadSummary {
        let Self { id, title, replies, created_at, body, author_id, display_name } = self;
        // A reply that only quotes would publish what another member has written for members.
        let answer = body.and_then(|it| own_words(&it)).zip(author_id).map(|(text, author_id)| ThreadAnswer {
            author: display_name.unwrap_or_else(|| default_name(&author_id)),
            text: shortened(text),
        });
        ThreadSummary { id, title, replies, created_at: rfc3339_of_micros(created_at).unwrap_or_default(), answer }
    }
}

/// The text, or its beginning with "…" if it is longer than [`MAX_ANSWER_CHARS`].
fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_ANSWER_CHARS) {
        Some((end, _)) => text[..end].trim_end().to_owned() + "…",
        None => text,
    }
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
