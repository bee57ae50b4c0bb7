//! Runs a program around [`Server`]: reads the settings, starts the log, prints the URLs where the server listens, and stops the server at
//! a signal. The production program and `development-world` use it.

use crate::config::{self, Config, LogFormat};
use crate::{http::traces::Traces, server::Server, static_site};
use anyhow::Context;
use clap::Parser;
use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// The maximum number of lines of the log that wait if nothing reads standard error. Further lines are dropped, and requests continue.
const MAX_LINES: usize = 32_000;

/// Reads the settings of a program, and runs the server that `bind` creates from them until the first SIGINT or SIGTERM. With `--check` it
/// only prints the settings, and with `--static-site` it only writes files. Error messages begin with `name`.
pub async fn run<P, Bind>(name: &str, bind: impl FnOnce(P) -> Bind) -> ExitCode
where
    P: Parser + AsRef<Config>,
    Bind: Future<Output = anyhow::Result<Server>>,
{
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let settings: P = match config::load(&arguments) {
        Ok(settings) => settings,
        Err(error) => error.exit(),
    };
    if settings.as_ref().check {
        return print(name, check::<P>(settings.as_ref(), &arguments));
    }
    if let Some(folder) = &settings.as_ref().static_site {
        return print(name, static_site(settings.as_ref(), folder));
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    // A request must not wait for standard error: with a synchronous writer the log took a quarter of the CPU time of reading a cart.
    let (writer, log) = log_to(std::io::stderr());
    let dropped = writer.error_counter();
    let format = settings.as_ref().log_format;
    let traces = settings.as_ref().traces_url.as_deref().map(|url| Traces::to(url, settings.as_ref().traces_percent)).transpose();
    let traces = match traces {
        Ok(traces) => traces,
        Err(error) => return print(name, Err(error.context("no traces can be sent"))),
    };
    match &traces {
        Some(traces) => {
            tracing_subscriber::registry()
                .with(without_secrets())
                .with(lines(format, writer).with_filter(filter))
                .with(traces.layer())
                .init();
        }
        // One filter for all layers costs each line less than a filter for the log's layer alone.
        None => tracing_subscriber::registry().with(without_secrets()).with(filter).with(lines(format, writer)).init(),
    }
    let outcome = serve(bind(settings)).await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    drop(log);
    if dropped.dropped_lines() > 0 {
        let _ = writeln!(std::io::stderr(), "{name}: {} lines of the log were dropped, because nothing read it", dropped.dropped_lines());
    }
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line with every cause. If `main` returned the error, it would be printed as Debug, with a backtrace.
            let _ = writeln!(std::io::stderr(), "{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The most detailed messages that any `RUST_LOG` can select. At the levels debug and trace, libraries write headers, URLs and bodies, which
/// contain tokens and mailed ids. The database driver writes its statements without their values.
fn without_secrets() -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_targets([("storefront", LevelFilter::TRACE), ("sqlx", LevelFilter::DEBUG)])
}

/// Starts the thread that writes the log. Dropping the guard waits until the thread has written all lines, for a second at most.
fn log_to(out: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    let log = NonBlockingBuilder::default().buffered_lines_limit(MAX_LINES).lossy(true);
    log.finish(BufWriter::new(out)) // the thread flushes it when no line waits
}

/// The layer that writes the log.
fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(format: LogFormat, writer: NonBlocking) -> Box<dyn Layer<S> + Send + Sync> {
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    }
}

/// The output of `--check`: the effective settings. Fails if the settings contradict each other.
fn check<P: Parser>(config: &Config, arguments: &[OsString]) -> anyhow::Result<String> {
    config.sites()?;
    config.certificate()?;
    Ok(config::effective::describe::<P>(arguments)?)
}

fn static_site(config: &Config, folder: &Path) -> anyhow::Result<String> {
    let written = static_site::write(config, folder)?;
    Ok(written.iter().map(|it| format!("{}\n", it.display())).collect())
}

fn print(name: &str, text: anyhow::Result<String>) -> ExitCode {
    match text.and_then(|it| Ok(std::io::stdout().write_all(it.as_bytes())?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(bind: impl Future<Output = anyhow::Result<Server>>) -> anyhow::Result<()> {
    // The signals are caught before anything else, so that a stop while the database opens is not lost.
    let stop = signal()?;
    let server = bind.await?;
    // Programs that start this one read the port from the first line. The second line names the port of `--auth-listen`, if there is one.
    let scheme = if server.speaks_tls() { "https" } else { "http" };
    let mut lines = format!("listening on {scheme}://{}\n", server.address()?);
    if let Some(address) = server.auth_address() {
        lines += &format!("proxy before FusionAuth on {scheme}://{address}\n");
    }
    let mut stdout = std::io::stdout();
    stdout.write_all(lines.as_bytes()).and_then(|()| stdout.flush()).context("standard output is closed")?;
    server.run(stop).await;
    Ok(())
}

/// Returns a future that completes at the first SIGINT or SIGTERM.
#[cfg(unix)]
fn signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}

/// Returns a future that completes at the first Ctrl-C.
#[cfg(not(unix))]
fn signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_the_reader_of_the_log_and_dropped_lines_are_counted() {
        let (reader, out) = std::io::pipe().unwrap();
        let (mut log, thread) = log_to(out);
        for _ in 0..3 * MAX_LINES {
            log.write_all(b"a line\n").unwrap();
        }
        let dropped = log.error_counter().dropped_lines();
        assert!(dropped > 0, "the pipe is full, because nothing reads it");
        let reader = std::thread::spawn(move || std::io::read_to_string(reader).unwrap());
        drop((log, thread));
        assert_eq!(reader.join().unwrap(), "a line\n".repeat(3 * MAX_LINES - dropped));
    }
}
