//! Drafts: unsent posts of the Forums, one for each thread and one for each edited post, and the unsent checkout form of the Store. Only
//! the user who wrote a draft sees it. The server deletes a draft when the user publishes the post or places the order, and 30 days after
//! the last save.

use crate::clock::now_ms;
use crate::user_data::{Deletion, Export, UserData};
use crate::{database, product_text, product_threads::is_product_id};
use serde_json::Value;
use sqlx::{AnyConnection, AnyExecutor, AnyPool, AssertSqlSafe};
use storefront_api::forums::{Draft, DraftSaved, NEW_THREAD, SaveDraft};
use storefront_api::{StoredData, product_threads::ThreadProduct};

/// The tables of drafts.
pub(crate) const USER_DATA: &[UserData] = &[
    UserData {
        table: "drafts",
        export: Export::Rows(StoredData::Posts, "drafts", "SELECT thread, product, title, body, saved_at FROM drafts WHERE user_id = $1"),
        deletion: Deletion::RowsBy("user_id"),
    },
    UserData {
        table: "checkout_drafts",
        export: Export::Value(StoredData::Orders, "checkoutDraft", |db, user_id| Box::pin(checkout(db, user_id))),
        deletion: Deletion::RowsBy("user_id"),
    },
];

async fn checkout(db: &AnyPool, user_id: &str) -> sqlx::Result<Value> {
    let body = sqlx::query_scalar::<_, String>("SELECT body FROM checkout_drafts WHERE user_id = $1").bind(user_id);
    Ok(body.fetch_optional(db).await?.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default())
}

/// The key of the draft in which a user edits this post. The database stores it in place of a thread's id.
pub(crate) fn edit_of(post: &str) -> String {
    format!("{EDIT}{post}")
}

const EDIT: &str = "edit-";

/// The maximum number of drafts of posts that a user has.
const MAX_DRAFTS: i64 = 100;

/// Saves a user's draft in place of the previous one. The text is never truncated, because the size limit of the request already bounds it.
/// A draft for an unknown thread or post is not saved, and an unknown product is left out. A draft beyond [`MAX_DRAFTS`] replaces the
/// oldest one.
pub(crate) async fn save(db: &mut AnyConnection, user_id: &str, thread: &str, draft: &SaveDraft) -> sqlx::Result<()> {
    let without_nul = |text: &str| text.replace('\0', ""); // PostgreSQL rejects NUL in a text
    // `saved_at` rises with every save, even within a millisecond, because devices use it as the version of a draft.
    sqlx::query(
        "INSERT INTO drafts (user_id, thread, title, body, saved_at, product)
         SELECT $1, $2, $3, $4, $5, (SELECT id FROM products WHERE id = $8)
         WHERE $2 = $6 OR EXISTS (SELECT 1 FROM posts WHERE id = $7)
         ON CONFLICT (user_id, thread) DO UPDATE SET title = excluded.title, body = excluded.body, product = excluded.product,
           saved_at = CASE WHEN drafts.saved_at < excluded.saved_at THEN excluded.saved_at ELSE drafts.saved_at + 1 END",
    )
    .bind(user_id)
    .bind(without_nul(thread))
    .bind(without_nul(&draft.title))
    .bind(without_nul(&draft.body))
    .bind(now_ms())
    .bind(NEW_THREAD)
    .bind(without_nul(thread.strip_prefix(EDIT).unwrap_or(thread)))
    .bind(draft.product.as_deref().filter(|it| is_product_id(it)).unwrap_or_default())
    .execute(&mut *db)
    .await?;
    let oldest = "DELETE FROM drafts WHERE user_id = $1 AND thread NOT IN
                  (SELECT thread FROM drafts WHERE user_id = $1 ORDER BY saved_at DESC, thread LIMIT $2)";
    sqlx::query(oldest).bind(user_id).bind(MAX_DRAFTS).execute(db).await.map(drop)
}

/// Saves a user's checkout form, `body`, in place of the previous one.
pub(crate) async fn save_checkout(db: impl AnyExecutor<'_>, user_id: &str, body: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO checkout_drafts (user_id, body, saved_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at",
    )
    .bind(user_id)
    .bind(body.replace('\0', "")) // PostgreSQL rejects NUL in a text
    .bind(now_ms())
    .execute(db)
    .await?;
    Ok(())
}

