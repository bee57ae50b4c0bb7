//! `TEST_DATABASE_URL=postgres://… cargo bench -p storefront-server --bench threads`: what PostgreSQL needs for the Forums' queries on a million
//! posts, in a schema of its own, which is deleted again. `THREADS_BENCH_POSTS` is another number of posts, and `THREADS_BENCH_PLANS=1` prints
//! the plans.
//!
//! The times are those of `EXPLAIN (ANALYZE)`, planning and execution, so neither the network nor this process counts.

use anyhow::{Context, ensure};
use sqlx::{AnyPool, AssertSqlSafe};
use std::{env, io::Write};
use storefront_server::database;
use storefront_server::forums::posts::{Narrowed, Sort, list_sql};

/// Each thread has nine replies.
const POSTS_IN_THREAD: i64 = 10;
const ROUNDS: usize = 9;
/// What the goal allows for a page of the list, in milliseconds.
const GOAL_MS: f64 = 2.0;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = env::var("TEST_DATABASE_URL").context("TEST_DATABASE_URL names no PostgreSQL")?;
    ensure!(url.starts_with("postgres"), "SQLite has no EXPLAIN (ANALYZE)");
    sqlx::any::install_default_drivers();
    let schema = format!("threads_{}", std::process::id());
    let admin = AnyPool::connect(&url).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&admin).await?;
    let outcome = measure(&format!("{url}{}options[search_path]={schema}", if url.contains('?') { '&' } else { '?' })).await;
    sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).execute(&admin).await?;
    outcome
}

async fn measure(url: &str) -> anyhow::Result<()> {
    let posts: i64 = env::var("THREADS_BENCH_POSTS").ok().map_or(Ok(1_000_000), |it| it.parse())?;
    let threads = posts / POSTS_IN_THREAD;
    let db = database::open(url).await?;
    fill(&db, threads).await?;
    let newest = format!("'user-1', {}, '', 31", i64::MAX);
    let deep = format!("'user-1', {}, 'thread-{}', 31", (threads / 2) * 1_000_000, threads / 2);
    let replies = "SELECT * FROM posts LEFT JOIN users ON users.id = posts.author_id
        WHERE posts.thread = $1 AND posts.created_at > 0 ORDER BY posts.created_at LIMIT 51";
    let all = Narrowed::default();
    let (by_time, by_activity) = (list_sql(Sort::Newest, all, true), list_sql(Sort::Activity, all, true));
    let search = list_sql(Sort::Newest, Narrowed { by_words: true, ..all }, true);
    let about = list_sql(Sort::Newest, Narrowed { by_product: true, ..all }, true);
    let types = "TEXT, BIGINT, TEXT, BIGINT";
    let mut out = std::io::stdout();
    writeln!(out, "{posts} posts in {threads} threads, median of {ROUNDS} rounds")?;
    for (name, sql, types, arguments, is_goal) in [
        ("the first page", &*by_time, types, newest.clone(), true),
        ("a page in the middle", &by_time, types, deep, true),
        ("the first page by activity", &by_activity, types, newest.clone(), true),
        ("those about a product", &about, "TEXT, BIGINT, TEXT, BIGINT, TEXT", format!("{newest}, 'product-7'"), true),
        ("a page of replies", replies, "TEXT", format!("'thread-{}'", threads / 2), true),
        ("a search, few hits", &search, "TEXT, BIGINT, TEXT, BIGINT, TEXT", format!("{newest}, '''rare7'':*'"), false),
        ("a search, a hit in each thread", &search, "TEXT, BIGINT, TEXT, BIGINT, TEXT", format!("{newest}, '''common'':*'"), false),
    ] {
        let (median, plan) = explain(&db, sql, types, &arguments).await?;
        writeln!(out, "{name:32}{median:>10.3} ms")?;
        if env::var_os("THREADS_BENCH_PLANS").is_some() {
            writeln!(out, "{plan}\n")?;
        }
        ensure!(!is_goal || median < GOAL_MS, "{name} takes {median} ms; the goal is {GOAL_MS} ms");
    }
    Ok(())
}

async fn fill(db: &AnyPool, threads: i64) -> anyhow::Result<()> {
    let mut connection = db.acquire().await?;
    let body = "'A text of some length about number ' || n || ', as people write them, with a common word and rare' || n % 10007";
    for sql in [
        "SET statement_timeout = 0".to_owned(),
        format!(
            "INSERT INTO posts (id, product, author_id, title, body, created_at, replies, last_activity)
             SELECT 'thread-' || n, CASE WHEN n % 3 = 0 THEN 'product-' || n % 1000 END, 'user-' || n % 5000, 'Title of thread ' || n, {body}, n * 1000000, 9, n * 1000000 + (n * 7919) % 5000000
             FROM generate_series(1, {threads}) AS n"
        ),
        format!(
            "INSERT INTO posts (id, thread, author_id, body, created_at, last_activity)
             SELECT 'reply-' || n || '-' || m, 'thread-' || n, 'user-' || (n + m) % 5000, {body}, n * 1000000 + m, n * 1000000 + m
             FROM generate_series(1, {threads}) AS n, generate_series(1, {}) AS m",
            POSTS_IN_THREAD - 1
        ),
        "INSERT INTO users (id, display_name, normalized_name) SELECT 'user-' || n, 'User ' || n, 'user ' || n FROM generate_series(0, 4999) AS n"
            .to_owned(),
        format!(
            "INSERT INTO thread_reads (user_id, thread, read_at) SELECT 'user-' || m, 'thread-' || n, n * 1000000
             FROM generate_series(1, {threads}, 100) AS n, generate_series(1, 50) AS m"
        ),
        "ANALYZE".to_owned(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Planning and execution together, in milliseconds, of a statement that was prepared as the driver prepares it; and the plan.
async fn explain(db: &AnyPool, sql: &str, types: &str, arguments: &str) -> anyhow::Result<(f64, String)> {
    let mut connection = db.acquire().await?;
    let (mut times, mut plan) = (Vec::new(), String::new());
    sqlx::raw_sql(AssertSqlSafe(format!("PREPARE measured ({types}) AS {sql}"))).execute(&mut *connection).await?;
    for _ in 0..ROUNDS {
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS) EXECUTE measured({arguments})");
        let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_all(&mut *connection).await?;
        let time = |name: &str| {
            let line = lines.iter().find_map(|it| it.strip_prefix(name)).context("the plan has no such time")?;
            Ok::<f64, anyhow::Error>(line.trim().trim_end_matches(" ms").parse()?)
        };
        times.push(time("Planning Time:")? + time("Execution Time:")?);
        plan = lines.join("\n");
    }
    sqlx::raw_sql("DEALLOCATE measured").execute(&mut *connection).await?;
    times.sort_by(f64::total_cmp);
    Ok((times[ROUNDS / 2], plan))
}
