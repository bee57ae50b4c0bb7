//! Tests `cargo xtask` on machines that lack programs. Such a machine is a folder of scripts, which is the only folder on PATH.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// A machine with the programs of one folder and no others. Each program appends its call to the file `calls`.
struct Machine {
    folder: PathBuf,
}

struct Outcome {
    printed: String,
    /// The programs that xtask called, with their arguments.
    calls: Vec<String>,
}

impl Machine {
    /// `user` is the id that `id -u` prints: 0 for root.
    fn new(name: &str, user: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        // An earlier run may have left its folder.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the machine's folder can be created");
        let machine = Self { folder };
        machine.add("id", &format!("echo {user}"));
        machine.add("apt-get", "");
        for (_, _, program, version) in PROGRAMS {
            machine.add(program, &format!("echo {program} version {version}"));
        }
        // Every build fails at once, because the compiler does not work and rustup is missing.
        for program in ["cargo", "rustc"] {
            machine.add(program, "exit 1");
        }
        machine
    }

    fn add(&self, program: &str, script: &str) {
        let file = self.folder.join(program);
        let note = format!("#!/bin/sh\necho \"{program} $*\" >> '{}'\n{script}\n", self.folder.join("calls").display());
        std::fs::write(&file, note).expect("the script can be written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("the script can be made executable");
    }

    fn xtask(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).env("PATH", &self.folder).env("XTASK_TOOLS", self.folder.join("tools"));
        let output = command.env_remove("CI").env_remove("RUSTUP_TOOLCHAIN").output().expect("xtask runs");
        assert!(!output.status.success(), "the build must fail, because this machine has no compiler");
        let printed = [output.stdout, output.stderr].concat();
        let calls = std::fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
        let calls = calls.lines().filter(|call| !call.starts_with("id ")).map(str::to_owned).collect();
        Outcome { printed: String::from_utf8_lossy(&printed).into_owned(), calls }
    }
}

/// The programs that npm installs.
const PROGRAMS: [(&str, &str, &str, &str); 3] = include!("../../src/setup/programs.txt");

impl Outcome {
    fn installs(&self) -> Vec<&str> {
        self.calls.iter().map(String::as_str).filter(|call| call.starts_with("apt-get install")).collect()
    }
}

#[test]
fn without_root_the_tests_print_the_install_command_and_build_nothing() {
    let outcome = Machine::new("without-rights", "1000").xtask(&["test"]);
    assert!(outcome.printed.contains("\n  sudo apt-get install chromium chromium-driver\n"), "{}", outcome.printed);
    assert_eq!(outcome.calls, [] as [&str; 0]);
}

#[test]
fn as_root_the_tests_say_what_they_install_and_install_it_before_anything_is_built() {
    let outcome = Machine::new("as-root", "0").xtask(&["test"]);
    assert_eq!(outcome.calls.first().map(String::as_str), Some("apt-get install --yes --no-install-recommends chromium chromium-driver"));
    assert_eq!(outcome.installs().len(), 1, "{:?}", outcome.calls);
    let announcement = outcome.printed.find("apt-get is about to install chromium chromium-driver").expect("the announcement is printed");
    let report = outcome.printed.find("ok   the tests: apt-get install").expect("the step is printed");
    assert!(announcement < report, "{}", outcome.printed);
}

#[test]
fn if_sudo_needs_no_password_the_tests_install_with_it() {
    let machine = Machine::new("with-sudo", "1000");
    machine.add("sudo", "");
    let outcome = machine.xtask(&["test"]);
    let expected = "sudo -n apt-get install --yes --no-install-recommends chromium chromium-driver";
    assert!(outcome.calls.iter().any(|call| call == expected), "{:?}", outcome.calls);
}

#[test]
fn with_chromium_nothing_is_installed() {
    let machine = Machine::new("with-chromium", "0");
    machine.add("chromium", "");
    machine.add("chromedriver", "");
    assert_eq!(machine.xtask(&["test"]).installs(), [] as [&str; 0]);
}

#[test]
fn the_browser_suites_run_in_any_browser_but_journeys_need_chromium() {
    let machine = Machine::new("with-firefox", "0");
    machine.add("firefox", "");
    machine.add("geckodriver", "");
    assert_eq!(machine.xtask(&["test", "--only", "browser"]).installs(), [] as [&str; 0]);
    assert_eq!(machine.xtask(&["test", "--only", "journeys"]).installs().len(), 1);
}

