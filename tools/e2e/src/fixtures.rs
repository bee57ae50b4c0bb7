//! Data that journeys write directly into the server's database, because the API has no way to create it.

use sqlx::{AnyConnection, Connection, any::install_default_drivers, query};
use std::time::{SystemTime, UNIX_EPOCH};

/// Adds `lines` new products to the Store, and replaces a user's cart by a cart with one of each.
pub(crate) async fn fill_cart(database_url: &str, user_id: &str, lines: usize) -> anyhow::Result<()> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(database_url).await?;
    query("DELETE FROM cart_lines WHERE user_id = $1").bind(user_id).execute(&mut connection).await?;
    for number in 0..i64::try_from(lines)? {
        let id = format!("crate-{number}");
        query("INSERT INTO products (id, position, name, description, price, stock) VALUES ($1, $2, $3, 'A crate.', 100, 99)")
            .bind(&id)
            .bind(1_000 + number)
            .bind(format!("Crate {number}"))
            .execute(&mut connection)
            .await?;
        query("INSERT INTO cart_lines (user_id, product, quantity, position) VALUES ($1, $2, 1, $3)")
            .bind(user_id)
            .bind(&id)
            .bind(number)
            .execute(&mut connection)
            .await?;
    }
    Ok(connection.close().await?)
}

pub(crate) async fn set_stock(database_url: &str, product: &str, stock: i64) -> anyhow::Result<()> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(database_url).await?;
    query("UPDATE products SET stock = $1 WHERE id = $2").bind(stock).bind(product).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Adds `count` threads to the Forums, each newer than the threads before it. The threads are about `product`, if it is given.
pub(crate) async fn add_threads(database_url: &str, product: Option<&str>, count: i64) -> anyhow::Result<()> {
    install_default_drivers();
    let mut connection = AnyConnection::connect(database_url).await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    for number in 0..count {
        let insert = query(
            "INSERT INTO posts (id, author_id, title, body, created_at, last_activity, product)
             VALUES ($1, 'somebody', $2, 'A text.', $3, $3, $4)",
        );
        let insert = insert.bind(format!("thread-{number}")).bind(format!("Thread {number}")).bind(now + number).bind(product);
        insert.execute(&mut connection).await?;
    }
    Ok(connection.close().await?)
}
