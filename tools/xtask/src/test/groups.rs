//! Lists the tests outside of the core, in groups. Each run of the tests begins with another group, so that all of them run every few merges.

use super::options::{Context, Extent, Suite};
use super::report::Report;
use super::{browser, changes, emulator_packages, journeys, packages, session_package, unit};
use crate::{console, project};

struct Group {
    /// The name after `--group`.
    name: &'static str,
    suite: Suite,
    /// Beginnings of paths. If such a file has changed lately, the group runs early.
    forced_by: &'static [&'static str],
    run: fn(&Context, &mut Report),
}

const SESSION: &[&str] = &["session/fusionauth-session/"];
const LIBRARIES: &[&str] = &[
    "session/fusionauth-api/src/",
    "session/fusionauth-session/src/",
    "session/fusionauth-session-web/src/",
    "session/leptos-fusionauth/src/",
    "session/leptos-fusionauth-forms/src/",
];
/// The sources of the app and of the libraries in it.
const APP: &[&str] = &["session/", "src/"];
const SIGN_IN: &[&str] = &[
    "shop/storefront-server/src/account/",
    "shop/storefront-server/src/sign_in/",
    "shop/storefront-server/src/user_data.rs",
    "src/account/",
    "src/sign_in/",
];
const SQL: &[&str] = &[
    "shop/storefront-server/migrations/",
    "shop/storefront-server/src/features.rs",
    "shop/storefront-server/src/store/",
    "shop/storefront-server/src/user_data.rs",
];

const EMULATOR_PACKAGES: &[&str] = &[
    "emulator/fusionauth-emulator/src/control/",
    "emulator/fusionauth-emulator/src/state/sent_messages.rs",
    "emulator/npm/",
    "emulator/pypi/",
    "emulator/Containerfile",
];

const SESSION_PACKAGE: &[&str] = &["session/fusionauth-session-js/", "session/examples/", "session/npm/", "session/races/"];

const TEMPLATE: &[&str] = &["session/template/"];

const BENCHMARKS: &[&str] = &["emulator/fusionauth-emulator/benches/", "shop/storefront-server/benches/", "tools/bench/"];

/// In the order in which they run.
const GROUPS: [Group; 23] = [
    Group { name: "session-model", suite: Suite::Unit, forced_by: SESSION, run: unit::run_whole_session_model },
    Group { name: "session-on-a-server", suite: Suite::Unit, forced_by: LIBRARIES, run: unit::run_session_library_on_a_server },
    Group { name: "public-api", suite: Suite::Unit, forced_by: LIBRARIES, run: unit::run_public_api },
    Group { name: "session-in-firefox", suite: Suite::Browser, forced_by: LIBRARIES, run: browser::run_library_in_firefox },
    Group { name: "app-in-firefox", suite: Suite::Browser, forced_by: &[], run: browser::run_app_in_firefox },
    Group { name: "https", suite: Suite::Journeys, forced_by: &[], run: journeys::run_over_https },
    Group { name: "app-in-webkit", suite: Suite::Browser, forced_by: APP, run: browser::run_app_in_webkit },
    Group {
        name: "other-languages",
        suite: Suite::Journeys,
        forced_by: &["shop/storefront-messages/", "session/fusionauth-forms/"],
        run: journeys::run_gallery_in_other_languages,
    },
    Group { name: "postgresql", suite: Suite::Unit, forced_by: SQL, run: unit::rest_of_server_suite_on_postgresql },
    Group { name: "two-servers", suite: Suite::Journeys, forced_by: SQL, run: journeys::run_on_two_servers },
    Group { name: "journeys-in-every-engine", suite: Suite::Journeys, forced_by: &[], run: journeys::run_in_every_engine },
    Group { name: "journeys-of-other-workflows", suite: Suite::Journeys, forced_by: &[], run: journeys::run_other_workflows },
    Group { name: "journeys-of-single-page", suite: Suite::Journeys, forced_by: &[], run: journeys::run_rest_of_single_page },
    Group { name: "journeys-of-sign-in", suite: Suite::Journeys, forced_by: SIGN_IN, run: journeys::run_rest_of_sign_in },
    Group { name: "all-pages", suite: Suite::Journeys, forced_by: &["style/"], run: journeys::run_gallery },
    Group { name: "journeys-of-use", suite: Suite::Journeys, forced_by: &[], run: journeys::run_rest_of_use },
    Group { name: "documentation", suite: Suite::Unit, forced_by: APP, run: unit::run_documentation },
    Group { name: "benchmarks", suite: Suite::Unit, forced_by: BENCHMARKS, run: unit::compile_benchmarks },
    Group { name: "hydration", suite: Suite::Browser, forced_by: &[], run: browser::run_hydration },
    Group { name: "packages", suite: Suite::Unit, forced_by: TEMPLATE, run: packages::run },
    Group { name: "emulator-packages", suite: Suite::Unit, forced_by: EMULATOR_PACKAGES, run: emulator_packages::run },
    Group { name: "session-package", suite: Suite::Unit, forced_by: SESSION_PACKAGE, run: session_package::run },
    Group { name: "template-journey", suite: Suite::Journeys, forced_by: TEMPLATE, run: journeys::run_template },
];

