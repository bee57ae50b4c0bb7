//! Asks git which files the latest commits have changed.

use crate::{process, project};

/// The paths that the latest commit and the commits of the 24 hours before it have changed, and those with uncommitted changes. Empty
/// without git.
pub(super) fn latest() -> Vec<String> {
    const DAY_SECONDS: i64 = 24 * 60 * 60;
    let git = |arguments: &[&str]| process::stdout_of(project::command("git").args(arguments)).unwrap_or_default();
    let since = git(&["log", "-1", "--format=%ct"]).parse::<i64>().map_or_else(|_| String::new(), |time| (time - DAY_SECONDS).to_string());
    let committed = git(&["log", &format!("--since={since}"), "--name-only", "--format="]);
    let uncommitted = git(&["status", "--porcelain", "--no-renames"]);
    let uncommitted = uncommitted.lines().filter_map(|line| line.trim().split_once(' ')).map(|(_, path)| path.trim());
    committed.lines().filter(|line| !line.is_empty()).chain(uncommitted).map(str::to_owned).collect()
}

/// The number of commits up to the latest one; 0 without git.
pub(super) fn number_of_commits() -> usize {
    process::stdout_of(project::command("git").args(["rev-list", "--count", "HEAD"])).and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// The hash of the latest commit's files; `None` without git, or if files differ from them.
pub(super) fn committed_tree() -> Option<String> {
    let git = |arguments: &[&str]| process::stdout_of(project::command("git").args(arguments));
    git(&["status", "--porcelain"])?.is_empty().then(|| git(&["rev-parse", "HEAD^{tree}"]))?
}
