//! The row of a user's cart in the table `carts`: the lock of the cart's writers, the number of its changes, and the result of a merge with
//! a guest's cart.

use sqlx::AnyConnection;
use storefront_messages::t;

/// The result of merging a guest's cart into a user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// The user's cart contains everything that the guest had chosen.
    Whole,
    /// Some quantities are lower than the sum of both carts, because the stock or the maximum of a line is lower.
    InPart,
}

impl Merge {
    /// The result that the database stores as `text`.
    fn of(text: &str) -> Option<Self> {
        [Self::Whole, Self::InPart].into_iter().find(|it| it.stored() == text)
    }

    fn stored(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::InPart => "in part",
        }
    }

    /// The text for the user.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Whole => t!("Your cart now includes what you added before you signed in."),
            Self::InPart => {
                t!("Your cart now includes what you added before you signed in. Some items are low in stock, so check the quantities.")
            }
        }
    }
}

/// Makes other writers of the same cart wait for the end of this transaction, and counts a change of the cart, which `cart_events` notices.
pub(super) async fn lock(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<()> {
    let lock =
        "INSERT INTO carts (user_id, merged, changes) VALUES ($1, '', 1) ON CONFLICT (user_id) DO UPDATE SET changes = carts.changes + 1";
    sqlx::query(lock).bind(user_id).execute(db).await.map(drop)
}

/// Stores the result of merging a guest's cart into this user's cart.
pub(super) async fn note_merge(db: &mut AnyConnection, user_id: &str, merge: Merge) -> sqlx::Result<()> {
    let note = sqlx::query("UPDATE carts SET merged = $2 WHERE user_id = $1").bind(user_id).bind(merge.stored());
    note.execute(db).await.map(drop)
}

/// The result of merging a guest's cart into this user's cart. `None` if there was no merge, or if the user has acknowledged the result.
pub(super) async fn unacknowledged_merge(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<Option<Merge>> {
    let text: Option<String> = sqlx::query_scalar("SELECT merged FROM carts WHERE user_id = $1").bind(user_id).fetch_optional(db).await?;
    Ok(text.as_deref().and_then(Merge::of))
}

/// Records that the user has acknowledged the result of the merge.
pub(super) async fn acknowledge_merge(db: &mut AnyConnection, user_id: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE carts SET merged = '' WHERE user_id = $1").bind(user_id).execute(db).await.map(drop)
}
