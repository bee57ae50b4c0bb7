use crate::Message;
use aws_lc_rs::{hmac, rand};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where records go. Cloning shares the file.
#[derive(Clone, Default)]
pub struct Recorder {
    file: Option<Arc<RecordFile>>,
}

/// Reads a recording: the messages in the order of events.
///
/// # Errors
/// If the file can't be read, or if a line is no record ([`io::ErrorKind::InvalidData`]).
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<Message>> {
    BufReader::new(File::open(path)?).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

impl Recorder {
    /// Records nothing and costs nothing: what a server uses unless it was asked.
    pub fn off() -> Self {
        Self::default()
    }

    /// Appends to this file, which is made if it is not there.
    ///
    /// The environment variable `WIRE_RECORDER_SALT` (hex) salts the fingerprints, so that several processes of one run
    /// give one token the same fingerprint; without it the salt is random.
    ///
    /// # Errors
    /// If the file can't be opened for appending, or if `WIRE_RECORDER_SALT` is not hex.
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
            })),
        })
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

/// The file of a recorder, with what makes its lines those of one run.
pub(crate) struct RecordFile {
    file: File,
    salt: hmac::Key,
    process: String,
    count: AtomicU64,
}

impl RecordFile {
    /// A name for a request and its response that no other process of the run gives.
    pub(crate) fn exchange(&self) -> String {
        format!("{}-{}", self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// See [`crate::Credential::fingerprint`].
    pub(crate) fn fingerprint(&self, token: &str) -> String {
        hex::encode(&hmac::sign(&self.salt, token.as_bytes()).as_ref()[..3])
    }

    /// Appends one line with one write, so that lines of several processes never mix. A full disk must not fail the
    /// request that is recorded: it is logged, and the journey that misses the line fails.
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
    rand::fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
    Ok(random)
}
