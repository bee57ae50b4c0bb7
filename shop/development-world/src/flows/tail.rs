//! Follows a record file that several processes append to, and keeps the latest messages in memory.
//!
//! Each call reads the bytes that have been added since the previous call, so that a long record is not read again and again.

use super::is_local;
use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use wire_recorder::Message;

/// The maximum number of messages in memory. It is enough for some hours of clicking.
const MAX_MESSAGES: usize = 20_000;

/// A record file, and the messages of local hosts read from it.
pub(super) struct Tail {
    file: PathBuf,
    lines: Arc<Mutex<Lines>>,
}

#[derive(Default)]
struct Lines {
    /// The number of bytes that have been read.
    offset: u64,
    messages: VecDeque<Message>,
    /// The number of messages that were dropped from memory.
    dropped: u64,
}

impl Tail {
    /// A reader at the beginning of `file`.
    pub(super) fn of(file: &Path) -> Self {
        Self { file: file.to_owned(), lines: Arc::default() }
    }

    /// The number of messages in the record.
    pub(super) async fn length(&self) -> io::Result<u64> {
        self.with_lines(|lines| lines.length()).await
    }

    /// The messages after the first `count`, and the number of messages in the record.
    pub(super) async fn after(&self, count: u64) -> io::Result<(Vec<Message>, u64)> {
        self.with_lines(move |lines| {
            let skipped = usize::try_from(count.saturating_sub(lines.dropped)).unwrap_or(usize::MAX);
            (lines.messages.iter().skip(skipped).cloned().collect(), lines.length())
        })
        .await
    }

    /// Reads the lines that have been added, then calls `read` with all lines.
    async fn with_lines<T: Send + 'static>(&self, read: impl FnOnce(&Lines) -> T + Send + 'static) -> io::Result<T> {
        let (file, lines) = (self.file.clone(), Arc::clone(&self.lines));
        let reading = tokio::task::spawn_blocking(move || {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.read_added(&file)?;
            Ok(read(&lines))
        });
        reading.await.map_err(io::Error::other)?
    }
}

impl Lines {
    fn length(&self) -> u64 {
        self.dropped + self.messages.len() as u64
    }

    /// Reads the lines that have been added. A line without a line break is still being written, so a later call reads it.
    fn read_added(&mut self, path: &Path) -> io::Result<()> {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        if length < self.offset {
            *self = Self::default(); // a new record has replaced the file
        }
        if length == self.offset {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut added = Vec::new();
        file.take(length - self.offset).read_to_end(&mut added)?;
        let whole = added.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.offset += whole as u64;
        // A line that does not parse may come from another version of the recorder.
        let messages = added[..whole].split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        self.messages.extend(messages.filter(is_local_message));
        let surplus = self.messages.len().saturating_sub(MAX_MESSAGES);
        self.messages.drain(..surplus);
        self.dropped += surplus as u64;
        Ok(())
    }
}

/// Whether a message belongs to a local host. Other messages, such as a browser's requests to its vendor, belong to no workflow.
fn is_local_message(message: &Message) -> bool {
    match message {
        Message::Request { host, .. } => is_local(host),
        Message::Response { .. } => true, // a response without its request is not drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn line(number: usize) -> String {
        format!("{{\"message\":\"response\",\"exchange\":\"{number}\",\"status\":200,\"cookies\":[],\"credentials\":[]}}\n")
    }

    #[tokio::test]
    async fn what_is_added_is_read_once_and_half_a_line_later() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("record.jsonl");
        let mut file = std::fs::File::create(&path)?;
        let tail = Tail::of(&path);
        assert_eq!(tail.length().await?, 0);
        file.write_all(line(1).as_bytes())?;
        let (half, rest) = (line(2)[..20].to_owned(), line(2)[20..].to_owned());
        file.write_all(half.as_bytes())?;
        assert_eq!(tail.length().await?, 1);
        file.write_all(rest.as_bytes())?;
        file.write_all(b"not a message\n")?;
        assert_eq!(tail.length().await?, 2);
        let (messages, length) = tail.after(1).await?;
        assert!(matches!(messages.as_slice(), [Message::Response { exchange, .. }] if exchange == "2") && length == 2);
        // A new record replaces the file.
        std::fs::write(&path, line(3))?;
        assert_eq!(tail.length().await?, 1);
        Ok(())
    }

    #[test]
    fn a_long_record_is_kept_by_its_end_and_numbers_go_on() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("record.jsonl");
        std::fs::write(&path, (0..MAX_MESSAGES + 5).map(line).collect::<String>())?;
        let mut lines = Lines::default();
        lines.read_added(&path)?;
        assert_eq!((lines.messages.len(), lines.length()), (MAX_MESSAGES, MAX_MESSAGES as u64 + 5));
        Ok(())
    }
}
