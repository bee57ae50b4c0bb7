//! Writes the data of a development database when the server starts with `--demo-data`: products, one cart, and a few threads with their
//! authors. The data itself is in `demo_data.json`, and the products' texts in other languages are in `demo_data_translations.json`.
//! Generated products have the same texts in all languages.
//!
//! `--demo-products` adds any number of generated products. The developers' program (the crate `development-world`) can
//! instead create a cart with many lines, for measurements.
//!
//! The first three users in `demo_data.json` have the user ids that `kickstart.json` gives to shopper@, second@ and moderator@example.com.
//! The other authors have no account.

use crate::{database, demo_products, search_words::Searched};
use serde::Deserialize;
use sqlx::{AnyConnection, AnyPool};
use std::collections::BTreeMap;
use storefront_api::{Product, Variant};
use storefront_messages::Language;
use time::{Duration, OffsetDateTime};

#[derive(Deserialize)]
struct DemoData {
    products: Vec<Product>,
    families: Vec<Family>,
    /// The user id of the one user with a cart.
    cart_owner: String,
    /// Products with their quantities.
    cart: Vec<(String, i64)>,
    /// User ids with their display names.
    users: Vec<(String, String)>,
    posts: Vec<DemoPost>,
}

/// The texts of a product in one language. Empty texts are those of the first language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    /// The product's id.
    product: String,
    name: String,
    description: String,
    /// The value of the option in which the product's family differs.
    #[serde(default)]
    value: String,
    #[serde(default)]
    dimensions: String,
    #[serde(default)]
    material: String,
    #[serde(default)]
    care: String,
}

/// Products that differ in one option, such as the colour.
#[derive(Deserialize)]
struct Family {
    /// The id of the main product.
    main: String,
    /// The option in which the products differ.
    option: String,
    /// The main product's value of the option.
    value: String,
    #[serde(default)]
    swatch: String,
    /// The other products of the family.
    variants: Vec<Variant>,
}

/// A post that begins a thread, or a reply.
#[derive(Deserialize)]
struct DemoPost {
    /// The age of the post at the start of the server.
    minutes_ago: i64,
    author_id: String,
    #[serde(default)]
    title: String,
    /// The product that the thread is about.
    product: Option<String>,
    body: String,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    replies: Vec<DemoPost>,
}

