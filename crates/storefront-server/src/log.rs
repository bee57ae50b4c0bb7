//! The writer of the log. A request puts its lines into a buffer in memory, and a thread of its own writes the buffer to standard error.
//!
//! Without it a request would wait for standard error, and each line would cost a system call, which together were a quarter of the CPU
//! time of reading a cart. Lines that come within [`COLLECTION_TIME`] are written at once. `tracing-appender` wakes its thread for each
//! line. If nothing reads standard error, lines are dropped when the buffer is full, and requests go on.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{mem, thread, thread::JoinHandle, time::Duration};
use tracing_subscriber::fmt::MakeWriter;

/// How long lines are collected before they are written.
const COLLECTION_TIME: Duration = Duration::from_millis(20);

/// The maximum size of the buffer, in bytes: about 20,000 lines.
const MAX_BUFFER: usize = 4 * 1024 * 1024;

/// Puts lines into the buffer. Clones share it.
#[derive(Clone, Default)]
pub struct LogWriter(Arc<Shared>);

#[derive(Default)]
struct Shared {
    buffer: Mutex<Buffer>,
    /// Notified when the buffer gets its first line, and at the end.
    changed: Condvar,
}

#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    closed: bool,
}

/// Writes the lines that are still in the buffer when it is dropped.
pub struct LogGuard {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl LogWriter {
    /// Starts the thread that writes to `sink`.
    ///
    /// # Errors
    /// The system's, if it starts no thread.
    pub fn start(sink: impl Write + Send + 'static) -> io::Result<(Self, LogGuard)> {
        let writer = Self::default();
        let shared = Arc::clone(&writer.0);
        let thread = thread::Builder::new().name("log".to_owned()).spawn(move || shared.write_to(sink))?;
        let guard = LogGuard { shared: Arc::clone(&writer.0), thread: Some(thread) };
        Ok((writer, guard))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut sink: impl Write) {
        loop {
            let buffer = self.changed.wait_while(self.lock(), |it| it.bytes.is_empty() && !it.closed);
            let closed = buffer.unwrap_or_else(PoisonError::into_inner).closed;
            if !closed {
                thread::sleep(COLLECTION_TIME);
            }
            let bytes = mem::take(&mut self.lock().bytes);
            // Nobody could be told that standard error is closed.
            let _ = sink.write_all(&bytes).and_then(|()| sink.flush());
            if closed {
                return;
            }
        }
    }
}

impl Write for LogWriter {
    /// Takes a whole line, or drops it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock();
        if buffer.bytes.len() + line.len() <= MAX_BUFFER {
            if buffer.bytes.is_empty() {
                self.0.changed.notify_one();
            }
            buffer.bytes.extend_from_slice(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
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

    /// Writes only when the test allows it.
    struct BlockedSink {
        allowed: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for BlockedSink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.allowed.recv();
            let _ = self.written.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_line_waits_for_the_sink_and_the_last_ones_are_written_at_the_end() {
        let ((allow, allowed), (written, result)) = (channel(), channel());
        let (mut writer, guard) = LogWriter::start(BlockedSink { allowed, written }).unwrap();
        let line = [b'x'; 1024];
        for _ in 0..3 * MAX_BUFFER / line.len() {
            writer.write_all(&line).unwrap(); // the sink is blocked, and this does not wait
        }
        drop(allow);
        let mut first = 0;
        while !writer.0.lock().bytes.is_empty() {
            first += result.recv().unwrap().len();
        }
        writer.write_all(b"last\n").unwrap();
        drop(guard);
        let rest: Vec<u8> = result.try_iter().flatten().collect();
        assert!(rest.ends_with(b"last\n"));
        assert!(first + rest.len() <= 2 * MAX_BUFFER + 5, "what does not fit is dropped");
    }
}
