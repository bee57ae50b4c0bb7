//! A separate process for a test that moves the clock, because all servers of a process share the clock.

use tokio::process::Command;

const VARIABLE: &str = "TEST_IN_A_PROCESS_OF_ITS_OWN";

/// Returns `true` if this process runs only the named test. Otherwise starts such a process, waits until the test succeeds there, and
/// returns `false`. The caller must then return.
pub(crate) async fn runs_alone(test: &str) -> bool {
    if std::env::var(VARIABLE).is_ok_and(|it| it == test) {
        return true;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", test]).env(VARIABLE, test).kill_on_drop(true).output().await.unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
    false
}
