//! Makes the words of the posts and products that have none: those from before a change of the rules, and those that another program has
//! written. The server does so when it starts and every minute, and for one batch before each search.

use crate::database::{begin_write, is_shared, retried};
use crate::product_text::in_all_languages;
use crate::text::indexed;
use sqlx::{AnyPool, AssertSqlSafe};
use std::time::Duration;
use storefront_messages::{Language, category_name};

/// The maximum number of rows in a batch.
const BATCH: usize = 500;

/// The pause after a full batch on SQLite. A writer in another process tries again every 100 milliseconds, and without this pause it might
/// find the file locked each time.
const PAUSE: Duration = Duration::from_millis(150);

/// Makes the words of all rows that have none.
///
/// # Errors
/// A database error.
pub async fn fill(db: &AnyPool) -> sqlx::Result<()> {
    fill_all(db, Duration::ZERO).await
}

/// Does the same as [`fill`], and lets other programs write between the batches.
///
/// # Errors
/// A database error.
pub(crate) async fn fill_beside_others(db: &AnyPool) -> sqlx::Result<()> {
    fill_all(db, if is_shared(db) { Duration::ZERO } else { PAUSE }).await
}

async fn fill_all(db: &AnyPool, pause: Duration) -> sqlx::Result<()> {
    for searched in Searched::ALL {
        searched.fill(db, pause).await?;
    }
    Ok(())
}

/// Rows with words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Searched {
    /// The posts of the Forums.
    Posts,
    /// The main products of the Store.
    Products,
}

impl Searched {
    /// All tables with words.
    const ALL: [Self; 2] = [Self::Posts, Self::Products];

    /// The table, the condition on its rows, and the SQL expressions of their names, other texts and categories, and of a value that changes
    /// with each of these.
    fn sql(self) -> (&'static str, &'static str, [String; 4]) {
        match self {
            Self::Posts => ("posts", "search_words IS NULL", ["title", "body", "''", "title || ' ' || body"].map(ToOwned::to_owned)),
            Self::Products => {
                let [name, description] = ["name", "description"].map(|it| in_all_languages("products", it));
                let value = in_all_languages("member", "option_value");
                let family = "FROM products AS member WHERE member.id = products.id OR member.main_product = products.id";
                let name = format!("{name} || ' ' || (SELECT string_agg({value}, ' ') {family})");
                let version = "CAST(texts_version AS TEXT)".to_owned();
                ("products", "search_words IS NULL AND main_product IS NULL", [name, description, "category".to_owned(), version])
            }
        }
    }

    /// Makes the words of all rows that have none, with a pause after each full batch.
    ///
    /// # Errors
    /// A database error.
    pub(crate) async fn fill(self, db: &AnyPool, pause: Duration) -> sqlx::Result<()> {
        let mut after = String::new();
        while let Some((last, rows)) = self.fill_batch(db, &after).await? {
            after = last;
            if rows == BATCH {
                tokio::time::sleep(pause).await;
            }
        }
        Ok(())
    }

    /// Makes the words of one batch before a search. If that fails, the search does not find these rows.
    pub(crate) async fn fill_before_search(self, db: &AnyPool) {
        if let Err(error) = self.fill_batch(db, "").await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the words of the search cannot be made");
        }
    }

    /// Makes the words of at most [`BATCH`] rows whose ids come after `after`, and returns the last id and the number of rows.
    async fn fill_batch(self, db: &AnyPool, after: &str) -> sqlx::Result<Option<(String, usize)>> {
        retried(|| self.try_batch(db, after)).await
    }

    async fn try_batch(self, db: &AnyPool, after: &str) -> sqlx::Result<Option<(String, usize)>> {
        let (table, condition, [name, text, category, version]) = self.sql();
        let select = format!(
            "SELECT id, {name}, {text}, {category}, {version} FROM {table} WHERE {condition} AND id > $1 ORDER BY id LIMIT {BATCH}"
        );
        let of_name = if self == Self::Products { ", search_name_words = $4" } else { "" };
        // A commit need not wait for the disk, because the words that a power cut loses are made again.
        let setting = if is_shared(db) { " FROM (SELECT set_config('synchronous_commit', 'off', true)) AS setting" } else { "" };
        // If another program has changed the text since, the row keeps having no words until the next fill.
        let update = format!("UPDATE {table} SET search_words = $3{of_name}{setting} WHERE id = $1 AND {version} = $2 AND {condition}");
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(AssertSqlSafe(select)).bind(after).fetch_all(db).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        // On PostgreSQL, a transaction for all rows could deadlock with the import of another program.
        let mut transaction = if is_shared(db) { None } else { Some(begin_write(db).await?) };
        for (id, name, text, category, version) in &rows {
            let words = indexed(&format!("{name} {text} {}", category_names(category)));
            let update = sqlx::query(AssertSqlSafe(update.clone())).bind(id).bind(version).bind(words);
            let update = if self == Self::Products { update.bind(indexed(name)) } else { update };
            match &mut transaction {
                Some(transaction) => update.execute(&mut **transaction).await?,
                None => update.execute(db).await?,
            };
        }
        if let Some(transaction) = transaction {
            transaction.commit().await?;
        }
        Ok(Some((last.0.clone(), rows.len())))
    }
}

/// The names of a category in all languages.
fn category_names(id: &str) -> String {
    Language::ALL.iter().filter_map(|language| language.scope(|| category_name(id))).collect::<Vec<_>>().join(" ")
}
