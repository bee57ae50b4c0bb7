//! Fails if a command in a document names something that does not exist: a folder or a file, a package, a target or a group of tests.
//!
//! Commands are the lines of the code blocks for a shell, and the texts in backticks that begin with one of [`PROGRAMS`].

use crate::{NOT_READ, documents, packages, read, root};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// The programs at the beginning of a command in prose.
const PROGRAMS: [&str; 7] = ["cargo", "cd", "cp", "docker", "install", "npm", "tar"];

/// Names that may follow an option: the package, the option and the name. Groups of tests have no package.
type Names = BTreeSet<(String, String, String)>;

fn names() -> Names {
    let mut names = Names::new();
    for package in packages(&["--no-deps"]) {
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let name = text(&package["name"]);
        names.insert((name.clone(), "-p".to_owned(), name.clone()));
        for target in package["targets"].as_array().expect("a list of targets") {
            names.insert((name.clone(), format!("--{}", text(&target["kind"][0])), text(&target["name"])));
        }
    }
    let xtask = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["test", "--group", "?"]).output().expect("xtask runs");
    let printed = String::from_utf8_lossy(&xtask.stderr).into_owned();
    let (_, groups) = printed.split_once("none of ").expect("xtask lists the groups");
    names.extend(groups.lines().next().into_iter().flat_map(|it| it.split(", ")).map(|it| (String::new(), "--group".into(), it.into())));
    names
}

/// The commands of one document.
struct Commands<'a> {
    names: &'a Names,
    /// The version requirement in Trunk.toml.
    trunk: &'a str,
    /// The folder to which the block has changed, from the root of the repository.
    folder: PathBuf,
    /// The words of earlier commands, which may create files.
    earlier: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Commands<'_> {
    /// Whether the repository has this path, seen from a folder. A path outside of the repository, or written by a build, passes.
    fn has(&self, path: &Path) -> bool {
        let (path, mut parts) = (self.folder.join(path), Vec::new());
        for part in path.components() {
            match part {
                Component::ParentDir if parts.pop().is_none() => return true,
                Component::Normal(part) => parts.push(part),
                _ => {}
            }
        }
        let is_product = parts.first().is_some_and(|it| NOT_READ.iter().any(|product| it == product));
        is_product || root().join(parts.iter().collect::<PathBuf>()).exists()
    }

    fn read_line(&mut self, line: &str) {
        let line = line.split(" #").next().unwrap_or_default().replace(['\'', '"'], "");
        for command in line.split(['|', ';', '&']) {
            let words: Vec<&str> = command.split_whitespace().skip_while(|it| it.contains('=')).take_while(|it| *it != "--").collect();
            self.read_command(&words);
            self.earlier.extend(words.into_iter().map(str::to_owned));
        }
    }

    fn read_command(&mut self, words: &[&str]) {
        let [program, arguments @ ..] = words else { return };
        let is_placeholder = |word: &str| !word.contains(|it: char| it.is_ascii_lowercase()) || word.contains(['$', '<', '…', ':']);
        // `./` is a folder of the reader. After `-C`, tar reads another folder.
        let here = arguments.iter().copied().take_while(|it| *it != "-C");
        let operands: Vec<&str> = here.filter(|it| !it.starts_with(['-', '/']) && !it.starts_with("./") && !is_placeholder(it)).collect();
        let files = match (*program, arguments.first()) {
            ("cp" | "install", _) if arguments.last().is_some_and(|it| it.starts_with('/')) => &operands[..],
            ("tar", Some(flags)) if flags.contains('c') => &operands[1..],
            ("cargo", Some(&"generate")) => &operands[1..],
            ("cd", _) => &operands[..],
            _ => &[],
        };
        // Also in other commands, a path into the repository must exist.
        let is_path = |word: &&str| {
            word.contains('/') && (word.starts_with("../") || root().join(word.split('/').next().unwrap_or_default()).is_dir())
        };
        for file in files.iter().copied().chain(operands.iter().copied().filter(is_path)).collect::<BTreeSet<_>>() {
            if !self.has(Path::new(file)) && !self.earlier.contains(file) {
                self.wrong.push(format!("no such file: {file} in `{}`", words.join(" ")));
            }
        }
        if let ("cd", Some(folder)) = (*program, arguments.first()) {
            self.folder.push(folder);
        }
        let package = arguments.windows(2).find(|it| it[0] == "-p").map(|it| it[1]);
        for option in arguments.windows(2).filter(|it| *program == "cargo" && !is_placeholder(it[1])) {
            let mut of_option = self.names.iter().filter(|(_, it, _)| it == option[0]).peekable();
            let is_of_package = |owner: &str| owner.is_empty() || package.is_none_or(|it| it == owner || is_placeholder(it));
            if of_option.peek().is_some() && !of_option.any(|(owner, _, name)| name == option[1] && is_of_package(owner)) {
                self.wrong.push(format!("no such target: {} {} in `{}`", option[0], option[1], words.join(" ")));
            }
        }
        if words.starts_with(&["cargo", "install"]) && words.contains(&"trunk") && !words.contains(&&*format!("^{}", self.trunk)) {
            self.wrong.push(format!("`{}` installs another version than ^{}, which Trunk.toml requires", words.join(" "), self.trunk));
        }
    }
}

