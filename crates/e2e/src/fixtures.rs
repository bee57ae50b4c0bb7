use sqlx::{AnyConnection, Connection, any::install_default_drivers, query};

/// Puts `lines` new products into the Store, and one of each into a shopper's cart in place of what that holds.
pub(crate) async fn fill_cart(database_url: &str, shopper: &str, lines: usize) -> anyhow::Result<()> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(database_url).await?;
    query("DELETE FROM cart_lines WHERE shopper = $1").bind(shopper).execute(&mut connection).await?;
    for number in 0..i64::try_from(lines)? {
        let id = format!("crate-{number}");
        query("INSERT INTO products (id, position, name, description, price, stock) VALUES ($1, $2, $3, 'A crate.', 100, 99)")
            .bind(&id)
            .bind(1_000 + number)
            .bind(format!("Crate {number}"))
            .execute(&mut connection)
            .await?;
        query("INSERT INTO cart_lines (shopper, product, quantity, position) VALUES ($1, $2, 1, $3)")
            .bind(shopper)
            .bind(&id)
            .bind(number)
            .execute(&mut connection)
            .await?;
    }
    Ok(connection.close().await?)
}
