//! The data of a development database: products, one cart, and a few posts with their authors. `--demo-data` writes it at the start.

use sqlx::AnyPool;
use time::{Duration, OffsetDateTime};

/// The user ids that kickstart.json gives to shopper@example.com and second@example.com.
const SHOPPER: &str = "20000000-0000-0000-0000-000000000001";
const SECOND: &str = "20000000-0000-0000-0000-000000000002";
const INES: &str = "20000000-0000-0000-0000-0000000000f1";
const TOMASZ: &str = "20000000-0000-0000-0000-0000000000f2";
const RUTH: &str = "20000000-0000-0000-0000-0000000000f3";
const JONAS: &str = "20000000-0000-0000-0000-0000000000f4";

/// Fills an empty database. One that has been filled before stays as it is, because people may have changed it since.
///
/// # Errors
/// When the database refuses.
pub async fn fill(db: &AnyPool) -> Result<(), sqlx::Error> {
    let mut transaction = db.begin().await?;
    let mut new_products = 0;
    for (position, product) in PRODUCTS.iter().enumerate() {
        let insert = sqlx::query(
            "INSERT INTO products (id, position, name, description, price, stock) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        );
        let values = insert.bind(product.id).bind(position as i64).bind(product.name).bind(product.description);
        new_products += values.bind(product.price).bind(product.stock).execute(&mut *transaction).await?.rows_affected();
    }
    // Of two instances that start on one empty database, the second waits at the first row above and inserts none.
    if new_products == PRODUCTS.len() as u64 {
        for (position, (product, quantity)) in CART.iter().enumerate() {
            sqlx::query("INSERT INTO cart_lines (user_id, product, quantity, position) VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, product) DO NOTHING")
                .bind(SHOPPER)
                .bind(*product)
                .bind(*quantity)
                .bind(position as i64 + 1)
                .execute(&mut *transaction)
                .await?;
        }
        for (id, name) in USERS {
            sqlx::query("INSERT INTO users (id, display_name, normalized_name) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
                .bind(id)
                .bind(name)
                .bind(name.to_lowercase())
                .execute(&mut *transaction)
                .await?;
        }
        let now = OffsetDateTime::now_utc();
        for (number, post) in POSTS.iter().enumerate() {
            let written = now - Duration::minutes(post.minutes_ago);
            sqlx::query("INSERT INTO posts (id, author_id, body, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING")
                .bind(format!("30000000-0000-0000-0000-{number:012}"))
                .bind(post.author_id)
                .bind(post.body)
                .bind((written.unix_timestamp_nanos() / 1_000) as i64)
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await
}

struct DemoProduct {
    id: &'static str,
    name: &'static str,
    description: &'static str,
    price: i64,
    stock: i64,
}

#[rustfmt::skip] // a table reads better in rows
const PRODUCTS: [DemoProduct; 12] = [
    DemoProduct { id: "enamel-mug", name: "Enamel mug", price: 1_490, stock: 64,
        description: "Steel under white enamel with a deep blue rim; goes from the shelf to the camp fire and back." },
    DemoProduct { id: "wool-blanket", name: "Wool blanket", price: 8_900, stock: 18,
        description: "Undyed lambswool in a herringbone weave, 130 by 190 cm, warm long before it feels heavy." },
    DemoProduct { id: "storm-lantern", name: "Storm lantern", price: 5_450, stock: 23,
        description: "Burns twenty hours on one filling and stays lit in a gale; the handle stays cool." },
    DemoProduct { id: "canvas-rucksack", name: "Canvas rucksack", price: 12_900, stock: 11,
        description: "Waxed cotton and bridle leather around 22 litres, with a pocket where your hand looks for it." },
    DemoProduct { id: "pocket-knife", name: "Pocket knife", price: 4_200, stock: 37,
        description: "A single carbon-steel blade in a handle of olive wood, held open by a ring that never slips." },
    DemoProduct { id: "cast-iron-pan", name: "Cast-iron pan", price: 5_900, stock: 29,
        description: "Seasoned with flaxseed oil, 26 cm across, and better in ten years than on the day it arrives." },
    DemoProduct { id: "field-thermos", name: "Field flask", price: 3_750, stock: 52,
        description: "Three quarters of a litre of tea, still too hot to drink at the summit." },
    DemoProduct { id: "linen-towel", name: "Linen towel", price: 2_400, stock: 80,
        description: "Stone-washed Belgian linen that dries on a branch in an hour and folds to nothing." },
    DemoProduct { id: "birch-hatchet", name: "Birch hatchet", price: 7_600, stock: 2,
        description: "Hand-forged head of 600 grams on a birch haft; each one is stamped by the smith who made it." },
    DemoProduct { id: "beeswax-candles", name: "Beeswax candles", price: 1_950, stock: 45,
        description: "Six dipped candles from one valley's hives, with the scent of it and nothing added." },
    DemoProduct { id: "hammock", name: "Two-tree hammock", price: 6_800, stock: 14,
        description: "Densely woven cotton with spliced ropes, wide enough to lie across and read until dark." },
    DemoProduct { id: "star-atlas", name: "Pocket star atlas", price: 2_850, stock: 0,
        description: "Twelve months of northern sky on waterproof paper, printed to be read by red light." },
];

const CART: [(&str, i64); 3] = [("enamel-mug", 2), ("wool-blanket", 1), ("storm-lantern", 1)];

/// The authors of the posts. The last four have no account.
const USERS: [(&str, &str); 6] = [
    (SHOPPER, "Shopper"),
    (SECOND, "Second"),
    (INES, "Ines Moreau"),
    (TOMASZ, "Tomasz Lis"),
    (RUTH, "Ruth Adeyemi"),
    (JONAS, "Jonas Brandt"),
];

struct DemoPost {
    minutes_ago: i64,
    author_id: &'static str,
    body: &'static str,
}

#[rustfmt::skip] // a table reads better in rows
const POSTS: [DemoPost; 6] = [
    DemoPost { minutes_ago: 9 * 1_440 + 200, author_id: INES,
        body: "How do you all season the cast-iron pan? Mine came out of the box glossy, and after three rounds of fried eggs it is only glossy in the middle." },
    DemoPost { minutes_ago: 9 * 1_440 + 95, author_id: SECOND,
        body: "Thin coats. Wipe the oil on, then wipe it off again as if it had been a mistake, and bake it an hour. Four times on a Sunday and you are done for years." },
    DemoPost { minutes_ago: 6 * 1_440 + 610, author_id: TOMASZ,
        body: "Took the storm lantern over the Hohe Tauern last week. Two nights of sleet, one filling, never went out.\nThe only thing I would change: bring spare wick." },
    DemoPost { minutes_ago: 3 * 1_440 + 45, author_id: SHOPPER,
        body: "Is the wool blanket fine to wash at home, or is it strictly an airing-on-the-line sort of thing?" },
    DemoPost { minutes_ago: 2 * 1_440 + 900, author_id: RUTH,
        body: "Airing, and a cold wool cycle once a year. Dry it flat. Ours has survived two children and a dog." },
    DemoPost { minutes_ago: 310, author_id: JONAS,
        body: "Star atlas sold out again! If anybody has an older printing to spare, I will trade half a dozen beeswax candles and my gratitude." },
];
