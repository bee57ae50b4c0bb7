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
    let workspace = project::read("Cargo.toml")?;
    for package in project::PUBLIC_PACKAGES {
        if let Some(required) = required_version(&workspace, package).filter(|required| *required != version) {
            problems.push(format!("Cargo.toml requires {package} {required}"));
        }
        problems.extend(missing_fields(&manifest_of(package)?).map(|field| format!("{package} has no `{field}`")));
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

fn manifest_of(package: &str) -> anyhow::Result<String> {
    Ok(fs_err::read_to_string(project::crate_folder(package)?.join("Cargo.toml"))?)
}

/// The version of a public package that the other packages require; `None` if none uses it.
fn required_version<'a>(workspace: &'a str, package: &str) -> Option<&'a str> {
    let line = workspace.lines().find_map(|line| line.strip_prefix(package)?.strip_prefix(" = { path = "))?;
    Some(line.split_once("version = \"")?.1.split_once('"')?.0)
}

/// Whether the newest section of a changelog is that of this version, with a date.
fn has_section(changelog: &str, version: &str) -> bool {
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## "));
    let date = newest.and_then(|heading| heading.strip_prefix(version)?.strip_prefix(" - "));
    date.is_some_and(|date| date.split('-').map(str::len).eq([4, 2, 2]) && date.chars().all(|it| it == '-' || it.is_ascii_digit()))
}

/// The fields that crates.io requires, or that people search and judge packages by.
const FIELDS: [&str; 9] =
    ["description", "repository", "license", "documentation", "keywords", "categories", "readme", "rust-version", "version"];

/// The fields that the section `[package]` of a manifest lacks.
fn missing_fields(manifest: &str) -> impl Iterator<Item = &'static str> {
    let section = manifest.split("\n[").next().unwrap_or_default();
    let fields: Vec<&str> = section.lines().filter_map(|line| line.split(['.', ' ']).next()).collect();
    FIELDS.into_iter().filter(move |field| !fields.contains(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(package: &str) -> String {
        manifest_of(package).unwrap()
    }

    #[test]
    fn the_public_packages_are_those_that_may_be_published_and_dependencies_come_first() {
        let mut public = Vec::new();
        for folder in project::ROOMS.iter().flat_map(|room| fs_err::read_dir(project::root().join(room)).unwrap()) {
            let name = folder.unwrap().file_name().into_string().unwrap();
            // The template is a workspace of its own, and other folders hold no crate.
            let manifest = manifest_of(&name).unwrap_or_default();
            if manifest.starts_with("[package]") && !manifest.contains("publish = false") {
                public.push(name);
            }
        }
        public.sort();
        let mut listed = project::PUBLIC_PACKAGES.map(str::to_owned);
        listed.sort();
        assert_eq!(public, listed);
        for (at, package) in project::PUBLIC_PACKAGES.iter().enumerate() {
            for later in &project::PUBLIC_PACKAGES[at + 1..] {
                assert!(!manifest(package).contains(&format!("\n{later}.workspace")), "{package} depends on {later}");
            }
        }
    }

    #[test]
    fn every_public_package_has_its_metadata_its_licences_and_the_version_of_the_workspace() {
        for package in project::PUBLIC_PACKAGES {
            // The repository has no public address yet. `cargo xtask release` asks for it.
            assert_eq!(missing_fields(&manifest(package)).collect::<Vec<_>>(), ["repository"], "{package}");
            assert!(manifest(package).contains("\nversion.workspace = true\n"), "{package}");
            for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
                assert!(project::crate_folder(package).unwrap().join(file).is_file(), "{package} has no {file}");
            }
        }
        let workspace = project::read("Cargo.toml").unwrap();
        assert_eq!(required_version(&workspace, "fusionauth-api"), Some(project::VERSION));
        assert_eq!(required_version(&workspace, "device-bound-sessions"), None, "no package uses it");
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
}
