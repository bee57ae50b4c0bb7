//! The source of randomness. A test can replace it to get the same ids in each run.

use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// The source of random bytes for ids, refresh tokens and salts. RSA key generation uses the random generator of `aws-lc-rs` instead.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// The operating system's generator.
    pub fn system() -> Self {
        // Without random bytes no token can be generated. The server catches the panic and answers 500.
        Self::new(|bytes| aws_lc_rs::rand::fill(bytes).expect("the operating system provides random bytes"))
    }

    /// A generator that the caller supplies, only for tests that need the same ids in each run.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    pub(crate) fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}
