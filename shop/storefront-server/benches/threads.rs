//! `TEST_DATABASE_URL=postgres://… cargo bench -p storefront-server --bench threads`: measures PostgreSQL's own time for a page of the
//! Forums with a million posts: lists, searches and a thread's replies. It uses a temporary schema. `THREADS_BENCH_POSTS` changes the
//! number of posts. A page that takes longer than the goal allows is an error.

mod postgresql;

use anyhow::{Context, ensure};
use axum::extract::Query;
use postgresql::{GOAL_MS, in_new_schema, median_time};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Executor};
use std::{env, io::Write};
use storefront_server::auth::verify::Identity;
use storefront_server::database;
use storefront_server::forums::posts::{ListQuery, list};

/// The posts in each thread: the first post and nine replies.
const POSTS_IN_THREAD: i64 = 10;
const ROUNDS: usize = 30;
/// Searches that may miss the goal: each word is in many posts, but hardly any post has both.
const MISSED: [&str; 2] = ["q=hundredth+threehundredth", "q=half+tenth"];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let server = postgresql::server().context("TEST_DATABASE_URL names no PostgreSQL")?;
    in_new_schema(&server, measure).await
}

async fn measure(url: &str) -> anyhow::Result<()> {
    let posts: i64 = env::var("THREADS_BENCH_POSTS").ok().map_or(Ok(1_000_000), |it| it.parse())?;
    let threads = posts / POSTS_IN_THREAD;
    let db = database::open(url).await?;
    fill(&db, threads).await?;
    let reader = Identity::new("user-1".to_owned(), None);
    let deep = format!("after={}_thread-{}", threads / 2 * 1_000_000, threads / 2);
    let (mut out, mut too_slow) = (std::io::stdout(), Vec::new());
    writeln!(out, "{posts} posts in {threads} threads, median of {ROUNDS} rounds")?;
    for (name, text) in [
        ("the newest", String::new()),
        ("a page in the middle", deep.clone()),
        ("by activity", "sort=activity".to_owned()),
        ("about a product", "product=product-7".to_owned()),
        ("a word in every post", "q=common".to_owned()),
        ("… by activity", "q=common&sort=activity".to_owned()),
        ("… a page in the middle", format!("q=common&{deep}")),
        ("two words in every post", "q=common+word".to_owned()),
        ("one post in 2", "q=half".to_owned()),
        ("one post in 10", "q=tenth".to_owned()),
        ("… by activity", "q=tenth&sort=activity".to_owned()),
        ("one post in 100", "q=hundredth".to_owned()),
        ("… by activity", "q=hundredth&sort=activity".to_owned()),
        ("… a page in the middle", format!("q=hundredth&{deep}")),
        ("one post in 300", "q=threehundredth".to_owned()),
        ("one post in 500", "q=fivehundredth".to_owned()),
        ("one post in 1,000", "q=thousandth".to_owned()),
        ("… by activity", "q=thousandth&sort=activity".to_owned()),
        ("one post in 3,000", "q=threethousandth".to_owned()),
        ("one post in 10,000", "q=tenthousandth".to_owned()),
        ("one thread in 10,000", "q=rare4242".to_owned()),
        ("the beginning of 111 words, a hundred threads in a row", "q=rare70".to_owned()),
        ("the beginning of 1,111 words, a thousand in a row", "q=rare7".to_owned()),
        ("one thread in 10,000, and a word in every post", "q=rare7007+common".to_owned()),
        ("one post in 100 and one in 300, never together", "q=hundredth+threehundredth".to_owned()),
        ("one post in 2 and one in 10, hardly ever together", "q=half+tenth".to_owned()),
        ("one post in 1,000, and a word in every post", "q=thousandth+common".to_owned()),
        ("no post", "q=zeppelin".to_owned()),
        ("no post, and a word in every post", "q=zeppelin+common".to_owned()),
        ("one post in 100, about a product", "q=hundredth&product=product-7".to_owned()),
    ] {
        let query = || Ok::<ListQuery, anyhow::Error>(Query::try_from_uri(&format!("/?{text}").parse()?)?.0);
        let page = list(&db, &reader, query()?).await?;
        let time = median_time(&db, ROUNDS, async || Ok(list(&db, &reader, query()?).await.map(drop)?)).await?;
        let more = if page.next("/").is_some() { " and more" } else { "" };
        writeln!(out, "{name:56}{time:>8.2} ms{:>6}{more}", page.threads.len())?;
        if time >= GOAL_MS && !MISSED.contains(&&*text) {
            too_slow.push(name);
        }
    }
    let replies = "SELECT posts.id, title, body, display_name FROM posts LEFT JOIN users ON users.id = posts.author_id
        WHERE posts.thread = $1 AND posts.created_at > 0 ORDER BY posts.created_at LIMIT 51";
    let thread = format!("thread-{}", threads / 2);
    let time = median_time(&db, ROUNDS, async || Ok(sqlx::query(replies).bind(&thread).execute(&db).await.map(drop)?)).await?;
    writeln!(out, "{:56}{time:>8.2} ms", "a page of replies")?;
    db.close().await;
    ensure!(too_slow.is_empty() && time < GOAL_MS, "more than {GOAL_MS} ms: {too_slow:?}");
    Ok(())
}

