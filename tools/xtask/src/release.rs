//! `cargo xtask release`: checks that the public packages can be published, and prints the commands. It publishes nothing itself, because a
//! published version can't be taken back.

use crate::{arguments, project, test};
use anyhow::bail;
use pico_args::Arguments;

pub const HELP: &str = "\
usage: cargo xtask release

Checks that the libraries can be published: `cargo xtask test --all` has passed on the latest commit, CHANGELOG.md has a section with the
version and a date, all public packages have this version and complete metadata, and the tag is new. Prints all problems, or the commands
that tag the commit and publish the packages in the order of their dependencies. It runs none of these commands.";

pub fn command(arguments: Arguments) -> anyhow::Result<()> {
    arguments::finish(arguments, HELP)?;
    let version = project::VERSION;
    let problems = problems(version, &project::release_tags()?)?;
    if !problems.is_empty() {
        bail!("{version} can't be published yet:\n- {}", problems.join("\n- "));
    }
    println!("{}", commands(version));
    Ok(())
}

/// What must change before this version is published.
fn problems(version: &str, tags: &str) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    if !test::all_passed() {
        problems.push("`cargo xtask test --all` has not passed on the latest commit, or files differ from it".to_owned());
    }
    if !has_section(&project::read("CHANGELOG.md")?, version) {
        problems.push(format!("CHANGELOG.md does not begin with a section `## {version} - YYYY-MM-DD`"));
    }
    if tags.lines().any(|it| it == tag(version)) {
        problems.push(format!("git has the tag {} already", tag(version)));
    }
    // A test checks the other fields, and that each package takes this one from the workspace.
    if !project::read("Cargo.toml")?.contains(REPOSITORY) {
        problems.push("Cargo.toml has no `repository` in [workspace.package]".to_owned());
    }
    Ok(problems)
}

/// The commands, in their order.
fn commands(version: &str) -> String {
    let tag = tag(version);
    let mut commands = vec![format!("git tag --annotate {tag} --message {version}"), format!("git push origin {tag}")];
    commands.extend(project::PUBLIC_PACKAGES.iter().map(|package| format!("cargo publish --locked -p {package}")));
    commands.join("\n")
}

/// All packages have one version, so one tag names it.
fn tag(version: &str) -> String {
    format!("v{version}")
}

/// Whether the newest section of a changelog is that of this version, with a date.
fn has_section(changelog: &str, version: &str) -> bool {
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## "));
    let date = newest.and_then(|heading| heading.strip_prefix(version)?.strip_prefix(" - "));
    date.is_some_and(|date| date.split('-').map(str::len).eq([4, 2, 2]) && date.chars().all(|it| it == '-' || it.is_ascii_digit()))
}

const REPOSITORY: &str = "\nrepository = ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The fields that crates.io requires, or that people search and judge packages by.
    const FIELDS: [&str; 7] = ["description", "license", "documentation", "keywords", "categories", "readme", "rust_version"];

    #[test]
    fn the_public_packages_can_be_published_in_their_order() -> anyhow::Result<()> {
        let metadata = process::run(
            project::cargo().args(["metadata", "--no-deps", "--offline", "--format-version", "1"]),
            &crate::console::Progress::default(),
        )?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let packages = metadata["packages"].as_array().unwrap();
        let public = packages.iter().filter(|package| package["publish"].is_null()).map(|package| package["name"].as_str().unwrap());
        assert_eq!(public.collect::<BTreeSet<_>>(), BTreeSet::from(project::PUBLIC_PACKAGES));
        let has_repository = project::read("Cargo.toml")?.contains(REPOSITORY);
        for (at, name) in project::PUBLIC_PACKAGES.into_iter().enumerate() {
            let package = packages.iter().find(|package| package["name"] == name).unwrap();
            assert_eq!(package["version"], project::VERSION, "{name}");
            assert_eq!(!package["repository"].is_null(), has_repository, "{name}");
            for field in FIELDS {
                assert!(!package[field].is_null() && package[field] != serde_json::json!([]), "{name} has no {field}");
            }
            let folder = Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("");
            for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
                assert!(folder.join(file).is_file(), "{name} has no {file}");
            }
            // A dependency without a version is one of the tests alone, which cargo does not publish.
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            for dependency in dependencies.filter(|it| !it["path"].is_null() && it["req"] != "*") {
                assert_eq!(dependency["req"], format!("^{}", project::VERSION), "{name}");
                assert!(project::PUBLIC_PACKAGES[..at].iter().any(|it| dependency["name"] == *it), "{name} needs {}", dependency["name"]);
            }
        }
        Ok(())
    }

    #[test]
    fn the_newest_section_of_the_changelog_must_have_the_version_and_a_date() {
        for (heading, expected) in [
            ("## 0.1.0 - 2026-11-30", true),
            ("## Unreleased: 0.1.0", false),
            ("## 0.1.0", false),
            ("## 0.1.0 - soon", false),
            ("## 0.1.0 - 2026-1-3", false),
            ("## 0.2.0 - 2026-12-01\n\n## 0.1.0 - 2026-11-30", false),
            ("", false),
        ] {
            assert_eq!(has_section(&format!("# Changelog\n\n{heading}\n\n### Added\n"), "0.1.0"), expected, "{heading}");
        }
    }

    #[test]
    fn the_commands_tag_and_publish_in_the_order_of_dependencies() {
        let commands = commands("0.1.0");
        let lines: Vec<&str> = commands.lines().collect();
        assert_eq!(lines[..2], ["git tag --annotate v0.1.0 --message 0.1.0", "git push origin v0.1.0"]);
        assert_eq!(lines[2], "cargo publish --locked -p fusionauth-api");
        assert_eq!(lines.len(), 2 + project::PUBLIC_PACKAGES.len());
    }
}
