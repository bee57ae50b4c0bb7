//! Fails if a command in a document names something that does not exist: a folder or a file, a package, a target, a group of tests, or a
//! command or a flag of xtask.
//!
//! Commands are the lines of the code blocks for a shell, and the texts in backticks that begin with one of [`PROGRAMS`].

use crate::{NOT_READ, documents, packages, read, root};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs at the beginning of a command in prose.
const PROGRAMS: [&str; 7] = ["cargo", "cd", "cp", "docker", "install", "npm", "tar"];

/// What may follow an option of Cargo: the package, the option and the word. Groups of tests have no package.
type Names = BTreeSet<(String, String, String)>;

/// What xtask prints.
fn xtask(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().expect("xtask runs");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn names() -> Names {
    let mut names = Names::new();
    let mut add = |package: &str, option: &str, name: &str| names.insert((package.to_owned(), option.to_owned(), name.to_owned()));
    for package in packages(&["--no-deps"]) {
        let name = package["name"].as_str().expect("a name");
        add(name, "-p", name);
        for target in package["targets"].as_array().expect("a list of targets") {
            add(name, &format!("--{}", target["kind"][0].as_str().expect("a kind")), target["name"].as_str().expect("a name"));
        }
    }
    let printed = xtask(&["test", "--group", "?"]);
    let (_, groups) = printed.lines().find_map(|it| it.split_once("none of ")).expect("xtask lists the groups");
    groups.split(", ").for_each(|it| _ = add("", "--group", it));
    names
}

fn is_placeholder(word: &str) -> bool {
    !word.contains(|it: char| it.is_ascii_lowercase()) || word.contains(['$', '<', '…', ':'])
}

/// Whether the repository has this path, seen from one of its folders, or a build writes it. A path outside of the repository passes.
fn exists(folder: &Path, path: &str) -> bool {
    let here = root().join(folder);
    match path.split('/').position(|it| NOT_READ.contains(&it)) {
        Some(at) => here.join(path.split('/').take(at).collect::<PathBuf>()).canonicalize().ok() == root().canonicalize().ok(),
        None => here.join(path).exists() || folder.as_os_str().is_empty() && path.starts_with("../"),
    }
}

/// The files of the repository that a command names.
fn files<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let [program, arguments @ ..] = words else { return Vec::new() };
    // After `-C`, tar reads another folder. `./` is a folder of the reader.
    let here = arguments.iter().copied().take_while(|it| *it != "-C");
    let operands: Vec<&str> = here.filter(|it| !it.starts_with(['-', '/']) && !it.starts_with("./") && !is_placeholder(it)).collect();
    match (*program, arguments.first()) {
        ("cp" | "install", _) if arguments.last().is_some_and(|it| it.starts_with('/')) => operands,
        ("tar", Some(flags)) if flags.contains('c') => operands[1..].to_vec(), // without the archive
        ("cargo", Some(&"generate")) => operands[1..].to_vec(),
        ("cd", _) => operands,
        _ => {
            let begins_in = |path: &str| path.split_once('/').is_some_and(|(first, _)| first == ".." || root().join(first).is_dir());
            operands.into_iter().filter(|it| begins_in(it)).collect()
        }
    }
}

/// Messages about the packages, targets, groups and versions that a command of Cargo names.
fn wrong_names(words: &[&str], names: &Names, trunk: &str) -> Vec<String> {
    let package = words.windows(2).find(|it| it[0] == "-p").map(|it| it[1]);
    let is_of = |owner: &str| owner.is_empty() || package.is_none_or(|it| it == owner || is_placeholder(it));
    let is_wrong = |option: &&[&str]| {
        let mut of_option = names.iter().filter(|(_, it, _)| it == option[0]).peekable();
        of_option.peek().is_some() && !is_placeholder(option[1]) && !of_option.any(|(owner, _, name)| name == option[1] && is_of(owner))
    };
    let options = words.windows(2).filter(|_| words[0] == "cargo").filter(is_wrong);
    let mut wrong: Vec<String> = options.map(|it| format!("no such target: {}", it.join(" "))).collect();
    if words.starts_with(&["cargo", "install"]) && words.contains(&"trunk") && !words.contains(&trunk) {
        wrong.push(format!("another version than --version {trunk}, which Trunk.toml requires"));
    }
    // All flags after `trunk` are Trunk's.
    if let ["cargo", "xtask", command, arguments @ ..] = words
        && !is_placeholder(command)
        && *command != "trunk"
    {
        let help = xtask(&[command, "--help"]);
        let has = |flag: &str| help.split(|it: char| !it.is_ascii_alphanumeric() && it != '-').any(|it| it == flag);
        let flags = arguments.iter().filter(|it| it.starts_with("--") && **it != "--help" && !has(it));
        wrong.extend(flags.map(|it| format!("no such flag: {it}")));
        wrong.extend(help.starts_with("there is no command").then(|| format!("no such command: {command}")));
    }
    wrong
}

