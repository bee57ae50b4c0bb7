use crate::Message;
use aws_lc_rs::{hmac, rand};
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where records go. Cloning shares the file.
#[derive(Clone, Default)]
pub struct Recorder {
    open: Option<Arc<Open>>,
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
            Ok(hex) => from_hex(&hex).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "WIRE_RECORDER_SALT is not hex"))?,
            Err(_) => random(32)?,
        };
        Ok(Self {
            open: Some(Arc::new(Open {
                file: OpenOptions::new().create(true).append(true).open(path)?,
                salt: hmac::Key::new(hmac::HMAC_SHA256, &salt),
                process: to_hex(&random(4)?),
                count: AtomicU64::new(0),
            })),
        })
    }

    pub(crate) fn open(&self) -> Option<&Arc<Open>> {
        self.open.as_ref()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.open.is_some() { "Recorder(on)" } else { "Recorder(off)" })
    }
}

/// An open recording.
pub(crate) struct Open {
    file: File,
    salt: hmac::Key,
    process: String,
    count: AtomicU64,
}

impl Open {
    /// A name for a request and its response that no other process of the run gives.
    pub(crate) fn exchange(&self) -> String {
        format!("{}-{}", self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// See [`crate::Credential::fingerprint`].
    pub(crate) fn fingerprint(&self, token: &str) -> String {
        to_hex(&hmac::sign(&self.salt, token.as_bytes()).as_ref()[..3])
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

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex.trim().chars().map(|it| it.to_digit(16).and_then(|it| u8::try_from(it).ok())).collect::<Option<_>>()?;
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_both_ways() {
        assert_eq!(from_hex("00ff1A"), Some(vec![0, 255, 26]));
        assert_eq!(to_hex(&[0, 255, 26]), "00ff1a");
        for wrong in ["", "0", "0g", "+1"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
