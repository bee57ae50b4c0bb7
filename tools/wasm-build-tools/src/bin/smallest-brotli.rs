//! Compresses standard input to standard output, for files that are compressed once and sent often.
//!
//! `xtask` runs this program instead of linking the encoder, because the optimised encoder would delay the first command by 20 s.

use anyhow::Context as _;
use brotli::enc::BrotliEncoderParams;
use std::io::{self, Read as _, Write as _};

fn main() -> anyhow::Result<()> {
    let mut content = Vec::new();
    io::stdin().read_to_end(&mut content).context("cannot read standard input")?;
    io::stdout().write_all(&compress(&content)?).context("cannot write standard output")
}

/// Brotli at quality 11. Block sizes and numbers of direct distance codes change the result by up to 2 %, and no combination is the best
/// for every file, so this tries several. Each has its own thread, because this is a long part of a build.
fn compress(content: &[u8]) -> io::Result<Vec<u8>> {
    let compress = |(lgblock, direct_distances)| {
        let mut parameters = BrotliEncoderParams { quality: 11, lgwin: 22, lgblock, size_hint: content.len(), ..Default::default() };
        parameters.dist.num_direct_distance_codes = direct_distances;
        let mut out = Vec::new();
        brotli::BrotliCompress(&mut &content[..], &mut out, &parameters).map(|_| out)
    };
    let compress = &compress;
    let attempts: io::Result<Vec<Vec<u8>>> = std::thread::scope(|scope| {
        let threads = [(0, 0), (16, 0), (16, 8), (16, 12), (17, 8), (17, 15)].map(|settings| scope.spawn(move || compress(settings)));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("the encoder panicked")))).collect()
    });
    Ok(attempts?.into_iter().min_by_key(Vec::len).unwrap_or_default())
}
