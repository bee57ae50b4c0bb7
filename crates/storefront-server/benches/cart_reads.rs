//! `cargo bench -p storefront-server --bench cart_reads`: measures the CPU time that the server needs to answer one
//! `GET /api/load-shopping-cart`, and compares it with a bare axum handler that runs the same query on the same database.
//!
//! Server and handler are separate processes, so that the CPU time of this process, which sends the requests, does not count. CPU time from
//! `/proc` (Linux) depends less on other load than throughput does. Server and handler take turns in every round, and the benchmark prints
//! the median.

#[path = "../../fusionauth-emulator/tests/suite/storefront_kickstart.rs"]
mod storefront_kickstart;

use anyhow::{Context, ensure};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use fusionauth_emulator::Emulator;
use sqlx::AnyPool;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};
use storefront_server::{database, store::cart::cart_of};
use tokio::task::JoinSet;

const LOGIN: &str =
    r#"{"applicationId":"10000000-0000-0000-0000-000000000001","loginId":"shopper@example.com","password":"correct-horse-battery"}"#;
/// The user of `LOGIN`, who has a cart in the demo data.
const USER: &str = "20000000-0000-0000-0000-000000000001";
const HOST: &str = "store.spa-local-storage.localhost";
const PATH: &str = "/api/load-shopping-cart";

const ROUNDS: usize = 5;
const WARM_UP_READS: u32 = 2_000;
const READS: u32 = 20_000;
/// The number of connections, which are kept alive. Each sends its next request after the previous response.
const CONNECTIONS: u32 = 32;

/// The first argument with which this program starts itself as the bare handler. The second argument is the database's URL.
const BARE_HANDLER: &str = "bare-handler";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [mode, database_url] if mode == BARE_HANDLER => serve_bare_handler(database_url).await,
        _ => {
            let folder = env::temp_dir().join(format!("cart-reads-{}", std::process::id()));
            fs::create_dir(&folder)?;
            let outcome = compare(&folder).await;
            fs::remove_dir_all(&folder)?;
            outcome
        }
    }
}

async fn compare(folder: &Path) -> anyhow::Result<()> {
    let emulator = Emulator::start(storefront_kickstart::config()).await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let login = client.post(format!("{}/api/login", emulator.base_url())).header("content-type", "application/json").body(LOGIN);
    let login: serde_json::Value = login.send().await?.error_for_status()?.json().await?;
    let token = login["token"].as_str().context("the login gave no token")?;

    let database_url = format!("sqlite://{}", folder.join("bench.sqlite").display());
    let mut server = Command::new(env!("CARGO_BIN_EXE_storefront-server"));
    server.args(["--demo-data", "--listen", "127.0.0.1:0", "--database-url", &database_url, "--fusionauth-url", &emulator.base_url()]);
    let server = Process::start(&mut server, folder.join("server.log"))?;
    let bare = Process::start(Command::new(env::current_exe()?).args([BARE_HANDLER, &database_url]), folder.join("bare.log"))?;
    let expected = read(server.port, &client, token).await?;
    ensure!(expected.contains("quantity") && read(bare.port, &client, token).await? == expected, "the two give different carts");

    let mut costs = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (process, costs) in [&bare, &server].into_iter().zip(&mut costs) {
            process.read_many(&client, token, WARM_UP_READS).await?;
            let before = process.cpu_seconds()?;
            process.read_many(&client, token, READS).await?;
            costs.push((process.cpu_seconds()? - before) / f64::from(READS));
        }
    }
    let [bare, server] = costs.map(median);
    let mut out = std::io::stdout();
    writeln!(out, "{READS} cart reads per round on {CONNECTIONS} connections, median of {ROUNDS} rounds")?;
    writeln!(out, "{:20}{:>16}{:>22}{:>18}", "", "CPU per read", "reads per CPU second", "of bare handler")?;
    for (name, seconds) in [("bare axum handler", bare), ("storefront-server", server)] {
        writeln!(out, "{name:20}{:>13.1} µs{:>22.0}{:>18.2}", seconds * 1e6, 1.0 / seconds, bare / seconds)?;
    }
    Ok(emulator.stop().await?)
}

/// A server process, which ends when this value is dropped.
struct Process {
    child: Child,
    port: u16,
}

impl Process {
    /// Starts a program that prints its URL in its first line. The program writes its log to a file, as a service does.
    fn start(command: &mut Command, log: PathBuf) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(log)?).spawn()?;
        let mut process = Self { child, port: 0 };
        let mut line = String::new();
        BufReader::new(process.child.stdout.take().context("no output")?).read_line(&mut line)?;
        process.port = line.trim().rsplit(':').next().and_then(|it| it.parse().ok()).context("the server does not start")?;
        Ok(process)
    }

    async fn read_many(&self, client: &reqwest::Client, token: &str, reads: u32) -> anyhow::Result<()> {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (port, client, token) = (self.port, client.clone(), token.to_owned());
            connections.spawn(async move {
                for _ in 0..reads / CONNECTIONS {
                    read(port, &client, &token).await?;
                }
                anyhow::Ok(())
            });
        }
        connections.join_all().await.into_iter().collect()
    }

    /// The user and system time of the process so far.
    fn cpu_seconds(&self) -> anyhow::Result<f64> {
        /// Linux reports these times in hundredths of a second, whatever the frequency of its timer is.
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the program's name in parentheses, which may contain spaces. User and system time are fields 14 and 15.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).context("/proc has another format");
        Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn read(port: u16, client: &reqwest::Client, token: &str) -> anyhow::Result<String> {
    let request = client.get(format!("http://127.0.0.1:{port}{PATH}")).header("host", format!("{HOST}:{port}")).bearer_auth(token);
    Ok(request.send().await?.error_for_status()?.text().await?)
}

async fn serve_bare_handler(database_url: &str) -> anyhow::Result<()> {
    let db = database::open(database_url).await?;
    let router = Router::new().route(PATH, get(read_cart)).with_state(db);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    Ok(axum::serve(listener, router).await?)
}

async fn read_cart(State(db): State<AnyPool>) -> Result<Json<storefront_api::Cart>, StatusCode> {
    cart_of(&db, USER).await.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
