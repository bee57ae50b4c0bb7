//! `cargo xtask soak`: puts a mixed load on three instances of the server, which run behind nginx on one PostgreSQL database, and kills,
//! stops and restarts the instances. It fails if an error remains after one retry, if an acknowledged write is lost, or if a session ends.
//!
//! In the first fifth of the run, it leaves the instances alone and measures the cost of the sessions. xtask builds the programs, starts
//! PostgreSQL, and passes the duration and the URLs in the environment.

mod clients;
mod deployment;

use anyhow::{Context, ensure};
use clients::{Load, Sessions};
use deployment::{Deployment, INSTANCES};
use std::io::Write;
use std::time::{Duration, Instant};

/// The number of open sessions. Half of them use tokens, half use the server-rendered Store.
const SESSIONS: usize = 1_000;
/// The time from an instance's restart to the end of the next instance.
const BETWEEN_ENDS: Duration = Duration::from_secs(12);
/// The time that an instance stays down.
const AWAY: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let minutes: f64 = std::env::var("SOAK_MINUTES").context("run it by `cargo xtask soak`")?.parse()?;
    let time = Duration::from_secs_f64(minutes * 60.0);
    let mut deployment = Deployment::start().await?;
    let idle = deployment.memory()?;
    let before = deployment.rows().await?;
    let began = Instant::now();
    let sessions = Sessions::open(SESSIONS, &deployment).await?;
    say(&format!("{SESSIONS} sessions are open after {:.0} s", began.elapsed().as_secs_f64()))?;

    let load = Load::begin(sessions, &deployment);
    let measured = time / 5;
    let (cost, cpu, requests, began) = (deployment.statements().await?, deployment.cpu_seconds()?, load.requests(), Instant::now());
    tokio::time::sleep(measured).await;
    let seconds = began.elapsed().as_secs_f64();
    let requests = (load.requests() - requests) as f64;
    let statements = (deployment.statements().await? - cost) as f64;
    let cpu = deployment.cpu_seconds()? - cpu;
    let after = deployment.rows().await?;
    say(&format!(
        "{SESSIONS} active sessions: {:.0} requests/s, {:.0} statements/s ({:.2} for each request), {:.1} % of a processor in the instances ({:.2} ms for \
         each request)",
        requests / seconds,
        statements / seconds,
        statements / requests,
        cpu * 100.0 / seconds,
        cpu * 1_000.0 / requests
    ))?;
    let memory = deployment.memory()?;
    say(&format!("memory of the {INSTANCES} instances: {idle} MiB idle, {memory} MiB with {SESSIONS} sessions"))?;
    for (table, rows, bytes) in after {
        let (rows_before, bytes_before) = before.iter().find(|it| it.0 == table).map_or((0, 0), |it| (it.1, it.2));
        if rows > rows_before {
            say(&format!("{table}: {} rows and {} KiB more", rows - rows_before, (bytes - bytes_before) / 1024))?;
        }
    }

    let (deadline, mut ends) = (Instant::now() + time.saturating_sub(measured), 0);
    while Instant::now() + BETWEEN_ENDS < deadline {
        tokio::time::sleep(BETWEEN_ENDS).await;
        deployment.end_one(ends, AWAY).await?;
        ends += 1;
    }
    let outcome = load.end().await;
    let lost = outcome.check(&deployment).await?;
    say(&format!(
        "{} requests, {} of them a retry after an error; {} writes acknowledged, {} renewals; {ends} instances ended, half of them killed",
        outcome.requests, outcome.retries, outcome.writes, outcome.renewals
    ))?;
    for failure in outcome.failures.iter().chain(&lost).take(20) {
        say(failure)?;
    }
    ensure!(outcome.failures.is_empty(), "{} errors were not cured by one retry", outcome.failures.len());
    ensure!(lost.is_empty(), "{} writes or sessions were lost", lost.len());
    ensure!(ends > 0 || minutes < 1.0, "no instance was ended");
    say("no error that one retry does not cure, no lost write, no lost session")
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
