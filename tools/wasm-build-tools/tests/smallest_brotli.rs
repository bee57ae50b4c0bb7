//! The program `smallest-brotli`.

use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn what_it_writes_decompresses_to_what_it_read() -> anyhow::Result<()> {
    for content in [&b""[..], b"x", include_bytes!("smallest_brotli.rs")] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_smallest-brotli")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        program.stdin.take().unwrap().write_all(content)?;
        let output = program.wait_with_output()?;
        assert!(output.status.success());
        let mut decompressed = Vec::new();
        brotli::BrotliDecompress(&mut &output.stdout[..], &mut decompressed)?;
        assert_eq!(decompressed, content);
    }
    Ok(())
}
