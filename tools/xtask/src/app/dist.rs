//! Makes the folder that the server serves, from the files that `staging` has collected: a smaller wasm, joined stylesheets, names with
//! hashes, brotli and gzip files, and a page that contains everything for the first screen.
//!
//! Browsers may cache a file for a year, so it must get another name whenever its bytes change. Its name contains the hash of its content.

use crate::console::Progress;
use crate::inline::{self, InlinePage, Stylesheets};
use crate::minify;
use crate::program::Program;
use crate::wasm_tools;
use crate::{files, fingerprint};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// The app's wasm and scripts, apart from the scripts in the page itself.
pub struct Assets {
    /// The wasm that a browser loads before the app can start.
    pub wasm: PathBuf,
    /// The wasm files that a page loads later.
    pub parts: Vec<PathBuf>,
    /// The scripts that the app needs and that are files. Other scripts are a part of the page.
    pub scripts: Vec<PathBuf>,
}

impl Assets {
    pub fn find(dist: &Path) -> anyhow::Result<Self> {
        let files = files(dist)?;
        let page = fs_err::read_to_string(dist.join("index.html"))?;
        let (wasm, parts): (Vec<_>, Vec<_>) =
            files.iter().filter(|file| has_ending(file, "wasm")).cloned().partition(|file| page.contains(&*name(file)));
        let wasm = wasm.into_iter().next().with_context(|| format!("{} holds no wasm; `cargo xtask build` makes it", dist.display()))?;
        Ok(Self {
            wasm,
            parts,
            scripts: files.into_iter().filter(|file| has_ending(file, "js") && name(file) != inline::SERVICE_WORKER).collect(),
        })
    }
}

/// Whether `make` has completed this folder. Only the files' names are checked, not their contents.
pub fn is_complete(dist: &Path) -> bool {
    let Ok(page) = fs_err::read_to_string(dist.join("index.html")) else { return false };
    let Ok(assets) = Assets::find(dist) else { return false };
    let is_compressed = |file: &PathBuf| CODINGS.iter().all(|it| compressed_by(it, file).is_file());
    assets.scripts.iter().chain([&assets.wasm]).all(|file| page.contains(&*name(file)) && is_compressed(file))
        && assets.parts.iter().all(is_compressed)
}

/// Replaces `dist` with a build from the files in `staging`. A failed build leaves `dist` unchanged.
pub fn make(staging: &Path, dist: &Path, progress: &Progress) -> anyhow::Result<()> {
    let fresh = dist.with_extension("new");
    files::empty(&fresh)?;

    let page = fs_err::read_to_string(staging.join("index.html"))?;
    let named = [LANDSCAPE, DRAWINGS, FONT].into_iter().filter(|it| staging.join(it).exists());
    let hashed_paths = named.map(|it| anyhow::Ok((format!("/{it}"), hashed_path(&staging.join(it))?)));
    let hashed_paths = hashed_paths.collect::<anyhow::Result<Vec<_>>>()?;
    let text = |name: &str| {
        let text = fs_err::read_to_string(staging.join(name))?;
        anyhow::Ok(hashed_paths.iter().fold(text, |text, (path, hashed)| text.replace(path, hashed)))
    };
    let styles = Stylesheets::of(&page, text)?;
    for (name, css) in styles.files() {
        fs_err::write(staging.join(name), css)?;
    }
    let small = |name: &str| minify::script(&text(name)?);
    let [early, early_cart, boot] = inline::SCRIPTS.map(small);
    let mut page = InlinePage::of(&compact(&page), &styles, [early?, early_cart?, boot?])?;
    let program = Program::link(staging, progress)?;
    for file in files(staging)? {
        let relative = file.strip_prefix(staging).unwrap_or(&file).to_owned();
        if relative == Path::new("index.html") {
            continue;
        }
        let is_inline = inline::SCRIPTS.iter().any(|name| relative == Path::new(name));
        if program.includes(&relative) || styles.includes(&relative) || is_inline {
            continue;
        }
        let is_service_worker = relative == Path::new(inline::SERVICE_WORKER);
        let content = match program.content(&relative) {
            Some(linked) => linked.to_vec(),
            None if is_service_worker => small(inline::SERVICE_WORKER)?.into_bytes(),
            None => fs_err::read(&file)?,
        };
        let new_name =
            if is_referenced_by_page_alone(&relative) && !is_service_worker { hashed(&relative, &content) } else { relative.clone() };
        if new_name != relative {
            let (old, new) = (relative.to_string_lossy(), new_name.to_string_lossy());
            if !page.rename(&old, &new) {
                bail!("index.html does not name {old}; an asset that nothing loads should not be in the build");
            }
        }
        // Server-rendered pages and the development build name these files without a hash, so they get both names.
        let is_named_in_code = [DRAWINGS, LANDSCAPE, FONT].iter().any(|asset| relative == Path::new(asset));
        let second_name = is_named_in_code.then(|| hashed(&relative, &content));
        for name in [new_name].into_iter().chain(second_name) {
            let to = fresh.join(&name);
            files::write(&to, &content)?;
            compress(&to, &content, dist, &fresh, progress)?;
        }
    }
    for (file, content) in program.parts() {
        let to = fresh.join(file);
        fs_err::write(&to, content)?;
        compress(&to, content, dist, &fresh, progress)?;
    }
    // This page is not compressed here, because the server writes the host's configuration into it first.
    fs_err::write(fresh.join("index.html"), page.html())?;

    let old = dist.with_extension("old");
    files::remove(&old)?;
    if dist.exists() {
        fs_err::rename(dist, &old)?;
    }
    fs_err::rename(&fresh, dist)?;
    Ok(files::remove(&old)?)
}

