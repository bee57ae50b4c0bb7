//! `cargo bench -p storefront-server --bench catalogue`: measures how long the databases take for a page of the catalogue with 100,000
//! products: everything that `GET /api/products` asks them, which is the number of products and a page of them.
//!
//! It measures SQLite in a file of its own, and PostgreSQL in a schema of its own if `TEST_DATABASE_URL` names a server, as for the tests. The
//! first argument is another number of products.

use anyhow::{Context, ensure};
use sqlx::AnyPool;
use std::io::Write;
use std::time::Instant;
use std::{env, fs};
use storefront_api::catalogue::{Category, ProductFilter, ProductOrder};
use storefront_server::{database, demo_data, store::listing};

const PRODUCTS: u32 = 100_000;
const ROUNDS: usize = 200;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench`.
    let count = env::args().skip(1).find_map(|it| it.parse().ok()).unwrap_or(PRODUCTS);
    let folder = env::temp_dir().join(format!("catalogue-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let outcome = measure_all(&format!("sqlite://{}", folder.join("bench.sqlite").display()), count).await;
    fs::remove_dir_all(&folder)?;
    outcome
}

async fn measure_all(sqlite: &str, count: u32) -> anyhow::Result<()> {
    measure("SQLite", sqlite, count).await?;
    let Ok(server) = env::var("TEST_DATABASE_URL") else {
        writeln!(std::io::stdout(), "PostgreSQL is not measured: TEST_DATABASE_URL names no server")?;
        return Ok(());
    };
    sqlx::any::install_default_drivers();
    let schema = format!("bench_{}", std::process::id());
    let pool = AnyPool::connect(&server).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&pool).await?;
    let url = format!("{server}{}options[search_path]={schema}", if server.contains('?') { '&' } else { '?' });
    let outcome = measure("PostgreSQL", &url, count).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).execute(&pool).await?;
    outcome
}

async fn measure(name: &str, url: &str, count: u32) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let db = database::open(url).await?;
    let began = Instant::now();
    demo_data::add_products(&db, count).await?;
    writeln!(out, "\n{name}: {count} products written in {:.1} s", began.elapsed().as_secs_f64())?;
    sqlx::query("ANALYZE").execute(&db).await?;
    writeln!(out, "{:58}{:>8}{:>12}{:>12}", "", "found", "median", "of 100: 95")?;
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
        ("a search that finds few: slate-blue hemp hammock", words("slate-blue hemp hammock")),
        ("a search that finds many: mug", words("mug")),
        ("families: merino blanket", words("merino blanket")),
        ("a search that finds a third: workshop", words("workshop")),
        ("the beginning of a word: la", words("la")),
        ("many, by price: mug", ProductFilter { order: ProductOrder::Price, ..words("mug") }),
        ("few, by price: hemp hammock rossi", ProductFilter { order: ProductOrder::Price, ..words("hemp hammock rossi") }),
        ("in a category without any: mug", ProductFilter { category: Some(Category::Road), ..words("mug") }),
        ("a slip: speckeld stoneware mug", words("speckeld stoneware mug")),
        ("nothing: zeppelin", words("zeppelin")),
    ];
    for (what, filter) in cases {
        let first = listing::list(&db, &filter, None).await?;
        report(&mut out, what, first.count, &measure_page(&db, &filter, None).await?)?;
        if let Some(next) = &first.next {
            let second = listing::list(&db, &filter, Some(next)).await?;
            ensure!(second.products.first().map(|it| &it.id) != first.products.first().map(|it| &it.id), "the page repeats");
            report(&mut out, "    its next page", second.count, &measure_page(&db, &filter, Some(next)).await?)?;
        }
    }
    db.close().await;
    Ok(())
}

/// The times of all rounds in milliseconds, the shortest first.
async fn measure_page(db: &AnyPool, filter: &ProductFilter, after: Option<&listing::Cursor>) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        listing::list(db, filter, after).await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn report(out: &mut impl Write, what: &str, count: i64, times: &[f64]) -> anyhow::Result<()> {
    let at = |part: usize| times.get(times.len() * part / 100).context("no round");
    Ok(writeln!(out, "{what:58}{count:>8}{:>9.2} ms{:>9.2} ms", at(50)?, at(95)?)?)
}
