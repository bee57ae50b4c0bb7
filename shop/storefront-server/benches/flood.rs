//! `cargo bench -p storefront-server --bench flood [FILTER]`: sends 5,000 requests from one client address to each endpoint that needs no
//! sign-in, as `docs/server.md` lists them. For each endpoint it prints the cost for the server: rows, memory, CPU time, requests to
//! FusionAuth, and how long `/livez` takes during the flood. Memory and rows above the limits are errors, because they do not depend on the
//! machine; times are for information.

use anyhow::{Context, ensure};
use fusionauth_emulator::{Config, Emulator};
use reqwest::Client;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};
use std::{collections::BTreeMap, env, fs};
use test_support::anonymous_endpoints::{TABLES, endpoints, memory_kb, request};
use test_support::kickstart::{API_KEY, KICKSTART, environment};
use wire_recorder::Recorder;

const REQUESTS: u32 = 5_000;
const CONNECTIONS: u32 = 16;
const MOST_MEMORY_KB: i64 = 20 * 1024;
/// The maximum number of rows that one client address can make the server store: token families and revocations of unknown users, and
/// their refresh tokens.
const MOST_ROWS: i64 = 3_000;

struct Flood {
    server: Child,
    base: String,
    client: Client,
    db: sqlx::AnyPool,
    record: std::path::PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = env::args().skip(1).find(|it| !it.starts_with('-')).unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let dist = folder.path().join("dist");
    fs::create_dir(&dist)?;
    fs::write(dist.join("index.html"), include_str!("../../../index.html"))?;
    measure(folder.path(), &filter).await
}

async fn measure(folder: &Path, filter: &str) -> anyhow::Result<()> {
    let record = folder.join("record.jsonl");
    let emulator =
        Emulator::start(Config { recorder: Recorder::to_file(&record)?, environment: environment(), ..Config::new(KICKSTART) }).await?;
    let database = format!("sqlite://{}", folder.join("flood.sqlite").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_storefront-server"));
    command.args(["--demo-data", "--listen", "127.0.0.1:0", "--database-url", &database, "--fusionauth-url", &emulator.base_url()]);
    command.args(["--fusionauth-api-key", API_KEY]).arg("--dist").arg(folder.join("dist")).env("RUST_LOG", "error");
    let mut server = command.stdout(Stdio::piped()).stderr(fs::File::create(folder.join("server.log"))?).spawn()?;
    let mut line = String::new();
    BufReader::new(server.stdout.take().context("no output")?).read_line(&mut line)?;
    let base = line.trim().strip_prefix("listening on ").context("the server does not start")?.to_owned();
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let db = storefront_server::database::open(&database).await?;
    let mut flood = Flood { server, base, client, db, record };
    let outcome = flood.all(filter).await;
    flood.server.kill()?;
    flood.server.wait()?;
    outcome
}

impl Flood {
    async fn all(&mut self, filter: &str) -> anyhow::Result<()> {
        let endpoints = endpoints();
        for endpoint in &endpoints {
            self.send(endpoint, 0..200).await?; // warms up caches, connections and the allocator
        }
        say("| endpoint | answers | rows | memory, KB | CPU, ms | to FusionAuth | /livez, 99 %, ms | longest |")?;
        let mut failures = Vec::new();
        for endpoint in endpoints.iter().filter(|it| it.contains(filter)) {
            let (rows, memory, cpu, calls) = (self.rows().await?, memory_kb(self.server.id()), self.cpu_ms()?, self.calls()?);
            let is_over = Arc::new(AtomicBool::new(false));
            let probe = tokio::spawn(probe(self.client.clone(), format!("{}/livez", self.base), Arc::clone(&is_over)));
            let answers = self.send(endpoint, 1_000..1_000 + REQUESTS).await?;
            is_over.store(true, SeqCst);
            let mut times = probe.await??;
            times.sort_unstable();
            let (rows, memory) = (self.rows().await? - rows, memory_kb(self.server.id()) - memory);
            let cpu = (self.cpu_ms()? - cpu) / f64::from(REQUESTS);
            let at = |share: usize| times.get((times.len() * share / 100).min(times.len() - 1)).map_or(0.0, |it| it.as_secs_f64() * 1e3);
            let calls = self.calls()? - calls;
            say(&format!("| `{endpoint}` | {answers:?} | {rows} | {memory} | {cpu:.2} | {calls} | {:.1} | {:.1} |", at(99), at(100)))?;
            if rows > MOST_ROWS || memory > MOST_MEMORY_KB {
                failures.push(format!("{endpoint}: {rows} rows, {memory} KB"));
            }
        }
        ensure!(failures.is_empty(), "{failures:#?}");
        Ok(())
    }

    /// Sends requests that differ in every value that a limit or a row could use as its key. Returns the number of answers by status.
    async fn send(&self, endpoint: &str, numbers: std::ops::Range<u32>) -> anyhow::Result<BTreeMap<u16, u32>> {
        let next = Arc::new(AtomicU32::new(numbers.start));
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (next, end, client, base, endpoint) =
                (Arc::clone(&next), numbers.end, self.client.clone(), self.base.clone(), endpoint.to_owned());
            all.spawn(async move {
                let mut answers: BTreeMap<u16, u32> = BTreeMap::new();
                loop {
                    let number = next.fetch_add(1, SeqCst);
                    if number >= end {
                        return anyhow::Ok(answers);
                    }
                    let answer = client.execute(request(&base, &endpoint, number, &number.to_string()).try_into()?).await?;
                    *answers.entry(answer.status().as_u16()).or_default() += 1;
                    answer.bytes().await?;
                }
            });
        }
        let mut sum: BTreeMap<u16, u32> = BTreeMap::new();
        while let Some(answers) = all.join_next().await {
            for (status, count) in answers?? {
                *sum.entry(status).or_default() += count;
            }
        }
        Ok(sum)
    }

    async fn rows(&self) -> anyhow::Result<i64> {
        let mut sum = 0;
        for table in TABLES {
            let count = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")));
            sum += count.fetch_one(&self.db).await?;
        }
        Ok(sum)
    }

    fn cpu_ms(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.server.id()))?;
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).context("/proc has another format");
        Ok((ticks(11)? + ticks(12)?) * 10.0) // Linux gives these times in hundredths of a second
    }

    fn calls(&self) -> anyhow::Result<usize> {
        Ok(BufReader::new(fs::File::open(&self.record)?).lines().count() / 2) // a request and its response
    }
}

/// Polls the server's health until the flood ends.
async fn probe(client: Client, url: String, is_over: Arc<AtomicBool>) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    while !is_over.load(SeqCst) || times.is_empty() {
        let began = Instant::now();
        client.get(&url).send().await?.error_for_status()?.bytes().await?;
        times.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(times)
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
