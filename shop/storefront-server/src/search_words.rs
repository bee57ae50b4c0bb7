//! Makes the words of the posts and products that have none: those from before a change of the rules, and those that another program has
//! written. The server does so when it opens the database and every minute, and for one batch before each search.

use crate::database;
use crate::text::indexed;
use sqlx::{AnyPool, AssertSqlSafe};
use storefront_messages::{Language, category_name};

/// The maximum number of rows in a batch.
const BATCH: u32 = 500;

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
    pub(crate) const ALL: [Self; 2] = [Self::Posts, Self::Products];

    /// The table, the condition on its rows, and the SQL expressions of their names, other texts and categories.
    fn sql(self) -> (&'static str, &'static str, [&'static str; 3]) {
        match self {
            Self::Posts => ("posts", "search_words IS NULL", ["title", "body", "''"]),
            Self::Products => (
                "products",
                "search_words IS NULL AND main_product IS NULL",
                [
                    "name || ' ' || german_name || ' ' || option_value || ' ' || german_option_value || ' ' || variant_values",
                    "description || ' ' || german_description",
                    "category",
                ],
            ),
        }
    }

    /// Makes the words of all rows that have none.
    ///
    /// # Errors
    /// A database error.
    pub(crate) async fn fill(self, db: &AnyPool) -> Result<(), sqlx::Error> {
        while self.fill_batch(db).await? > 0 {}
        Ok(())
    }

    /// Makes the words of one batch before a search. If that fails, the search does not find these rows.
    pub(crate) async fn fill_before_search(self, db: &AnyPool) {
        if let Err(error) = self.fill_batch(db).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the words of the search cannot be made");
        }
    }

    /// Makes the words of at most [`BATCH`] rows, and returns their number.
    async fn fill_batch(self, db: &AnyPool) -> Result<u64, sqlx::Error> {
        database::retried(|| self.try_batch(db)).await
    }

    async fn try_batch(self, db: &AnyPool) -> Result<u64, sqlx::Error> {
        let (table, condition, [name, text, category]) = self.sql();
        let select = format!("SELECT id, {name}, {text}, {category} FROM {table} WHERE {condition} ORDER BY id LIMIT {BATCH}");
        let of_name = if self == Self::Products { ", search_name_words = $6" } else { "" };
        // If another program has changed the text since, the row keeps having no words, and the next batch reads it again.
        let update = format!(
            "UPDATE {table} SET search_words = $5{of_name} WHERE id = $1 AND {name} = $2 AND {text} = $3 AND {category} = $4 AND {condition}"
        );
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(AssertSqlSafe(select)).fetch_all(db).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        // Commits one by one would each wait for the disk.
        let (mut transaction, mut made) = (database::begin_write(db).await?, 0);
        for (id, name, text, category) in &rows {
            let words = indexed(&format!("{name} {text} {}", category_names(category)));
            let update = sqlx::query(AssertSqlSafe(update.clone())).bind(id).bind(name).bind(text).bind(category).bind(words);
            let update = if self == Self::Products { update.bind(indexed(name)) } else { update };
            made += update.execute(&mut *transaction).await?.rows_affected();
        }
        transaction.commit().await?;
        Ok(made)
    }
}

/// The names of a category in all languages.
fn category_names(id: &str) -> String {
    Language::ALL.iter().filter_map(|language| language.scope(|| category_name(id))).collect::<Vec<_>>().join(" ")
}
