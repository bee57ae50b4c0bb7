//! The postal address of the user's latest order, which the checkout suggests for the next one.

use sqlx::AnyPool;
use storefront_messages::country_name;

type Row = (String, String, String, String, String, String);

/// The lines of the postal address, as on a letter. Empty if the user has no order.
pub(super) async fn lines(db: &AnyPool, user_id: &str) -> sqlx::Result<Vec<String>> {
    let query = sqlx::query_as(
        "SELECT full_name, street, street_extra, postal_code, city, country FROM orders WHERE user_id = $1
         ORDER BY placed_at DESC, id DESC LIMIT 1",
    );
    let latest: Option<Row> = query.bind(user_id).fetch_optional(db).await?;
    let Some((full_name, street, street_extra, postal_code, city, country)) = latest else { return Ok(Vec::new()) };
    let lines = [full_name, street, street_extra, format!("{postal_code} {city}"), country_name(&country).to_owned()];
    Ok(lines.into_iter().filter(|line| !line.trim().is_empty()).collect())
}
