//! Reads the arguments that are left after a command has taken its flags.

use anyhow::bail;
use pico_args::Arguments;

/// Fails if an argument is left.
pub fn finish(arguments: Arguments, help: &str) -> anyhow::Result<()> {
    words(arguments, 0, help).map(drop)
}

/// The words that are left. Fails if there are more than `most`, or if one is a flag.
pub fn words(arguments: Arguments, most: usize, help: &str) -> anyhow::Result<Vec<String>> {
    let words: Vec<String> = arguments.finish().iter().map(|it| it.to_string_lossy().into_owned()).collect();
    match words.iter().find(|it| it.starts_with('-')).or(words.get(most)) {
        Some(unexpected) => bail!("unexpected argument `{unexpected}`\n\n{help}"),
        None => Ok(words),
    }
}
