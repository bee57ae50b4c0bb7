//! The program `fusionauth-emulator`: starts the emulator with the flags that `--help` lists, writes a kickstart file (`init`), or asks a
//! running emulator whether it is ready (`health`).

use anyhow::Context;
use clap::{Parser, Subcommand};
use fusionauth_emulator::{
    Config, CorsOff, Emulator, FailedRefreshCookies, FixedMaxAge, HostName, Kickstart, RefreshFailure, SameSite, StartError,
    UnknownMembers, UnverifiedToken, built_in,
};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;
use wire_recorder::Recorder;

/// FusionAuth for development and tests. Never for production.
///
/// Prints `listening on http://ADDRESS` once it accepts requests. Logs go to standard error (RUST_LOG=debug for more). Exit code 2: the
/// kickstart file or the command line has an error, which the message names.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The IP address and port to listen on; port 0 means any free port. FUSIONAUTH_APP_HTTP_PORT replaces the default port
    #[arg(long, default_value = "127.0.0.1:9011")]
    listen: SocketAddr,
    /// Allow an IP address that other machines can reach. Anybody there can then read and change everything: the API key is public
    #[arg(long)]
    allow_remote: bool,
    /// Answer `/` and `/emulator/*` under this host name too, such as the name of the emulator's container. May be given several times
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<HostName>,
    /// The kickstart file, as a real FusionAuth takes it; `#{ENV.…}` in it reads the environment. Without it a built-in one sets up one
    /// application and one user, and the program prints their settings. FUSIONAUTH_APP_KICKSTART_FILE names one, too
    #[arg(long)]
    kickstart: Option<PathBuf>,
    /// Refuse members of requests and of the kickstart file that the emulator does not know, and those that it stores without any effect.
    /// Without this flag it logs their names
    #[arg(long)]
    strict: bool,
    /// SQLite file that survives a restart; without it everything is in memory
    #[arg(long)]
    database: Option<PathBuf>,
    /// Stop when standard input closes. A program that starts the emulator and keeps a pipe to it needs no clean-up, because the pipe
    /// closes when that program ends, even if it is killed
    #[arg(long)]
    stop_with_stdin: bool,
    /// How many seconds a stop (Ctrl-C or SIGTERM) waits for requests in flight. A second Ctrl-C or SIGTERM ends the wait
    #[arg(long, default_value_t = 5, value_name = "SECONDS")]
    stop_timeout: u64,
    /// Append every message to this file, without secrets, one JSON object a line
    #[arg(long)]
    record: Option<PathBuf>,
    /// Answer to a refresh with a token that is expired, revoked or unknown: the API page says 400, workflow articles 404, old pages 401
    #[arg(long, default_value = "400", value_parser = behaviour::<RefreshFailure>)]
    refresh_failure: RefreshFailure,
    /// Answer to a refresh without any token: 400, 401 or 404
    #[arg(long, default_value = "400", value_parser = behaviour::<RefreshFailure>)]
    refresh_without_token: RefreshFailure,
    /// Answer to a refresh for an application that does not allow it: 400, 401 or 404
    #[arg(long, default_value = "400", value_parser = behaviour::<RefreshFailure>)]
    refresh_not_allowed: RefreshFailure,
    /// Cookies of a failed refresh: keep or clear
    #[arg(long, default_value = "keep", value_parser = behaviour::<FailedRefreshCookies>)]
    failed_refresh_cookies: FailedRefreshCookies,
    /// Max-Age of the cookie that a refresh sends under the Fixed policy: full or remaining
    #[arg(long, default_value = "full", value_parser = behaviour::<FixedMaxAge>)]
    fixed_max_age: FixedMaxAge,
    /// SameSite of the cookies: lax or strict
    #[arg(long, default_value = "lax", value_parser = behaviour::<SameSite>)]
    same_site: SameSite,
    /// The access token with 212 and 213: absent or present
    #[arg(long, default_value = "absent", value_parser = behaviour::<UnverifiedToken>)]
    unverified_token: UnverifiedToken,
    /// Requests of other origins while CORS is off: headerless or denied
    #[arg(long, default_value = "headerless", value_parser = behaviour::<CorsOff>)]
    cors_off: CorsOff,
}

