//! Lists the tests outside of the core, in six shares. Each run of the tests includes one share, so that six merges cover all.

use super::options::{Context, Extent, SHARES, Share, Suite};
use super::report::Report;
use super::{browser, changes, emulator_packages, journeys, packages, session_package, unit};
use crate::{console, project};
use anyhow::Context as _;

struct Group {
    suite: Suite,
    share: Share,
    /// Beginnings of paths. If such a file has changed lately, the group runs after the share, even if it belongs to another share.
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
const SIGN_IN: &[&str] = &["shop/storefront-server/src/account/", "shop/storefront-server/src/sign_in/", "src/account/", "src/sign_in/"];
const SQL: &[&str] = &["shop/storefront-server/migrations/", "shop/storefront-server/src/store/"];

const EMULATOR_PACKAGES: &[&str] =
    &["emulator/fusionauth-emulator/src/control/", "emulator/npm/", "emulator/pypi/", "emulator/Containerfile"];

const SESSION_PACKAGE: &[&str] = &["session/fusionauth-session-js/", "session/examples/", "session/npm/", "session/races/"];

const TEMPLATE: &[&str] = &["session/template/"];

const BENCHMARKS: &[&str] = &["emulator/fusionauth-emulator/benches/", "shop/storefront-server/benches/"];

/// In the order in which they run.
const GROUPS: [Group; 25] = [
    Group { suite: Suite::Unit, share: Share(1), forced_by: SESSION, run: unit::run_whole_session_model },
    Group { suite: Suite::Unit, share: Share(2), forced_by: LIBRARIES, run: unit::run_session_library_on_a_server },
    Group { suite: Suite::Unit, share: Share(2), forced_by: LIBRARIES, run: unit::run_public_api },
    Group { suite: Suite::Browser, share: Share(3), forced_by: LIBRARIES, run: browser::run_library_in_firefox },
    Group { suite: Suite::Browser, share: Share(1), forced_by: &[], run: browser::run_app_in_firefox },
    Group { suite: Suite::Journeys, share: Share(1), forced_by: &[], run: journeys::run_over_https },
    Group { suite: Suite::Browser, share: Share(2), forced_by: &[], run: browser::run_app_in_webkit },
    Group {
        suite: Suite::Journeys,
        share: Share(2),
        forced_by: &["shop/storefront-messages/", "session/fusionauth-forms/"],
        run: journeys::run_gallery_in_german,
    },
    Group { suite: Suite::Unit, share: Share(3), forced_by: SQL, run: unit::rest_of_server_suite_on_postgresql },
    Group { suite: Suite::Journeys, share: Share(3), forced_by: SQL, run: journeys::run_on_two_servers },
    Group { suite: Suite::Journeys, share: Share(4), forced_by: SQL, run: journeys::run_on_two_servers_second_half },
    Group { suite: Suite::Journeys, share: Share(4), forced_by: &[], run: journeys::run_diagrams },
    Group { suite: Suite::Journeys, share: Share(4), forced_by: &[], run: journeys::run_in_every_engine },
    Group { suite: Suite::Journeys, share: Share(5), forced_by: &[], run: journeys::run_other_workflows },
    Group { suite: Suite::Journeys, share: Share(5), forced_by: &[], run: journeys::run_rest_of_single_page },
    Group { suite: Suite::Journeys, share: Share(1), forced_by: SIGN_IN, run: journeys::run_rest_of_sign_in },
    Group { suite: Suite::Journeys, share: Share(6), forced_by: &["style/"], run: journeys::run_gallery },
    Group { suite: Suite::Journeys, share: Share(6), forced_by: &[], run: journeys::run_rest_of_use },
    Group { suite: Suite::Unit, share: Share(2), forced_by: &[], run: unit::run_documentation },
    Group { suite: Suite::Unit, share: Share(3), forced_by: BENCHMARKS, run: unit::compile_benchmarks },
    Group { suite: Suite::Browser, share: Share(6), forced_by: &[], run: browser::run_hydration },
    Group { suite: Suite::Unit, share: Share(5), forced_by: TEMPLATE, run: packages::run },
    Group { suite: Suite::Unit, share: Share(4), forced_by: EMULATOR_PACKAGES, run: emulator_packages::run },
    Group { suite: Suite::Unit, share: Share(6), forced_by: SESSION_PACKAGE, run: session_package::run },
    Group { suite: Suite::Journeys, share: Share(5), forced_by: TEMPLATE, run: journeys::run_template },
];

/// Runs the groups that the command line asks for.
pub(super) fn run(context: &Context, report: &mut Report) {
    let options = context.options;
    match options.extent {
        Extent::Core => {}
        // With a filter, only the core's steps run, and they apply the filter.
        Extent::Suite(_) if options.filter.is_some() => {}
        Extent::Suite(suite) => GROUPS.iter().filter(|group| group.suite == suite).for_each(|group| (group.run)(context, report)),
        Extent::Share(share) => GROUPS.iter().filter(|group| group.share == share).for_each(|group| (group.run)(context, report)),
        Extent::All => GROUPS.iter().for_each(|group| (group.run)(context, report)),
        Extent::CoreAndShare => {
            let share = Share(changes::number_of_commits() % SHARES + 1);
            let changes = changes::latest();
            let (own, others): (Vec<_>, Vec<_>) = GROUPS.iter().partition(|group| group.share == share);
            let forced: Vec<_> = others.into_iter().filter(|group| group.is_forced(&changes)).collect();
            console::note(&format!("share {}/{SHARES}, and {} groups of others because of what has changed", share.0, forced.len()));
            // The share comes first, because after a day with many changes the forced groups alone would use up the time.
            for group in own.into_iter().chain(forced) {
                (group.run)(context, report);
            }
        }
    }
}

/// Records that every test has passed on this tree, unless files differ from the latest commit.
pub(super) fn stamp() -> anyhow::Result<()> {
    match changes::committed_tree() {
        Some(tree) => std::fs::write(stamp_file(), tree).with_context(|| format!("cannot write {}", stamp_file().display())),
        None => {
            console::note("no stamp, because files differ from the latest commit");
            Ok(())
        }
    }
}

/// Whether every test has passed on the files of the latest commit.
pub(super) fn is_stamped() -> bool {
    let stamp = std::fs::read_to_string(stamp_file()).ok();
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
    fn a_share_is_parsed() {
        assert_eq!(
            ["1/6", "6/6", "0/6", "7/6", "3", "3/5"].map(|text| Share::parse(text).ok()),
            [Some(Share(1)), Some(Share(6)), None, None, None, None]
        );
    }

    #[test]
    fn each_share_has_groups_and_each_forcing_path_is_there() {
        for number in 1..=SHARES {
            assert!(GROUPS.iter().any(|group| group.share == Share(number)), "{number}");
        }
        for path in GROUPS.iter().flat_map(|group| group.forced_by) {
            assert!(project::root().join(path).exists(), "{path}");
        }
    }
}
