//! `cargo bench -p fusionauth-emulator`: measures how long a start takes, from the start of a new process to its line `listening on`, and
//! how many logins and refreshes the emulator answers in a second, over HTTP on one machine. A login is slower than a refresh, because it
//! hashes the password with Argon2id (64 KiB, 1 pass).

use anyhow::{Context, ensure};
use fusionauth_emulator::{Config, Emulator};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use test_support::kickstart::{KICKSTART, environment};

const LOGIN: &str =
    r#"{"applicationId":"10000000-0000-0000-0000-000000000001","loginId":"shopper@example.com","password":"correct-horse-battery"}"#;
const STARTS: usize = 41;
const ROUNDS: usize = 5;
const CONCURRENT: usize = 8;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    for (name, arguments) in [("built-in kickstart", &[][..]), ("the storefront's kickstart.json", &["--kickstart", KICKSTART][..])] {
        let mut starts = (0..STARTS).map(|_| start(arguments)).collect::<anyhow::Result<Vec<_>>>()?;
        let median = median(&mut starts);
        say(&format!("start, {name}: median {} ms, slowest {} ms", median.as_millis(), starts[STARTS - 1].as_millis()))?;
    }

    let emulator = Emulator::start(Config { environment: environment(), ..Config::new(KICKSTART) }).await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let login = format!("{}/api/login", emulator.base_url());
    let refresh = format!("{}/api/jwt/refresh", emulator.base_url());
    let answer: serde_json::Value = serde_json::from_str(&post(&client, &login, LOGIN.to_owned()).await?)?;
    let token = serde_json::json!({"refreshToken": answer["refreshToken"]}).to_string();
    for (name, url, body, count) in [("login", &login, LOGIN, 200), ("refresh", &refresh, &token, 2_000)] {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(round(&client, url, body, count).await?);
        }
        let seconds = median(&mut rounds).as_secs_f64();
        say(&format!("{name}: {:.0} a second, {CONCURRENT} at once", f64::from(count) / seconds))?;
    }
    Ok(emulator.stop().await?)
}

/// How long a new process takes until it accepts requests. Each start needs a new process, because emulators in one process share a key.
fn start(arguments: &[&str]) -> anyhow::Result<Duration> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator"));
    program.args(["--listen", "127.0.0.1:0"]).args(arguments).envs(environment());
    let start = Instant::now();
    let mut process = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut line = String::new();
    BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
    let elapsed = start.elapsed();
    process.kill()?;
    process.wait()?;
    ensure!(line.starts_with("listening on"), "the emulator did not start");
    Ok(elapsed)
}

/// Sends `count` requests, [`CONCURRENT`] at a time, and returns how long that takes.
async fn round(client: &reqwest::Client, url: &str, body: &str, count: u32) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let workers: Vec<_> = (0..CONCURRENT)
        .map(|_| {
            let (client, url, body) = (client.clone(), url.to_owned(), body.to_owned());
            tokio::spawn(async move {
                for _ in 0..count as usize / CONCURRENT {
                    post(&client, &url, body.clone()).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for worker in workers {
        worker.await??;
    }
    Ok(start.elapsed())
}

async fn post(client: &reqwest::Client, url: &str, body: String) -> anyhow::Result<String> {
    let response = client.post(url).header("content-type", "application/json").body(body).send().await?;
    Ok(response.error_for_status()?.text().await?)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
