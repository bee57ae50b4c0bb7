//! Writes the log to standard error on a separate thread, many lines at a time.
//!
//! A request only puts its line into a buffer. `tracing_appender::non_blocking` also has such a thread, but wakes it and writes for each
//! line. That took a tenth of the CPU time of reading a cart.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// How long lines are collected before they are written.
const COLLECT: Duration = Duration::from_millis(10);
/// The maximum number of bytes that wait if nothing reads standard error. Further lines are dropped and counted, and requests continue.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Accepts the lines of the log and puts them into a buffer, which clones share.
#[derive(Clone)]
pub struct LogWriter(Arc<Shared>);

#[derive(Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    changed: Condvar,
}

#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    dropped_lines: u64,
    is_closed: bool,
}

/// The thread that writes the lines. Dropping this value waits until the thread has written all lines.
pub struct LogThread {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl LogWriter {
    /// Starts the thread, which writes to `out`.
    pub fn to(out: impl Write + Send + 'static) -> (Self, LogThread) {
        let shared = Arc::<Shared>::default();
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.write_to(out)
        });
        (Self(Arc::clone(&shared)), LogThread { shared, thread: Some(thread) })
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Write for &LogWriter {
    /// Accepts a whole line, or drops it. The log's layer writes each line with one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock();
        if buffer.bytes.len() + line.len() > MAX_BYTES {
            buffer.dropped_lines += 1;
            return Ok(line.len());
        }
        let was_empty = buffer.bytes.is_empty();
        buffer.bytes.extend_from_slice(line);
        drop(buffer);
        if was_empty {
            self.0.changed.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut out: impl Write) {
        let mut bytes = Vec::new();
        loop {
            let mut buffer = self.lock();
            while buffer.bytes.is_empty() && !buffer.is_closed {
                buffer = self.changed.wait(buffer).unwrap_or_else(PoisonError::into_inner);
            }
            if !buffer.is_closed {
                let collected = self.changed.wait_timeout_while(buffer, COLLECT, |it| !it.is_closed);
                buffer = collected.unwrap_or_else(PoisonError::into_inner).0;
            }
            let is_closed = buffer.is_closed;
            std::mem::swap(&mut bytes, &mut buffer.bytes);
            let dropped = std::mem::take(&mut buffer.dropped_lines);
            drop(buffer);
            // An error of standard error cannot be reported anywhere.
            let _ = out.write_all(&bytes);
            if dropped > 0 {
                let _ = writeln!(out, "{dropped} lines of the log were dropped, because nothing read it fast enough");
            }
            if is_closed {
                let _ = out.flush();
                return;
            }
            bytes.clear();
        }
    }
}

impl Drop for LogThread {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// A slow output: each write sends its bytes to the test, and then blocks until the test allows the next write.
    struct BlockedOutput(Sender<Vec<u8>>, Receiver<()>);

    impl Write for BlockedOutput {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(bytes.to_vec());
            let _ = self.1.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_of_every_thread_is_written_whole_and_in_its_order() {
        let (sender, written) = channel();
        let (go_on, wait) = channel();
        drop(go_on);
        let (writer, log) = LogWriter::to(BlockedOutput(sender, wait));
        thread::scope(|scope| {
            for name in ["a", "b"] {
                let writer = &writer;
                scope.spawn(move || (0..1_000).try_for_each(|number| (&*writer).write_all(format!("{name} {number}\n").as_bytes())));
            }
        });
        drop(log);
        let text = String::from_utf8(written.iter().flatten().collect()).unwrap();
        for name in ["a", "b"] {
            let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(name)).collect();
            let expected: Vec<String> = (0..1_000).map(|number| format!("{name} {number}")).collect();
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn lines_that_nobody_reads_are_dropped_and_counted() {
        let (sender, written) = channel();
        let (go_on, wait) = channel();
        let (writer, log) = LogWriter::to(BlockedOutput(sender, wait));
        let line = [b'x'; 1024];
        (&writer).write_all(&line).unwrap();
        assert_eq!(written.recv().unwrap().len(), line.len(), "the thread has begun to write the first line, and this write blocks");
        for _ in 0..MAX_BYTES / line.len() + 3 {
            (&writer).write_all(&line).unwrap();
        }
        drop(go_on);
        drop(log);
        let rest: Vec<u8> = written.iter().flatten().collect();
        let end = String::from_utf8_lossy(&rest[MAX_BYTES..]);
        assert_eq!(end, "3 lines of the log were dropped, because nothing read it fast enough\n");
    }
}