fn wrong_in(text: &str, names: &Names, trunk: &str) -> Vec<String> {
    let mut commands = Commands { names, trunk, folder: PathBuf::new(), earlier: BTreeSet::new(), wrong: Vec::new() };
    for (number, part) in text.split("```").enumerate() {
        commands.folder = PathBuf::new();
        if number % 2 == 1 {
            let block = part.strip_prefix("sh\n").or_else(|| part.strip_prefix('\n'));
            block.into_iter().flat_map(str::lines).for_each(|line| commands.read_line(line));
        } else {
            let spans = part.split('`').skip(1).step_by(2);
            let is_command = |it: &&str| it.split_once(' ').is_some_and(|(program, _)| PROGRAMS.contains(&program));
            spans.filter(is_command).for_each(|span| commands.read_line(span));
        }
    }
    commands.wrong
}

#[test]
fn commands_in_documents_name_only_files_targets_and_versions_that_exist() {
    let (names, settings) = (names(), read("Trunk.toml"));
    let trunk =
        |settings: &str| settings.lines().find_map(|it| it.strip_prefix("trunk-version = ").map(|it| it.trim_matches('"').to_owned()));
    assert_eq!(trunk(&settings), trunk(&read("session/template/Trunk.toml")));
    let trunk = trunk(&settings).expect("Trunk.toml requires a version");
    let crates = packages(&["--no-deps"]);
    let rust = |folder: &Path| {
        let package = crates.iter().find(|it| Path::new(it["manifest_path"].as_str().unwrap_or_default()).parent() == Some(folder));
        Some(package?["rust_version"].as_str().expect("a version").to_owned())
    };
    let mut wrong = Vec::new();
    for document in documents::names() {
        let (text, folder) = (read(&document), root().join(&document));
        let needed = folder.parent().and_then(rust).or_else(|| rust(&root().join("tools/xtask")));
        let named = text.split(" or newer").filter_map(|it| it.split_whitespace().last()).filter(|it| it.starts_with("1."));
        wrong.extend(named.filter(|it| Some(*it) != needed.as_deref()).map(|it| format!("{document}: Rust {it} in place of {needed:?}")));
        wrong.extend(wrong_in(&text, &names, &trunk).into_iter().map(|it| format!("{document}: {it}")));
        let elsewhere = text.split("https://crates.io/").skip(1).filter(|it| !it.starts_with("crates/"));
        wrong.extend(elsewhere.map(|it| format!("{document}: no page of crates.io: {}", it.split(')').next().unwrap_or_default())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_wrong_word_of_a_command_is_found() {
    let names = names();
    let found = |text: &str| wrong_in(text, &names, "0.21").len();
    for right in [
        "```sh\ncd session/examples && npm install ../../target/x.tgz\n```",
        "```sh\ntar -czf a.tar.gz dist shop/deploy -C target/release storefront-server\ninstall -D storefront-server /usr/bin/x\n```",
        "`cargo test -p xtask --test suite layout::`, `cargo test -p CRATE --test NAME`, `cargo xtask test --group packages`",
        "`cargo install trunk --locked --version ^0.21`",
    ] {
        assert_eq!(found(right), 0, "{right}");
    }
    for wrong in [
        "```sh\ncd examples\n```",
        "```sh\ncd session && npm install ../examples/x.tgz\n```",
        "```sh\ntar -czf a.tar.gz dist deploy\n```",
        "```sh\ninstall -D deploy/x.conf /etc/x.conf\n```",
        "```sh\ncargo generate --git https://x.test/y.git template\n```",
        "`cargo test -p xtask --test layout`",
        "`cargo bench -p fusionauth-emulator --bench flood`",
        "`cargo xtask test --group layout`",
        "`cargo install trunk --locked`",
    ] {
        assert_eq!(found(wrong), 1, "{wrong}");
    }
}