#[derive(Subcommand)]
enum Command {
    /// Write a kickstart file to begin with: the built-in one, with comments. Never overwrites a file
    Init {
        /// The file to write
        #[arg(default_value = "kickstart.json")]
        file: PathBuf,
    },
    /// Ask a running emulator whether it is ready, for a container's health check. Exit code 1: it is not
    Health {
        /// The IP address and port of the emulator
        #[arg(default_value = "127.0.0.1:9011")]
        address: SocketAddr,
    },
}

const EXAMPLES: &str = "Examples:
  fusionauth-emulator
      Starts at http://127.0.0.1:9011, and prints the settings of an application and a user that are ready to sign in

  fusionauth-emulator init && fusionauth-emulator --kickstart kickstart.json --database fusionauth.sqlite
      Writes a kickstart file for you to change, and starts with it. Accounts and sessions survive a restart";

/// Parses the value of a behaviour's flag. `/emulator/behaviours` spells values in the same way.
fn behaviour<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    let error = |error: serde_json::Error| error.to_string().replace("unknown variant ", "").replace(" at line 0 column 0", "");
    serde_json::from_value(text.into()).map_err(error)
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(filter).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let is_mistake = matches!(error.downcast_ref::<StartError>(), Some(StartError::Kickstart(_)));
            let _ = writeln!(io::stderr(), "fusionauth-emulator: {error:#}");
            ExitCode::from(if is_mistake { 2 } else { 1 })
        }
    }
}

async fn run(mut arguments: Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        Some(Command::Init { file }) => return init(file),
        Some(Command::Health { address }) => return health(with_port_of_environment(*address)?).await,
        None => {}
    }
    arguments.listen = with_port_of_environment(arguments.listen)?;
    anyhow::ensure!(
        arguments.listen.ip().is_loopback() || arguments.allow_remote,
        "{} is not a loopback address; the emulator is for development only (pass --allow-remote if you mean it)",
        arguments.listen
    );
    let mut config = Config::from(arguments.kickstart.or_else(kickstart_of_environment).map_or(Kickstart::BuiltIn, Kickstart::File));
    let is_built_in = matches!(config.kickstart, Kickstart::BuiltIn);
    config.environment.extend(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))));
    config.database = arguments.database;
    config.listen = arguments.listen;
    config.allowed_hosts = arguments.allow_host;
    config.unknown_members = if arguments.strict { UnknownMembers::RefuseWithoutEffect } else { UnknownMembers::Ignore };
    config.stop_timeout = Duration::from_secs(arguments.stop_timeout);
    config.behaviours.refresh_failure = arguments.refresh_failure;
    config.behaviours.refresh_without_token = arguments.refresh_without_token;
    config.behaviours.refresh_not_allowed = arguments.refresh_not_allowed;
    config.behaviours.failed_refresh_cookies = arguments.failed_refresh_cookies;
    config.behaviours.fixed_max_age = arguments.fixed_max_age;
    config.behaviours.same_site = arguments.same_site;
    config.behaviours.unverified_token = arguments.unverified_token;
    config.behaviours.cors_off = arguments.cors_off;
    if let Some(file) = &arguments.record {
        config.recorder = Recorder::to_file(file).with_context(|| file.display().to_string())?;
    }
    let mut stop_signals = StopSignals::new()?;
    let emulator = Emulator::start(config).await?;
    tracing::warn!("This is FusionAuth's emulator, for development and tests. NEVER use it in production.");
    let ignored = ignored_variables(std::env::vars_os());
    if !ignored.is_empty() {
        tracing::warn!("these variables of the environment have no effect in the emulator: {ignored}");
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", emulator.base_url())?;
    if is_built_in {
        writeln!(stdout, "{}", built_in_settings(&emulator.base_url()))?;
    }
    stdout.flush()?;
    let has_ended = async { if arguments.stop_with_stdin { stdin_closed().await } else { std::future::pending().await } };
    tokio::select! {
        it = stop_signals.next() => it?,
        // The program that sent requests has ended, so none of them is waited for.
        () = has_ended => return Ok(()),
    }
    tracing::info!("stopping; another signal ends the program without waiting for requests");
    tokio::select! {
        it = emulator.stop() => it.context("the server failed"),
        it = stop_signals.next() => {
            it?;
            tracing::warn!("stopped with requests in flight, by a second signal");
            Ok(())
        }
    }
}

/// The port of FusionAuth, unless the command line names another one.
const DEFAULT_PORT: u16 = 9011;

