//! `cargo bench -p storefront-server --bench cart_reads`: measures the CPU time that the server needs to answer one
//! `GET /api/load-shopping-cart`, and compares it with a bare axum handler that runs the same query on the same database. It also compares
//! the page `GET /shopping-cart` of `webapp-session` for a sign-in that is bound to the device with the same page while binding is off.
//!
//! Server and handler are separate processes, so that the CPU time of this process, which sends the requests, does not count. CPU time from
//! `/proc` (Linux) depends less on other load than throughput does. Server and handler take turns in every round, and the benchmark prints
//! the median.

use anyhow::{Context, ensure};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use fusionauth_emulator::{Config, Emulator};
use sqlx::AnyPool;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};
use storefront_server::{database, store::cart::cart_of};
use test_support::device_proofs::KEYS;
use test_support::kickstart::{API_KEY, KICKSTART, SHOPPER, environment};
use tokio::task::JoinSet;

const LOGIN: &str =
    r#"{"applicationId":"10000000-0000-0000-0000-000000000001","loginId":"shopper@example.com","password":"correct-horse-battery"}"#;
const APP_HOST: &str = "store.spa-local-storage.localhost";
const PATH: &str = "/api/load-shopping-cart";
const PAGES_HOST: &str = "store.webapp-session.localhost";

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
        _ => compare(tempfile::tempdir()?.path()).await,
    }
}

async fn compare(folder: &Path) -> anyhow::Result<()> {
    let emulator = Emulator::start(Config { environment: environment(), ..Config::new(KICKSTART) }).await?;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let login = client.post(format!("{}/api/login", emulator.base_url())).header("content-type", "application/json").body(LOGIN);
    let login: serde_json::Value = login.send().await?.error_for_status()?.json().await?;
    let token = login["token"].as_str().context("the login gave no token")?;

    let database_url = format!("sqlite://{}", folder.join("bench.sqlite").display());
    let mut server = Command::new(env!("CARGO_BIN_EXE_storefront-server"));
    server.args(["--demo-data", "--listen", "127.0.0.1:0", "--database-url", &database_url, "--fusionauth-url", &emulator.base_url()]);
    let server = Process::start(&mut server, folder.join("server.log"))?;
    let bare = Process::start(Command::new(env::current_exe()?).args([BARE_HANDLER, &database_url]), folder.join("bare.log"))?;
    let read = |process: &Process| CartRead {
        url: format!("http://127.0.0.1:{}{PATH}", process.port),
        host: format!("{APP_HOST}:{}", process.port),
        credential: ("authorization", format!("Bearer {token}")),
    };
    let [read_bare, read_server] = [&bare, &server].map(read);
    let expected = read_server.send(&client).await?;
    ensure!(expected.contains("quantity") && read_bare.send(&client).await? == expected, "the two give different carts");
    let [bare, server] = costs(&client, [(&bare, read_bare), (&server, read_server)]).await?;

    let off = pages_server(folder, "off", &emulator)?;
    let offered = pages_server(folder, "offered", &emulator)?;
    let (read_off, read_offered) = (sign_in(off.port, &client).await?, sign_in(offered.port, &client).await?);
    ensure!(read_offered.credential.1.contains("device_bound") && !read_off.credential.1.contains("device_bound"));
    let [off, offered] = costs(&client, [(&off, read_off), (&offered, read_offered)]).await?;

    let mut out = std::io::stdout();
    writeln!(out, "{READS} cart reads per round on {CONNECTIONS} connections, median of {ROUNDS} rounds")?;
    writeln!(out, "{:36}{:>13}{:>23}{:>11}", "", "CPU per read", "reads per CPU second", "of first")?;
    for (name, seconds, first) in [
        ("bare axum handler", bare, bare),
        ("storefront-server", server, bare),
        ("webapp-session, device_binding off", off, off),
        ("webapp-session, bound to a device", offered, off),
    ] {
        writeln!(out, "{name:36}{:>10.1} µs{:>23.0}{:>11.3}", seconds * 1e6, 1.0 / seconds, first / seconds)?;
    }
    Ok(emulator.stop().await?)
}

/// The CPU seconds per read of two processes, which take turns.
async fn costs(client: &reqwest::Client, pair: [(&Process, CartRead); 2]) -> anyhow::Result<[f64; 2]> {
    let mut costs = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for ((process, read), costs) in pair.iter().zip(&mut costs) {
            read.send_many(client, WARM_UP_READS).await?;
            let before = process.cpu_seconds()?;
            read.send_many(client, READS).await?;
            costs.push((process.cpu_seconds()? - before) / f64::from(READS));
        }
    }
    Ok(costs.map(median))
}

