//! Creates a temporary schema in PostgreSQL for the benchmarks `catalogue` and `threads`, and measures PostgreSQL's own time for their
//! statements: planning and execution, as its extension `pg_stat_statements` counts them. The network and this process do not count.

use anyhow::{Context, ensure};
use sqlx::{AnyPool, AssertSqlSafe};
use std::env;

/// The goal for all statements of one page, in milliseconds.
pub(crate) const GOAL_MS: f64 = 2.0;

/// The URL of the PostgreSQL server in `TEST_DATABASE_URL`, if there is one.
pub(crate) fn server() -> Option<String> {
    env::var("TEST_DATABASE_URL").ok().filter(|it| it.starts_with("postgres"))
}

/// Calls `work` with the URL of a new schema, and deletes the schema afterwards.
///
/// # Errors
/// Errors of `work` and of the server.
pub(crate) async fn in_new_schema(server: &str, work: impl AsyncFnOnce(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    sqlx::any::install_default_drivers();
    let (schema, admin) = (format!("bench_{}", std::process::id()), AnyPool::connect(server).await?);
    let execute = async |sql: String| sqlx::raw_sql(AssertSqlSafe(sql)).execute(&admin).await;
    execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public".to_owned()).await?;
    let is_counted = execute("SELECT COUNT(*) FROM public.pg_stat_statements".to_owned()).await;
    is_counted.context("PostgreSQL counts no statements: start it with shared_preload_libraries=pg_stat_statements")?;
    execute(format!("CREATE SCHEMA {schema}")).await?;
    let options = format!("options[search_path]={schema}&options[pg_stat_statements.track_planning]=on");
    let outcome = work(&format!("{server}{}{options}", if server.contains('?') { '&' } else { '?' })).await;
    execute(format!("DROP SCHEMA {schema} CASCADE")).await?;
    outcome
}

/// The median of PostgreSQL's time for `work`, in milliseconds.
///
/// # Errors
/// Errors of `work` and of the server.
pub(crate) async fn median_time(db: &AnyPool, rounds: usize, work: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(rounds);
    // The first round warms the caches.
    for _ in 0..=rounds {
        sqlx::raw_sql("SELECT public.pg_stat_statements_reset()").execute(db).await?;
        work().await?;
        let time = "SELECT SUM(total_plan_time + total_exec_time) FROM public.pg_stat_statements JOIN pg_database ON dbid = pg_database.oid
                    WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%'";
        let time: Option<f64> = sqlx::query_scalar(time).fetch_one(db).await?;
        times.push(time.context("PostgreSQL counted no statement")?);
    }
    times.remove(0);
    times.sort_by(f64::total_cmp);
    ensure!(rounds > 0, "no round");
    Ok(times[rounds / 2])
}
