//! Runs a program around [`Server`]: reads the settings, starts the log, prints the URLs where the server listens, and stops the server at
//! a signal. The production program and `development-world` use it.

use crate::config::{self, Config, LogFormat};
use crate::{http::traces::Traces, server::Server, static_site};
use anyhow::Context;
use clap::Parser;
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// The maximum number of lines of the log that wait if nothing reads standard error. Further lines are dropped, and requests continue.
const MAX_LINES: usize = 16_000;

/// The maximum length of a line of the log in bytes, because some contain text from a client, such as the method of a request.
const MAX_LINE: usize = 4 * 1024;

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
    let (writer, log) = log_to(io::stderr());
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
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line with every cause. If `main` returned the error, it would be printed as Debug, with a backtrace.
            let _ = writeln!(io::stderr(), "{name}: {error:#}");
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
fn log_to(out: impl Write + Send + 'static) -> (LogWriter, WorkerGuard) {
    let log = NonBlockingBuilder::default().buffered_lines_limit(MAX_LINES).lossy(true);
    let (lines, guard) = log.finish(BufWriter::new(out)); // the thread flushes it when no line waits
    (LogWriter { lines, reported: Arc::default() }, guard)
}

/// Passes the lines of the log to the thread. The log itself says how many lines it lacks, as soon as another one fits.
#[derive(Clone)]
struct LogWriter {
    lines: NonBlocking,
    /// The number of dropped lines that the log has told.
    reported: Arc<AtomicUsize>,
}

impl Write for LogWriter {
    /// Accepts a whole line, or drops it. The log's layer writes each line with one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let dropped = self.lines.error_counter().dropped_lines();
        match line.get(..MAX_LINE) {
            Some(start) => self.lines.write_all(&[start, b" [cut]\n"].concat())?,
            None => self.lines.write_all(line)?,
        }
        let is_accepted = self.lines.error_counter().dropped_lines() == dropped;
        if is_accepted && self.reported.swap(dropped, Ordering::Relaxed) < dropped {
            writeln!(self.lines, "{dropped} lines of the log were dropped until now, because nothing read it fast enough")?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The layer that writes the log.
fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(format: LogFormat, writer: LogWriter) -> Box<dyn Layer<S> + Send + Sync> {
    let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
    match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
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
    match text.and_then(|it| Ok(io::stdout().write_all(it.as_bytes())?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{name}: {error:#}");
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
    let mut stdout = io::stdout();
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
    use std::io::{BufRead, BufReader};

    #[test]
    fn nobody_waits_for_the_reader_of_the_log_and_the_log_tells_what_it_lacks() {
        let (reader, out) = io::pipe().unwrap();
        let mut reader = BufReader::new(reader);
        let (mut log, thread) = log_to(out);
        for _ in 0..3 * MAX_LINES {
            log.write_all(b"a line\n").unwrap();
        }
        let dropped = log.lines.error_counter().dropped_lines();
        assert!(dropped > 0, "the pipe is full, because nothing reads it");
        for _ in 0..3 * MAX_LINES - dropped {
            reader.read_line(&mut String::new()).unwrap();
        }
        log.write_all("x".repeat(2 * MAX_LINE).as_bytes()).unwrap();
        drop((log, thread));
        let told = format!("{dropped} lines of the log were dropped until now, because nothing read it fast enough\n");
        assert_eq!(io::read_to_string(reader).unwrap(), format!("{} [cut]\n{told}", "x".repeat(MAX_LINE)));
    }
}
