//! Fails if a document names a file or a function that does not exist.
//!
//! It checks these parts of a document:
//!
//! - in backticks: a path in the repository, written from its root or from any of its folders,
//! - in backticks: a function, such as a test. Its name has at least two underscores after `module::`, or at least four without a module,
//! - the file of a link, and the heading in that file.

use crate::{NOT_READ, files, module_of, read, root};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const EXTENSIONS: [&str; 12] = ["rs", "md", "toml", "json", "js", "css", "html", "conf", "yaml", "txt", "sql", "png"];

/// All files of the repository, as paths from its root, and the text of each source.
struct Repository {
    files: BTreeSet<String>,
    /// The texts of the sources by the names of their modules.
    modules: BTreeMap<String, String>,
}

impl Repository {
    fn read() -> Self {
        let mut repository = Self { files: BTreeSet::new(), modules: BTreeMap::new() };
        for path in files("") {
            if path.extension().is_some_and(|end| end == "rs") {
                repository.modules.entry(module_of(&path)).or_default().push_str(&read(&path));
            }
            let relative = path.strip_prefix(root()).expect("it is in the repository");
            repository.files.insert(relative.to_string_lossy().into_owned());
        }
        repository
    }

    /// Whether a file, or a folder with a file in it, ends with this path.
    fn has(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./").trim_start_matches("../").trim_end_matches('/');
        let (file, folder) = (format!("/{path}"), format!("/{path}/"));
        self.files.iter().map(|it| format!("/{it}")).any(|it| it.ends_with(&file) || it.contains(&folder))
    }

    fn looks_like_a_path(&self, text: &str) -> bool {
        let plain = text.chars().all(|it| it.is_ascii_alphanumeric() || "/._-@".contains(it));
        let Some((first, last)) = text.split_once('/').map(|(first, _)| (first, text.rsplit('/').next().unwrap_or_default())) else {
            return false;
        };
        let ends_well = last.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension));
        plain
            && !first.is_empty()
            && !NOT_READ.contains(&first)
            && (ends_well || self.files.iter().any(|it| it.split('/').next() == Some(first)))
    }

    fn has_function(&self, module: Option<&str>, name: &str) -> bool {
        let signature = [format!("fn {name}("), format!("fn {name}<")];
        let texts: Vec<&String> = module.map_or_else(|| self.modules.values().collect(), |it| self.modules.get(it).into_iter().collect());
        texts.iter().any(|text| signature.iter().any(|it| text.contains(it)))
    }

    /// A message about a text in backticks that names a file or a function that does not exist.
    fn wrong_in(&self, code: &str) -> Option<String> {
        let is_name = |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
        let underscores = |it: &str| it.matches('_').count();
        match code.rsplit_once("::") {
            Some((path, name)) if is_name(name) && underscores(name) >= 2 => {
                let module = path.rsplit("::").next().unwrap_or_default();
                (is_name(module) && !self.has_function(Some(module), name)).then(|| format!("no such function: `{code}`"))
            }
            None if is_name(code) && underscores(code) >= 4 => {
                (!self.has_function(None, code)).then(|| format!("no such function: `{code}`"))
            }
            None if self.looks_like_a_path(code) && !self.has(code) => Some(format!("no such file: `{code}`")),
            _ => None,
        }
    }
}

/// A message about a link to a file or to a heading that does not exist. `own` is the text of the document with the link.
fn wrong_link(folder: &Path, link: &str, own: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let path = folder.join(file);
    if !path.exists() {
        return Some(format!("no such file: ({link})"));
    }
    let text = if file.is_empty() { own.to_owned() } else { std::fs::read_to_string(path).unwrap_or_default() };
    let is_missing = !heading.is_empty() && (file.is_empty() || file.ends_with(".md")) && !anchors(&text).contains(heading);
    is_missing.then(|| format!("no such heading: ({link})"))
}

/// The anchors that GitHub and mdBook give to the headings of a document.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.split("```").step_by(2).flat_map(str::lines).filter_map(|line| line.strip_prefix('#'));
    let letters = |heading: &str| heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    headings.map(|heading| letters(heading).chars().filter(|it| it.is_alphanumeric() || "-_".contains(*it)).collect()).collect()
}

/// The documents that the tests read, as paths from the repository's root.
pub(crate) fn names() -> Vec<String> {
    let paths = Repository::read().files.into_iter().filter(|it| it.ends_with(".md"));
    let is_read = |path: &String| {
        let parts: Vec<&str> = path.split('/').collect();
        matches!(parts[..], [_] | ["docs", _] | ["docs", "guide", "src", _] | [_, "README.md"] | [_, _, "README.md" | "DESIGN.md"])
    };
    paths.filter(is_read).collect()
}

#[test]
fn documents_name_only_files_and_tests_that_exist() {
    let repository = Repository::read();
    let mut wrong = Vec::new();
    for document in &names() {
        let text = read(document);
        // Every second part between the fences is prose. `commands` checks the code blocks.
        let prose = text.split("```").step_by(2).collect::<Vec<_>>().join("\n");
        let folder = Path::new(document).parent().expect("a file is in a folder");
        let mut found: Vec<String> = prose.split('`').skip(1).step_by(2).filter_map(|it| repository.wrong_in(it)).collect();
        let links = prose.split("](").skip(1).filter_map(|it| it.split(')').next()).filter(|it| !it.contains("://"));
        found.extend(links.filter_map(|it| wrong_link(&root().join(folder), it, &text)));
        wrong.extend(found.into_iter().map(|it| format!("{document}: {it}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_guide_lists_each_chapter_and_the_doctests_compile_each() {
    let between = |text: &str, before: &str, after: &str| -> BTreeSet<String> {
        text.split(before).skip(1).filter_map(|rest| rest.split_once(after)).map(|(name, _)| name.to_owned()).collect()
    };
    let mut chapters: BTreeSet<String> =
        files("docs/guide/src").map(|file| file.file_name().expect("a file has a name").to_string_lossy().into_owned()).collect();
    assert!(chapters.remove("SUMMARY.md"));
    assert_eq!(between(&read("docs/guide/src/SUMMARY.md"), "](", ")"), chapters);
    assert_eq!(between(&read("session/leptos-fusionauth/src/guide.rs"), "docs/guide/src/", "\""), chapters);
    for chapter in &chapters {
        let words = read(format!("docs/guide/src/{chapter}")).split_whitespace().count();
        assert!(words < 600, "{chapter} has {words} words, more than a page");
    }
}
