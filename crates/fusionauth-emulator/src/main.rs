//! `fusionauth-emulator`: see `--help`.

use anyhow::Context;
use clap::Parser;
use fusionauth_emulator::{Config, Emulator, StartError};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use wire_recorder::Recorder;

/// FusionAuth for development and tests, set up from a kickstart.json. Never for production.
///
/// Prints `listening on http://ADDRESS` once it accepts requests. Logs go to standard error (RUST_LOG=debug for more).
/// Exit code 2: the kickstart file or the command line has a mistake, which is named.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 is any free port
    #[arg(long, default_value = "127.0.0.1:9011")]
    listen: SocketAddr,
    /// Allow another address than the loopback one. Everybody who reaches it can read and change everything: the API key is public
    #[arg(long)]
    allow_remote: bool,
    /// The kickstart file; `#{ENV.…}` in it is taken from the environment
    #[arg(long, default_value = "fusionauth/kickstart.json")]
    kickstart: PathBuf,
    /// SQLite file that survives a restart; without it everything is in memory
    #[arg(long)]
    database: Option<PathBuf>,
    /// Append what crosses the wire to this file, without secrets, one JSON object a line
    #[arg(long)]
    record: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let is_mistake = matches!(error.downcast_ref::<StartError>(), Some(StartError::Kickstart(_)));
            let _ = writeln!(std::io::stderr(), "fusionauth-emulator: {error:#}");
            ExitCode::from(if is_mistake { 2 } else { 1 })
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    anyhow::ensure!(
        arguments.listen.ip().is_loopback() || arguments.allow_remote,
        "{} is no loopback address; this is for development only (--allow-remote if you mean it)",
        arguments.listen
    );
    let mut config = Config::new(arguments.kickstart);
    config.environment.extend(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))));
    config.database = arguments.database;
    config.listen = arguments.listen;
    if let Some(file) = &arguments.record {
        config.recorder = Recorder::to_file(file).with_context(|| file.display().to_string())?;
    }
    let emulator = Emulator::start(config).await?;
    tracing::warn!("This is FusionAuth's emulator, for development and tests. NEVER use it in production.");
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {}", emulator.url())?;
    stdout.flush()?;
    stop_signal().await?;
    emulator.stop().await.context("the server failed")
}

/// Ctrl-C, or what a supervisor sends.
async fn stop_signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            it = tokio::signal::ctrl_c() => it,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
