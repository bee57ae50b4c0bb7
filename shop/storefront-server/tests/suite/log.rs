//! The log of the servers in a test. All servers and their tasks run in the test's own thread.

use crate::test_cluster::HANG_GUARD;
use std::{io, sync::LazyLock};
use tokio::sync::watch;
use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::filter::LevelFilter;

/// The log of this thread at level info, while this value lives. The log lacks the messages of the database driver, which runs in other
/// threads.
pub(crate) struct Log {
    text: watch::Receiver<String>,
    _guard: DefaultGuard,
}

/// A subscriber of the whole process, which wants every message and writes none. Without it, a message whose place in the code another
/// thread reaches for the first time at the moment of `set_default` is lost for good: `tracing` remembers that nobody wants it.
static EVERYTHING: LazyLock<Dispatch> =
    LazyLock::new(|| Dispatch::new(tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(io::sink).finish()));

impl Log {
    pub(crate) fn of_this_thread() -> Self {
        LazyLock::force(&EVERYTHING);
        let (sender, text) = watch::channel(String::new());
        let lines = tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_ansi(false);
        let subscriber = lines.with_writer(move || Writer(sender.clone())).finish();
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// The number of lines that contain the text.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.text.borrow().lines().filter(|it| it.contains(text)).count()
    }

    /// Waits until a line contains the text.
    pub(crate) async fn until(&self, text: &str) {
        self.until_count(text, 1).await;
    }

    /// Waits until at least `count` lines contain the text.
    pub(crate) async fn until_count(&self, text: &str, count: usize) {
        let mut log = self.text.clone();
        let logged = log.wait_for(|it| it.lines().filter(|it| it.contains(text)).count() >= count);
        assert!(tokio::time::timeout(HANG_GUARD, logged).await.is_ok(), "not logged: {text}\n{}", *self.text.borrow());
    }
}

struct Writer(watch::Sender<String>);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send_modify(|it| it.push_str(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