fn wrong_in(text: &str, names: &Names, trunk: &str) -> Vec<String> {
    let (text, mut wrong, mut earlier) = (text.replace(['\'', '"'], ""), Vec::new(), BTreeSet::new());
    for (number, part) in text.split("```").enumerate() {
        let is_command = |it: &&str| it.split_once(' ').is_some_and(|(program, _)| PROGRAMS.contains(&program));
        let lines: Vec<&str> = match number % 2 {
            0 => part.split('`').skip(1).step_by(2).filter(is_command).collect(),
            _ => part.strip_prefix("sh\n").or_else(|| part.strip_prefix('\n')).unwrap_or_default().lines().collect(),
        };
        let mut folder = PathBuf::new();
        for command in lines.iter().filter_map(|it| it.split(" #").next()).flat_map(|it| it.split(['|', ';', '&'])) {
            let words: Vec<&str> = command.split_whitespace().skip_while(|it| it.contains('=')).take_while(|it| *it != "--").collect();
            let missing = files(&words).into_iter().filter(|it| !exists(&folder, it) && !earlier.contains(it));
            let found = missing.map(|it| format!("no such file: {it}")).chain(wrong_names(&words, names, trunk));
            wrong.extend(found.map(|it| format!("{it} in `{}`", words.join(" "))));
            if let ["cd", path, ..] = words[..] {
                folder.push(path);
            }
            earlier.extend(words); // a command may have created the file
        }
    }
    wrong
}

#[test]
fn commands_in_documents_name_only_files_targets_and_versions_that_exist() {
    let trunk =
        |file: &str| read(file).lines().find_map(|it| it.strip_prefix("trunk-version = ").map(|it| it.trim_matches('"').to_owned()));
    assert_eq!(trunk("Trunk.toml"), trunk("session/template/Trunk.toml"));
    let (names, crates, trunk) = (names(), packages(&["--no-deps"]), format!("^{}", trunk("Trunk.toml").expect("a version")));
    let rust = |folder: &Path| {
        let package = crates.iter().find(|it| Path::new(it["manifest_path"].as_str().unwrap_or_default()).parent() == Some(folder));
        package.map(|it| it["rust_version"].as_str().expect("a version"))
    };
    let mut wrong = Vec::new();
    for document in documents::names() {
        let (text, file) = (read(&document), root().join(&document));
        let needed = file.parent().and_then(rust).or_else(|| rust(&root().join("tools/xtask")));
        let named = text.split(" or newer").filter_map(|it| it.split_whitespace().last()).filter(|it| it.starts_with("1."));
        let mut found: Vec<String> =
            named.filter(|it| Some(*it) != needed).map(|it| format!("it needs Rust {needed:?}, not {it}")).collect();
        found.extend(wrong_in(&text, &names, &trunk));
        let pages = text.split("https://crates.io/").skip(1).filter_map(|it| it.split(')').next());
        found.extend(pages.filter(|it| !it.starts_with("crates/")).map(|it| format!("crates.io has no page {it}")));
        wrong.extend(found.into_iter().map(|it| format!("{document}: {it}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_wrong_word_of_a_command_is_found() {
    let right = "`cargo test -p CRATE --test NAME`, `cargo xtask test --group packages`, `cargo install trunk --locked --version ^0.21`
        ```sh\ncd session/examples && npm install ../../target/x.tgz\n```
        ```sh\ntar -czf a.tar.gz dist shop/deploy -C target/release storefront-server\ninstall -D storefront-server /usr/bin/x\n```";
    let wrong =
        "`cargo test -p xtask --test layout`, `cargo bench -p fusionauth-emulator --bench flood`, `cargo xtask test --group x --one`,
        `cargo xtask tests`, `cargo install trunk --locked` ```sh\ncargo generate --git https://x.test/y.git template\ncd examples\n```
        ```sh\ncd session/examples && npm install ../target/x.tgz\n```
        ```sh\ntar -czf a.tar.gz dist deploy\ninstall -D deploy/x.conf /etc/x.conf\n```";
    assert_eq!([right, wrong].map(|it| wrong_in(it, &names(), "^0.21").len()), [0, 11]);
}
