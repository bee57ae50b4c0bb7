//! The file of a record: how it is opened, how a line is appended, and how it is read.
//!
//! Several processes of one run append to the same file, so each line is one write, and each process has a unique name.

use crate::Message;
use aws_lc_rs::{hmac, rand};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes records to a file, or nowhere. Clones share the file.
#[derive(Clone, Default)]
pub struct Recorder {
    file: Option<Arc<RecordFile>>,
}

/// Reads the messages of a record file, in the order of events.
///
/// # Errors
/// Returns an error if the file cannot be read, or if a line is not a [`Message`] ([`io::ErrorKind::InvalidData`]).
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<Message>> {
    BufReader::new(File::open(path)?).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

impl Recorder {
    /// A recorder that records nothing, and reads no message. A server uses this unless its flags name a file.
    pub fn off() -> Self {
        Self::default()
    }

    /// Appends to this file, and creates it if it does not exist.
    ///
    /// The environment variable `WIRE_RECORDER_SALT` (hex) is the salt of the fingerprints. Processes with the same salt give a
    /// token the same fingerprint. Without the variable the salt is random.
    ///
    /// `WIRE_RECORDER_CLOCK` names a file with one number: how many seconds the clock of the run is ahead of the machine's clock. Tests
    /// that move the clock write the file. Without the variable or the file, the number is 0.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened for appending, or if `WIRE_RECORDER_SALT` is not hex.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let salt = match std::env::var("WIRE_RECORDER_SALT") {
            Ok(salt) => {
                let salt = hex::decode(salt.trim()).ok().filter(|salt| !salt.is_empty());
                salt.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "WIRE_RECORDER_SALT is not hex"))?
            }
            Err(_) => random(32)?,
        };
        Ok(Self {
            file: Some(Arc::new(RecordFile {
                file: OpenOptions::new().create(true).append(true).open(path)?,
                salt: hmac::Key::new(hmac::HMAC_SHA256, &salt),
                process: hex::encode(random(4)?),
                count: AtomicU64::new(0),
                clock: std::env::var_os("WIRE_RECORDER_CLOCK").map(PathBuf::from),
            })),
        })
    }

    /// The value of [`Message::Request::browser`] for this `User-Agent`. `None` if nothing is recorded.
    pub fn browser(&self, user_agent: &str) -> Option<String> {
        self.file.as_ref().map(|record| record.fingerprint(user_agent))
    }

    pub(crate) fn file(&self) -> Option<&Arc<RecordFile>> {
        self.file.as_ref()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.file.is_some() { "Recorder(on)" } else { "Recorder(off)" })
    }
}

/// The open file of a recorder.
pub(crate) struct RecordFile {
    file: File,
    salt: hmac::Key,
    /// A random name, so that exchanges of different processes have different ids.
    process: String,
    count: AtomicU64,
    /// The file that `WIRE_RECORDER_CLOCK` names. It is read each time, because it changes during the run.
    clock: Option<PathBuf>,
}

impl RecordFile {
    /// A new id for a request and its response; see [`Message::Request::exchange`].
    pub(crate) fn next_exchange(&self) -> String {
        format!("{}-{}", self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// See [`crate::Credential::fingerprint`].
    pub(crate) fn fingerprint(&self, token: &str) -> String {
        hex::encode(&hmac::sign(&self.salt, token.as_bytes()).as_ref()[..3])
    }

    /// The time by the clock of the run, in seconds since 1970.
    pub(crate) fn now(&self) -> f64 {
        let ahead = self.clock.as_ref().and_then(|it| std::fs::read_to_string(it).ok()?.parse::<f64>().ok());
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |it| it.as_secs_f64()) + ahead.unwrap_or_default()
    }

    /// Appends a line with one write, so that lines of several processes never mix. A failed write is logged and not returned, because a
    /// full disk must not fail the request; a test that needs the line fails, because the line is missing.
    pub(crate) fn write(&self, message: &Message) {
        let written = serde_json::to_vec(message).map_err(io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            (&self.file).write_all(&line)
        });
        if let Err(error) = written {
            tracing::error!(%error, "a message was not recorded");
        }
    }
}

fn random(bytes: usize) -> io::Result<Vec<u8>> {
    let mut random = vec![0; bytes];
    rand::fill(&mut random).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    Ok(random)
}