/// The value of a variable. A compose file sets it to an empty text if its own environment lacks it.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|it| !it.is_empty())
}

fn kickstart_of_environment() -> Option<PathBuf> {
    variable("FUSIONAUTH_APP_KICKSTART_FILE").map(PathBuf::from)
}

/// The address with the port that the environment names, if the command line names no other port.
fn with_port_of_environment(mut address: SocketAddr) -> anyhow::Result<SocketAddr> {
    if let Some(port) = variable("FUSIONAUTH_APP_HTTP_PORT").filter(|_| address.port() == DEFAULT_PORT) {
        let port = port.to_str().and_then(|it| it.parse().ok());
        address.set_port(port.context("FUSIONAUTH_APP_HTTP_PORT must be a port, such as 9011")?);
    }
    Ok(address)
}

/// The variables of FusionAuth's own image that the emulator does not read, such as those of its database. Values are never shown.
fn ignored_variables(all: impl Iterator<Item = (OsString, OsString)>) -> String {
    const READ: [&str; 2] = ["FUSIONAUTH_APP_HTTP_PORT", "FUSIONAUTH_APP_KICKSTART_FILE"];
    let is_of_fusionauth = |name: &String| ["DATABASE_", "FUSIONAUTH_", "SEARCH_"].iter().any(|it| name.starts_with(it));
    let names = all.filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|it| is_of_fusionauth(it) && !READ.contains(&it.as_str()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
        .join(", ")
}

/// How long a health check waits for an answer.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the emulator at this address for its status.
async fn health(address: SocketAddr) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(HEALTH_TIMEOUT).build()?;
    let answer = client.get(format!("http://{address}/api/status")).send().await.with_context(|| format!("no answer from {address}"))?;
    anyhow::ensure!(answer.status().is_success(), "{address} answered {}", answer.status());
    Ok(())
}

/// The values of the built-in kickstart that a client needs. None of them is a secret.
fn built_in_settings(base_url: &str) -> String {
    let rows = [
        ("base URL", base_url.to_owned()),
        ("application id", built_in::APPLICATION_ID.to_owned()),
        ("tenant id", built_in::TENANT_ID.to_owned()),
        ("API key", built_in::API_KEY.to_owned()),
        ("sign in as", format!("{} with the password {}", built_in::EMAIL, built_in::PASSWORD)),
        ("issuer", built_in::ISSUER.to_owned()),
        ("public keys", format!("{base_url}/.well-known/jwks.json")),
        ("CORS allows", built_in::ORIGINS.join(" ")),
        ("sent mail", format!("{base_url}/emulator/mail")),
    ];
    let rows: String = rows.iter().map(|(name, value)| format!("  {name:<15} {value}\n")).collect();
    format!(
        "No --kickstart was given. The built-in one sets up a new database for development only:\n{rows}\
         `fusionauth-emulator init` writes these settings into a file for you to change.\n"
    )
}

fn init(file: &Path) -> anyhow::Result<()> {
    let created = File::options().write(true).create_new(true).open(file).and_then(|mut it| it.write_all(built_in::KICKSTART.as_bytes()));
    created.with_context(|| format!("{} was not written", file.display()))?;
    let (file, application, email, password) = (file.display(), built_in::APPLICATION_ID, built_in::EMAIL, built_in::PASSWORD);
    Ok(write!(
        io::stdout(),
        "Wrote {file}: one application, one user and an API key. Next:
  1. Change it. Its comments say what the values are for; each of its requests is one of FusionAuth's API.
  2. Start the emulator. If the file has an error, the message names the request and the field:
       fusionauth-emulator --kickstart {file}
  3. Sign the user in:
       curl http://127.0.0.1:9011/api/login --header 'Content-Type: application/json' \\
         --data '{{\"applicationId\": \"{application}\", \"loginId\": \"{email}\", \"password\": \"{password}\"}}'
"
    )?)
}

/// Waits until standard input closes. A thread reads it, because at its end the program would wait for a blocking task of the runtime.
async fn stdin_closed() {
    let (closed, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        closed.send(())
    });
    let _ = wait.await;
}

/// Ctrl-C and, on Unix, SIGTERM. They are caught from the start, so that none is missed between two waits.
struct StopSignals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl StopSignals {
    fn new() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next signal.
    async fn next(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await?;
        Ok(())
    }
}