/// Saves a draft in place of the previous one. An empty draft deletes the previous one instead. If another device has saved the previous
/// draft and the author has not seen it, the result contains its text.
pub(crate) async fn save_seen(db: &AnyPool, user_id: &str, thread: &str, draft: &SaveDraft) -> sqlx::Result<DraftSaved> {
    database::retried(|| async {
        let mut transaction = database::begin_write(db).await?;
        // This statement changes nothing. It only makes another device that saves the same draft wait for the end of this transaction.
        let lock = sqlx::query("UPDATE drafts SET saved_at = saved_at WHERE user_id = $1 AND thread = $2");
        lock.bind(user_id).bind(thread).execute(&mut *transaction).await?;
        let before = load(&mut *transaction, user_id, thread).await?;
        let saved_at = if draft.body.trim().is_empty() && draft.title.trim().is_empty() {
            delete(&mut *transaction, user_id, thread).await?;
            0
        } else {
            save(&mut transaction, user_id, thread, draft).await?;
            load(&mut *transaction, user_id, thread).await?.saved_at
        };
        transaction.commit().await?;
        let is_foreign = before.saved_at > 0 && before.saved_at != draft.seen && before.body != draft.body;
        Ok(DraftSaved { saved_at, replaced: is_foreign.then_some(before.body) })
    })
    .await
}

/// Title, body, time of the last change, and id and name of the product.
type DraftRow = (String, String, i64, Option<String>, Option<String>);

/// Loads a user's draft, which is empty if there is none.
pub(crate) async fn load(db: impl AnyExecutor<'_>, user_id: &str, thread: &str) -> sqlx::Result<Draft> {
    let query = format!(
        "SELECT title, body, saved_at, products.id, {} FROM drafts LEFT JOIN products ON products.id = drafts.product
         WHERE user_id = $1 AND thread = $2",
        product_text::column("name")
    );
    let draft: Option<DraftRow> = sqlx::query_as(AssertSqlSafe(query)).bind(user_id).bind(thread).fetch_optional(db).await?;
    Ok(draft.map_or_else(Draft::default, |(title, body, saved_at, product, name)| {
        let product = product.zip(name).map(|(id, name)| ThreadProduct { id, name });
        Draft { title, body, saved_at, product }
    }))
}

/// Deletes a user's draft.
pub(crate) async fn delete(db: impl AnyExecutor<'_>, user_id: &str, thread: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM drafts WHERE user_id = $1 AND thread = $2").bind(user_id).bind(thread).execute(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn drafts_of_users_who_do_not_come_back_are_deleted() {
        let (_folder, db) = database::open_temporary().await;
        let body = async || load(&db, "user", NEW_THREAD).await.unwrap().body;
        let draft = |body: &str| SaveDraft { title: String::new(), body: body.to_owned(), seen: 0, product: None };
        let mut connection = db.acquire().await.unwrap();
        save(&mut connection, "user", NEW_THREAD, &draft("Half a thought")).await.unwrap();
        save_checkout(&db, "user", "{}").await.unwrap();
        save(&mut connection, "user", "no-thread", &draft("Lost on purpose")).await.unwrap();
        drop(connection);
        assert_eq!(load(&db, "user", "no-thread").await.unwrap(), Draft::default());
        for number in 0..2 * MAX_DRAFTS {
            let post = "INSERT INTO posts (id, author_id, body, created_at) VALUES ($1, 'author', 'Text', 1)";
            sqlx::query(post).bind(number.to_string()).execute(&db).await.unwrap();
            save(&mut db.acquire().await.unwrap(), "writer", &number.to_string(), &draft("One of many")).await.unwrap();
        }
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM drafts WHERE user_id = 'writer'").fetch_one(&db).await.unwrap();
        assert_eq!(left, MAX_DRAFTS);
        sqlx::query("DELETE FROM drafts WHERE user_id = 'writer'").execute(&db).await.unwrap();
        let day = 24 * 60 * 60 * 1_000;
        for (days, left) in [(29, "Half a thought"), (31, "")] {
            crate::purge::purge(&db, now_ms() + days * day, std::time::Duration::ZERO).await;
            assert_eq!(body().await, left, "after {days} days");
        }
    }
}