/// Runs the groups that the command line asks for.
pub(super) fn run(context: &Context, report: &mut Report) {
    let options = context.options;
    let asked_for: Vec<&Group> = match options.extent {
        Extent::Core => Vec::new(),
        // With a filter, only the core's steps run, and they apply the filter.
        Extent::Suite(_) if options.filter.is_some() => Vec::new(),
        Extent::Suite(suite) => GROUPS.iter().filter(|group| group.suite == suite).collect(),
        Extent::Group(name) => GROUPS.iter().filter(|group| group.name == name).collect(),
        Extent::All => GROUPS.iter().collect(),
        Extent::CoreAndRest => {
            let (before, from) = GROUPS.split_at(changes::number_of_commits() % GROUPS.len());
            let (first, others) = from.split_at(1);
            let changes = changes::latest();
            let (forced, others): (Vec<_>, Vec<_>) = others.iter().chain(before).partition(|group| group.is_forced(&changes));
            // One other group comes first, because after a day with many changes the forced groups alone would use up the time.
            first.iter().chain(forced).chain(others).collect()
        }
    };
    for (at, group) in asked_for.iter().enumerate() {
        if report.is_out_of_time() {
            let names: Vec<_> = asked_for.iter().skip(at).map(|group| group.name).collect();
            console::note(&format!("for later runs, because the time is over: {}", names.join(", ")));
            return;
        }
        (group.run)(context, report);
    }
}

/// The name of a group, from the command line.
pub(super) fn name_of(text: &str) -> Result<&'static str, String> {
    let names = || GROUPS.iter().map(|group| group.name);
    names().find(|name| *name == text).ok_or_else(|| format!("`{text}` is none of {}", names().collect::<Vec<_>>().join(", ")))
}

/// Records that every test has passed on this tree, unless files differ from the latest commit.
pub(super) fn stamp() -> anyhow::Result<()> {
    match changes::committed_tree() {
        Some(tree) => Ok(fs_err::write(stamp_file(), tree)?),
        None => {
            console::note("no stamp, because files differ from the latest commit");
            Ok(())
        }
    }
}

/// Whether every test has passed on the files of the latest commit.
pub(super) fn is_stamped() -> bool {
    let stamp = fs_err::read_to_string(stamp_file()).ok();
    stamp.is_some() && stamp == changes::committed_tree()
}

fn stamp_file() -> std::path::PathBuf {
    project::target().join("all-tests-passed")
}

impl Group {
    fn is_forced(&self, changes: &[String]) -> bool {
        self.forced_by.iter().any(|beginning| changes.iter().any(|path| path.starts_with(beginning)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_group_and_each_forcing_path_is_there() {
        for group in &GROUPS {
            assert_eq!(GROUPS.iter().filter(|other| other.name == group.name).count(), 1, "{}", group.name);
        }
        for path in GROUPS.iter().flat_map(|group| group.forced_by) {
            assert!(project::root().join(path).exists(), "{path}");
        }
    }
}