/// Starts a server whose sites of `webapp-session` have this `device_binding`, as behind a proxy that speaks TLS.
fn pages_server(folder: &Path, policy: &str, emulator: &Emulator) -> anyhow::Result<Process> {
    let sites = include_str!("../../deploy/development.toml").replace("AUTH_PORT", "9011").replace("http://", "https://").replace(":*", "");
    let line = "workflow = \"webapp-session\"\n";
    let file = folder.join(format!("{policy}.toml"));
    fs::write(&file, sites.replace(line, &format!("{line}device_binding = \"{policy}\"\n")))?;
    let database_url = format!("sqlite://{}", folder.join(format!("{policy}.sqlite")).display());
    let mut server = Command::new(env!("CARGO_BIN_EXE_storefront-server"));
    server.args(["--demo-data", "--listen", "127.0.0.1:0", "--bound-cookie-life", "3600", "--fusionauth-api-key", API_KEY]);
    server.args(["--database-url", &database_url, "--fusionauth-url", &emulator.base_url()]).arg("--config").arg(file);
    Process::start(&mut server, folder.join(format!("{policy}.log")))
}

/// Signs in at the Store of `webapp-session`, and registers a key if the server offers it. Returns the read of the cart's page.
async fn sign_in(port: u16, client: &reqwest::Client) -> anyhow::Result<CartRead> {
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let post = |path: &str| client.post(url(path)).header("host", PAGES_HOST).header("origin", format!("https://{PAGES_HOST}"));
    let form = "username=shopper%40example.com&password=correct-horse-battery";
    let answer = post("/login").header("content-type", "application/x-www-form-urlencoded").body(form).send().await?;
    ensure!(answer.status() == StatusCode::FOUND, "the sign-in was answered {}", answer.status());
    let mut cookies = cookies_of(&answer);
    if let Some(offer) = answer.headers().get("secure-session-registration") {
        let offer = offer.to_str()?;
        let parameter = |name: &str| {
            let value = offer.split(';').find_map(|it| it.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"'));
            value.with_context(|| format!("the offer has no {name}"))
        };
        let proof = KEYS.p256.registration(parameter("challenge")?, parameter("authorization")?);
        let answer = post("/api/device-key").header("secure-session-response", proof).send().await?.error_for_status()?;
        cookies.extend(cookies_of(&answer));
    }
    let read = CartRead { url: url("/shopping-cart"), host: PAGES_HOST.to_owned(), credential: ("cookie", cookies.join("; ")) };
    ensure!(read.send(client).await?.contains("Enamel mug"), "the page has no cart");
    Ok(read)
}

/// The cookies that a response sets, each as `name=value`.
fn cookies_of(answer: &reqwest::Response) -> Vec<String> {
    let lines = answer.headers().get_all("set-cookie").iter().filter_map(|it| it.to_str().ok()?.split(';').next());
    lines.map(ToOwned::to_owned).collect()
}

/// A request for a cart.
#[derive(Clone)]
struct CartRead {
    url: String,
    host: String,
    /// The header with the credential.
    credential: (&'static str, String),
}

impl CartRead {
    async fn send(&self, client: &reqwest::Client) -> anyhow::Result<String> {
        let request = client.get(&self.url).header("host", &self.host).header(self.credential.0, &self.credential.1);
        let answer = request.send().await?;
        ensure!(answer.status() == StatusCode::OK, "a read was answered {}", answer.status());
        Ok(answer.text().await?)
    }

    async fn send_many(&self, client: &reqwest::Client, reads: u32) -> anyhow::Result<()> {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (read, client) = (self.clone(), client.clone());
            connections.spawn(async move {
                for _ in 0..reads / CONNECTIONS {
                    read.send(&client).await?;
                }
                anyhow::Ok(())
            });
        }
        connections.join_all().await.into_iter().collect()
    }
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

async fn serve_bare_handler(database_url: &str) -> anyhow::Result<()> {
    let db = database::open(database_url).await?;
    let router = Router::new().route(PATH, get(read_cart)).with_state(db);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    Ok(axum::serve(listener, router).await?)
}

async fn read_cart(State(db): State<AnyPool>) -> Result<Json<storefront_api::Cart>, StatusCode> {
    cart_of(&db, SHOPPER).await.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