/// The products' drawings, which the app and boot.js name. The app has a constant of the same name.
pub const DRAWINGS: &str = "assets/products.svg";
/// The picture behind the sign-in form, which a stylesheet names.
const LANDSCAPE: &str = "assets/hills.svg";

/// The font of the headings, which a stylesheet names.
pub const FONT: &str = "assets/fraunces.woff2";

/// The URL of an asset with the hash of its content, such as `/assets/products-0123456789abcdef.svg`.
pub fn hashed_path(file: &Path) -> anyhow::Result<String> {
    Ok(format!("/assets/{}", hashed(Path::new(&*name(file)), &fs_err::read(file)?).display()))
}

/// Removes indentation, comments and empty lines of index.html, which are for readers of the source. Keeps the marks of the slots, which
/// the server reads.
fn compact(page: &str) -> String {
    without_comments(page).lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

fn without_comments(page: &str) -> String {
    let mut parts = page.split("<!--");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if part.starts_with("slot ") || part.starts_with("/slot ") {
            out.push_str("<!--");
            out.push_str(part);
        } else {
            out.push_str(part.split_once("-->").map_or("", |(_, rest)| rest));
        }
    }
    out
}

/// All files below a folder, sorted, without compressed ones.
pub fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    files::below(folder, |path| !CODINGS.iter().any(|it| has_ending(path, it)))
        .with_context(|| format!("{} is not complete; `cargo xtask build` makes it", folder.display()))
}

/// The extensions of compressed files: brotli, and gzip for clients that do not accept brotli.
const CODINGS: [&str; 2] = ["br", "gz"];

/// The path of a file's brotli form.
pub fn compressed(file: &Path) -> PathBuf {
    compressed_by("br", file)
}

fn compressed_by(coding: &str, file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(coding);
    PathBuf::from(name)
}

pub fn name(file: &Path) -> std::borrow::Cow<'_, str> {
    file.file_name().unwrap_or_default().to_string_lossy()
}

/// Whether only the page names this file: scripts, wasm, styles and the icon, at the top of the folder. Stylesheets or the app may name
/// other files.
fn is_referenced_by_page_alone(relative: &Path) -> bool {
    relative.components().count() == 1 && ["js", "wasm", "css", "svg"].iter().any(|ending| has_ending(relative, ending))
}

/// `storefront_bg.wasm` becomes `storefront-<hash of the content>.wasm`, in the same folder.
fn hashed(relative: &Path, content: &[u8]) -> PathBuf {
    let stem = relative.file_stem().unwrap_or_default().to_string_lossy();
    let base = stem.strip_suffix("_bg").unwrap_or(&stem);
    let ending = relative.extension().unwrap_or_default().to_string_lossy();
    relative.with_file_name(format!("{base}-{}.{ending}", fingerprint::of(content)))
}

/// Writes the compressed forms beside a file. Copies them from the last build if the file has not changed, because brotli takes seconds.
fn compress(file: &Path, content: &[u8], old_dist: &Path, new_dist: &Path, progress: &Progress) -> anyhow::Result<()> {
    let endings = ["js", "wasm", "css", "svg", "json", "txt", "html", "webmanifest", "map"];
    if !endings.iter().any(|ending| has_ending(file, ending)) {
        return Ok(());
    }
    let relative = file.strip_prefix(new_dist).unwrap_or(file);
    let done = old_dist.join(relative);
    let is_unchanged = fs_err::read(&done).is_ok_and(|old| old == content);
    for coding in CODINGS {
        let to = compressed_by(coding, file);
        if is_unchanged && fs_err::copy(compressed_by(coding, &done), &to).is_ok() {
            continue;
        }
        progress.show(&format!("{coding} {}", name(file)));
        let out = if coding == "br" { wasm_tools::brotli(content) } else { gzip(content) };
        let out = out.with_context(|| format!("cannot compress {}", file.display()))?;
        fs_err::write(&to, out)?;
    }
    Ok(())
}

fn gzip(content: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, content)?;
    Ok(encoder.finish()?)
}

fn has_ending(file: &Path, ending: &str) -> bool {
    file.extension().is_some_and(|end| end == ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_the_hash_of_the_content_and_no_other() {
        let hash = fingerprint::of(b"content");
        for (from, base) in [
            ("storefront_bg.wasm", "storefront"),
            ("storefront.js", "storefront"),
            ("assets/boot.js", "assets/boot"),
            ("well-known.js", "well-known"),
        ] {
            let ending = from.rsplit_once('.').map_or("", |(_, ending)| ending);
            assert_eq!(hashed(Path::new(from), b"content"), PathBuf::from(format!("{base}-{hash}.{ending}")), "{from}");
        }
    }

    #[test]
    fn comments_and_indentation_are_removed() {
        assert_eq!(without_comments("<p>a<!-- b\n --> c</p><!---->"), "<p>a c</p>");
        let slot = "<!--slot a--><p>a</p><!--/slot a-->";
        assert_eq!(without_comments(slot), slot);
        assert_eq!(compact("<p>\n    <!-- b -->\n    <b>a</b>\n</p>"), "<p>\n<b>a</b>\n</p>\n");
    }
}
