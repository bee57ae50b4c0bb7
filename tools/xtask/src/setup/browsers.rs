//! Finds the three browser engines and their WebDriver programs on this machine.

use super::apt;
use crate::console;
use crate::process;
use crate::project;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    pub fn how_to_get(self) -> &'static str {
        match self {
            Self::Chromium => "install Chromium or Chrome and its chromedriver (Debian: apt-get install chromium chromium-driver)",
            Self::Firefox => "install Firefox (Debian: apt-get install firefox-esr); geckodriver comes by itself",
            Self::WebKit => "install WebKitGTK's driver and Xvfb (Debian: apt-get install webkit2gtk-driver xvfb)",
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-driver"],
            Self::Firefox => &["firefox-esr"],
            Self::WebKit => &["webkit2gtk-driver", "xvfb", "xauth"],
        }
    }

    fn binary(self) -> Option<PathBuf> {
        match self {
            Self::Chromium => {
                ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"].into_iter().find_map(process::find)
            }
            Self::Firefox => ["firefox-esr", "firefox"].into_iter().find_map(process::find),
            Self::WebKit => mini_browser(),
        }
    }

    fn driver(self) -> Option<PathBuf> {
        match self {
            Self::Chromium => process::find("chromedriver"),
            Self::Firefox => {
                let ours = project::tools().join("bin/geckodriver");
                if process::is_program(&ours) { Some(ours) } else { process::find("geckodriver") }
            }
            // MiniBrowser has no headless mode, so it needs the virtual display of xvfb-run.
            Self::WebKit => process::find("WebKitWebDriver").filter(|_| process::find("xvfb-run").is_some()),
        }
    }
}

impl std::fmt::Display for Engine {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
        })
    }
}

#[derive(Clone)]
pub struct Browser {
    pub engine: Engine,
    pub binary: PathBuf,
    pub driver: PathBuf,
}

impl Browser {
    /// Chromium's headless shell: the same engine without the parts around a page, such as settings. It takes a third less CPU time than
    /// the browser. If no shell of the browser's version is installed, this returns the browser.
    pub fn headless_shell(&self) -> PathBuf {
        let version_of =
            |program: &Path| process::stdout_of(Command::new(program).arg("--version"))?.split_whitespace().nth(1).map(str::to_owned);
        headless_shell()
            .filter(|_| self.engine == Engine::Chromium)
            .filter(|shell| version_of(shell).is_some_and(|version| version_of(&self.binary) == Some(version)))
            .unwrap_or_else(|| self.binary.clone())
    }
}

/// Debian's package, and the program in it. Its script on PATH runs the program as a child, so a driver that kills the script would leave
/// the browser running.
const HEADLESS_SHELL: &str = "chromium-headless-shell";

fn headless_shell() -> Option<PathBuf> {
    Some(Path::new("/usr/lib/chromium").join(HEADLESS_SHELL)).filter(|program| process::is_program(program))
}

pub struct Browsers(Vec<Browser>);

impl Browsers {
    pub fn find() -> Self {
        let browser = |engine: Engine| Some(Browser { engine, binary: engine.binary()?, driver: engine.driver()? });
        Self(Engine::ALL.into_iter().filter_map(browser).collect())
    }

    pub fn installed(&self) -> &[Browser] {
        &self.0
    }

    pub fn get(&self, engine: Engine) -> Option<&Browser> {
        self.0.iter().find(|browser| browser.engine == engine)
    }

    pub fn missing(&self) -> Vec<Engine> {
        Engine::ALL.into_iter().filter(|engine| self.get(*engine).is_none()).collect()
    }

    pub fn has_binary(engine: Engine) -> bool {
        engine.binary().is_some()
    }
}

/// Installs Chromium's headless shell, unless it is already installed. Without it tests take longer, which is not a reason to fail.
pub(super) fn ensure_headless_shell() {
    if headless_shell().is_none()
        && let Err(error) = apt::install_missing("faster tests in Chromium", &[HEADLESS_SHELL])
    {
        console::warn(&format!("tests run in the whole Chromium, which is slower: {}", process::reason(&error)));
    }
}

pub(super) fn missing_packages(engines: &[Engine]) -> Vec<&'static str> {
    // Debian has no package for geckodriver, so apt cannot complete a Firefox that lacks it; `tools` installs geckodriver.
    let incomplete = |engine: &Engine| engine.binary().is_none() || (*engine != Engine::Firefox && engine.driver().is_none());
    engines.iter().filter(|engine| incomplete(engine)).flat_map(|engine| engine.packages()).copied().collect()
}

/// WebKitGTK's MiniBrowser. Its folder differs between distributions and versions of the library.
fn mini_browser() -> Option<PathBuf> {
    let mut folders = vec![PathBuf::from("/usr/libexec"), PathBuf::from("/usr/lib64"), PathBuf::from("/usr/lib")];
    folders.extend(
        fs_err::read_dir("/usr/lib")
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with("-linux-gnu")),
    );
    let versions = ["webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0"];
    let mut candidates = folders.iter().flat_map(|folder| versions.map(|version| folder.join(version).join("MiniBrowser")));
    candidates.find(|path| process::is_program(path))
}
