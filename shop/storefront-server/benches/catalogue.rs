//! `cargo bench -p storefront-server --bench catalogue`: measures how long the databases take for a page of a catalogue with 100,000
//! products. It runs every query of `GET /api/products`: the number of products, a page of them, and the correction of typos.
//!
//! It measures SQLite in a temporary file, including the calls from Rust. If `TEST_DATABASE_URL` names a PostgreSQL server with
//! `pg_stat_statements`, it measures PostgreSQL instead, in a temporary schema and without the calls, and fails if a page takes longer
//! than the goal. The first argument changes the number of products.

mod postgresql;

use anyhow::{Context, ensure};
use postgresql::{GOAL_MS, in_new_schema, median_time};
use sqlx::AnyPool;
use std::env;
use std::io::Write;
use std::time::Instant;
use storefront_api::catalogue::{Category, ProductFilter, ProductOrder};
use storefront_server::{database, demo_data, store::listing};

const PRODUCTS: u32 = 100_000;
const ROUNDS: usize = 50;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Cargo adds the argument `--bench`, which is not the number.
    let count = env::args().skip(1).find_map(|it| it.parse().ok()).unwrap_or(PRODUCTS);
    if let Some(server) = postgresql::server() {
        return in_new_schema(&server, async |url| measure("PostgreSQL", url, count).await).await;
    }
    let folder = tempfile::tempdir()?;
    measure("SQLite", &format!("sqlite://{}", folder.path().join("bench.sqlite").display()), count).await
}

async fn measure(name: &str, url: &str, count: u32) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let db = database::open(url).await?;
    let began = Instant::now();
    demo_data::add_products(&db, count).await?;
    writeln!(out, "\n{name}: {count} products written in {:.1} s", began.elapsed().as_secs_f64())?;
    sqlx::raw_sql(if database::is_shared(&db) { "VACUUM ANALYZE" } else { "ANALYZE" }).execute(&db).await?;
    writeln!(out, "{:58}{:>8}{:>12}{:>12}", "", "found", "median", "next page")?;
    let words = |words: &str| ProductFilter { search: words.to_owned(), ..ProductFilter::default() };
    let category = ProductFilter { category: Some(Category::Road), ..ProductFilter::default() };
    let cases = [
        ("all", ProductFilter::default()),
        ("a category", category.clone()),
        ("a category, by price", ProductFilter { order: ProductOrder::Price, ..category.clone() }),
        (
            "a category, by price, dearest first, in stock",
            ProductFilter { order: ProductOrder::PriceDescending, in_stock: true, ..category },
        ),
        ("one: hickory hatchet moreau summer", words("hickory hatchet moreau summer")),
        ("few: slate-blue hemp hammock", words("slate-blue hemp hammock")),
        ("hundreds: moreau lantern", words("moreau lantern")),
        ("beyond a thousand: copper lantern", words("copper lantern")),
        ("one in 17: mug", words("mug")),
        ("families: merino blanket", words("merino blanket")),
        ("one in six: workshop", words("workshop")),
        ("every product: for", words("for")),
        ("the beginning of a word: slat", words("slat")),
        ("the beginning of some: la", words("la")),
        ("the beginning of many: l", words("l")),
        ("two that are frequent: lindqvist every", words("lindqvist every")),
        ("two that are never together: lindqvist moreau", words("lindqvist moreau")),
        ("one in 17, by price", ProductFilter { order: ProductOrder::Price, ..words("mug") }),
        ("one in 17, dearest first", ProductFilter { order: ProductOrder::PriceDescending, ..words("mug") }),
        ("thousands, dearest first: copper lantern", ProductFilter { order: ProductOrder::PriceDescending, ..words("copper lantern") }),
        ("one in six, dearest first: workshop", ProductFilter { order: ProductOrder::PriceDescending, ..words("workshop") }),
        ("every product, dearest first: for", ProductFilter { order: ProductOrder::PriceDescending, ..words("for") }),
        ("many beginnings, dearest first: l", ProductFilter { order: ProductOrder::PriceDescending, ..words("l") }),
        (
            "one in 17 in a category, dearest first: mug",
            ProductFilter { order: ProductOrder::PriceDescending, category: Some(Category::Kitchen), ..words("mug") },
        ),
        ("few, by price: hemp hammock rossi", ProductFilter { order: ProductOrder::Price, ..words("hemp hammock rossi") }),
        ("in a category with all of them: mug", ProductFilter { category: Some(Category::Kitchen), ..words("mug") }),
        ("in a category without any: mug", ProductFilter { category: Some(Category::Road), ..words("mug") }),
        ("in stock: moreau lantern", ProductFilter { in_stock: true, ..words("moreau lantern") }),
        ("a slip: speckeld stoneware mug", words("speckeld stoneware mug")),
        ("a slip in a frequent word: lantren", words("lantren")),
        ("nothing: zeppelin", words("zeppelin")),
        ("nothing: zeppelin mug", words("zeppelin mug")),
    ];
    let mut too_slow = Vec::new();
    for (what, filter) in cases {
        let first = listing::list(&db, &filter, None).await?;
        let time = time_of_page(&db, &filter, None).await?;
        let next_time = match &first.next {
            Some(next) => {
                let second = listing::list(&db, &filter, Some(next)).await?;
                ensure!(second.products.first().map(|it| &it.id) != first.products.first().map(|it| &it.id), "the page repeats");
                Some(time_of_page(&db, &filter, Some(next)).await?)
            }
            None => None,
        };
        let shown = next_time.map_or(String::new(), |it| format!("{it:>9.2} ms"));
        writeln!(out, "{what:58}{:>8}{time:>9.2} ms{shown}", first.count)?;
        if database::is_shared(&db) && time.max(next_time.unwrap_or_default()) >= GOAL_MS {
            too_slow.push(what);
        }
    }
    db.close().await;
    ensure!(too_slow.is_empty(), "more than {GOAL_MS} ms: {too_slow:?}");
    Ok(())
}

/// The median time of a page in milliseconds: PostgreSQL's own time, or with SQLite the time of the whole call.
async fn time_of_page(db: &AnyPool, filter: &ProductFilter, after: Option<&listing::Cursor>) -> anyhow::Result<f64> {
    if database::is_shared(db) {
        return median_time(db, ROUNDS, async || Ok(listing::list(db, filter, after).await.map(drop)?)).await;
    }
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        listing::list(db, filter, after).await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    times.get(ROUNDS / 2).copied().context("no round")
}