#[test]
fn unit_tests_and_serve_need_no_browser() {
    let without_emulator = ["serve", "--port", "0", "--auth-port", "0", "--fusionauth-url", "http://127.0.0.1:1"];
    for arguments in [&["test", "--only", "unit"][..], &["build"], &without_emulator] {
        let outcome = Machine::new("without-browser", "1000").xtask(arguments);
        assert!(!outcome.printed.contains("chromium"), "{arguments:?}: {}", outcome.printed);
        assert!(outcome.calls.iter().any(|call| call.starts_with("rustc")), "{arguments:?} does not begin to build: {:?}", outcome.calls);
    }
}

#[test]
fn a_missing_program_is_reported_before_anything_is_built() {
    for (package, _, program, _) in PROGRAMS {
        let machine = Machine::new(&format!("without-{program}"), "1000");
        std::fs::remove_file(machine.folder.join(program)).expect("the script exists");
        let outcome = machine.xtask(&["build"]);
        assert!(outcome.printed.contains(package) && outcome.printed.contains("sudo apt-get install nodejs"), "{}", outcome.printed);
        assert!(!outcome.calls.iter().any(|call| call.starts_with("rustc") || call.starts_with("cargo")), "{:?}", outcome.calls);
    }
}

/// A machine with all tools of a release, and a compiler with the target's library in its sysroot. `rust_src` says whether the sysroot also
/// has the library's source. Every compilation fails. `cargo` records RUSTC_BOOTSTRAP, which only a build with the library's source sets.
fn machine_for_a_release(name: &str, toolchain: &str, rust_src: bool) -> Machine {
    let machine = Machine::new(name, "1000");
    let sysroot = machine.folder.join("sysroot");
    let rustlib = sysroot.join("lib/rustlib");
    std::fs::create_dir_all(rustlib.join("wasm32-unknown-unknown/lib")).expect("the target's folder can be created");
    std::fs::write(rustlib.join("wasm32-unknown-unknown/lib/libstd.rlib"), "").expect("the target's library can be written");
    if rust_src {
        std::fs::create_dir_all(rustlib.join("src/rust/library")).expect("the source's folder can be created");
        std::fs::write(rustlib.join("src/rust/library/Cargo.lock"), "").expect("the source can be written");
    }
    let answer = format!("case \"$*\" in *sysroot*) echo '{}';; *) echo rustc 1;; esac", sysroot.display());
    machine.add("rustc", &format!("[ \"${{RUSTUP_TOOLCHAIN:-default}}\" = {toolchain} ] || exit 1\n{answer}"));
    machine.add("rustup", "echo 'error: could not download file' >&2; exit 1");
    machine.add(
        "cargo",
        &format!(
            "echo \"bootstrap=${{RUSTC_BOOTSTRAP:-}}\" >> '{}'\necho 'error: failed to download `cfg-if`' >&2\nexit 1",
            machine.folder.join("calls").display()
        ),
    );
    machine
}

#[test]
fn without_rust_src_a_release_is_made_with_the_installed_library_and_says_so() {
    for (toolchain, by_hand) in
        [("default", "`rustup component add rust-src` installs it"), ("debian", "`sudo apt-get install rust-web-src` installs it")]
    {
        let outcome = machine_for_a_release(&format!("without-rust-src-{toolchain}"), toolchain, false).xtask(&["build", "--force"]);
        let note = outcome.printed.lines().find(|line| line.starts_with("note releases of the app keep the messages of panics"));
        assert!(note.is_some_and(|note| note.contains(by_hand)), "{toolchain}: {}", outcome.printed);
        assert!(outcome.calls.contains(&"bootstrap=".to_owned()), "{toolchain}: {:?}", outcome.calls);
    }
}

#[test]
fn if_the_standard_library_cannot_be_compiled_a_release_uses_the_installed_one_and_says_why() {
    let outcome = machine_for_a_release("broken-rust-src", "default", true).xtask(&["build", "--force"]);
    let note = outcome.printed.lines().find(|line| line.starts_with("note the release keeps the messages of panics"));
    assert!(note.is_some_and(|note| note.contains("failed to download `cfg-if`: a download has failed")), "{}", outcome.printed);
    assert!(outcome.calls.contains(&"bootstrap=".to_owned()), "{:?}", outcome.calls);
}
