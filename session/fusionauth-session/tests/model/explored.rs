//! Compares the number of states that each run explores with the table in `docs/model.md`. A run with another number fails.
//!
//! `UPDATE_MODEL=1 cargo test -p fusionauth-session --test model` writes the new numbers into the table.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

/// One run.
pub(crate) struct Explored {
    pub(crate) name: String,
    /// The number of different states.
    pub(crate) states: usize,
    /// The number of actions to the furthest state.
    pub(crate) depth: usize,
    /// The run has checked L1-L4 in one of this many states.
    pub(crate) sample: u64,
}

/// Compares a run with its row of the table, or writes that row.
#[expect(clippy::incompatible_msrv, reason = "the crate's users do not build its tests")]
pub(crate) fn check(run: &Explored) {
    let Explored { name, states, depth, sample } = run;
    let begin = format!("| {name} | ");
    let line = format!("{begin}{states} | {depth} | {} |", if *sample == 1 { "each".to_owned() } else { format!("one of {sample}") });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/model.md");
    let mut file = File::options().read(true).write(true).open(path).unwrap();
    // Several runs may end at the same time, because each is a separate test.
    file.lock().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    let stated = text.lines().find(|it| it.starts_with(&begin));
    if std::env::var_os("UPDATE_MODEL").is_some() {
        let mut lines: Vec<&str> = text.lines().filter(|it| !it.starts_with(&begin)).collect();
        lines.push(&line);
        let rows = lines.iter().position(|it| it.starts_with("|---")).unwrap() + 1;
        lines[rows..].sort_unstable();
        file.set_len(0).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    } else {
        assert_eq!(Some(line.as_str()), stated, "docs/model.md has another row for this run");
    }
}