/// Fills an empty database. A database that was filled before stays unchanged, because people may have changed its data since.
///
/// # Errors
/// The database refuses a row.
pub async fn fill(db: &AnyPool) -> anyhow::Result<()> {
    let data: DemoData = serde_json::from_str(include_str!("../demo_data.json"))?;
    let mut transaction = database::begin_write(db).await?;
    let mut new_products = 0;
    for (position, product) in data.products.iter().enumerate() {
        new_products += insert(&mut transaction, product, position as i64).await?;
    }
    // If two instances start on the same empty database, the second waits until the first has committed: on SQLite when it begins its
    // transaction, on PostgreSQL at its first product. It then inserts no product, and returns here.
    if new_products < data.products.len() as u64 {
        return Ok(());
    }
    for family in &data.families {
        insert_family(&mut transaction, family).await?;
    }
    let translations: BTreeMap<String, Vec<Texts>> = serde_json::from_str(include_str!("../demo_data_translations.json"))?;
    for (language, products) in &translations {
        for texts in products {
            insert_texts(&mut transaction, language, texts).await?;
        }
    }
    for (position, (product, quantity)) in data.cart.iter().enumerate() {
        let insert =
            sqlx::query("INSERT INTO cart_lines (user_id, product, quantity, position) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING");
        let values = insert.bind(&data.cart_owner).bind(product).bind(*quantity).bind(position as i64 + 1);
        values.execute(&mut *transaction).await?;
    }
    for (id, name) in &data.users {
        let insert = sqlx::query("INSERT INTO users (id, display_name, normalized_name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        insert.bind(id).bind(name).bind(name.to_lowercase()).execute(&mut *transaction).await?;
    }
    let now = OffsetDateTime::now_utc();
    let micros = |post: &DemoPost| ((now - Duration::minutes(post.minutes_ago)).unix_timestamp_nanos() / 1_000) as i64;
    let mut number = 0;
    for post in &data.posts {
        let thread = demo_id(number);
        let last_activity = post.replies.iter().chain([post]).map(micros).max();
        for (row, of_thread) in [(post, None)].into_iter().chain(post.replies.iter().map(|it| (it, Some(&thread)))) {
            let insert = sqlx::query(
                "INSERT INTO posts (id, thread, author_id, title, body, created_at, locked, replies, last_activity, product, may_be_public)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1) ON CONFLICT DO NOTHING",
            );
            let insert = insert.bind(demo_id(number)).bind(of_thread).bind(&row.author_id).bind(&row.title).bind(&row.body);
            let insert = insert.bind(micros(row)).bind(i64::from(row.locked)).bind(row.replies.len() as i64);
            let insert = insert.bind(last_activity.filter(|_| of_thread.is_none()).unwrap_or(micros(row)));
            insert.bind(&row.product).execute(&mut *transaction).await?;
            number += 1;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Inserts a product, unless its id exists. Returns how many rows are new.
async fn insert(transaction: &mut AnyConnection, product: &Product, position: i64) -> sqlx::Result<u64> {
    let insert = sqlx::query(
        "INSERT INTO products (id, position, name, description, price, stock, category, dimensions, material, care)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING",
    );
    let details = product.details.clone().unwrap_or_default();
    let values = insert.bind(&product.id).bind(position).bind(&product.name).bind(&product.description);
    let values = values.bind(product.price).bind(product.stock).bind(&product.category);
    let values = values.bind(&details.dimensions).bind(&details.material).bind(&details.care);
    Ok(values.execute(&mut *transaction).await?.rows_affected())
}

/// Makes a product the main product of a family, and inserts the other products of the family.
async fn insert_family(transaction: &mut AnyConnection, family: &Family) -> sqlx::Result<()> {
    let Family { main, option, value, swatch, variants } = family;
    let update = sqlx::query("UPDATE products SET option_name = $1, option_value = $2, swatch = $3 WHERE id = $4");
    update.bind(option).bind(value).bind(swatch).bind(main).execute(&mut *transaction).await?;
    for (position, variant) in variants.iter().enumerate() {
        let insert = sqlx::query(
            "INSERT INTO products (id, position, name, description, price, stock, category, main_product, option_value, swatch)
             SELECT $1, $2, $3, $4, $5, $6, category, id, $7, $8 FROM products WHERE id = $9 ON CONFLICT (id) DO NOTHING",
        );
        let values = insert.bind(&variant.id).bind(position as i64 + 1).bind(&variant.name).bind(&variant.description);
        let values = values.bind(variant.price).bind(variant.stock).bind(&variant.value).bind(&variant.swatch).bind(main);
        values.execute(&mut *transaction).await?;
    }
    Ok(())
}

async fn insert_texts(transaction: &mut AnyConnection, language: &str, texts: &Texts) -> sqlx::Result<()> {
    let Texts { product, name, description, value, dimensions, material, care } = texts;
    let insert = sqlx::query(
        "INSERT INTO product_texts (product, language, name, description, option_value, dimensions, material, care)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    let insert = insert.bind(product).bind(language).bind(name).bind(description).bind(value);
    insert.bind(dimensions).bind(material).bind(care).execute(transaction).await.map(drop)
}

fn demo_id(number: usize) -> String {
    format!("30000000-0000-0000-0000-{number:012}")
}

/// Adds the first `count` generated products ([`demo_products`]) and their variants, unless the last of them exists already.
///
/// # Errors
/// The database refuses a row.
pub async fn add_products(db: &AnyPool, count: u32) -> anyhow::Result<()> {
    let mut transaction = database::begin_write(db).await?;
    let last = demo_products::product(count.saturating_sub(1)).id;
    let is_there: Option<String> =
        sqlx::query_scalar("SELECT id FROM products WHERE id = $1").bind(last).fetch_optional(&mut *transaction).await?;
    if is_there.is_some() {
        return Ok(());
    }
    for number in 0..count {
        let product = demo_products::product(number);
        insert(&mut transaction, &product, i64::from(number) + FIRST_POSITION).await?;
        if let Some(variant) = demo_products::variant(number) {
            let (option, value) = ("size".to_owned(), demo_products::USUAL.to_owned());
            let family = Family { main: product.id, option, value, swatch: String::new(), variants: vec![variant] };
            insert_family(&mut transaction, &family).await?;
        }
    }
    for language in Language::ALL.into_iter().skip(1) {
        let insert = "INSERT INTO product_texts (product, language, name, description) SELECT id, $1, name, description FROM products
             WHERE id NOT IN (SELECT product FROM product_texts WHERE language = $1) LIMIT 500 ON CONFLICT DO NOTHING";
        // PostgreSQL would cancel one statement for thousands of products on a busy machine.
        while sqlx::query(insert).bind(language.tag()).execute(&mut *transaction).await?.rows_affected() > 0 {}
    }
    transaction.commit().await?;
    Ok(Searched::Products.fill(db, std::time::Duration::ZERO).await?)
}

/// The position of the first generated product in the catalogue, after the products of `demo_data.json`.
const FIRST_POSITION: i64 = 100;

/// Fills an empty database with `lines` products, and the cart of the demo data's shopper with one of each.
///
/// # Errors
/// The database refuses a row, for example because it is not empty.
pub async fn fill_long_cart(db: &AnyPool, lines: u32) -> anyhow::Result<()> {
    let data: DemoData = serde_json::from_str(include_str!("../demo_data.json"))?;
    let mut transaction = database::begin_write(db).await?;
    for number in 1..=i64::from(lines) {
        let (id, name) = (format!("product-{number}"), format!("Product {number}"));
        let insert = sqlx::query("INSERT INTO products (id, position, name, description, price, stock) VALUES ($1, $2, $3, '', $4, 99)");
        insert.bind(&id).bind(number).bind(name).bind(100 + number).execute(&mut *transaction).await?;
        let insert = sqlx::query("INSERT INTO cart_lines (user_id, product, quantity, position) VALUES ($1, $2, 1, $3)");
        insert.bind(&data.cart_owner).bind(id).bind(number).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}