async fn fill(db: &AnyPool, threads: i64) -> anyhow::Result<()> {
    let mut connection = db.acquire().await?;
    let body = "'A text of some length about number ' || n || ', as people write them, with a common word and rare' || n % 10007
        || CASE WHEN lot % 2 = 0 THEN ' half' ELSE '' END || CASE WHEN lot % 10 = 1 THEN ' tenth' ELSE '' END
        || CASE WHEN lot % 100 = 2 THEN ' hundredth' ELSE '' END || CASE WHEN lot % 300 = 3 THEN ' threehundredth' ELSE '' END
        || CASE WHEN lot % 1000 = 4 THEN ' thousandth' ELSE '' END || CASE WHEN lot % 500 = 7 THEN ' fivehundredth' ELSE '' END
        || CASE WHEN lot % 3000 = 5 THEN ' threethousandth' ELSE '' END
        || CASE WHEN lot % 10000 = 6 THEN ' tenthousandth' ELSE '' END";
    // The words as the server makes them. No text here ends with a separator.
    let words = format!("regexp_replace(lower({body}), '[^a-z0-9]+', ' ', 'g')");
    let numbers = |posts: i64| {
        format!(
            "FROM generate_series(1, CAST({threads} AS BIGINT)) AS n, generate_series(0, CAST({} AS BIGINT)) AS m,
             LATERAL (SELECT CAST(hashint8(n * 10 + m) AS BIGINT) & 2147483647 AS lot) AS lots",
            posts - 1
        )
    };
    connection.execute("SET statement_timeout = 0; SET maintenance_work_mem = '1GB'").await?;
    let indexes = without_indexes_of_words(&mut connection).await?;
    for sql in [
        format!(
            "INSERT INTO posts (id, product, author_id, title, body, created_at, replies, last_activity, search_words)
             SELECT 'thread-' || n, CASE WHEN n % 3 = 0 THEN 'product-' || n % 1000 END, 'user-' || n % 5000, 'Title of thread ' || n, {body},
             n * 1000000, 9, n * 1000000 + (n * 7919) % 5000000, 'title of thread ' || {words} {}",
            numbers(1)
        ),
        format!(
            "INSERT INTO posts (id, thread, author_id, body, created_at, last_activity, search_words)
             SELECT 'reply-' || n || '-' || m, 'thread-' || n, 'user-' || (n + m) % 5000, {body}, n * 1000000 + m, n * 1000000 + m, {words}
             {} WHERE m > 0",
            numbers(POSTS_IN_THREAD)
        ),
        "INSERT INTO users (id, display_name, normalized_name) SELECT 'user-' || n, 'User ' || n, 'user ' || n FROM generate_series(0, 4999) AS n"
            .to_owned(),
        "INSERT INTO products (id, position, name, description, price, stock) VALUES ('product-7', 1, 'Lamp', '', 100, 1)".to_owned(),
        format!(
            "INSERT INTO thread_reads (user_id, thread, read_at) SELECT 'user-' || m, 'thread-' || n, n * 1000000
             FROM generate_series(1, CAST({threads} AS BIGINT), 100) AS n, generate_series(1, 50) AS m"
        ),
    ]
    .into_iter()
    .chain(indexes)
    .chain(["VACUUM ANALYZE".to_owned()])
    {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Drops the search indexes of the posts, because building them after the inserts is faster. Returns the statements that create them.
async fn without_indexes_of_words(connection: &mut AnyConnection) -> anyhow::Result<Vec<String>> {
    let select = "SELECT CAST(indexname AS TEXT), indexdef FROM pg_indexes
                  WHERE schemaname = current_schema() AND tablename = 'posts' AND indexdef LIKE '%USING gin%'";
    let indexes: Vec<(String, String)> = sqlx::query_as(select).fetch_all(&mut *connection).await?;
    for (name, _) in &indexes {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP INDEX {name}"))).execute(&mut *connection).await?;
    }
    Ok(indexes.into_iter().map(|it| it.1).collect())
}
