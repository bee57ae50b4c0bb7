//! The end of a record that several processes are writing.

use std::{
    collections::VecDeque,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use wire_recorder::Message;

/// So many messages are kept: some hours of clicking.
const KEPT: usize = 20_000;

/// What was read of a record so far.
pub(super) struct Tail {
    file: PathBuf,
    read: Arc<Mutex<Lines>>,
}

#[derive(Default)]
struct Lines {
    /// Where reading goes on, in bytes.
    offset: u64,
    messages: VecDeque<Message>,
    /// How many messages are not kept any more.
    gone: u64,
}

impl Tail {
    pub(super) fn of(file: &Path) -> Self {
        Self { file: file.to_owned(), read: Arc::default() }
    }

    /// How many messages there are by now.
    pub(super) async fn length(&self) -> io::Result<u64> {
        self.look(|lines| lines.length()).await
    }

    /// The messages after so many, and how many there are.
    pub(super) async fn after(&self, count: u64) -> io::Result<(Vec<Message>, u64)> {
        self.look(move |lines| {
            let skipped = usize::try_from(count.saturating_sub(lines.gone)).unwrap_or(usize::MAX);
            (lines.messages.iter().skip(skipped).cloned().collect(), lines.length())
        })
        .await
    }

    async fn look<T: Send + 'static>(&self, at: impl FnOnce(&Lines) -> T + Send + 'static) -> io::Result<T> {
        let (file, read) = (self.file.clone(), Arc::clone(&self.read));
        let looked = tokio::task::spawn_blocking(move || {
            let mut lines = read.lock().unwrap_or_else(PoisonError::into_inner);
            lines.read_on(&file)?;
            Ok(at(&lines))
        });
        looked.await.map_err(io::Error::other)?
    }
}

impl Lines {
    fn length(&self) -> u64 {
        self.gone + self.messages.len() as u64
    }

    /// Reads what has been added. A line without its end is still being written.
    fn read_on(&mut self, path: &Path) -> io::Result<()> {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        if length < self.offset {
            *self = Self::default(); // another record took its place
        }
        if length == self.offset {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut added = Vec::new();
        file.take(length - self.offset).read_to_end(&mut added)?;
        let whole = added.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.offset += whole as u64;
        // A line of another version says nothing to us.
        self.messages.extend(added[..whole].split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()));
        let surplus = self.messages.len().saturating_sub(KEPT);
        self.messages.drain(..surplus);
        self.gone += surplus as u64;
        Ok(())
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
        let path = std::env::temp_dir().join(format!("tail-{}.jsonl", uuid::Uuid::new_v4()));
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
        // A record that begins anew.
        std::fs::write(&path, line(3))?;
        assert_eq!(tail.length().await?, 1);
        std::fs::remove_file(&path)
    }

    #[test]
    fn a_long_record_is_kept_by_its_end_and_numbers_go_on() -> io::Result<()> {
        let path = std::env::temp_dir().join(format!("tail-{}.jsonl", uuid::Uuid::new_v4()));
        std::fs::write(&path, (0..KEPT + 5).map(line).collect::<String>())?;
        let mut lines = Lines::default();
        lines.read_on(&path)?;
        assert_eq!((lines.messages.len(), lines.length()), (KEPT, KEPT as u64 + 5));
        std::fs::remove_file(&path)
    }
}
